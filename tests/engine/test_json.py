"""Records as JSON: every type, there and back, against pyarrow and the json of the library."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import pyarrow as pa
import pytest
from headrace import ConfigError, ContractError, DecodeError
from headrace._native import RecordBatch, Schema, decode_json, encode_json, infer_json, translated
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import ROOT
from tests.strategies import arrow_types

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def batch_of(spelling: str, values: list[object]) -> pa.RecordBatch:
    """One column `a` of `values`, as pyarrow makes it."""
    field = pa.schema(Schema([("a", spelling, True)])).field(0)
    return pa.record_batch([pa.array(values, field.type)], schema=pa.schema([field]))


def crossed(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch as it is after a crossing as JSON."""
    native = RecordBatch.from_arrow(batch)
    return pa.record_batch(decode_json(encode_json(native), native.schema))


_TEXTS = st.text(st.characters(codec="utf-8"), max_size=6)
_FIXED: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.bool_(): st.booleans(),
    pa.string(): _TEXTS,
    pa.binary(): st.binary(max_size=6),
    pa.float32(): st.floats(width=32, allow_nan=False),
    pa.float64(): st.floats(allow_nan=False),
    pa.date32(): st.integers(-(2**31), 2**31 - 1),
    pa.uuid(): st.uuids().map(lambda value: value.bytes),
    pa.json_(): st.sampled_from(["null", '{ "a" : 1.0 }', '"\\u0000"', "[1e400]"]),
}


def values_of(kind: pa.DataType) -> st.SearchStrategy[Any]:
    """Values of an Arrow type, as pyarrow takes them."""
    if kind in _FIXED:
        return _FIXED[kind]
    return _members(kind) if pa.types.is_nested(kind) else _numbers(kind)


def _numbers(kind: pa.DataType) -> st.SearchStrategy[Any]:
    """Values of what is stored as an integer."""
    if pa.types.is_decimal(kind):
        limit = 10**kind.precision - 1
        return st.integers(-limit, limit).map(lambda unscaled: Decimal(f"{unscaled}E-{kind.scale}"))
    if pa.types.is_time(kind):
        return st.integers(0, 86_400 * _UNITS[kind.unit] - 1)
    limit = 2 ** (kind.bit_width - 1)
    return st.integers(-limit, limit - 1)


def _members(kind: pa.DataType) -> st.SearchStrategy[Any]:
    """Values that are made of values."""
    if pa.types.is_list(kind):
        return st.lists(members_of(kind.value_field), max_size=3)
    if pa.types.is_struct(kind):
        return st.fixed_dictionaries({field.name: members_of(field) for field in kind})
    entries = st.tuples(values_of(kind.key_type), members_of(kind.item_field))
    return st.lists(entries, max_size=3)


def members_of(field: pa.Field) -> st.SearchStrategy[Any]:
    """Values of a field, null where it may be."""
    return st.none() | values_of(field.type) if field.nullable else values_of(field.type)


@st.composite
def columns(draw: st.DrawFn) -> pa.RecordBatch:
    """One column of any type; pyarrow makes extension types from values only when not nested."""
    kinds = arrow_types(max_leaves=6)
    spelling = draw(kinds.filter(lambda kind: kind.rfind("extension") <= 0))
    field = pa.schema(Schema([("a", spelling, True)])).field(0)
    values = draw(st.lists(members_of(field), max_size=5))
    return pa.record_batch([pa.array(values, field.type)], schema=pa.schema([field]))


_MEANINGS: dict[str, Callable[[Any], object]] = {
    "$decimal": Decimal,
    "$float": float,
    "$bytes": lambda text: base64.b64decode(text, validate=True),
    "$uuid": UUID,
    "$json": str,
    "$date": dt.date.fromisoformat,
    "$time": dt.time.fromisoformat,
    "$timestamp": dt.datetime.fromisoformat,
    "$struct": lambda members: {key: understood(item) for key, item in members.items()},
    "$map": lambda entries: [(understood(key), understood(value)) for key, value in entries],
}


