"""Laws of footers: PyIceberg reads the same of one, and no byte of it breaks its reader."""

from __future__ import annotations

import math
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow.parquet as pq
import pytest
from headrace import Field, Schema, WriteError
from headrace._native import ParquetFooter, translated
from headrace.targets.iceberg.datafiles import field_ids
from headrace.targets.iceberg.types import iceberg_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyiceberg.io.pyarrow import (
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
    parquet_path_to_id_mapping,
)
from pyiceberg.types import DoubleType, FloatType, UUIDType

from tests import footers
from tests.builders import WRITERS
from tests.footers import footer_of, tail_of
from tests.strategies import few_rows, rows, schemas
from tests.values import few
from tests.writings import written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyiceberg.schema import Schema as IcebergSchema
    from pyiceberg.types import IcebergType

KINDS: Final = (
    *footers.KINDS,
    "list<item: int64>",
    "struct<x: int64, y: struct<z: string>>",
    "map<string, list<item: double>>",
)

ZEROS: Final = {b"\x00" * 4, b"\x00" * 3 + b"\x80", b"\x00" * 8, b"\x00" * 7 + b"\x80"}

EVERY: Final = Schema(tuple(Field(f"c{n}", kind) for n, kind in enumerate(KINDS)))


def by_pyiceberg(path: str, schema: IcebergSchema) -> Mapping[str, Any]:
    """What PyIceberg would say of a file."""
    statistics = data_file_statistics_from_parquet_metadata(
        pq.read_metadata(path),
        compute_statistics_plan(schema, {}),
        parquet_path_to_id_mapping(schema),
    )
    return statistics.to_serialized_dict()


def agree(ours: bytes | None, told: bytes | None, kind: IcebergType, *, is_nested: bool) -> bool:
    """Whether a bound is what PyIceberg makes of the same footer.

    Zeros of floats are taken in with both signs, and UUIDs have no bounds. PyIceberg has none
    within structs, nor of floats in IEEE's order, as the core writes them.
    """
    if ours == told:
        return True
    if isinstance(kind, FloatType | DoubleType):
        return None in (ours, told) or {ours, told} <= ZEROS
    return ours is None if isinstance(kind, UUIDType) else is_nested and told is None


@pytest.mark.parametrize("writer", WRITERS)
class TestGivenDrawnTables:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(data=st.data())
    def test_when_pyiceberg_reads_the_footer_then_it_finds_the_same(
        self, writer: str, data: st.DataObject
    ) -> None:
        """Sizes, counts and offsets of every leaf, and its bounds."""
        schema = data.draw(schemas(kinds=KINDS))
        table = data.draw((rows(schema) | few_rows(schema)).filter(bool))
        iceberg = iceberg_schema(schema)
        options = {
            "row_group_bytes": data.draw(st.sampled_from([1, 200, 1 << 20])),
            "field_ids": field_ids(iceberg),
        }

        with tempfile.TemporaryDirectory() as folder:
            files = written(writer, Path(folder), schema, table, **options)
            found = [footer_of(file.path) for file in files]
            expected = [by_pyiceberg(file.path, iceberg) for file in files]

        for footer, theirs in zip(found, expected, strict=True):
            columns = {column[1]: column[2:] for column in footer.columns}
            assert footer.rows == theirs["record_count"]
            assert footer.split_offsets == theirs["split_offsets"]
            assert {i: c[0] for i, c in columns.items()} == theirs["column_sizes"]
            assert {i: c[1] for i, c in columns.items()} == theirs["value_counts"]
            assert {i: c[2] for i, c in columns.items()} == theirs["null_value_counts"]
            for column_id, (*_, lower, upper) in columns.items():
                field = iceberg.find_field(column_id)
                for ours, key in ((lower, "lower_bounds"), (upper, "upper_bounds")):
                    is_nested = field not in iceberg.fields
                    told = theirs[key].get(column_id)
                    assert agree(ours, told, field.field_type, is_nested=is_nested)

    @pytest.mark.parametrize("kind", ["float", "double"])
    def test_when_floats_are_no_numbers_then_they_are_counted_where_the_file_does(
        self, writer: str, kind: str, tmp_path: Path
    ) -> None:
        """Over all row groups, one of nulls among them; pyarrow's files say nothing of it."""
        schema = Schema((Field("v", kind),))
        values = (math.nan, 1.0, None, -0.0, math.nan)
        batches = [[{"v": value}] for value in values]

        (file,) = written(writer, tmp_path, schema, *batches, row_group_bytes=1)

        ((_, _, _, count, nulls, nans, *_),) = footer_of(file.path).columns
        assert (count, nulls) == (5, 1)
        assert nans == (2 if writer == "rust" else None)


@pytest.fixture(scope="module", params=WRITERS)
def tail(request: pytest.FixtureRequest) -> bytes:
    """The footer of a file with every type."""
    row = {field.name: few(field.type)[-1] for field in EVERY.fields}
    with tempfile.TemporaryDirectory() as folder:
        (file,) = written(request.param, Path(folder), EVERY, [row] * 3)
        return tail_of(file.path)


class TestGivenAFooterWithOtherBytes:
    @settings(max_examples=500, deadline=None)
    @given(
        changes=st.lists(
            st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=4
        )
    )
    def test_when_it_is_read_then_it_is_a_typed_error_or_none(
        self, tail: bytes, changes: list[tuple[int, int]]
    ) -> None:
        """Whatever bytes stand there, nothing panics and nothing else is raised."""
        broken = bytearray(tail)
        for place, byte in changes:
            broken[place % (len(tail) - 8)] = byte

        found = None
        with suppress(WriteError), translated():
            found = ParquetFooter(bytes(broken))

        assert found is None or found.rows >= 0
