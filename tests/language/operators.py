"""Comparison, logic, arithmetic, and what chooses between values."""

from __future__ import annotations

from typing import Final

from tests.language.form import (
    ATOM,
    BOOL,
    DATE,
    DBL,
    DEC,
    INT,
    KINDS,
    NUMBERS,
    SMALL,
    STORED,
    TS,
    a_choice,
    a_comparison,
    a_form,
)

_MIXED = ((INT, DEC), (DEC, DBL), (INT, DBL), (DATE, TS))

COMPARISONS: Final = [
    a_comparison(operator, f"{a}; {b}", f"({{0}} {operator} {{1}})")
    for operator in ("=", "<>", "<", "<=", ">", ">=")
    for a, b in (*((kind, kind) for kind in KINDS), *_MIXED)
] + [
    form
    for kind in KINDS
    for form in (
        a_form("is null", BOOL, kind, "({0} is null)"),
        a_form("is null", BOOL, kind, "({0} is not null)"),
        a_form("notnull", BOOL, kind, "({0} notnull)"),
        a_comparison("is distinct from", f"{kind}; {kind}", "({0} is distinct from {1})"),
        a_comparison("is distinct from", f"{kind}; {kind}", "({0} is not distinct from {1})"),
        a_comparison(
            "between",
            f"{kind}; {kind}; {kind}",
            "({0} between {1} and {2})",
            "and_({0} >= {1}, {0} <= {2})",
        ),
        a_comparison(
            "between",
            f"{kind}; {kind}; {kind}",
            "({0} not between {1} and {2})",
            "(not and_({0} >= {1}, {0} <= {2}))",
        ),
        a_comparison(
            "in",
            f"{kind}; {kind}; {kind}; {kind}",
            "({0} in ({1}, {2}, {3}))",
            "or_(or_({0} = {1}, {0} = {2}), {0} = {3})",
        ),
        a_comparison(
            "in",
            f"{kind}; {kind}; {kind}",
            "({0} not in ({1}, null, {2}))",
            "(not or_(or_({0} = {1}, null), {0} = {2}))",
        ),
    )
]

LOGIC: Final = [
    a_form("and", BOOL, f"{BOOL}; {BOOL}", "({0} and {1})", "and_({0}, {1})"),
    a_form("or", BOOL, f"{BOOL}; {BOOL}", "({0} or {1})", "or_({0}, {1})"),
    a_form("not", BOOL, BOOL, "(not {0})"),
    *(
        a_form(f"is {truth}", BOOL, BOOL, f"({{0}} is {negated}{truth})")
        for truth in ("true", "false")
        for negated in ("", "not ")
    ),
]

ARITHMETIC: Final = [
    *(
        a_form(operator, INT, f"{INT}; {INT}", f"({{0}} {operator} {{1}})")
        for operator in ("+", "-", "*", "%")
    ),
    *(
        # DuckDB makes doubles of decimals whose product or remainder has over 38 digits.
        a_form(operator, DEC, f"{a}; {b}", f"({{0}} {operator} {{1}})")
        for operator, decimal, integer in (
            *(("+", DEC, INT), ("-", DEC, INT)),
            *(("*", ATOM, SMALL), ("%", ATOM, INT)),
        )
        for a, b in ((decimal, decimal), (integer, decimal), (decimal, integer))
    ),
    *(
        a_form(operator, DBL, f"{a}; {b}", f"({{0}} {operator} {{1}})", f"{macro}({{0}}, {{1}})")
        for operator, macro in (("+", "add_"), ("-", "sub_"), ("*", "mul_"), ("%", "mod_"))
        for a, b in ((DBL, DBL), (DBL, INT), (DEC, DBL))
    ),
    *(
        a_form("/", DBL, f"{a}; {b}", "({0} / {1})", "div_({0}, {1})")
        for a, b in ((DBL, DBL), (INT, INT), (DEC, INT), (DEC, DBL))
    ),
    a_form("//", INT, f"{INT}; {INT}", "({0} // {1})"),
    *(a_form("-", kind, kind, "(- {0})") for kind in NUMBERS),
    *(a_form("+", kind, kind, "(+ {0})") for kind in NUMBERS),
]

CHOICES: Final = [
    form
    for kind in KINDS
    for form in (
        a_choice("case", kind, f"{BOOL}; {kind}; {kind}", "case when {0} then {1} else {2} end"),
        a_choice(
            "case",
            kind,
            f"{BOOL}; {kind}; {BOOL}; {kind}",
            "case when {0} then {1} when {2} then {3} end",
            "case when {0} then {1} when {2} then {3} "
            f"else cast(nothing as {STORED[kind]}) end",
        ),
        a_choice(
            "case of",
            kind,
            f"{INT}; {INT}; {kind}; {kind}",
            "case {0} when {1} then {2} else {3} end",
        ),
        a_choice("if", kind, f"{BOOL}; {kind}; {kind}", "if({0}, {1}, {2})"),
        a_choice(
            "coalesce",
            kind,
            f"{kind}; {kind}; {kind}",
            "coalesce({0}, {1}, {2})",
            "case when {0} is not null then {0} when {1} is not null then {1} else {2} end",
        ),
        a_choice(
            "nullif",
            kind,
            f"{kind}; {kind}",
            "nullif({0}, {1})",
            f"case when {{0}} = {{1}} then cast(nothing as {STORED[kind]}) else {{0}} end",
        ),
        a_choice("greatest", kind, f"{kind}; {kind}; {kind}", "greatest({0}, {1}, {2})"),
        a_choice("least", kind, f"{kind}; {kind}; {kind}", "least({0}, {1}, {2})"),
    )
]
