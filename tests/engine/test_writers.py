"""Both Parquet writers, judged by readers that are not ours."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from headrace import Batch, ContractError, Field, Schema
from headrace._native import ParquetFile, translated
from headrace.batch import batches_of
from headrace.commit import StagedDirectory
from headrace.errors import WriteError
from headrace.writers.parquet import ParquetWriter
from headrace.writers.rolling import ParquetConfig
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import WRITERS
from tests.strategies import NESTED, TYPES, rows, schemas
from tests.values import few
from tests.writings import a_sink, exactly, read_by_duckdb, read_by_pyarrow, written

ALL = Schema(tuple(Field(f"c{n}", kind) for n, kind in enumerate(TYPES)))
N = Schema((Field("n", "int64"),))
NS = Schema((Field("n", "int64"), Field("s", "string")))

# Of each type its borders: least, greatest, and what is easily lost.
BORDERS: dict[str, list[Any]] = {
    "bool": [True, False],
    "int8": [-(2**7), 2**7 - 1],
    "int16": [-(2**15), 2**15 - 1],
    "int32": [-(2**31), 2**31 - 1],
    "int64": [-(2**63), 2**63 - 1],
    "float": [math.inf, -math.inf, math.nan, -0.0, 2.0**-149],
    "double": [math.inf, -math.inf, math.nan, -0.0, 5e-324, 1.7976931348623157e308],
    "decimal128(5, 2)": [Decimal("-999.99"), Decimal("0.01")],
    "decimal128(38, 0)": [Decimal(10**38 - 1), Decimal(1 - 10**38)],
    "string": ["", "a\0b", "😀é\u2028", "x" * (1 << 20), "00123", "NULL"],
    "binary": [b"", b"\0\xff" * 1000],
    "extension<arrow.uuid>": [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)],
    "extension<arrow.json>": ["null", '{ "a": 1, "a": 2 }'],
    "date32[day]": [dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(1969, 12, 31)],
    "time32[s]": [dt.time(0), dt.time(23, 59, 59)],
    "time32[ms]": [dt.time(0), dt.time(23, 59, 59, 999_000)],
    "time64[us]": [dt.time(0), dt.time(23, 59, 59, 999_999)],
    "time64[ns]": [dt.time(0), dt.time(23, 59, 59, 999_999)],
    "timestamp[s]": [dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59)],  # noqa: DTZ001
    "timestamp[ms]": [dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59)],  # noqa: DTZ001
    "timestamp[ns]": [dt.datetime(1677, 9, 21, 0, 12, 44), dt.datetime(2262, 4, 11, 23, 47, 16)],  # noqa: DTZ001
    "timestamp[us]": [dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999_999)],  # noqa: DTZ001
    "timestamp[us, tz=UTC]": [
        dt.datetime(1, 1, 1, tzinfo=dt.UTC),
        dt.datetime(2262, 4, 12, 1, 2, 3, 4, tzinfo=dt.UTC),
    ],
    **{
        kind: list(few(kind))
        for kind in (*TYPES, *NESTED)
        if kind in NESTED or ("tz=" in kind and kind != "timestamp[us, tz=UTC]")
    },
}


def the_rows(count: int, *, start: int = 0) -> list[dict[str, Any]]:
    """Rows of `n` and a text that does not compress to nothing."""
    return [{"n": n, "s": f"{n * 2654435761 % 2**32:x}"} for n in range(start, start + count)]


@pytest.mark.parametrize("kind", WRITERS)
class TestGivenValues:
    @pytest.mark.parametrize("column_type", [*TYPES, *NESTED])
    def test_when_read_back_then_they_are_the_same(
        self, kind: str, column_type: str, tmp_path: Path
    ) -> None:
        """DuckDB and pyarrow read every value of every type as it was, nulls included."""
        schema = Schema((Field("v", column_type),))
        values = [None, *BORDERS[column_type], None]

        files = written(kind, tmp_path, schema, [{"v": value} for value in values])

        assert exactly(row["v"] for row in read_by_pyarrow(files)) == exactly(values)
        by_clock = exactly(values, zoned=False)
        assert exactly((row[0] for row in read_by_duckdb(files)), zoned=False) == by_clock

    def test_when_all_types_stand_side_by_side_then_no_row_is_torn(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Rows stay rows over many batches and row groups."""
        data = [
            {
                field.name: BORDERS[field.type][n % len(BORDERS[field.type])]
                if field.type != "string"
                else f"{n}"
                for field in ALL.fields
            }
            for n in range(300)
        ]
        batches = [data[n : n + 7] for n in range(0, 300, 7)]

        files = written(kind, tmp_path, ALL, *batches, row_group_bytes=2000)

        assert [exactly(row.values()) for row in read_by_pyarrow(files)] == [
            exactly(row.values()) for row in data
        ]


