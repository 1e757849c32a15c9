"""Every type of Postgres: exact values, in the column that the table of types names."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from headrace import _native
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.postgresql import a_reading, a_section, a_source, a_table
from tests.readings import columns

if TYPE_CHECKING:
    from headrace_harness.services.postgres import EmbeddedPostgres

UTC = dt.UTC
D = Decimal

# Of each type of the table: SQL's literals, the column's type, and the values in Python.
TYPES: dict[str, tuple[str, list[str], str, list[Any]]] = {
    "boolean": ("boolean", ["true", "false"], "bool", [True, False]),
    "smallint": ("smallint", ["-32768", "32767"], "int16", [-32768, 32767]),
    "integer": ("integer", ["-2147483648", "7"], "int32", [-(2**31), 7]),
    "bigint": ("bigint", [str(-(2**63)), str(2**63 - 1)], "int64", [-(2**63), 2**63 - 1]),
    "oid": ("oid", ["0", "4294967295"], "int64", [0, 2**32 - 1]),
    "real": ("real", ["1.5", "'-Infinity'"], "float", [1.5, float("-inf")]),
    "double precision": ("double precision", ["0.1", "1e308"], "double", [0.1, 1e308]),
    "numeric(p, s)": (
        "numeric(38, 10)",
        ["1234567890123456789012345678.0123456789", "-0.0000000001", "0", "10000", "1.5"],
        "decimal128(38, 10)",
        [
            D("1234567890123456789012345678.0123456789"),
            D("-0.0000000001"),
            D("0.0000000000"),
            D("10000.0000000000"),
            D("1.5000000000"),
        ],
    ),
    "text": ("text", ["''", "'héllo 🎉'", "'a\nb'"], "string", ["", "héllo 🎉", "a\nb"]),
    "varchar(n)": ("varchar(5)", ["'abc'"], "string", ["abc"]),
    "char(n)": ("char(3)", ["'a'"], "string", ["a  "]),
    "name": ("name", ["'n'"], "string", ["n"]),
    "bytea": ("bytea", [r"'\x00ff'", "''"], "binary", [b"\x00\xff", b""]),
    "date": (
        "date",
        ["'0001-01-01'", "'1970-01-01'", "'9999-12-31'"],
        "date32[day]",
        [dt.date(1, 1, 1), dt.date(1970, 1, 1), dt.date(9999, 12, 31)],
    ),
    "time": (
        "time",
        ["'00:00'", "'23:59:59.999999'"],
        "time64[us]",
        [dt.time(0), dt.time(23, 59, 59, 999999)],
    ),
    "timestamp": (
        "timestamp",
        ["'1999-12-31 23:59:59.999999'", "'0001-01-01'"],
        "timestamp[us]",
        [dt.datetime(1999, 12, 31, 23, 59, 59, 999999), dt.datetime(1, 1, 1)],  # noqa: DTZ001
    ),
    "timestamptz": (
        "timestamptz",
        ["'2024-03-31 02:30:00+02'", "'2024-10-27 02:30:00 Europe/Berlin'"],
        "timestamp[us, tz=UTC]",
        [
            dt.datetime(2024, 3, 31, 0, 30, tzinfo=UTC),
            dt.datetime(2024, 10, 27, 1, 30, tzinfo=UTC),
        ],
    ),
    "interval": (
        "interval",
        ["'1 year 2 months 3 days 4:05:06.7'", "'-1 day'", "'0'"],
        "string",
        ["P1Y2M3DT4H5M6.7S", "P-1D", "PT0S"],
    ),
    "uuid": (
        "uuid",
        ["'00112233-4455-6677-8899-aabbccddeeff'"],
        "extension<arrow.uuid>",
        [uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")],
    ),
    "json": ("json", ["'{\"a\": 1, \"a\": 2}'"], "extension<arrow.json>", ['{"a": 1, "a": 2}']),
    "jsonb": ("jsonb", ["'[1, {\"a\": null}]'"], "extension<arrow.json>", ['[1, {"a": null}]']),
}  # fmt: skip


class TestGivenATypeOfTheTable:
    @pytest.mark.parametrize(
        "name",
        [pytest.param(name, marks=pytest.mark.covers(f"postgres-type:{name}")) for name in TYPES],
    )
    def test_when_read_then_values_and_nulls_are_exact(
        self, postgres: EmbeddedPostgres, name: str
    ) -> None:
        """A value arrives as it is, and a null as a null, alone and within an array."""
        sql, literals, arrow, expected = TYPES[name]
        table = a_table(postgres, f"id int, v {sql}, list {sql}[]")
        values = ", ".join(f"({n}, {literal})" for n, literal in enumerate([*literals, "null"]))
        postgres.execute(f"insert into {table} (id, v) values {values}")
        postgres.execute(f"update {table} set list = array[v, null]")
        query = f"select v, list from {table} order by id"

        reader = a_source(a_section(postgres, query=query))
        found = a_reading(a_section(postgres, query=query))

        assert found.failure is None
        assert [field.type for field in reader.schema().fields] == [arrow, f"list<item: {arrow}>"]
        assert repr(found.values("v")) == repr([*expected, None])
        assert repr(found.values("list")) == repr([[value, None] for value in [*expected, None]])

    def test_when_listed_then_all_are_tested_here(self) -> None:
        """A type that is decoded has a test of its values."""
        assert {entry["sql"] for entry in _native.postgres_types()} == set(TYPES)


class TestGivenTypesOfOnesOwn:
    def test_when_read_then_domains_and_enums_are_what_they_are_made_of(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """A domain comes as its base, an enum as its label."""
        postgres.execute(
            "create domain price as numeric(9, 2) check (value >= 0); create type mood as enum "
            "('sad', 'so, so', 'happy')"
        )
        table = a_table(
            postgres,
            "p price, m mood, ms mood[], n text",
            "1.50, 'so, so', '{sad,NULL}', null",
        )

        found = a_reading(a_section(postgres, table=table))

        assert found.rows == [{"p": D("1.50"), "m": "so, so", "ms": ["sad", None], "n": None}]
        assert found.notes == []

    def test_when_there_is_no_column_for_it_then_it_is_text_and_a_note_says_so(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """Nothing is dropped or guessed: what has no column type is text, by the server's cast."""
        postgres.execute("create type pair as (a int, b text)")
        table = a_table(
            postgres,
            "i inet, m macaddr, r int4range, p pair, b bit(3), t timetz, ii inet[]",
            "'10.0.0.1/8', '08:00:2b:01:02:03', '[1,5)', '(1,x)', b'101', '04:05+02', "
            "'{10.0.0.1,NULL}'",
        )

        found = a_reading(a_section(postgres, table=table))

        assert found.rows == [
            {
                "i": "10.0.0.1/8",
                "m": "08:00:2b:01:02:03",
                "r": "[1,5)",
                "p": "(1,x)",
                "b": "101",
                "t": "04:05:00+02",
                "ii": ["10.0.0.1/32", None],
            }
        ]
        assert "column 'i': inet is read as text" in found.notes
        assert len(found.notes) == len(found.rows[0])


