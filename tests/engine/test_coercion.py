"""No lossy coercion: a value is what its column holds, exactly, or it is an error of its row."""

from __future__ import annotations

import datetime as dt
import math
import re
import types
import uuid
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from headrace import Batch, ContractError, Drift, Field, HeadraceError, Schema, SchemaValidator
from headrace.batch import batches_of

NAIVE = dt.datetime(2000, 1, 1, 12, 30, 15, 123456)  # noqa: DTZ001  naive is its point
ZONED = NAIVE.replace(tzinfo=dt.UTC)
PARIS = NAIVE.replace(tzinfo=dt.timezone(dt.timedelta(hours=1)))


class Words(str):
    """A string of a class of its own."""

    __slots__ = ()


def the_outcome(kind: str, data: object) -> tuple[list[object], list[tuple[int, str]]]:
    """What a column of type `kind` made of the data: values, and row and rule of each error."""
    schema = Schema((Field("v", kind),))
    validator = SchemaValidator(schema, mode="quarantine", drift=Drift(type_change="ignore"))
    valid, errors = validator.validate_batch(data)
    assert valid.arrow().schema.fields == [("v", kind, True)]
    return [row["v"] for row in valid], [(error.row, error.rule) for error in errors]


class TestGivenPythonValues:
    @pytest.mark.parametrize(
        ("kind", "value", "kept"),
        [
            ("int8", 127, 127),
            ("int16", -(2**15), -(2**15)),
            ("int32", 2**31 - 1, 2**31 - 1),
            ("int64", -(2**63), -(2**63)),
            ("double", 3, 3.0),
            ("double", 2**53, float(2**53)),
            ("double", 2**60, float(2**60)),
            ("double", math.inf, math.inf),
            ("float", 0.5, 0.5),
            ("float", 2**24, float(2**24)),
            ("decimal128(5, 2)", 3, Decimal("3.00")),
            ("decimal128(5, 2)", Decimal("1.5"), Decimal("1.50")),
            ("decimal128(5, 2)", Decimal("1E+2"), Decimal("100.00")),
            ("decimal128(5, 2)", Decimal("1.500"), Decimal("1.50")),
            ("decimal128(38, 0)", 10**38 - 1, Decimal(10**38 - 1)),
            ("string", "00123", "00123"),
            ("string", "", ""),
            ("string", "a\0b", "a\0b"),
            ("string", Words("x"), "x"),
            ("bool", True, True),
            ("date32[day]", dt.date(1, 1, 1), dt.date(1, 1, 1)),
            ("timestamp[us]", NAIVE, NAIVE),
            ("timestamp[us, tz=UTC]", ZONED, ZONED),
            ("timestamp[us, tz=+01:00]", ZONED, ZONED.astimezone(PARIS.tzinfo)),
            ("timestamp[ns]", NAIVE, NAIVE),
            ("timestamp[s]", NAIVE.replace(microsecond=0), NAIVE.replace(microsecond=0)),
            ("time32[ms]", dt.time(1, 2, 3, 4000), dt.time(1, 2, 3, 4000)),
            ("time64[ns]", dt.time.max, dt.time.max),
            ("binary", b"\0\xff", b"\0\xff"),
            ("binary", bytearray(b"x"), b"x"),
            ("extension<arrow.uuid>", uuid.UUID(int=1), uuid.UUID(int=1)),
            ("extension<arrow.json>", ' {"a": 1.0} ', ' {"a": 1.0} '),
            ("list<item: int8>", (1, None), [1, None]),
            ("struct<a: int8, b: int8>", {"b": 1}, {"a": None, "b": 1}),
            ("struct<a: int8>", types.MappingProxyType({"a": 1}), {"a": 1}),
            ("map<int64, string>", {1: "x", 2: None}, {1: "x", 2: None}),
            ("map<string, int8>", [("a", 1), ["b", 2]], {"a": 1, "b": 2}),
            ("map<string, int8>", [("a", 1), ("a", 2)], [("a", 1), ("a", 2)]),
            ("timestamp[us, tz=UTC]", PARIS, ZONED - dt.timedelta(hours=1)),
        ],
    )
    def test_when_the_column_holds_it_exactly_then_it_passes(
        self, kind: str, value: object, kept: object
    ) -> None:
        """What loses nothing passes, in the column's own type."""
        values, errors = the_outcome(kind, [{"v": value}, {"v": None}])

        assert errors == []
        assert [(type(v), v) for v in values] == [(type(kept), kept), (type(None), None)]

    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            *[("int64", bad) for bad in (3.9, 3.0, "5", True, 2**63, Decimal(5), NAIVE, b"5")],
            *[("int8", bad) for bad in (128, -129)],
            *[("int16", bad) for bad in (2**15, -(2**15) - 1)],
            *[("int32", bad) for bad in (2**31, -(2**31) - 1)],
            *[("double", bad) for bad in (2**53 + 1, "1.5", True, Decimal("0.5"), 10**400)],
            *[("float", bad) for bad in (2**24 + 1, 1e300, False)],
            *[
                ("decimal128(5, 2)", bad)
                for bad in (
                    *(1.5, "1.50", True, 1000),
                    *map(Decimal, ("0.001", "1000", "NaN", "Infinity", "-Infinity", "sNaN")),
                )
            ],
            ("decimal128(38, 0)", 10**38),
            *[("string", bad) for bad in (5, 1.5, True, b"x", NAIVE, Decimal(1))],
            *[("bool", bad) for bad in (0, 1, "true", 1.0)],
            *[("date32[day]", bad) for bad in (NAIVE, "2000-01-01", 0)],
            *[("timestamp[us]", bad) for bad in (ZONED, NAIVE.date(), "2000-01-01", 0)],
            *[("timestamp[us, tz=UTC]", bad) for bad in (NAIVE, NAIVE.date(), 0)],
            *[("timestamp[ms]", bad) for bad in (NAIVE, ZONED)],
            *[("timestamp[ns]", dt.datetime(y, 1, 1)) for y in (1677, 2263)],  # noqa: DTZ001
            *[("time32[s]", bad) for bad in (dt.time(0, 0, 0, 1), "12:00", NAIVE, 0)],
            ("time64[us]", dt.time(1, tzinfo=dt.UTC)),
            *[("binary", bad) for bad in ("x", 5, [1])],
            *[("extension<arrow.uuid>", bad) for bad in (str(uuid.UUID(int=1)), 1, b"x" * 16)],
            *[("extension<arrow.json>", bad) for bad in ("{", {}, [], "NaN", b"{}")],
            *[("list<item: int8>", bad) for bad in ("ab", {1}, {"a": 1}, 1, [128], [[1]])],
            *[("struct<a: int8>", bad) for bad in ([1], 1, {"b": 1}, {1: 1}, {"a": "1"})],
            *[("map<string, int8>", bad) for bad in ([1], ["ab"], {1: 1}, {"a": "1"}, 1)],
        ],
    )
    def test_when_something_would_be_lost_then_it_is_an_error(
        self, kind: str, value: object
    ) -> None:
        """3.9 is not 3, "5" is not 5, True is not 1, a naive time is not a zoned one."""
        values, errors = the_outcome(kind, [{"v": value}, {"v": None}])

        assert (values, errors) == ([None], [(1, "type")])

    def test_when_a_text_is_no_unicode_then_it_is_an_error(self) -> None:
        """A lone surrogate has no UTF-8."""
        assert the_outcome("string", [{"v": "\ud800"}, {"v": "x"}]) == (["x"], [(1, "utf8")])


