"""Functions, and operators of texts and moments."""

from __future__ import annotations

from typing import Final

from tests.language.form import (
    ATOM,
    BOOL,
    DATE,
    DBL,
    INT,
    NS,
    NUMBERS,
    STORED,
    STR,
    TIME,
    TS,
    TSZ,
    a_form,
)

OF_TEXTS: Final = [
    a_form("||", STR, f"{STR}; {STR}", "({0} || {1})"),
    a_form("||", STR, f"{STR}; {INT}", "({0} || {1})"),
    a_form("||", STR, f"{DATE}; {STR}", "({0} || {1})"),
    a_form("like", BOOL, f"{STR}; pattern", "({0} like {1})"),
    a_form("like", BOOL, f"{STR}; {STR}", "({0} like {1})"),
    a_form("like", BOOL, f"{STR}; pattern", "({0} not like {1})"),
    a_form("ilike", BOOL, f"{STR}; pattern", "({0} ilike {1})"),
    a_form("ilike", BOOL, f"{STR}; {STR}", "({0} not ilike {1})"),
    a_form("escape", BOOL, f"{STR}; escaped", "({0} like {1} escape '!')"),
    *(a_form(name, STR, STR, f"{name}({{0}})") for name in ("lower", "upper", "sha256")),
    a_form("reverse", STR, STR, "reverse({0})", "reverse_({0})"),
    a_form("length", INT, STR, "length({0})"),
    *(
        form
        for name in ("trim", "ltrim", "rtrim")
        for form in (
            a_form(name, STR, STR, f"{name}({{0}})"),
            a_form(name, STR, f"{STR}; {STR}", f"{name}({{0}}, {{1}})"),
        )
    ),
    a_form("substring", STR, f"{STR}; {INT}", "substring({0}, {1})", "substring({0}, count_({1}))"),
    a_form("substring", STR, f"{STR}; count; count", "substring({0}, {1}, {2})"),
    a_form(
        "substring",
        STR,
        f"{STR}; {INT}; {INT}",
        "substring({0}, {1}, {2})",
        "substring({0}, count_({1}), count_({2}))",
    ),
    a_form("substring", STR, f"{STR}; count; count", "substring({0} from {1} for {2})"),
    *(
        a_form(
            name, STR, f"{STR}; {count}", f"{name}({{0}}, {{1}})", f"{name}({{0}}, count_({{1}}))"
        )
        for name in ("left", "right")
        for count in ("count", INT)
    ),
    a_form("replace", STR, f"{STR}; {STR}; {STR}", "replace({0}, {1}, {2})"),
    *(
        a_form(name, BOOL, f"{STR}; {STR}", f"{name}({{0}}, {{1}})")
        for name in ("starts_with", "ends_with", "contains")
    ),
    a_form("strpos", INT, f"{STR}; {STR}", "strpos({0}, {1})"),
    a_form("strpos", INT, f"{STR}; {STR}", "position({1} in {0})", "strpos({0}, {1})"),
    a_form(
        "split_part",
        STR,
        f"{STR}; {STR}; count",
        "split_part({0}, {1}, {2})",
        "split_part_({0}, {1}, {2})",
    ),
    a_form(
        "split_part",
        STR,
        f"{STR}; {STR}; {INT}",
        "split_part({0}, {1}, {2})",
        "split_part_({0}, {1}, {2})",
    ),
    a_form("regexp_matches", BOOL, f"{STR}; regex", "regexp_matches({0}, {1})"),
    a_form(
        "regexp_replace",
        STR,
        f"{STR}; regex; {STR}",
        "regexp_replace({0}, {1}, {2})",
        r"regexp_replace({0}, {1}, replace({2}, '\', '\\'))",
    ),
    a_form("concat", STR, f"{STR}; {STR}; {INT}", "concat({0}, {1}, {2})"),
    a_form("concat", STR, f"{STR}; {DATE}; {ATOM}", "concat({0}, {1}, {2})"),
]

