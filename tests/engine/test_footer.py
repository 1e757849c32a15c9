"""What a footer says of a file's columns, held against the data themselves."""

from __future__ import annotations

import datetime as dt
import math
import struct
import tempfile
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from headrace import Field, HeadraceError, Schema
from headrace._native import ParquetFooter, translated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import WRITERS
from tests.footers import KINDS, columns_of, footer_of
from tests.strategies import rows, schemas
from tests.writings import written

DAY = dt.date(1970, 1, 1)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


def decoded(kind: str, bound: bytes) -> Any:  # noqa: ANN401  a value of the column
    """A bound as a value; as Iceberg's appendix D encodes it."""
    if kind.startswith("decimal"):
        scale = int(kind.partition(", ")[2].rstrip(")"))
        with localcontext(prec=60):
            return Decimal(int.from_bytes(bound, "big", signed=True)).scaleb(-scale)
    if kind == "string":
        return bound.decode()
    if kind in ("binary", "extension<arrow.uuid>"):
        return bound
    form = {"bool": "?", "int8": "<i", "int32": "<i", "date32[day]": "<i", "float": "<f"}
    return struct.unpack(form.get(kind, "<d" if kind == "double" else "<q"), bound)[0]


def ordered(kind: str, value: Any) -> Any:  # noqa: ANN401  likewise
    """A value of the data as `decoded` gives bounds."""
    if kind == "date32[day]":
        return (value - DAY).days
    if kind == "time64[us]":
        since = dt.datetime.combine(DAY, value) - dt.datetime.combine(DAY, dt.time())
        return since // MICROSECOND
    if kind.startswith("timestamp"):
        return (value.replace(tzinfo=dt.UTC) - EPOCH) // MICROSECOND
    return value.bytes if kind == "extension<arrow.uuid>" else value


@pytest.mark.parametrize("writer", WRITERS)
class TestGivenDrawnData:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(data=st.data())
    def test_when_written_then_bounds_hold_every_value_and_counts_are_true(
        self, writer: str, data: st.DataObject
    ) -> None:
        """Of any table, over any row groups, by either writer."""
        schema = data.draw(schemas(kinds=KINDS))
        batches = data.draw(st.lists(rows(schema), min_size=1, max_size=3))
        table = [row for batch in batches for row in batch]
        options = {"row_group_bytes": data.draw(st.sampled_from([1, 200, 1 << 20]))}
        with tempfile.TemporaryDirectory() as folder:
            files = written(writer, Path(folder), schema, *batches, **options)
            found = [(footer_of(f.path).rows, columns_of(f.path)) for f in files]

        assert sum(count for count, _ in found) == len(table)
        for field in schema.fields:
            held = [row[field.name] for row in table]
            told = [columns[field.name] for _, columns in found]
            assert sum(column[2] for column in told) == len(held)
            assert sum(column[3] for column in told) == held.count(None)
            values = [ordered(field.type, value) for value in held if value is not None]
            numbers = [v for v in values if not (isinstance(v, float) and math.isnan(v))]
            for *_, lower, upper in told:
                if lower is not None:
                    assert all(decoded(field.type, lower) <= value for value in numbers)
                if upper is not None:
                    assert all(decoded(field.type, upper) >= value for value in numbers)


@pytest.mark.parametrize("writer", WRITERS)
class TestGivenValues:
    @pytest.mark.parametrize(
        ("kind", "values", "lower", "upper"),
        [
            ("string", ["b" * 40, "a" * 40], b"a" * 16, b"b" * 15 + b"c"),
            ("string", ["\U0010ffff" * 17], "\U0010ffff".encode() * 16, None),
            ("string", ["z\ud7ff" + "y" * 20], ("z\ud7ff" + "y" * 14).encode(), None),
            ("binary", [b"\xff" * 20], b"\xff" * 16, None),
            ("binary", [b"\x01\xff" * 20], b"\x01\xff" * 8, b"\x01\xff" * 7 + b"\x02"),
            ("double", [0.0, 1.5], struct.pack("<d", -0.0), struct.pack("<d", 1.5)),
            ("double", [-1.5, -0.0], struct.pack("<d", -1.5), struct.pack("<d", 0.0)),
            ("decimal128(38, 0)", [Decimal(-1), Decimal(128)], b"\xff", b"\x00\x80"),
            ("bool", [True, None], b"\x01", b"\x01"),
            ("int8", [-3, 7], struct.pack("<i", -3), struct.pack("<i", 7)),
        ],
    )
    def test_when_written_then_bounds_are_as_iceberg_spells_them(
        self,
        writer: str,
        kind: str,
        values: list[Any],
        lower: bytes,
        upper: bytes | None,
        tmp_path: Path,
    ) -> None:
        """Texts and bytes are cut, the upper one rounded up or left out; zeros take in both signs.

        Where a writer tells no bounds there are none.
        """
        schema = Schema((Field("v", kind),))

        (file,) = written(writer, tmp_path, schema, [{"v": value} for value in values])

        *_, least, greatest = columns_of(file.path)["v"]
        assert least in (lower, None)
        if upper is not None:
            assert greatest in (upper, None)
        if kind != "double":
            assert least == lower

    def test_when_a_float_is_no_number_then_no_bound_says_otherwise(
        self, writer: str, tmp_path: Path
    ) -> None:
        """NaN has no place between bounds, and hides none of the numbers."""
        schema = Schema((Field("v", "double"),))

        (file,) = written(writer, tmp_path, schema, [{"v": v} for v in (math.nan, -5.0, 5.0)])

        *_, lower, upper = columns_of(file.path)["v"]
        assert lower is None or struct.unpack("<d", lower)[0] <= -5.0
        assert upper is None or struct.unpack("<d", upper)[0] >= 5.0

    def test_when_columns_have_ids_then_the_file_has_them(
        self, writer: str, tmp_path: Path
    ) -> None:
        """Nested ones too, under the paths that Iceberg gives them; pyarrow finds them as well."""
        nested = "struct<x: int64, l: list<item: string>>"
        schema = Schema((Field("a", "int64"), Field("s", nested), Field("m", "map<string, int64>")))
        ids = {"a": 1, "s": 2, "s.x": 3, "s.l": 4, "s.l.element": 5, "m": 6, "m.key": 7}
        row = {"a": 1, "s": {"x": 1, "l": ["y"]}, "m": {"k": 1}}

        (file,) = written(writer, tmp_path, schema, [row], field_ids=ids)

        leaves = {path: column[0] for path, column in columns_of(file.path).items()}
        assert leaves == {"a": 1, "s.x": 3, "s.l.element": 5, "m.key": 7, "m.value": None}
        top = pq.ParquetFile(file.path).schema_arrow
        assert {f.name: int(f.metadata[b"PARQUET:field_id"]) for f in top} == {
            "a": 1,
            "s": 2,
            "m": 6,
        }
        (same,) = written(writer, tmp_path, schema, [row])
        assert all(column[0] is None for column in columns_of(same.path).values())


class TestGivenBytesThatAreNoFooter:
    @given(content=st.binary(max_size=200), magic=st.booleans())
    def test_when_read_then_it_is_a_typed_error(self, content: bytes, magic: bool) -> None:  # noqa: FBT001
        """Whatever stands there, nothing panics."""
        tail = content + (len(content).to_bytes(4, "little") + b"PAR1" if magic else b"")

        with pytest.raises(HeadraceError), translated():
            ParquetFooter(tail)
