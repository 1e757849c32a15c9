"""The columns that expressions are over, of every type that operators know, and their values."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from tests.language.form import BIN, BOOL, DATE, DBL, DEC, INT, JSON, NS, STR, TIME, TS, TSZ, UUID

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the table.

    Attributes:
        kind: What operators take it for.
        arrow: Its type.
        duckdb: Its type there.
        theirs: What DuckDB is asked, where it would reckon in a narrower type.
    """

    kind: str
    arrow: str
    duckdb: str
    theirs: str = ""


COLUMNS: Final = {
    "i": Column(kind=INT, arrow="int64", duckdb="bigint"),
    "j": Column(kind=INT, arrow="int64", duckdb="bigint"),
    "i8": Column(kind=INT, arrow="int8", duckdb="tinyint", theirs="i8::bigint"),
    "i16": Column(kind=INT, arrow="int16", duckdb="smallint", theirs="i16::bigint"),
    "i32": Column(kind=INT, arrow="int32", duckdb="integer", theirs="i32::bigint"),
    "m": Column(
        kind=DEC, arrow="decimal128(9, 2)", duckdb="decimal(9, 2)", theirs="m::decimal(28, 2)"
    ),
    "n": Column(
        kind=DEC, arrow="decimal128(18, 4)", duckdb="decimal(18, 4)", theirs="n::decimal(28, 4)"
    ),
    "o": Column(
        kind=DEC, arrow="decimal128(24, 5)", duckdb="decimal(24, 5)", theirs="o::decimal(28, 5)"
    ),
    "x": Column(kind=DBL, arrow="double", duckdb="double"),
    "y": Column(kind=DBL, arrow="double", duckdb="double"),
    "f": Column(kind=DBL, arrow="float", duckdb="float", theirs="f::double"),
    "s": Column(kind=STR, arrow="string", duckdb="varchar"),
    "t": Column(kind=STR, arrow="string", duckdb="varchar"),
    "b": Column(kind=BOOL, arrow="bool", duckdb="boolean"),
    "c": Column(kind=BOOL, arrow="bool", duckdb="boolean"),
    "d": Column(kind=DATE, arrow="date32[day]", duckdb="date"),
    "e": Column(kind=DATE, arrow="date32[day]", duckdb="date"),
    "k": Column(kind=TIME, arrow="time64[us]", duckdb="time"),
    "kns": Column(kind=TIME, arrow="time64[ns]", duckdb="time"),
    "ks": Column(kind=TIME, arrow="time32[s]", duckdb="time"),
    "kms": Column(kind=TIME, arrow="time32[ms]", duckdb="time"),
    "u": Column(kind=TS, arrow="timestamp[us]", duckdb="timestamp"),
    "us": Column(kind=TS, arrow="timestamp[s]", duckdb="timestamp"),
    "ums": Column(kind=TS, arrow="timestamp[ms]", duckdb="timestamp"),
    "z": Column(kind=TSZ, arrow="timestamp[us, tz=UTC]", duckdb="timestamptz"),
    "zb": Column(kind=TSZ, arrow="timestamp[ms, tz=Europe/Berlin]", duckdb="timestamptz"),
    "v": Column(kind=NS, arrow="timestamp[ns]", duckdb="timestamp"),
    "w": Column(kind=NS, arrow="timestamp[ns]", duckdb="timestamp"),
    "g": Column(kind=UUID, arrow="extension<arrow.uuid>", duckdb="uuid"),
    "h": Column(kind=JSON, arrow="extension<arrow.json>", duckdb="varchar"),
    "a": Column(kind=BIN, arrow="binary", duckdb="blob"),
}