class TestGivenTheTwoWriters:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(data=st.data())
    def test_when_given_the_same_then_they_write_the_same(
        self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
    ) -> None:
        """Same schema, physical and logical types, same rows."""
        schema = data.draw(schemas())
        values = data.draw(rows(schema))
        folder = tmp_path_factory.mktemp("both")

        files = [written(kind, folder, schema, values) for kind in WRITERS]

        assert repr(read_by_pyarrow(files[0])) == repr(read_by_pyarrow(files[1]))
        if values:
            one, two = (pq.ParquetFile(found[0].path) for found in files)
            assert one.schema_arrow.equals(two.schema_arrow)
            assert [_spelled(one, n) for n in range(len(schema.fields))] == [
                _spelled(two, n) for n in range(len(schema.fields))
            ]

    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(data=st.data(), kind=st.sampled_from(WRITERS))
    def test_when_read_by_pyarrow_then_the_rows_round_trip(
        self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, kind: str
    ) -> None:
        """Reader after writer is the identity, for every type, nested ones among them."""
        schema = data.draw(schemas())
        values = data.draw(rows(schema))
        folder = tmp_path_factory.mktemp("identity")

        files = written(kind, folder, schema, values, row_group_bytes=64)

        found = [
            row
            for file in files
            for part in pq.ParquetFile(file.path).iter_batches()
            for batch in batches_of(part, stream="", plugin="")
            for row in batch.rows()
        ]
        assert repr(found) == repr(values)

    @pytest.mark.parametrize("kind", WRITERS)
    @pytest.mark.parametrize(
        "array",
        [
            pa.array([2**62], pa.timestamp("s", "UTC")),
            pa.array([2**31 - 1], pa.int32()).cast(pa.time32("s")),
            pa.array([[2**62]], pa.list_(pa.timestamp("s"))),
        ],
        ids=str,
    )
    def test_when_seconds_are_beyond_a_file_then_they_are_refused(
        self, kind: str, array: pa.Array, tmp_path: Path
    ) -> None:
        """Parquet has milliseconds at the most; what they do not hold is said, never wrapped."""
        (batch,) = batches_of(pa.record_batch({"v": array}), stream="", plugin="")
        writer = a_sink(kind, tmp_path, Schema.of(batch.arrow().schema))

        with pytest.raises(ContractError, match="more seconds") as caught:
            writer.write_batch(batch, 0)
        writer.abort()

        assert caught.value.where["field"] == "v"

    def test_when_columns_are_required_then_the_files_say_so(self, tmp_path: Path) -> None:
        """A column that is not nullable is REQUIRED in the file, by both."""
        schema = Schema((Field("a", "int64", nullable=False), Field("b", "string")))

        for kind in WRITERS:
            (file,) = written(kind, tmp_path, schema, [{"a": 1, "b": None}])
            columns = pq.ParquetFile(file.path).schema
            assert [columns.column(n).max_definition_level for n in (0, 1)] == [0, 1]
            assert [f.nullable for f in pq.read_schema(file.path)] == [False, True]

    @pytest.mark.parametrize("kind", WRITERS)
    @pytest.mark.parametrize("row", [{"a": None}, {"a": "x"}], ids=["null", "type"])
    def test_when_a_batch_is_not_of_their_schema_then_it_is_refused(
        self, kind: str, row: dict[str, Any], tmp_path: Path
    ) -> None:
        """Neither writer takes a null where none may be, nor another type."""
        writer = a_sink(kind, tmp_path, Schema((Field("a", "int64", nullable=False),)))

        with pytest.raises(ContractError) as caught:
            writer.write_batch(Batch([row]), 0)
        writer.abort()

        assert caught.value.where["field"] == "a"