OF_NUMBERS: Final = [
    *(a_form("abs", kind, kind, "abs({0})") for kind in NUMBERS),
    *(a_form("sign", kind, kind, "sign({0})") for kind in NUMBERS),
    *(
        # DuckDB makes doubles of integers, which then are not all exact.
        a_form(name, kind, kind, f"{name}({{0}})", "{0}" if kind == INT else None)
        for name in ("floor", "ceil", "trunc", "round")
        for kind in NUMBERS
    ),
    *(a_form("round", kind, f"{kind}; places", "round({0}, {1})") for kind in NUMBERS),
    a_form("sqrt", DBL, DBL, "sqrt({0})", "sqrt_({0})"),
    a_form("ln", DBL, DBL, "ln({0})", "ln_({0})", is_exact=False),
    a_form("exp", DBL, DBL, "exp({0})", "exp_({0})", is_exact=False),
    a_form("power", DBL, f"{DBL}; {DBL}", "power({0}, {1})", "power_({0}, {1})", is_exact=False),
    a_form("power", DBL, f"{INT}; count", "power({0}, {1})", "power_({0}, {1})", is_exact=False),
]

_MOMENTS = (DATE, TIME, TS, TSZ, NS)
_DAYS = (DATE, TS, TSZ, NS)

OF_MOMENTS: Final = [
    *(
        a_form("date_part", INT, f"{part}; {kind}", "date_part({0}, {1})")
        for part, kinds in (("part", _DAYS), ("clock", (TIME,)))
        for kind in kinds
    ),
    a_form("date_part", INT, f"bare part; {TS}", "extract({0} from {1})"),
    *(
        a_form(name, INT, kind, f"{name}({{0}})")
        for name, kinds in (
            *((name, _DAYS) for name in ("year", "month", "day")),
            *((name, _MOMENTS) for name in ("hour", "minute", "second")),
        )
        for kind in kinds
    ),
    *(a_form("epoch", DBL, kind, "epoch({0})") for kind in _MOMENTS if kind != TSZ),
    a_form("epoch", DBL, TSZ, "epoch({0})", "epoch(cast({0} as timestamp))"),
    *(
        a_form(
            "date_trunc",
            kind,
            f"unit; {kind}",
            "date_trunc({0}, {1})",
            f"cast(date_trunc({{0}}, {{1}}) as {STORED[kind]})",
        )
        for kind in _DAYS
    ),
    *(
        a_form(
            "date_diff",
            INT,
            f"unit; {a}; {b}",
            "date_diff({0}, {1}, {2})",
            "date_diff_({0}, {1}, {2})",
        )
        for a, b in ((DATE, DATE), (TS, TS), (DATE, TS), (TSZ, TSZ), (NS, NS))
    ),
    a_form(
        "make_date",
        DATE,
        "year; month; day",
        "make_date({0}, {1}, {2})",
        "day_(make_date({0}, {1}, {2}))",
    ),
    a_form(
        "make_date",
        DATE,
        f"{INT}; {INT}; {INT}",
        "make_date({0}, {1}, {2})",
        "make_date_({0}, {1}, {2})",
    ),
    *(
        a_form(
            operator,
            DATE,
            f"{DATE}; {INT}",
            f"({{0}} {operator} {{1}})",
            f"days_{name}({{0}}, {{1}})",
        )
        for operator, name in (("+", "after"), ("-", "before"))
    ),
    a_form("-", INT, f"{DATE}; {DATE}", "({0} - {1})"),
    *(
        a_form(
            f"interval {operator}",
            TS,
            f"{kind}; interval",
            f"({{0}} {operator} {{1}})",
            f"moment_({{0}} {operator} {{1}})",
        )
        for operator in "+-"
        for kind in (DATE, TS)
    ),
    a_form("interval +", TSZ, f"{TSZ}; interval", "({0} + {1})", "instant_({0} + {1})"),
]