class TestGivenArrowDataOfOtherTypes:
    @pytest.mark.parametrize(
        ("kind", "array", "kept"),
        [
            ("int64", pa.array([1, None], pa.int32()), [1, None]),
            ("int64", pa.array([1, None], pa.uint64()), [1, None]),
            ("double", pa.array([0.5, None], pa.float32()), [0.5, None]),
            ("double", pa.array([2, None], pa.int64()), [2.0, None]),
            ("string", pa.array(["é", None], pa.large_string()), ["é", None]),
            ("string", pa.array(["é", None], pa.string_view()), ["é", None]),
            ("string", pa.array(["é", None, "é"]).dictionary_encode(), ["é", None, "é"]),
            ("timestamp[us]", pa.array([1_000, None], pa.timestamp("ns")), None),
            ("timestamp[us]", pa.array([1, None], pa.timestamp("s")), None),
            ("timestamp[us, tz=UTC]", pa.array([1], pa.timestamp("us", "Europe/Paris")), None),
            (
                "decimal128(5, 2)",
                pa.array([Decimal("1.500")], pa.decimal128(9, 3)),
                [Decimal("1.50")],
            ),
            ("int8", pa.nulls(2), [None, None]),
        ],
    )
    def test_when_nothing_is_lost_then_they_pass(
        self, kind: str, array: pa.Array, kept: list[Any] | None
    ) -> None:
        """Another type that says the same passes, in the column's own type."""
        values, errors = the_outcome(kind, pa.record_batch({"v": array}))

        assert errors == []
        if kept is not None:
            assert values == kept
        else:
            zone = "UTC" if "UTC" in kind else None
            assert values == array.cast(pa.timestamp("us", zone)).to_pylist()

    @pytest.mark.parametrize(
        ("kind", "array"),
        [
            ("int32", pa.array([1, 2**31], pa.int64())),
            ("int64", pa.array([1, 2**63], pa.uint64())),
            ("int64", pa.array([None, 3.0], pa.float64())),
            ("int64", pa.array([None, "5"])),
            ("bool", pa.array([None, 1], pa.int8())),
            ("timestamp[us]", pa.array([1_000, 1_001], pa.timestamp("ns"))),
            ("timestamp[us]", pa.array([None, 0], pa.timestamp("us", "UTC"))),
            ("timestamp[us, tz=UTC]", pa.array([None, 0], pa.timestamp("us"))),
            ("timestamp[us]", pa.array([0, 2**62], pa.timestamp("s"))),
            ("decimal128(5, 2)", pa.array([None, Decimal("0.001")], pa.decimal128(9, 3))),
            ("date32[day]", pa.array([None, 0], pa.timestamp("us"))),
        ],
    )
    def test_when_something_would_be_lost_then_its_row_is_an_error(
        self, kind: str, array: pa.Array
    ) -> None:
        """A value that does not fit costs its row, never its batch."""
        values, errors = the_outcome(kind, pa.record_batch({"v": array}))

        assert errors == [(2, "type")]
        assert len(values) == 1

    def test_when_rows_are_lost_before_others_then_each_keeps_its_number(self) -> None:
        """A row that Python has no form for does not shift the numbers of those behind it."""
        schema = Schema((Field("v", "timestamp[us]", nullable=False),))
        array = pa.array([1_001, 1_000, None, 2_001, 2_000, None], pa.timestamp("ns"))

        validator = SchemaValidator(schema, mode="quarantine", drift=Drift(type_change="ignore"))
        valid, errors = validator.validate_batch(pa.record_batch({"v": array}))

        assert len(valid) == 2
        assert [(error.row, error.rule, error.record) for error in errors] == [
            (1, "type", None),
            (3, "required", '{"v":null}'),
            (4, "type", None),
            (6, "required", '{"v":null}'),
        ]

    @pytest.mark.parametrize(
        "array",
        [
            pa.array([dt.timedelta(1)]),
            pa.array([1.5], pa.float16()),
            pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
        ],
    )
    def test_when_no_row_could_ever_fit_then_the_column_is_refused(self, array: pa.Array) -> None:
        """A type that headrace does not have is ContractError with the column."""
        with pytest.raises(ContractError) as caught:
            the_outcome("string", pa.record_batch({"v": array}))

        assert caught.value.where["field"] == "v"

    @pytest.mark.parametrize(
        ("names", "rule", "field"),
        [
            (["v", "w"], "drift.new_column", "w"),
            (["w"], "drift.new_column", "w"),
            ([], "drift.removed_column", "v"),
            (["v", "v"], "columns", "v"),
        ],
    )
    def test_when_columns_are_others_then_it_is_drift(
        self, names: list[str], rule: str, field: str
    ) -> None:
        """A column too many, too few or twice is ContractError with its name."""
        batch = pa.record_batch([pa.array([1])] * len(names), names=names)

        with pytest.raises(ContractError) as caught:
            the_outcome("int64", batch)

        assert caught.value.where == {"field": field, "rule": rule}

    def test_when_a_schema_names_a_column_twice_then_it_is_refused(self) -> None:
        """Rows by name could not fill both."""
        schema = Schema((Field("v", "int64"), Field("v", "int64")))

        with pytest.raises(ContractError, match="'v' stands twice"):
            SchemaValidator(schema)

    def test_when_it_is_a_stream_of_batches_then_it_is_refused(self) -> None:
        """A validator takes one batch."""
        table = pa.Table.from_batches([pa.record_batch({"v": [1]})] * 2)

        with pytest.raises(HeadraceError, match="2 batches is not one batch"):
            the_outcome("int64", table)