def _spelled(file: pq.ParquetFile, column: int) -> tuple[Any, ...]:
    described = file.schema.column(column)
    return (
        described.name,
        described.physical_type,
        str(described.logical_type),
        described.max_definition_level,
        described.length,
    )


@pytest.mark.parametrize("kind", WRITERS)
class TestGivenOptions:
    @pytest.mark.parametrize(
        ("compression", "codec"),
        [("zstd", "ZSTD"), ("snappy", "SNAPPY"), ("gzip", "GZIP"), ("none", "UNCOMPRESSED")],
    )
    def test_when_compressed_then_the_file_names_the_codec(
        self, kind: str, compression: str, codec: str, tmp_path: Path
    ) -> None:
        """The codec of every column is the one that was asked for."""
        files = written(kind, tmp_path, NS, the_rows(1000), compression=compression)

        (file,) = files
        metadata = pq.ParquetFile(file.path).metadata
        assert {metadata.row_group(0).column(n).compression for n in (0, 1)} == {codec}
        assert read_by_pyarrow(files) == the_rows(1000)

    def test_when_none_is_given_then_it_is_zstd(self, kind: str, tmp_path: Path) -> None:
        """The documented default."""
        (file,) = written(kind, tmp_path, N, [{"n": 1}])

        assert pq.ParquetFile(file.path).metadata.row_group(0).column(0).compression == "ZSTD"


