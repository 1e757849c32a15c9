"""Literals of each kind, and what stands in holes that take no expression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.language.form import BIN, BOOL, DATE, DBL, DEC, INT, JSON, NS, STR, TIME, TS, TSZ, UUID

if TYPE_CHECKING:
    from collections.abc import Iterable

_INTEGERS = "0 1 -1 2 7 10 1000 2147483648 9223372036854775807"
_DECIMALS = "0.0 0.5 1.50 -0.05 100.25 123456789.1234 -7.0"
_DOUBLES = "0e0 5e-1 1e3 -2.5e0 1e308 -1e308 1e-300 3e0"
_TEXTS = ("", "a", "A", " a b ", "-", "é", "%_x", "it's", "Gröňe", "ß", "😀")

# Texts of values of every type, and such as nearly are.
_SPELLINGS = r"""
12 -7 +5 007 1.5 -0.50 1. .5 1e3 1e400 1_000 0x1F 300 99999.9 100000.0 0.05
99999999999999999999 nan -inf Infinity true FALSE t yes 1 0 a YQ== YWI= YWJj YQ= \x41
2024-02-29 2023-02-29 0000-01-01 0001-01-01 9999-12-31 2024-2-9 20240229
12:30 12:30:15 23:59:59.999999 24:00:00 12:30:15.1234567 12:30:15.123000000
2024-02-29T12:30:15 2024-02-29T24:00:00 2024-02-29T12:30:15.5 2024-02-29T12:30:15Z
2024-02-29T12:30:15-0530 2024-02-29T12:30:15+02 2024-02-29T12:30:15+02:00
f81d4fae-7dec-11d0-a765-00a0c91e6bf6 F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6
f81d4fae7dec11d0a76500a0c91e6bf6 {f81d4fae-7dec-11d0-a765-00a0c91e6bf6}
"""
_SPACED = ("", " 12", "2024-02-29 12:30:15.5", "2024-02-29 12:30:15+02:00")
_DATES = "2024-02-29 1969-12-31 0001-01-01 9999-12-31"
_MOMENTS = (
    *("2024-02-29 12:30:00", "1969-12-31 23:59:59.999999"),
    *("0001-01-01 00:00:00", "9999-12-31 23:59:59"),
)
_INTERVALS = (
    *("1 month", "'13' month", "'-1' month", "4 years", "'1 day'", "3 weeks", "'36 hours'"),
    *("90 minutes", "1 second", "'250 milliseconds'", "7 microseconds", "8000 years"),
)
_UNITS = "year quarter month week day hour minute second"
_CLOCK = "hour minute second millisecond microsecond"
_UUID = "'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'::uuid"

Pairs = tuple[tuple[str, str], ...]


def _alike(texts: Iterable[str]) -> Pairs:
    return tuple((text, text) for text in texts)


def _words(texts: str) -> Pairs:
    return _alike(texts.split())


def _quoted(texts: Iterable[str]) -> Pairs:
    return _alike("'" + text.replace("'", "''") + "'" for text in texts)


def _names(texts: str) -> Pairs:
    return _quoted(texts.split())


def _typed(texts: str, kind: str) -> Pairs:
    return tuple((text, f"cast({text} as {kind})") for text in texts.split())


LITERALS: Final = {
    INT: _typed(_INTEGERS, "bigint"),
    DEC: tuple(
        (text, f"cast({text} as decimal(28, {len(text.partition('.')[2])}))")
        for text in _DECIMALS.split()
    ),
    DBL: _typed(_DOUBLES, "double"),
    STR: _quoted(_TEXTS),
    BOOL: _words("true false"),
    DATE: _alike(f"date '{text}'" for text in _DATES.split()),
    TIME: _alike(["time '12:30:00'", "time '00:00:00.000001'"]),
    TS: _alike(f"timestamp '{text}'" for text in _MOMENTS),
    TSZ: _alike(["timestamptz '2024-02-29T12:30:00+02:00'"]),
    NS: (("cast('2024-02-29T12:30:00' as timestamp(9))", "timestamp '2024-02-29 12:30:00'"),),
    UUID: _alike([_UUID]),
    BIN: (("cast('YQ==' as blob)", "'a'::blob"),),
    JSON: (("""cast('{"a": 1}' as json)""", """'{"a": 1}'"""),),
    "spelling": _names(_SPELLINGS) + _quoted(_SPACED),
    "pattern": _names("% a% %a _ %é% __ %a%b% A_ %_% ß") + _quoted([""]),
    "escaped": _names("!% %!_% a!! %!%!_x a"),
    "regex": _names(r"a ^a [a-c]+ ^$ (a|b)- \s . é? (?i)g \d+$"),
    "count": _typed("0 1 2 -1 -2 5 100 -100", "bigint"),
    "places": _words("0 1 2 3 -1 -2 -5 20 -20"),
    "year": _words("2024 1 9999 0 10000 -5"),
    "month": _words("1 2 12 0 13"),
    "day": _words("1 28 29 30 31 32 0"),
    "interval": _alike(f"interval {text}" for text in _INTERVALS),
    "unit": _names(_UNITS),
    "clock": _names(_CLOCK),
    "part": _names(f"{_UNITS} {_CLOCK} dow isodow doy"),
    "bare part": _words("week isodow dow"),
}
"""By kind, or by what a form calls the hole: here, and in DuckDB."""
