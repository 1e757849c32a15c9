"""Only what is new: the order of a cursor, its ties, nulls and late rows, and the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from headrace import ConfigError, ReaderError, StateError, StateManager, execute_job

from tests.builders import landed
from tests.engine.resuming import assert_resumes, cuts_of
from tests.postgresql import (
    a_numbered_table,
    a_postgres_job,
    a_reading,
    a_section,
    a_source,
    a_table,
)

if TYPE_CHECKING:
    from pathlib import Path

    from headrace_harness.services.postgres import EmbeddedPostgres


def a_tied_table(postgres: EmbeddedPostgres, *, key: str = "primary key") -> str:
    """Twenty rows, of which many share `at`; without a key nothing tells them apart."""
    name = a_table(postgres, f"id int {key}, at timestamptz not null")
    postgres.execute(
        f"insert into {name} select i, '2024-01-01 00:00Z'::timestamptz + "
        f"(i / 4) * interval '1 hour' from generate_series(0, 19) i order by md5(i::text)"
    )
    return name


class TestGivenACursor:
    @pytest.mark.covers("postgres:cursor")
    def test_when_rows_come_later_then_the_next_run_reads_them_alone(
        self, postgres: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        """Every row once, over any number of runs."""
        table = a_numbered_table(postgres, 30)
        job = a_postgres_job(postgres, tmp_path, {"table": table, "cursor": "id"}, state=True)

        first = execute_job(job)
        postgres.execute(f"insert into {table} values (31, 'late'), (40, 'later')")
        second = execute_job(job)
        third = execute_job(job)

        assert [one.rows.read for one in (first, second, third)] == [30, 2, 0]
        assert [row[0] for row in landed(tmp_path / "out")] == [*range(1, 32), 40]
        assert third.state == {"test": {"after": {"id": "40"}}}

    @pytest.mark.parametrize(
        ("options", "key"),
        [
            ({"cursor": "at"}, "primary key"),
            ({"cursor": "at", "tie_breaker": ["id"]}, ""),
            ({"cursor": "at"}, ""),
        ],
        ids=["primary-key", "tie-breaker", "ties"],
    )
    @pytest.mark.covers("postgres:tie_breaker")
    def test_when_cut_at_a_batch_then_ties_are_neither_lost_nor_doubled(
        self, postgres: EmbeddedPostgres, tmp_path: Path, options: dict[str, Any], key: str
    ) -> None:
        """Prefix and rest are the whole, also where a border falls among rows of one cursor."""
        table = a_tied_table(postgres, key=key)
        options = {"table": table, **options}
        job = a_postgres_job(postgres, tmp_path, options, batch={"rows": 3})

        whole, cuts = cuts_of(job, tmp_path)

        assert_resumes(whole, cuts)
        assert len(whole[""]) == 20
        # With a unique place every batch is kept; with ties those that end between two cursors.
        kept = {len(cut.prefix[""]) for cut in cuts}
        assert kept == ({0, 3, 6, 9, 12, 15} if key or "tie_breaker" in options else {0, 12})

    def test_when_the_key_is_no_column_of_the_contract_then_it_is_read_for_the_place_alone(
        self, postgres: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        """What the state needs does not have to land."""
        table = a_tied_table(postgres)
        contract = {
            "apiVersion": "v3.1.0", "kind": "DataContract", "id": "t", "version": "1.0.0",
            "status": "active",
            "schema": [{"name": "t", "properties": [{"name": "id", "physicalType": "int"}]}],
        }  # fmt: skip
        job = a_postgres_job(
            postgres, tmp_path, {"table": table, "cursor": "at"}, state=True, contract=contract
        )
        job["drift"] = {"new_column": "ignore"}

        report = execute_job(job)

        assert landed(tmp_path / "out") == [(n,) for n in range(20)]
        assert report.state == {
            "test": {"after": {"at": "2024-01-01 04:00:00.000000+00", "id": "19"}}
        }

    @pytest.mark.parametrize(
        ("sql", "values"),
        [
            ("numeric", ["-1.5", "0.00", "12345678901234567890123456789.5", "'NaN'"]),
            ("double precision", ["'-Infinity'", "-0.1", "0.1", "1e308", "'NaN'"]),
            ("text", ["''", "'a''b'", "'é'", "E'\\\\\\n'"]),
            ("uuid", ["'00112233-4455-6677-8899-aabbccddeeff'", "gen_random_uuid()"]),
            ("date", ["'-infinity'", "'0044-03-15 BC'", "'2024-02-29'", "'infinity'"]),
            ("timestamp", ["'4713-01-01 BC'", "'2024-01-01 00:00:00.000001'", "'infinity'"]),
            ("interval", ["'-1 day'", "'1 month 1 day 0.5 s'"]),
            ("bytea", [r"'\x00'", r"'\xff00'"]),
            ("inet", ["'10.0.0.1'", "'10.0.0.2/8'"]),
        ],
    )
    def test_when_it_is_of_any_type_that_has_an_order_then_its_text_is_its_value(
        self, postgres: EmbeddedPostgres, sql: str, values: list[str]
    ) -> None:
        """A place survives its way through the state exactly, whatever the type: none twice."""
        table = a_table(postgres, f"at {sql} primary key", *values)
        section = a_section(postgres, table=table, cursor="at")

        state = StateManager()
        records = sum(one.num_records for one in a_source(section, batch_rows=1).extract(state))

        assert records == len(values)
        assert list(a_source(section).extract(state)) == []

    def test_when_the_last_record_is_refused_then_it_is_not_refused_again(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """A place is that of the last record, good or bad."""
        table = a_table(postgres, "id int primary key, d date", "1, '2024-01-01'", "2, 'infinity'")
        section = a_section(postgres, table=table, cursor="id")

        first = a_reading(section)

        assert (len(first.rows), len(first.errors)) == (1, 1)
        assert a_reading(section, state=first.state).errors == []

    def test_when_the_state_is_another_cursors_then_it_is_not_taken_for_this_ones(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """A state is never silently reset."""
        table = a_tied_table(postgres)

        found = a_reading(
            a_section(postgres, table=table, cursor="at"), state={"after": {"id": "7"}}
        )

        assert isinstance(found.failure, StateError)

    def test_when_there_is_no_such_column_then_the_error_names_those_there_are(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """A misspelled cursor is found before anything is read."""
        table = a_tied_table(postgres)

        found = a_reading(a_section(postgres, table=table, cursor="updated_at"))

        assert found.failure is not None
        assert "there are id, at" in found.failure.message


class TestGivenRowsWithoutACursor:
    @pytest.mark.covers("postgres:null_cursors")
    def test_when_null_cursors_are_an_error_then_the_run_says_how_many(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """A row that no run would find is not passed over silently."""
        table = a_table(postgres, "id int primary key, at date", "1, '2024-01-01'", "2, null")

        found = a_reading(a_section(postgres, table=table, cursor="at"))

        assert isinstance(found.failure, ReaderError)
        assert "1 rows have no 'at'" in found.failure.message

    def test_when_they_are_skipped_then_a_note_counts_them(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """What is left out is said."""
        table = a_table(postgres, "id int primary key, at date", "1, '2024-01-01'", "2, null")

        found = a_reading(a_section(postgres, table=table, cursor="at", null_cursors="skip"))

        assert found.values("id") == [1]
        assert found.notes == ["1 rows without 'at' were skipped"]

    def test_when_what_breaks_ties_is_null_then_that_is_an_error(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """A null among the columns of an order loses rows as well."""
        table = a_table(postgres, "id int, at date not null", "null, '2024-01-01'")

        found = a_reading(a_section(postgres, table=table, cursor="at", tie_breaker=["id"]))

        assert found.failure is not None
        assert "no order finds them" in found.failure.message


class TestGivenRowsThatAreCommittedLate:
    @pytest.mark.covers("postgres:lag_s")
    @pytest.mark.parametrize(
        ("sql", "now"),
        [
            ("timestamptz", "now()"),
            ("timestamp", "now() at time zone 'Asia/Tokyo'"),
            ("date", "(now() at time zone 'Asia/Tokyo')::date"),
        ],
    )
    def test_when_a_row_is_younger_than_the_lag_then_it_is_left_for_later(
        self, postgres: EmbeddedPostgres, sql: str, now: str
    ) -> None:
        """A row is read once it is old enough, on the clock of its own zone; none is missed."""
        table = a_table(postgres, f"id int primary key, at {sql} not null")
        postgres.execute(f"insert into {table} values (1, {now} - interval '3 days'), (2, {now})")
        section = a_section(postgres, table=table, cursor="at", time_zone="Asia/Tokyo")

        first = a_reading({**section, "lag_s": 86_400 * 1.5})
        # What began before the run, and is committed after it.
        postgres.execute(f"insert into {table} values (3, {now} - interval '2 hours')")
        second = a_reading({**section, "lag_s": 0}, state=first.state)

        assert first.values("id") == [1]
        assert sorted(second.values("id")) == [2, 3]

    @pytest.mark.covers("postgres:time_zone")
    @pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
    def test_when_the_cursor_has_no_zone_then_its_clock_is_the_one_that_is_named(
        self, postgres: EmbeddedPostgres, zone: str
    ) -> None:
        """By another clock an old row would be left, or a young one be read."""
        now = f"now() at time zone '{zone}'"
        table = a_table(postgres, "id int primary key, at timestamp not null")
        postgres.execute(f"insert into {table} values (1, {now} - interval '2 hours'), (2, {now})")

        found = a_reading(a_section(postgres, table=table, cursor="at", time_zone=zone, lag_s=3600))

        assert found.values("id") == [1]

    def test_when_the_cursor_is_no_moment_then_a_lag_means_nothing(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """An option that cannot be kept is refused."""
        table = a_numbered_table(postgres, 3)

        found = a_reading(a_section(postgres, table=table, cursor="id", lag_s=60))

        assert found.failure is not None
        assert "needs a cursor that is a date or time" in found.failure.message


class TestGivenAStateAndNoCursor:
    def test_when_resolved_then_the_job_is_refused(
        self, postgres: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        """Each run would add everything again."""
        job = a_postgres_job(postgres, tmp_path, {"table": "t"}, state=True)

        with pytest.raises(ConfigError, match=r"reader\.cursor"):
            execute_job(job)


class TestGivenSeveralTables:
    def test_when_cut_at_a_batch_then_each_goes_on_where_it_was(
        self, postgres: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        """Each stream has its own cursor, and all belong to one commit."""
        one, two = a_numbered_table(postgres, 9), a_tied_table(postgres, key="")
        job = a_postgres_job(postgres, tmp_path, {}, batch={"rows": 4})
        job["streams"] = {one: {"cursor": "id"}, two: {"cursor": ["at", "id"]}}

        whole, cuts = cuts_of(job, tmp_path)

        assert_resumes(whole, cuts)
        assert {name: len(rows) for name, rows in whole.items()} == {one: 9, two: 20}