@pytest.mark.parametrize("kind", WRITERS)
class TestGivenManyBatches:
    def test_when_small_then_they_make_one_file(self, kind: str, tmp_path: Path) -> None:
        """A batch is neither a file nor a row group."""
        batches = [the_rows(10, start=start) for start in range(0, 1000, 10)]

        files = written(kind, tmp_path, NS, *batches)

        assert [file.rows for file in files] == [1000]
        assert pq.ParquetFile(files[0].path).metadata.num_row_groups == 1
        assert read_by_pyarrow(files) == the_rows(1000)

    def test_when_row_groups_are_full_then_new_ones_begin(self, kind: str, tmp_path: Path) -> None:
        """Row groups roll by bytes of their data, across batches."""
        batches = [the_rows(100, start=start) for start in range(0, 2000, 100)]

        (file,) = written(kind, tmp_path, NS, *batches, row_group_bytes=8_000)

        metadata = pq.ParquetFile(file.path).metadata
        groups = [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]
        assert 3 <= len(groups) <= 10
        assert sum(groups) == 2000
        assert max(groups) < 1000

    def test_when_files_are_full_then_new_ones_begin(self, kind: str, tmp_path: Path) -> None:
        """Files roll by bytes; no row is lost or doubled at the seams."""
        batches = [the_rows(100, start=start) for start in range(0, 3000, 100)]

        files = written(kind, tmp_path, NS, *batches, row_group_bytes=2_000, file_bytes=4_000)

        assert len(files) > 3
        assert all(file.bytes >= 4_000 for file in files[:-1])
        assert sum(file.rows for file in files) == 3000
        assert read_by_pyarrow(files) == the_rows(3000)

    def test_when_closed_then_what_is_reported_is_what_is_there(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Rows and bytes of each file are the file's own, and every file is reported."""
        batches = [the_rows(100, start=start) for start in range(0, 1000, 100)]

        files = written(kind, tmp_path, NS, *batches, row_group_bytes=2_000, file_bytes=4_000)

        assert {file.path for file in files} == {str(p) for p in tmp_path.rglob("*.parquet")}
        for file in files:
            assert pq.ParquetFile(file.path).metadata.num_rows == file.rows
            assert Path(file.path).stat().st_size == file.bytes
            assert file.partition == {}

    def test_when_nothing_was_written_then_there_is_no_file(
        self, kind: str, tmp_path: Path
    ) -> None:
        """No rows make no file."""
        assert written(kind, tmp_path, NS) == []
        assert list(tmp_path.iterdir()) == []

    def test_when_another_writer_has_the_folder_then_nothing_is_overwritten(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Names never restart: two writers in one folder keep all files."""
        first = written(kind, tmp_path, N, [{"n": 1}])
        second = written(kind, tmp_path, N, [{"n": 2}])

        assert read_by_pyarrow([*first, *second]) == [{"n": 1}, {"n": 2}]

    def test_when_aborted_then_nothing_is_reported(self, kind: str, tmp_path: Path) -> None:
        """An abort lets go of the files; nobody may count them."""
        writer = a_sink(kind, tmp_path, N)
        writer.write_batch(Batch([{"n": 1}], schema=N), 0)

        writer.abort()

        assert writer.close() == []


class TestGivenAFileThatExists:
    @pytest.mark.parametrize("kind", WRITERS)
    def test_when_opened_then_it_is_refused_and_kept(self, kind: str, tmp_path: Path) -> None:
        """A writer never opens a file that is there."""
        path = tmp_path / "part.parquet"
        path.write_bytes(b"precious")

        def opened() -> object:
            with translated():
                if kind == "rust":
                    return ParquetFile(str(path), N.native())
                writer = ParquetWriter(ParquetConfig(schema=tuple(N.to_list())))
                return writer.create(StagedDirectory(tmp_path), path.name, N)

        with pytest.raises(WriteError) as caught:
            opened()

        assert caught.value.where["file"] == str(path)
        assert path.read_bytes() == b"precious"


@pytest.mark.parametrize("kind", WRITERS)
class TestGivenStatistics:
    def test_when_read_then_they_bound_the_data(self, kind: str, tmp_path: Path) -> None:
        """Each row group's least and greatest hold every value, and nulls are counted."""
        data = [
            {
                field.name: None
                if n % 5 == 0
                else BORDERS[field.type][n % len(BORDERS[field.type])]
                for field in ALL.fields
            }
            for n in range(60)
        ]
        batches = [data[n : n + 10] for n in range(0, 60, 10)]

        (file,) = written(kind, tmp_path, ALL, *batches, row_group_bytes=10_000)

        parquet = pq.ParquetFile(file.path)
        assert parquet.metadata.num_row_groups > 1
        for group in range(parquet.metadata.num_row_groups):
            found = parquet.read_row_group(group)
            for n, name in enumerate(ALL.names):
                statistics = parquet.metadata.row_group(group).column(n).statistics
                column = [value for value in found[name].to_pylist() if value is not None]
                assert statistics is not None
                assert statistics.null_count == found.num_rows - len(column)
                numbers = [v for v in column if not (isinstance(v, float) and math.isnan(v))]
                if ALL.fields[n].type.startswith("extension"):  # bounds are of what is stored
                    numbers = [getattr(v, "bytes", None) or v.encode() for v in numbers]
                # arrow-rs orders floats by IEEE 754's total order, which pyarrow does not read.
                is_read = kind == "parquet" or ALL.fields[n].type not in ("float", "double")
                assert statistics.has_min_max or not (numbers and is_read), name
                if statistics.has_min_max and numbers:
                    assert statistics.min <= min(numbers), name
                    assert max(numbers) <= statistics.max, name

    def test_when_columns_are_floats_then_duckdb_reads_bounds(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Floats have bounds too, in the order that the file names."""
        schema = Schema((Field("f", "float"), Field("d", "double")))
        (file,) = written(kind, tmp_path, schema, [{"f": v, "d": v} for v in (-0.5, None, 2.5)])

        with duckdb.connect() as connection:
            bounds = connection.execute(
                "select stats_min_value, stats_max_value from parquet_metadata(?)", [file.path]
            ).fetchall()

        assert bounds == [("-0.5", "2.5")] * 2
