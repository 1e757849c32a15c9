"""Casts from every kind to every type that takes some of its values."""

from __future__ import annotations

from typing import Final

from tests.language.form import (
    ATOM,
    BIN,
    BOOL,
    DATE,
    DBL,
    DEC,
    INT,
    NS,
    STR,
    TIME,
    TS,
    TSZ,
    UUID,
    WIDE,
    Form,
    a_form,
)


def _casts(
    kind: str, spelled: str, gives: str, check: str = "true", value: str | None = None, *, to: str
) -> list[Form]:
    """`cast`, `::` and `try_cast`: exact where `check` holds, else a fault or null.

    Args:
        kind: Of the operand.
        spelled: The type, as both spell it.
        gives: The kind of the result.
        check: What DuckDB is asked whether the operand has an exact form.
        value: What DuckDB is asked for it; a cast where None.
        to: DuckDB's type for values of `gives`.
    """
    strict = value or f"cast(cast({{0}} as {spelled}) as {to})"
    lenient = f"try_{value}" if value and value.startswith(("read_", "cast(")) else value
    lenient = lenient or f"cast(try_cast({{0}} as {spelled}) as {to})"
    fault = f"cast(cast('fault' as bigint) as {to})"
    null = f"cast(nothing as {to})"
    theirs = f"case when {{0}} is null then {null} when {check} then {strict} else {fault} end"
    return [
        a_form("cast", gives, kind, f"cast({{0}} as {spelled})", theirs),
        a_form("::", gives, kind, f"({{0}})::{spelled}", theirs),
        a_form(
            "try_cast",
            gives,
            kind,
            f"try_cast({{0}} as {spelled})",
            f"case when not ({check}) or {lenient} is null then {null} else {lenient} end",
        ),
    ]


_WHOLE = "trunc({0}) = {0}"
_TRUTH = "{0} in (0, 1)"
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{{1,6}}0{{0,3}})?)?"
_DAY = "(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{{2}}|[1-9][0-9]{{3}})-[0-9]{{2}}-[0-9]{{2}}"
_FLOAT = r"(?i)[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)(e[+-]?[0-9]+)?|[+-]?(nan|inf|infinity)"


def _spelled(grammar: str) -> str:
    return f"regexp_full_match({{0}}, '{grammar}')"


CASTS: Final = [
    *(
        form
        for spelled in ("tinyint", "smallint", "int", "bigint")
        for kind, check in (
            (INT, "true"),
            (BOOL, "true"),
            (DEC, _WHOLE),
            (DBL, _WHOLE),
            ("spelling", _spelled("[+-]?[0-9]+")),
        )
        for form in _casts(kind, spelled, INT, check, to="bigint")
    ),
    *_casts(INT, "double", DBL, "cast(cast({0} as double) as hugeint) = {0}", to="double"),
    *_casts(BOOL, "double", DBL, to="double"),
    *_casts(ATOM, "double", DBL, "is_double_({0})", "double_({0})", to="double"),
    *_casts(
        DBL,
        "float",
        DBL,
        "(isnan({0}) or cast(try_cast({0} as float) as double) = {0})",
        to="double",
    ),
    *_casts("spelling", "double", DBL, _spelled(_FLOAT), "read_double_({0})", to="double"),
    *(
        form
        for spelled in ("decimal(6, 1)", "decimal(18, 4)")
        for kind, check, value in (
            (INT, "true", None),
            (BOOL, "true", None),
            (DEC, f"try_cast({{0}} as {spelled}) = {{0}}", None),
            (
                DBL,
                f"double_is_({{0}}, try_cast(number_({{0}}) as {spelled}))",
                f"cast(number_({{0}}) as {spelled})",
            ),
        )
        for form in _casts(kind, spelled, DEC, check, value, to=spelled)
    ),
    *_casts(
        "spelling",
        "decimal(6, 1)",
        DEC,
        _spelled("[+-]?[0-9]+([.][0-9]0*)?"),
        to="decimal(6, 1)",
    ),
    *(
        form
        for kind in (INT, DEC, DBL)
        for form in _casts(kind, "boolean", BOOL, _TRUTH, "{0} = 1", to="boolean")
    ),
    *_casts("spelling", "boolean", BOOL, "lower({0}) in ('true', 'false')", to="boolean"),
    *(
        form
        for kind in (INT, ATOM, BOOL, DATE, UUID)
        for form in _casts(kind, "varchar", STR, to="varchar")
    ),
    *_casts(WIDE, "varchar", STR, "true", "text_of_double_({0})", to="varchar"),
    *_casts(TIME, "varchar", STR, "true", "text_of_time_({0})", to="varchar"),
    *_casts(TS, "varchar", STR, "true", "text_of_moment_({0})", to="varchar"),
    *_casts(NS, "varchar", STR, "true", "text_of_moment_({0})", to="varchar"),
    *_casts(NS, "timestamp", TS, to="timestamp"),
    *_casts(TSZ, "varchar", STR, "true", "text_of_instant_({0})", to="varchar"),
    *_casts(BIN, "varchar", STR, "true", "to_base64({0})", to="varchar"),
    *_casts("spelling", "date", DATE, _spelled(_DAY), to="date"),
    *_casts(TS, "date", DATE, "date_trunc('day', {0}) = {0}", to="date"),
    *_casts(DATE, "timestamp", TS, to="timestamp"),
    *_casts("spelling", "timestamp", TS, _spelled(f"{_DAY}[T ]{_CLOCK}"), to="timestamp"),
    *_casts(TS, "timestamp(0)", TS, "date_trunc('second', {0}) = {0}", "{0}", to="timestamp"),
    *_casts(TS, "timestamp(3)", TS, "date_trunc('millisecond', {0}) = {0}", "{0}", to="timestamp"),
    *_casts("spelling", "time", TIME, _spelled(_CLOCK), to="time"),
    *_casts(TIME, "time(0)", TIME, "microsecond({0}) % 1000000 = 0", "{0}", to="time"),
    *_casts(
        "spelling",
        "timestamptz",
        TSZ,
        _spelled(f"{_DAY}[T ]{_CLOCK}(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)"),
        to="timestamptz",
    ),
    *_casts(
        "spelling",
        "uuid",
        UUID,
        _spelled("[0-9a-fA-F]{{8}}(-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}"),
        to="uuid",
    ),
    *_casts(
        "spelling",
        "blob",
        BIN,
        _spelled("([A-Za-z0-9+/]{{4}})*([A-Za-z0-9+/]{{2}}==|[A-Za-z0-9+/]{{3}}=)?"),
        "from_base64({0})",
        to="blob",
    ),
]