class TestGivenRowsWithoutASchema:
    @pytest.mark.parametrize(
        ("values", "kind"),
        [
            ([b"x", None, bytearray(b"y")], "binary"),
            ([uuid.UUID(int=1)], "extension<arrow.uuid>"),
            ([dt.time(1)], "time64[us]"),
            ([[1], [], None, (2.5,)], "list<item: double>"),
            ([[]], "list<item: string>"),
            ([{"a": 1}, {"b": [NAIVE]}], "struct<a: int64, b: list<item: timestamp[us]>>"),
        ],
    )
    def test_when_inferred_then_the_narrowest_type_holds_them(
        self, values: list[object], kind: str
    ) -> None:
        """Lists and dicts are what their items and members have in common."""
        batch = Batch([{"v": value} for value in values])

        assert batch.arrow().schema.fields == [("v", kind, True)]

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ([1, "x"], 'column "v" holds integers and strings'),
            ([[1, "x"]], 'column "v[1]" holds integers and strings'),
            ([{"a": {"b": 1}}, {"a": {"b": b"x"}}], 'column "v.a.b" holds integers and bytes'),
            ([{1: 1}], "a dict with a key that is not a string"),
            ([{}], "holds objects without a member"),
            ([object()], "holds a object, which no column type does"),
        ],
    )
    def test_when_no_type_holds_them_then_the_path_is_told(
        self, values: list[object], message: str
    ) -> None:
        """Two kinds of values in one place are ContractError."""
        with pytest.raises(ContractError, match=re.escape(message)):
            Batch([{"v": value} for value in values]).arrow()

    def test_when_a_list_holds_itself_then_it_is_refused(self) -> None:
        """Nesting has an end."""
        endless: list[object] = []
        endless.append(endless)

        with pytest.raises(ContractError, match="nested more than 64 deep"):
            Batch([{"v": endless}]).arrow()


