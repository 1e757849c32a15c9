"""Hive partitions: rows of one file share their values, and readers find the values again."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from headrace import ConfigError, Field, HeadraceError, Schema, WriteError
from headrace.writers.rolling import MAX_OPEN_FILES

from tests.builders import WRITERS
from tests.writings import a_sink, read_by_duckdb, read_by_pyarrow, written

pytestmark = pytest.mark.parametrize("kind", WRITERS)

KN = Schema((Field("k", "string"), Field("n", "int64")))


class TestGivenPartitions:
    @pytest.mark.parametrize(
        ("column_type", "values", "texts"),
        [
            (
                "string",
                [None, "a", "a/b", "..", "é😀", "a=b", "100%", "x y", 'q"', "tab\t", "A", "c:\\d"],
                None,
            ),
            ("int64", [None, -5, 0, 2**63 - 1], ["-5", "0", str(2**63 - 1)]),
            ("bool", [True, False, None], ["true", "false"]),
            (
                "date32[day]",
                [dt.date(1, 1, 1), None, dt.date(2000, 2, 29)],
                ["0001-01-01", "2000-02-29"],
            ),
            ("decimal128(5, 2)", [Decimal("-0.50"), Decimal("999.99")], ["-0.50", "999.99"]),
            (
                "extension<arrow.uuid>",
                [uuid.UUID(int=0), None, uuid.UUID(int=2**128 - 1)],
                ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
            ),
            (
                "time64[us]",
                [dt.time(0), dt.time(12, 30, 0, 500_000), None],
                ["00:00:00", "12:30:00.500000"],
            ),
            (
                "timestamp[s, tz=Europe/Berlin]",
                [dt.datetime(2000, 1, 1, tzinfo=dt.UTC)],
                ["2000-01-01T00:00:00+00:00"],
            ),
        ],
    )
    def test_when_read_by_others_then_the_values_are_the_same(
        self,
        kind: str,
        column_type: str,
        values: list[Any],
        texts: list[str] | None,
        tmp_path: Path,
    ) -> None:
        """DuckDB finds every row with its partition, and the metadata say the same."""
        schema = Schema((Field("k", column_type), Field("n", "int64")))
        data = [{"k": value, "n": n} for n, value in enumerate(values * 3)]

        files = written(kind, tmp_path, schema, data[:5], data[5:], partition_by=["k"])

        expected = texts or [value for value in values if value is not None]
        assert {file.partition["k"] for file in files} - {None} == set(expected)
        assert sorted(n for n, _ in read_by_duckdb(files)) == list(range(len(data)))
        for n, found in read_by_duckdb(files):
            value = data[n]["k"]
            if column_type == "string" or value is None:
                assert found == value
            elif column_type == "bool":
                assert str(found).lower() == str(value).lower()
            elif isinstance(value, dt.datetime):
                assert str(found) == value.isoformat()
            else:
                assert str(found) == str(value)

    def test_when_written_then_rows_of_a_file_share_their_values(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Two partitions in one batch never land in one file."""
        schema = Schema((Field("a", "string"), Field("b", "date32[day]"), Field("n", "int64")))
        day = dt.date(2000, 1, 1)
        data = [{"a": "xyz"[n % 3], "b": day + dt.timedelta(n % 2), "n": n} for n in range(60)]

        files = written(kind, tmp_path, schema, data, partition_by=["b", "a"])

        assert len(files) == 6
        for file in files:
            numbers = {row["n"] for row in read_by_pyarrow([file])}
            assert pq.read_schema(file.path).names == ["n"]
            assert numbers == {
                row["n"]
                for row in data
                if {"a": row["a"], "b": row["b"].isoformat()} == dict(file.partition)
            }
            folders = Path(file.path).relative_to(tmp_path).parts[:-1]
            assert folders == (f"b={file.partition['b']}", f"a={file.partition['a']}")

    def test_when_there_are_more_than_may_be_open_then_no_row_is_lost(
        self, kind: str, tmp_path: Path
    ) -> None:
        """The file that waited longest is closed; another one takes its partition's later rows."""
        count = MAX_OPEN_FILES + 8
        data = [{"k": f"{n % count}", "n": n} for n in range(count * 3)]
        batches = [data[n : n + count] for n in range(0, len(data), count)]

        files = written(kind, tmp_path, KN, *batches, partition_by=["k"], row_group_bytes=1)

        assert len(files) > count
        assert sum(file.rows for file in files) == len(data)
        assert sorted((k, n) for n, k in read_by_duckdb(files)) == sorted(
            (row["k"], row["n"]) for row in data
        )
        assert len({file.path for file in files}) == len(files)

    def test_when_rows_come_a_few_at_a_time_then_they_wait_for_each_other(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Many partitions, mixed in every batch, are one file each, not one for each batch."""
        count = 4 * MAX_OPEN_FILES
        batches = [[{"k": f"{n}", "n": n} for n in range(count)] for _ in range(12)]

        files = written(kind, tmp_path, KN, *batches, partition_by=["k"])

        assert len(files) == count
        assert {file.rows for file in files} == {12}

    def test_when_files_roll_then_each_partition_rolls_alone(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Bytes are counted for each file, not for the writer."""
        batches = [
            [{"k": "a", "n": n * 2654435761} for n in range(start, start + 500)]
            + [{"k": "b", "n": start}]
            for start in range(0, 5000, 500)
        ]

        files = written(
            kind,
            tmp_path,
            KN,
            *batches,
            partition_by=["k"],
            row_group_bytes=2000,
            file_bytes=8000,
        )

        rolled = {
            value: sum(file.partition["k"] == value for file in files) for value in ("a", "b")
        }
        assert rolled["a"] > 1
        assert rolled["b"] == 1


class TestGivenPartitionsThatCannotBe:
    @pytest.mark.parametrize(
        ("columns", "message"),
        [
            (["missing"], "no column 'missing'"),
            (["k", "n"], "at least one must stay"),
            (["k", "k"], "twice"),
        ],
    )
    def test_when_columns_do_not_suit_then_they_are_refused(
        self, kind: str, columns: list[str], message: str, tmp_path: Path
    ) -> None:
        """A partition column that is not there, or all of them, is said at once."""
        with pytest.raises(HeadraceError, match=message):
            a_sink(kind, tmp_path, KN, partition_by=columns)

    @pytest.mark.parametrize(
        "column_type",
        [
            "float",
            "double",
            "binary",
            "extension<arrow.json>",
            "list<item: string>",
            "struct<a: int64>",
            "map<string, int64>",
        ],
    )
    def test_when_the_type_names_no_folder_then_it_is_refused_at_once(
        self, kind: str, column_type: str, tmp_path: Path
    ) -> None:
        """A type whose text is not one and exact is refused before the first row."""
        schema = Schema((Field("k", column_type), Field("n", "int64")))

        with pytest.raises(ConfigError) as caught:
            a_sink(kind, tmp_path, schema, partition_by=["k"])

        (problem,) = caught.value.problems
        assert problem.path == "writer.partition_by"
        assert f'column "k" of type {column_type} cannot name a partition' in problem.message

    @pytest.mark.parametrize("name", ["_k", ".k"])
    def test_when_a_folder_would_be_hidden_then_it_is_refused(
        self, kind: str, name: str, tmp_path: Path
    ) -> None:
        """Readers pass over folders that begin with `_` or `.`: their rows would be lost."""
        schema = Schema((Field(name, "string"), Field("n", "int64")))

        with pytest.raises(HeadraceError, match="hidden"):
            a_sink(kind, tmp_path, schema, partition_by=[name])

    def test_when_a_value_is_too_long_for_a_folder_then_it_is_a_write_error(
        self, kind: str, tmp_path: Path
    ) -> None:
        """What the file system refuses is WriteError with the place."""
        with pytest.raises(WriteError) as caught:
            written(kind, tmp_path, KN, [{"k": "x" * 300, "n": 1}], partition_by=["k"])

        assert str(tmp_path) in caught.value.where["file"]