class TestGivenValuesThatNoColumnHolds:
    @pytest.mark.parametrize(
        ("sql", "literal", "value"),
        [
            ("numeric(9, 2)", "'NaN'", "NaN"),
            ("date", "'infinity'", "infinity"),
            ("timestamp", "'-infinity'", "-infinity"),
            ("timestamptz", "'infinity'", "infinity"),
            ("interval", "'infinity'", "infinity"),
            ("time", "'24:00'", "24:00:00"),
            ("int[]", "'{{1,2},{3,4}}'", '{"1","2","3","4"}'),
            ("int[]", "'[0:1]={1,2}'", '{"1","2"}'),
        ],
    )
    def test_when_read_then_the_record_is_refused_with_its_column_and_value(
        self, postgres: EmbeddedPostgres, sql: str, literal: str, value: str
    ) -> None:
        """No value is altered: the record is quarantined, and those around it are read."""
        table = a_table(postgres, f"id int, v {sql}", "1, null", f"2, {literal}", "3, null")

        found = a_reading(a_section(postgres, query=f"select * from {table} order by id"))

        assert found.failure is None
        assert found.values("id") == [1, 3]
        assert [(one.row, one.field, one.rule, one.value) for one in found.errors] == [
            (2, "v", "type", value)
        ]
        assert found.errors[0].record is not None
        assert '"id":"2"' in found.errors[0].record