class TestGivenValuesThatPythonCannotHold:
    @pytest.mark.parametrize(
        ("array", "field"),
        [
            (pa.array([[1]], pa.list_(pa.timestamp("ns"))), "v[0]"),
            (pa.array([{"a": 2**62}], pa.struct({"a": pa.timestamp("s")})), "v.a"),
            (pa.array([[("k", 1)]], pa.map_(pa.string(), pa.time64("ns"))), "v[k]"),
            (pa.array([86_400], pa.int32()).cast(pa.time32("s")), "v"),
        ],
        ids=str,
    )
    def test_when_read_as_rows_then_the_path_is_told(self, array: pa.Array, field: str) -> None:
        """Nanoseconds, far years and times beyond a day are errors of their place, never cut."""
        (batch,) = batches_of(pa.record_batch({"v": array}), stream="", plugin="")

        with pytest.raises(ContractError) as caught:
            batch.rows()

        assert caught.value.where["field"] == field

    def test_when_python_knows_no_such_zone_then_the_column_is_refused(self) -> None:
        """An Arrow zone may be any name."""
        array = pa.array([0], pa.timestamp("s", "Mars/Olympus"))
        (batch,) = batches_of(pa.record_batch({"v": array}), stream="", plugin="")

        with pytest.raises(ContractError, match='knows no time zone "Mars/Olympus"'):
            batch.rows()
