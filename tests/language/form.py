"""An operator or function with holes for its operands, each of a kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

INT, DEC, DBL, STR, BOOL = "int", "decimal", "double", "text", "bool"
DATE, TIME, TS, TSZ, NS = "date", "time", "timestamp", "instant", "nanoseconds"
UUID, BIN, JSON = "uuid", "binary", "json"

KINDS: Final = (INT, DEC, DBL, STR, BOOL, DATE, TIME, TS, TSZ, NS, UUID, BIN, JSON)
"""Types of operands, as operators know them."""

NUMBERS: Final = (INT, DEC, DBL)

ATOM: Final = "decimal atom"
"""A hole for a decimal that no product is within, so that digits do."""

WIDE: Final = "double atom"
"""A hole for a double whose text is not that of a `float`."""

SMALL: Final = "small integer"
"""A hole for an integer of few digits."""

STORED: Final = {
    INT: "bigint",
    DEC: "decimal(38, 10)",
    DBL: "double",
    STR: "varchar",
    BOOL: "boolean",
    DATE: "date",
    TIME: "time",
    TS: "timestamp",
    TSZ: "timestamptz",
    NS: "timestamp",
    UUID: "uuid",
    BIN: "blob",
    JSON: "varchar",
}
"""DuckDB's type for the values of each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """An operator or function with holes.

    Attributes:
        name: What is covered: a function's name, or the operator.
        gives: The kind of the result.
        takes: A kind for each hole, or what `literals` calls what stands there.
        ours: What headrace is asked.
        theirs: What DuckDB is asked.
        is_exact: Whether both give the same bits; otherwise it stands at the root alone, where a
            last digit is of no account.
    """

    name: str
    gives: str
    takes: tuple[str, ...]
    ours: str
    theirs: str
    is_exact: bool = True


def a_form(
    name: str, gives: str, takes: str, ours: str, theirs: str | None = None, **more: bool
) -> Form:
    """A form; `takes` has its kinds with `; ` between, `theirs` is `ours` where absent."""
    kinds = tuple(takes.split("; ")) if takes else ()
    return Form(name=name, gives=gives, takes=kinds, ours=ours, theirs=theirs or ours, **more)


def a_choice(name: str, kind: str, takes: str, ours: str, theirs: str | None = None) -> Form:
    """A form whose operands are brought to one type; DuckDB's for decimals may lose digits."""
    theirs = theirs or ours
    for hole, take in enumerate(takes.split("; ")):
        if take == DEC and DBL not in takes:
            theirs = theirs.replace(f"{{{hole}}}", f"cast({{{hole}}} as {STORED[DEC]})")
    return a_form(name, kind, takes, ours, theirs)


def a_comparison(name: str, takes: str, ours: str, theirs: str | None = None) -> Form:
    """As `a_choice`, of what is true or false."""
    return replace(a_choice(name, "", takes, ours, theirs), gives=BOOL)
