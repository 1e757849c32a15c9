"""Partitions that a run takes away as it writes them anew, and writers that know of none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from headrace import ConfigError, PluginError, WriteError, execute_job

from tests.builders import a_contract, a_csv, a_property, a_reader
from tests.iceberg import a_table_job, pyiceberg, rows_of, summaries, the_table
from tests.runs import a_source

if TYPE_CHECKING:
    from pathlib import Path


FLIGHTS = a_contract(
    a_property("id", "integer", required=True),
    a_property("city", "string"),
    a_property("day", "date"),
    a_property("at", "timestamp", physicalType="timestamptz"),
    a_property("price", "number", physicalType="decimal(9,2)"),
)


def flights(count: int) -> list[tuple[Any, ...]]:
    """Rows with nulls, texts beyond ASCII, and times before 1970."""
    cities = ["Köln", "Rome", "", "a/b c", "東京"]
    return [
        (
            n,
            cities[n % 5] or None,
            f"{1960 + n % 90}-0{1 + n % 9}-1{n % 9}",
            f"{1960 + n % 90}-0{1 + n % 9}-1{n % 9}T0{n % 9}:59:59.999999Z",
            f"{n - 5}.25",
        )
        for n in range(count)
    ]


def ran(tmp_path: Path, rows: list[tuple[Any, ...]], writer: str = "rust", **target: Any) -> None:  # noqa: ANN401
    """Bring these flights."""
    path = a_csv(tmp_path / "rows.csv", rows, header=["id", "city", "day", "at", "price"])
    sections = {"contract": FLIGHTS, "reader": a_reader("rust", str(path))}
    execute_job(a_table_job(tmp_path, writer={"type": writer}, **sections, **target))


class TestGivenAWriterThatKnowsNoPartitions:
    def test_when_it_writes_to_a_table_that_has_some_then_nothing_is_committed(
        self, tmp_path: Path
    ) -> None:
        """A file of several partitions would be passed over by readers who look for one."""
        body = (
            "import pyarrow.parquet as pq, pyarrow as pa\n"
            "class Plugin:\n"
            "    def __init__(self, config, output): self.output = output\n"
            "    def write_batch(self, batch, n):\n"
            "        with self.output.open(f'{n}.parquet') as file:\n"
            "            pq.write_table(pa.table(batch.arrow()), file)\n"
            "            size = file.tell()\n"
            "        return [{'path': f'{n}.parquet', 'rows': len(batch), 'bytes': size}]\n"
        )
        path = tmp_path / "plain.py"
        path.write_text(body)

        with pytest.raises(PluginError, match="partitioned by city, and the writer reports"):
            ran(tmp_path, flights(3), f"{path}:Plugin", partition_by=["city"])

        assert rows_of(the_table(tmp_path)) == []


class TestGivenAnOverwrite:
    def test_when_it_runs_then_its_partitions_hold_what_it_wrote(self, tmp_path: Path) -> None:
        """Others stay; one snapshot takes away and brings."""
        ran(tmp_path, flights(10), partition_by=["city"])
        changed = [(90, "Rome", "2000-01-01", "2000-01-01T00:00:00Z", "1.00")]

        ran(tmp_path, changed, partition_by=["city"], mode="overwrite")

        table = the_table(tmp_path)
        stays = [n for n, city, *_ in flights(10) if city != "Rome"]
        assert [row[0] for row in rows_of(table)] == [*stays, 90]
        assert [s["operation"] for s in summaries(table)] == ["append", "overwrite"]

    def test_when_a_partition_is_null_then_it_is_one_like_others(self, tmp_path: Path) -> None:
        """Null is a value of a partition, and nothing of another."""
        ran(tmp_path, flights(10), partition_by=["city"])

        ran(
            tmp_path,
            [(91, None, "2000-01-01", "2000-01-01T00:00:00Z", "1.00")],
            partition_by=["city"],
            mode="overwrite",
        )

        stays = [n for n, city, *_ in flights(10) if city is not None]
        assert [row[0] for row in rows_of(the_table(tmp_path))] == [*stays, 91]

    def test_when_the_table_has_no_partitions_then_all_of_it_is_replaced(
        self, tmp_path: Path
    ) -> None:
        """The whole table is the one partition that there is."""
        ran(tmp_path, flights(10))

        ran(tmp_path, flights(2), mode="overwrite")

        assert [row[0] for row in rows_of(the_table(tmp_path))] == [0, 1]

    def test_when_the_run_has_no_rows_then_a_table_without_partitions_is_empty(
        self, tmp_path: Path
    ) -> None:
        """Its one partition holds what the run wrote: nothing."""
        ran(tmp_path, flights(10))

        ran(tmp_path, [], mode="overwrite")

        assert rows_of(the_table(tmp_path)) == []

    def test_when_there_are_files_of_an_older_spec_then_it_is_refused(self, tmp_path: Path) -> None:
        """Nobody can say which of their rows are of a partition."""
        ran(tmp_path, flights(10))
        with pyiceberg(tmp_path) as catalog:
            catalog.load_table("raw.people").update_spec().add_identity("city").commit()

        with pytest.raises(WriteError, match="an older partition spec"):
            ran(tmp_path, flights(2), mode="overwrite")
        ran(tmp_path, flights(2), mode="append")

        assert len(rows_of(the_table(tmp_path))) == 12

    def test_when_the_job_keeps_state_then_it_is_refused(self, tmp_path: Path) -> None:
        """It would read only what is new, and leave only that."""
        a_source(tmp_path, 3)

        with pytest.raises(ConfigError, match="overwrite would keep only that"):
            execute_job(a_table_job(tmp_path, mode="overwrite", state=True))

        assert the_table(tmp_path) is None