class TestGivenAContract:
    def test_when_its_types_hold_all_then_columns_are_read_in_them(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """A wider type loses nothing; text is what a decimal, a UUID or JSON can always be."""
        table = a_table(
            postgres,
            "a smallint, b real, c numeric(5, 1), d uuid, e jsonb, f timestamp, g numeric",
            "1, 0.5, 1234.5, '00112233-4455-6677-8899-aabbccddeeff', '{\"a\": 1}', "
            "'2024-01-01', 1.50",
        )
        contract = columns(
            a="int64",
            b="double",
            c="decimal128(9, 3)",
            d="string",
            e="string",
            f="timestamp[ns]",
            g="string",
        )

        reader = a_source(a_section(postgres, table=table), contract=contract)

        assert [one.type for one in reader.schema().fields] == [
            one.type for one in contract.schema.fields
        ]
        batch = next(reader.extract(None))
        assert batch.arrow().to_rows()[0]["c"] == D("1234.500")
        assert batch.rows()[0]["g"] == "1.50"

    def test_when_a_numeric_has_no_scale_then_the_contract_gives_it(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """Of an unconstrained numeric each value is taken exactly, or refused."""
        table = a_table(postgres, "n numeric", "1.5", "1.555", "'NaN'", "100", "1e30")

        found = a_reading(a_section(postgres, table=table), contract=columns(n="decimal128(9, 2)"))

        assert found.values("n") == [D("1.50"), D("100.00")]
        assert [one.value for one in found.errors] == ["1.555", "NaN", "1" + "0" * 30]

    def test_when_its_type_is_narrower_then_the_drift_policy_decides(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """The reader narrows nothing on its own."""
        table = a_table(postgres, "n bigint", "1")

        found = a_reading(a_section(postgres, table=table), contract=columns(n="int32"))

        assert found.failure is not None
        assert found.failure.where["rule"] == "drift.type_change"

    def test_when_columns_are_left_out_then_they_are_not_even_asked_for(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """`new_column: ignore` reads the contract's columns alone."""
        table = a_table(postgres, "a int, b text", "1, 'x'")
        reader = a_source(
            a_section(postgres, table=table),
            contract=columns(a="int32"),
            drift_policy={"new_column": "ignore"},
        )

        (batch,) = reader.extract(None)

        assert batch.rows() == [{"a": 1}]
        assert batch.left_out == ("b",)


finite = st.decimals(-(10**20), 10**20, allow_nan=False, allow_infinity=False, places=4)


class TestGivenAnyValues:
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        rows=st.lists(
            st.tuples(
                st.none() | st.integers(-(2**63), 2**63 - 1),
                st.none() | finite,
                st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
                st.none() | st.datetimes(),
                st.none() | st.timedeltas(dt.timedelta(-(10**5)), dt.timedelta(10**5)),
            ),
            min_size=1,
            max_size=20,
        ),
        batch_rows=st.integers(1, 7),
    )
    def test_when_written_by_sql_then_they_are_read_back(
        self, postgres: EmbeddedPostgres, rows: list[tuple[Any, ...]], batch_rows: int
    ) -> None:
        """What the server has is what is read, wherever batches are cut, and so says its text."""
        table = a_table(
            postgres,
            "at int, i bigint, n numeric(30, 4), s text, t timestamp, v interval",
            *(
                ", ".join([str(at), *("null" if one is None else _literal(one) for one in row)])
                for at, row in enumerate(rows)
            ),
        )
        query = f"select *, v::text as said, n::text as spelled from {table} order by at"

        found = a_reading(a_section(postgres, query=query), batch_rows=batch_rows)

        assert [(r["i"], r["n"], r["s"], r["t"]) for r in found.rows] == [row[:4] for row in rows]
        assert found.values("v") == found.values("said")
        assert [None if one is None else str(one) for one in found.values("n")] == found.values(
            "spelled"
        )
        assert max(found.batches) <= batch_rows


def _literal(value: object) -> str:
    if isinstance(value, dt.timedelta):
        return f"interval '{value.days} days {value.seconds}.{value.microseconds:06} seconds'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"'{value}'"