def understood(value: Any) -> Any:  # noqa: ANN401  JSON is of any type
    """A JSON value as one who has only read the documentation understands it."""
    if isinstance(value, list):
        return [understood(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and (meaning := _MEANINGS.get(next(iter(value)))):
        return meaning(next(iter(value.values())))
    return {key: understood(item) for key, item in value.items()}


class TestGivenABatchOfAnyType:
    @given(columns())
    def test_when_it_crosses_then_it_is_the_same(self, batch: pa.RecordBatch) -> None:
        """Reader after writer is the identity, for every type, nested ones among them."""
        returned = crossed(batch)

        assert returned.schema.equals(batch.schema, check_metadata=False)
        assert returned.equals(batch)
        returned.validate(full=True)

    @given(columns())
    def test_when_it_is_written_then_any_json_library_reads_it(self, batch: pa.RecordBatch) -> None:
        """It is one JSON array of one object for each row, a C string of UTF-8."""
        written = encode_json(RecordBatch.from_arrow(batch))

        assert b"\0" not in written
        assert [list(record) for record in json.loads(written)] == [["a"]] * batch.num_rows

    @given(columns(), st.data())
    def test_when_it_is_cut_then_the_parts_are_those_of_the_whole(
        self, batch: pa.RecordBatch, data: st.DataObject
    ) -> None:
        """Where batches are cut changes nothing."""
        cut = data.draw(st.integers(0, batch.num_rows))

        parts = [crossed(batch.slice(0, cut)), crossed(batch.slice(cut))]

        assert pa.Table.from_batches(parts).equals(pa.Table.from_batches([crossed(batch)]))


@pytest.mark.parametrize(
    ("spelling", "value", "written"),
    [
        ("int64", 2**63 - 1, "9223372036854775807"),
        ("int64", -(2**63), "-9223372036854775808"),
        ("double", -0.0, "-0.0"),
        ("double", 5e-324, "5e-324"),
        ("double", 1.0, "1.0"),
        ("float", 1.401298464324817e-45, "1e-45"),
        ("double", float("inf"), '{"$float":"Infinity"}'),
        ("decimal128(15, 2)", Decimal("1.5"), '{"$decimal":"1.50"}'),
        ("string", '"\\\0é', '"\\"\\\\\\u0000é"'),
        ("binary", b"\0\xff", '{"$bytes":"AP8="}'),
        ("json", "{ }", '{"$json":"{ }"}'),
        ("date32[day]", dt.date(2024, 2, 29), '{"$date":"2024-02-29"}'),
        ("time32[ms]", dt.time(12, 0, 0, 500_000), '{"$time":"12:00:00.500"}'),
        ("timestamp[us]", dt.datetime(2024, 2, 29), '{"$timestamp":"2024-02-29T00:00:00.000000"}'),  # noqa: DTZ001  naive is its point
        ("timestamp[s, tz=Europe/Berlin]", _EPOCH, '{"$timestamp":"1970-01-01T00:00:00Z"}'),
        ("list<item: int64>", [1, None], "[1,null]"),
        ("map<string, int64>", [("a", 1), ("a", 2)], '{"$map":[["a",1],["a",2]]}'),
        ("struct<x: int64, y: double>", {"x": 1}, '{"x":1,"y":null}'),
        ('struct<"$decimal": string>', {"$decimal": "x"}, '{"$struct":{"$decimal":"x"}}'),
    ],
)
class TestGivenAValue:
    def test_when_it_is_written_then_it_has_the_documented_form(
        self, spelling: str, value: object, written: str
    ) -> None:
        """Libraries in other languages are written against the table of docs/json.md."""
        batch = batch_of(spelling, [value])

        assert encode_json(RecordBatch.from_arrow(batch)).decode() == f'[{{"a":{written}}}]'

    def test_when_it_is_read_without_the_schema_then_its_tag_tells_the_value(
        self, spelling: str, value: object, written: str
    ) -> None:
        """Who has only read the documentation understands what was meant."""
        found = understood(json.loads(written))

        if spelling.startswith("struct"):
            assert {key: item for key, item in found.items() if item is not None} == value
        elif spelling.startswith("timestamp"):
            assert found.replace(tzinfo=None) == cast("dt.datetime", value).replace(tzinfo=None)
        elif spelling == "float":
            assert pa.scalar(found, pa.float32()).as_py() == value
        else:
            assert found == value


class TestGivenTheTags:
    def test_when_the_document_lists_them_then_none_is_missing(self) -> None:
        """The tags of the code are those that authors of libraries read of."""
        code = (ROOT / "rust/core/src/json/mod.rs").read_text(encoding="utf-8")
        document = (ROOT / "docs/json.md").read_text(encoding="utf-8")

        tags = set(re.findall(r'"(\$[a-z]+)"', code)) | {"$struct"}

        assert tags == set(_MEANINGS)
        assert {tag for tag in tags if f'{{"{tag}": ' not in document} == set()


class TestGivenJsonThatDoesNotFit:
    @pytest.mark.parametrize(
        ("document", "error", "field", "message"),
        [
            (b'[{"a": {"x": [1, "2"]}}]', ContractError, "a.x[1]", "the string is not an int64"),
            (b'[{"a": {"y": 1}}]', ContractError, "a.y", "is not a column of the schema"),
            (b'[{"a": null, "a": null}]', ContractError, "a", "is there twice"),
            (b'[{"a": {"x": [1e400]}}]', ContractError, "a.x[0]", "the number is not an int64"),
            (b'[{"a": {"x": "\\ud800"}}]', ContractError, "a.x", "the string is not a list"),
            (b'[{"a": }]', DecodeError, "a", "a value is expected at byte 7"),
            (b'[{"a": null}', DecodeError, None, "it ends where"),
            (b"\xff", DecodeError, None, "it is not UTF-8 at byte 0"),
        ],
    )
    def test_when_it_is_read_then_the_error_has_its_place(
        self, document: bytes, error: type[Exception], field: str | None, message: str
    ) -> None:
        """A library's author finds the record and the field from the message alone."""
        schema = Schema([("a", "struct<x: list<item: int64>>", True)])

        with pytest.raises(error) as caught, translated():
            decode_json(document, schema)

        assert message in str(caught.value)
        assert cast("Any", caught.value).where.get("field") == field

    def test_when_a_column_has_no_form_then_the_error_names_it(self) -> None:
        """A type that headrace does not have is refused, never written in some way."""
        batch = RecordBatch.from_arrow(pa.record_batch({"a": pa.array([1], pa.uint64())}))

        with pytest.raises(ConfigError, match=r"a: records have no form for a"), translated():
            encode_json(batch)


class TestGivenRecordsWithoutASchema:
    def test_when_inferred_then_tags_give_their_types(self) -> None:
        """What the encoder writes tells its types, whoever reads it."""
        document = b"""[{"i": 1, "f": 1.5, "d": {"$decimal": "1.50"}, "b": {"$bytes": ""},
            "t": {"$timestamp": "2024-02-29T00:00:00Z"}, "m": {"$map": [["a", [1]]]},
            "s": {"x": {"$date": "2024-02-29"}}, "n": null}]"""

        assert [(name, kind) for name, kind, _ in infer_json(document).fields] == [
            ("i", "int64"),
            ("f", "double"),
            ("d", "decimal128(38, 2)"),
            ("b", "binary"),
            ("t", "timestamp[us, tz=UTC]"),
            ("m", "map<string, list<item: int64>>"),
            ("s", "struct<x: date32[day]>"),
            ("n", "string"),
        ]

    def test_when_kinds_are_mixed_then_the_error_names_the_place(self) -> None:
        """Nothing is made a string because it fits nothing else."""
        message = 'record 1, field "a": holds integers and strings'

        with pytest.raises(ContractError, match=message), translated():
            infer_json(b'[{"a": 1}, {"a": "1"}]')
