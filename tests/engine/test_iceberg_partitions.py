"""Tables that are partitioned: readers that pass over files pass over no row that they want."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pyarrow.parquet as pq
import pytest
from headrace import ConfigError, execute_job
from pyiceberg.expressions import EqualTo, IsNull

from tests.builders import WRITERS, a_contract, a_csv, a_property, a_reader
from tests.iceberg import a_table_job, rows_of, the_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.table import Table

CONTRACT = a_contract(
    a_property("row", "integer", required=True),
    a_property("id", "integer"),
    a_property("at", "timestamp", physicalType="timestamptz"),
    a_property("clock", "timestamp", physicalType="timestamp"),
    a_property("day", "date"),
    a_property("time", "time"),
    a_property("price", "number", physicalType="decimal(15,2)"),
    a_property("name", "string"),
    a_property("flag", "boolean"),
    a_property("key", "string", physicalType="uuid"),
)

VALUES: Final[Mapping[str, tuple[Any, ...]]] = {
    "id": (-7, -1, 0, 1, 34, 2**63 - 1),
    "at": tuple(
        dt.datetime.fromisoformat(f"{text}+00:00")
        for text in (
            "1583-01-01T00:00:00.000001",
            "1969-12-31T23:59:59.999999",
            "1970-01-01T00:00:00",
            "2024-02-29T22:30:00",
            "2024-02-29T23:30:00",
            "9999-12-31T23:59:59",
        )
    ),
    "day": tuple(
        dt.date.fromisoformat(text)
        for text in (
            "0001-01-01",
            "1969-12-31",
            "1970-01-01",
            "2024-02-29",
            "2024-03-01",
            "9999-12-31",
        )
    ),
    "time": tuple(dt.time(hour, 59, 59, hour) for hour in (0, 1, 5, 11, 12, 23)),
    "price": tuple(Decimal(text) for text in ("-100.01", "-0.01", "0.00", "0.49", "0.50", "14.20")),
    "name": ("", "a", "é😀x", "é😀y", "name=é/..", "x" * 300),
    "flag": (True, False, True, False, True, False),
    "key": tuple(uuid.UUID(int=number * (2**120 + 77)) for number in range(6)),
}

TERMS = (
    "id",
    "bucket(4, id)",
    "truncate(3, id)",
    "year(at)",
    "month(at)",
    "day(at)",
    "hour(at)",
    "at",
    "bucket(3, at)",
    "hour(clock)",
    "clock",
    "year(day)",
    "month(day)",
    "day(day)",
    "day",
    "bucket(5, day)",
    "time",
    "bucket(3, time)",
    "price",
    "truncate(50, price)",
    "bucket(7, price)",
    "name",
    "truncate(2, name)",
    "bucket(3, name)",
    "flag",
    "bucket(3, key)",
)


def rows() -> list[dict[str, Any]]:
    """Rows of all values, and one of nulls."""
    found = [dict(zip(VALUES, row, strict=True)) for row in zip(*VALUES.values(), strict=True)]
    found.append(dict.fromkeys(VALUES))
    for number, row in enumerate(found):
        row["clock"] = row["at"] and row["at"].replace(tzinfo=None)
        row["row"] = number
    return found


def loaded(tmp_path: Path, writer: str, *terms: str) -> Table:
    """A table of those rows, by two runs."""
    columns = [p["name"] for p in CONTRACT["schema"][0]["properties"]]
    path = tmp_path / "rows.csv"
    reader = a_reader("rust", str(path), null_values=["NULL"])
    texts = [["NULL" if row[c] is None else _text(row[c]) for c in columns] for row in rows()]
    job = a_table_job(
        tmp_path, reader=reader, contract=CONTRACT, writer={"type": writer}, partition_by=terms
    )
    for part in (texts[:4], texts[4:]):
        a_csv(path, part, header=columns)
        execute_job(job)
    return the_table(tmp_path)


def _text(value: Any) -> str:  # noqa: ANN401  any value
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def planned(table: Table, wanted: BooleanExpression) -> list[int]:
    """The rows of those files that a reader opens for a filter."""
    paths = [task.file.file_path for task in table.scan(row_filter=wanted).plan_files()]
    found: list[int] = []
    for path in paths:
        found += pq.ParquetFile(path.removeprefix("file://")).read()["row"].to_pylist()
    return found


@pytest.mark.parametrize("writer", WRITERS)
class TestGivenATableWithPartitions:
    @pytest.mark.parametrize("term", TERMS)
    def test_when_a_value_is_looked_for_then_its_rows_are_among_the_files_that_are_opened(
        self, writer: str, term: str, tmp_path: Path
    ) -> None:
        """Whatever the transform; and files without it are passed over."""
        column = term.rpartition(" ")[2].rpartition("(")[2].rstrip(")")

        table = loaded(tmp_path, writer, term)

        everything = rows()
        opened = 0
        for row in everything:
            value = row[column]
            wanted = IsNull(column) if value is None else EqualTo(column, value)
            found = planned(table, wanted)
            assert row["row"] in found
            opened += len(found)
        assert opened < len(everything) ** 2
        assert sorted(table.scan().to_arrow()["row"].to_pylist()) == list(range(len(everything)))

    def test_when_parted_by_uuids_then_each_file_has_its_own(
        self, writer: str, tmp_path: Path
    ) -> None:
        """The values are the rows'.

        PyIceberg itself finds none of them by a filter: apache/iceberg#8248.
        """
        keys = [row["key"] for row in rows()]

        table = loaded(tmp_path, writer, "key")

        found = {}
        for task in table.scan().plan_files():
            path = task.file.file_path.removeprefix("file://")
            for number in pq.ParquetFile(path).read()["row"].to_pylist():
                found[number] = task.file.partition[0]
        assert found == dict(enumerate(keys))

    def test_when_a_run_overwrites_then_other_partitions_stay(
        self, writer: str, tmp_path: Path
    ) -> None:
        """Those of its rows are replaced, whole."""
        contract = a_contract(a_property("id", "integer"), a_property("day", "date"))
        path = tmp_path / "rows.csv"
        job = a_table_job(
            tmp_path,
            reader=a_reader("rust", str(path)),
            contract=contract,
            writer={"type": writer},
            partition_by=["month(day)"],
        )
        first = [(1, "1969-12-31"), (2, "1970-01-01"), (3, "1970-01-31"), (4, "1970-02-01")]
        a_csv(path, first, header=["id", "day"])
        execute_job(job)

        a_csv(path, [(5, "1970-01-15")], header=["id", "day"])
        execute_job({**job, "target": {**job["target"], "mode": "overwrite"}})

        assert [row[0] for row in rows_of(the_table(tmp_path))] == [1, 4, 5]

    @pytest.mark.parametrize(
        ("terms", "message"),
        [
            (["ratio"], "floating point"),
            (["day(id)"], "column 'id' is long"),
            (["truncate(4, day)"], "column 'day' is date"),
            (["void(id)"], "is no partition"),
            (["bucket(4, no)"], "no column 'no'"),
        ],
    )
    def test_when_a_term_does_not_fit_then_no_table_is_made(
        self, writer: str, terms: list[str], message: str, tmp_path: Path
    ) -> None:
        """It is refused at its key, before anything is there."""
        contract = a_contract(
            a_property("id", "integer"), a_property("day", "date"), a_property("ratio", "number")
        )
        path = a_csv(tmp_path / "rows.csv", [(1, "1970-01-01", 0.5)], header=["id", "day", "ratio"])
        job = a_table_job(
            tmp_path,
            reader=a_reader("rust", str(path)),
            contract=contract,
            writer={"type": writer},
            partition_by=terms,
        )

        with pytest.raises(ConfigError, match=message) as caught:
            execute_job(job)

        assert caught.value.problems[0].path == "target.partition_by"
        assert the_table(tmp_path) is None