_DATES: Final = "0001-01-01 1969-12-31 1970-01-01 2024-01-31 9999-12-31"
_TIMES: Final = "00:00:00 12:30:15 23:59:59"
_EDGES: Final[dict[str, tuple[Any, ...]]] = {
    INT: (0, 1, -1, 2, 3, -7, 10, 100, 127, -128),
    DBL: (0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 12345.678, 1e-5, 1e16, 1e308, -1e308),
    STR: (
        *("", "a", "A", "ab", "a-b-c", "  a b  ", "Gröňe, %_x", "é", "ß", "😀x", "%", "it's"),
        *("12", "a\nb", "!_x"),
    ),
    BOOL: (True, False),
    DATE: tuple(map(dt.date.fromisoformat, _DATES.split())),
    TIME: tuple(map(dt.time.fromisoformat, _TIMES.split())),
    UUID: (uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), uuid.UUID(int=0xF81D << 112)),
    BIN: (b"", b"a", b"ab", b"\0\xff"),
    JSON: ("null", "[1, 1]", '{"a": 1}', '"a"'),
}

# A zone leads out of the calendar a day from its ends; nanoseconds end in 1677 and 2262.
_SPANS: Final = {
    TS: ("0001-01-01T00:00:00", "9999-12-31T23:59:59"),
    TSZ: ("0002-01-01T00:00:00", "9998-12-31T23:59:59"),
    NS: ("1678-01-02T00:00:00", "2261-12-30T00:00:00"),
}
_MOMENTS: Final = ("1969-12-31T23:59:59", "2000-01-03T00:00:00", "2024-02-29T12:30:00")

_STEPS: Final = {"s": 10**6, "m": 10**3, "u": 1, "n": 1}
"""Microseconds of a unit that Python has."""


def _values(column: Column) -> st.SearchStrategy[Any]:
    kind = column.kind
    if kind in _SPANS:
        return _moments(kind, column.arrow)
    edges = st.sampled_from(_EDGES[kind]) if kind in _EDGES else st.nothing()
    more: Mapping[str, Callable[[str], st.SearchStrategy[Any]]] = {
        INT: _integers,
        DEC: _decimals,
        DBL: lambda arrow: st.floats(width=32 if arrow == "float" else 64),
        STR: lambda _: st.text(st.sampled_from("aAbB-_% éÉß.x1"), max_size=6),
        DATE: lambda _: st.dates(),
        TIME: lambda arrow: _cut(st.times(), arrow),
    }
    if column.arrow == "float":
        edges = st.sampled_from([0.0, -0.0, 0.5, -2.5, 3.0])
    return edges | more[kind](column.arrow) if kind in more else edges


def _integers(arrow: str) -> st.SearchStrategy[int]:
    least, greatest = -(1 << int(arrow[3:]) - 1), (1 << int(arrow[3:]) - 1) - 1
    return st.integers(least, greatest) | st.sampled_from([least, greatest])


def _decimals(arrow: str) -> st.SearchStrategy[Decimal]:
    precision, scale = map(int, arrow.removeprefix("decimal128(").removesuffix(")").split(","))
    greatest = 10**precision - 1
    most = min(greatest, 10**15)
    ends = st.sampled_from([0, 5, 50, 100, -100, 149, 150, 151, -150, greatest, -greatest])
    return (ends | st.integers(-most, most)).map(lambda digits: Decimal(f"{digits}E-{scale}"))


def _moments(kind: str, arrow: str) -> st.SearchStrategy[dt.datetime]:
    first, last = map(dt.datetime.fromisoformat, _SPANS[kind])
    edges = st.sampled_from([first, last, *map(dt.datetime.fromisoformat, _MOMENTS)])
    found = _cut(edges | st.datetimes(first, last), arrow)
    return found.map(lambda moment: moment.replace(tzinfo=dt.UTC)) if kind == TSZ else found


def _cut(values: st.SearchStrategy[Any], arrow: str) -> st.SearchStrategy[Any]:
    step = _STEPS[arrow.partition("[")[2][0]]
    return values.map(
        lambda value: value.replace(microsecond=value.microsecond // step * step, fold=0)
    )


def tables(names: Collection[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Rows of some of `COLUMNS`; a third of the values is null."""
    columns = {name: COLUMNS[name] for name in sorted(names)}
    row = {name: st.none() | _values(c) | _values(c) for name, c in columns.items()}
    return st.lists(st.fixed_dictionaries(row), min_size=1, max_size=4)
