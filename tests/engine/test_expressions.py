"""The language of `filter` and `derive`: every function and operator gives what DuckDB gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from headrace import ConfigError
from headrace._native import expression_functions

from tests.language import answers, oracle
from tests.language.answers import FAULT, alike
from tests.language.sample import COLUMNS, ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def ours(expression: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Headrace's values for rows of the sample table."""
    return answers.ours(expression, {name: kind for name, (kind, _) in COLUMNS.items()}, rows)


def theirs(expression: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """DuckDB's."""
    return oracle.answers(expression, {name: kind for name, (_, kind) in COLUMNS.items()}, rows)


FUNCTIONS: dict[str, list[str]] = {
    "lower": ["lower(s)", "lower('İẞᾈ')"],
    "upper": ["upper(s)", "upper('ßᾀῳ')"],
    "length": ["length(s)"],
    "trim": ["trim(s)", "trim(s, ' ac')", "trim(both ' ' from s)"],
    "ltrim": ["ltrim(s)", "ltrim(s, 'G ')", "trim(leading from s)"],
    "rtrim": ["rtrim(s)", "rtrim(s, 'x_ ')", "trim(trailing from s)"],
    "substring": [
        "substring(s, 2)",
        "substring(s, 3, 2)",
        "substring(s from 2 for 3)",
        "substr(s, 0, 3)",
        "substring(s, -3)",
        "substring(s, -3, 2)",
        "substring(s, -20, 3)",
        "substring(s, 2, 0)",
        "substring(s, 3, -1)",
        "substring(s, -2, -100)",
        "substring(s, -20, 21)",
    ],
    "left": ["left(s, 3)", "left(s, -2)", "left(s, 100)", "left(s, -100)"],
    "right": ["right(s, 3)", "right(s, -2)", "right(s, 100)", "right(s, -100)"],
    "replace": ["replace(s, 'ö', 'oe')", "replace(s, '-', '')", "replace(s, '', 'x')"],
    "starts_with": ["starts_with(s, 'Gr')", "starts_with(s, '')"],
    "ends_with": ["ends_with(s, 'x')", "ends_with(s, t)"],
    "contains": ["contains(s, t)", "contains(s, 'ň')"],
    "strpos": ["strpos(s, 'ň')", "strpos(s, t)", "position('x' in s)"],
    "split_part": [
        "split_part(s, '-', 2)",
        "split_part(s, '-', -1)",
        "split_part(s, '-', 9)",
        "split_part(s, '-', 0)",
        "split_part(s, '', 2)",
        "split_part(s, '', -1)",
        "split_part(s, ',', 1)",
    ],
    "reverse": ["reverse(s)"],
    "regexp_matches": ["regexp_matches(s, '[a-c]-')", "regexp_matches(s, '^$')"],
    "regexp_replace": ["regexp_replace(s, '[a-c]', 'Z')"],
    "sha256": ["sha256(s)"],
    "abs": ["abs(i)", "abs(m)", "abs(x)"],
    "sign": ["sign(i)", "sign(m)", "sign(x)"],
    "floor": ["floor(m)", "floor(-0.05)", "floor(x)", "floor(i)"],
    "ceil": ["ceil(m)", "ceiling(x)", "ceil(i)"],
    "trunc": ["trunc(m)", "trunc(x)"],
    "round": [
        "round(m)",
        "round(9.95, 1)",
        "round('nan'::double)",
        "round('inf'::double, 1)",
        "round(m, 1)",
        "round(x)",
        "round(x, 1)",
        "round(i, -2)",
        "round(x, -3)",
    ],
    "sqrt": ["sqrt(abs(x))", "sqrt(abs(m))"],
    "ln": ["ln(abs(x) + 1)"],
    "exp": ["exp(j)"],
    "power": ["power(j, 2)", "pow(x, 2)", "power(abs(x), 0.5)"],
    "date_part": [
        *(
            f"date_part('{part}', u)"
            for part in (
                *("year", "quarter", "month", "week", "day", "dow", "isodow", "doy"),
                *("hour", "minute", "second", "millisecond", "microsecond"),
            )
        ),
        "extract(week from d)",
        "extract(isodow from d)",
        "extract(hour from k)",
    ],
    "year": ["year(d)", "year(u)"],
    "month": ["month(d)"],
    "day": ["day(u)"],
    "hour": ["hour(u)", "hour(k)"],
    "minute": ["minute(u)"],
    "second": ["second(k)"],
    "epoch": [
        "epoch(u)",
        "epoch(timestamp '1969-12-31 23:59:59.999999')",
        "epoch(d)",
        "extract(epoch from k)",
    ],
    "date_trunc": [
        expression.format(unit)
        for unit in ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
        for expression in ("date_trunc('{}', u)", "cast(date_trunc('{}', d) as timestamp)")
    ],
    "date_diff": [
        *(
            f"date_diff('{unit}', d, u)"
            for unit in ("year", "quarter", "month", "day", "hour", "minute", "second")
        ),
        # DuckDB counts seven days, here Mondays.
        "date_diff('week', date '2024-01-01', date '2024-01-15')",
    ],
    "make_date": ["make_date(2024, 2, 29)", "make_date(2000 + n, 1, 1)"],
    "coalesce": ["coalesce(i, j, 0)", "coalesce(null, m, 1)", "coalesce(s, 'none')"],
    "nullif": ["nullif(i, 0)", "nullif(s, '')"],
    "if": ["if(b, i, j)", "if(i > 0, 'yes', 'no')"],
    "greatest": ["greatest(i, j, n)", "greatest(m, 0)", "greatest(s, t)"],
    "least": ["least(i, j)", "least(d, e)", "least(x, 0)"],
    "concat": ["concat(s, t)", "concat(s, null, 'x')"],
}

OPERATORS = [
    *(f"i {operator} j" for operator in ("=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/")),
    *("i // j", "i % j", "-i", "m + 1", "m * m", "m - x", "m / 3", "x * 2", "m % 7", "1 - m"),
    *("i = m", "m > x", "n = 2.0", "d > '2000-01-01'", "u >= timestamp '2000-01-03 00:00:00'"),
    *("d < u", "k > '12:00:00'", "d + 1", "d - e", "d - 30", "d + interval 1 month"),
    *("u + interval '1' year", "u - interval '36 hours'", "e + interval 2 weeks"),
    *("b and i > 0", "b or i > 0", "not b", "null and b", "null or b", "i > 0 is true"),
    *("b is not true", "b is false", "b is not false", "i is null", "i is not null"),
    *("i is distinct from j", "i is not distinct from null", "s is not distinct from t"),
    *("i in (7, 0)", "i not in (7, null)", "i between -5 and 7", "i not between j and n"),
    *("s like '%ö%'", "s like '_r%'", "s not like '%-%'", "s ilike 'GRÖ%'", "s like ''"),
    *("s like '%!%!_x' escape '!'", r"s like '%\%'", "s || t", "s || '-' || t", "s || i"),
    *("case when i > 0 then 'p' when i < 0 then 'n' else '0' end", "case i when 7 then m end"),
    "case when i <> 0 then 100 // i end",
    *("coalesce(nullif(i, 0), 1)", "cast(i as double)", "cast(i as decimal(12,2))", "i::varchar"),
    "cast(-9223372036854775808 as double)",
    "cast(1152921504606846976e0 as decimal(20, 0))",
    *("try_cast(s as bigint)", "try_cast('12' as bigint)", "cast(d as timestamp)", "b::int"),
    *("cast('2024-02-29' as date)", "1.5", "1e3", "'it''s'", "true", "null", "2 + 3 * 4"),
    *("1 + 2 || 3 * 4", "s || t = t || s", "1_000 + 1", "i notnull", "d - null", "null - d"),
    *("if(null, i, j)", "case when null then i end", "/* a /* comment */ */ i"),
]


class TestGivenAFunction:
    @pytest.mark.parametrize(
        "name",
        [
            pytest.param(name, marks=pytest.mark.covers(f"function:{name}"))
            for name, _, _ in expression_functions()
        ],
    )
    def test_when_called_then_it_gives_what_duckdb_gives(self, name: str) -> None:
        """On values of every sort, null among them."""
        for expression in FUNCTIONS[name]:
            found, expected = ours(expression, ROWS), theirs(expression, ROWS)

            pairs = zip(found, expected, strict=True)
            is_same = all(alike(*pair, is_exact=False) for pair in pairs)
            assert is_same, (expression, found, expected)


class TestGivenAnOperator:
    @pytest.mark.parametrize("expression", OPERATORS)
    def test_when_applied_then_it_gives_what_duckdb_gives(self, expression: str) -> None:
        """SQL's null semantics, three-valued logic included."""
        found, expected = ours(expression, ROWS), theirs(expression, ROWS)

        pairs = zip(found, expected, strict=True)
        assert all(alike(*pair) for pair in pairs), (found, expected)


class TestGivenADifferenceThatIsMeant:
    @pytest.mark.parametrize(
        "expression",
        [
            *("i // 0", "i % 0", "i / 0", "m / 0", "x / 0.0"),
            *("i + 9223372036854775807 + 9223372036854775807", "x * 1e308 * 1e308 * 1e308"),
            *(
                "cast(3.9 as int)",
                "cast(u as date)",
                "cast(s || 'x' as bigint)",
                "cast(300 as int8)",
            ),
            *("make_date(2024, 2, 30)", "sqrt(-1)", "ln(0)", "cast(9007199254740993 as double)"),
            *("cast(0.5 as bigint)", "date '9999-12-31' + n", "cast('1.5' as int)"),
        ],
    )
    def test_when_a_value_cannot_be_had_then_its_row_faults(self, expression: str) -> None:
        """Nothing wraps, rounds or becomes infinite by itself."""
        assert ours(expression, ROWS[:1]) == [FAULT]

    @pytest.mark.parametrize(
        "expression",
        ["b or i // 0 = 1", "not b and i // 0 = 1", "coalesce(i, i // 0)", "try_cast(s as int)"],
    )
    def test_when_the_part_is_not_chosen_then_nothing_faults(self, expression: str) -> None:
        """A fault counts where its value does."""
        assert ours(expression, ROWS[:1]) != [FAULT]


class TestGivenAWrongExpression:
    @pytest.mark.parametrize(
        ("expression", "message"),
        [
            ("nosuch", 'character 1: there is no column "nosuch"'),
            ("i + s", "character 5: needs a number here, found string"),
            ("i = s", "int64 and string have no type in common"),
            ("d > 'yesterday'", "character 5: the text is not a date32"),
            ("lower(i)", "lower needs a text here, found int64"),
            ("lower(s, s)", "lower does not take 2 arguments"),
            ("date_part('fortnight', d)", "date_part needs one of"),
            ("regexp_matches(s, '(')", "the regular expression is none"),
            ("not i", "needs true or false here, found int64"),
            ("i and b", "needs true or false here, found int64"),
            ("cast(i as nosuch)", "there is no type"),
            ("cast(d as bigint)", "date32[day] cannot be cast to int64"),
            ("i +", "does not parse"),
            ("i j", 'character 3: ends before "j"'),
            ("sum(i)", 'there is no function "sum"'),
            ("count(*)", "is no part of this language"),
            ("(select 1)", "is no part of this language"),
            ("i in (select 1)", "is no part of this language"),
            ("interval 1 day", "an interval is added to a date"),
            ("i + interval 1 day", "an interval moves dates and timestamps"),
            ("i & 1", "there is no operator &"),
            ("x // 2", "// divides integers"),
            ("(" * 1000 + "i" + ")" * 1000, "does not parse"),
            ("i" + " + i" * 10_000, "is longer than"),
            ("i" + "+i" * 4_000, "is nested more than 200 deep"),
        ],
    )
    def test_when_compiled_then_the_error_names_the_place(
        self, expression: str, message: str
    ) -> None:
        """And what is wrong there."""
        with pytest.raises(ConfigError) as caught:
            ours(expression, ROWS)

        assert message in caught.value.problems[0].message

    def test_when_it_is_as_long_as_it_may_be_then_the_stack_holds(self) -> None:
        """Depth is bounded."""
        found: list[Any] = ours("i" + " + 0" * 150, ROWS[:1])

        assert found == [7]
