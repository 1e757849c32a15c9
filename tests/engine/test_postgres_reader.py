"""Tables, views, queries; their columns, keys and rows; ranges that are read at once."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from headrace import ConfigError, SourceNotFoundError, execute_job
from headrace.readers import postgresparts

from tests.builders import landed
from tests.postgresql import (
    a_name,
    a_numbered_table,
    a_postgres_job,
    a_reading,
    a_section,
    a_source,
    a_table,
)
from tests.readings import columns
from tests.runs import a_job_file, headrace_ends

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headrace_harness.services.postgres import EmbeddedPostgres


class TestGivenATable:
    @pytest.mark.covers("postgres:table")
    @pytest.mark.parametrize("writer", ["rust", "parquet"])
    def test_when_run_then_every_row_lands_once(
        self, postgres: EmbeddedPostgres, tmp_path: Path, writer: str
    ) -> None:
        """Rows of any reader go to any writer."""
        table = a_numbered_table(postgres, 25_000)
        job = a_postgres_job(postgres, tmp_path, {"table": table}, writer={"type": writer})

        report = execute_job(job)

        assert report.rows.written == 25_000
        assert landed(tmp_path / "out", "count(*), sum(id), max(name)") == [
            (25_000, 312_512_500, "name 9999")
        ]

    @pytest.mark.parametrize("name", ['"Or ders"', "Schema_X.lower", '"a""b".c'])
    def test_when_it_is_named_as_sql_does_then_it_is_found(
        self, postgres: EmbeddedPostgres, name: str
    ) -> None:
        """Names fold and are quoted as everywhere in SQL."""
        schema, _, _ = name.rpartition(".")
        if schema:
            postgres.execute(f"create schema {schema}")
        a_table(postgres, '"Col umn" int, "q""q" text', "1, 'x'", name=name)

        assert a_reading(a_section(postgres, table=name)).rows == [{"Col umn": 1, 'q"q': "x"}]

    @pytest.mark.parametrize(
        "make",
        [
            "create view {0} as select 1 as n",
            "create materialized view {0} as select 1 as n",
            (
                "create table {0} (n int) partition by range (n); "
                "create table {0}_1 partition of {0} for values from (0) to (9); "
                "insert into {0} values (1)"
            ),
            (
                "create table {0} (n int); create table {0}_c () inherits ({0}); "
                "insert into {0}_c values (1)"
            ),
            (
                "create table {0} (n int generated always as (1) stored); "
                "insert into {0} default values"
            ),
        ],
        ids=["view", "materialized", "partitioned", "inherited", "generated"],
    )
    def test_when_it_is_no_plain_table_then_its_rows_are_read_all_the_same(
        self, postgres: EmbeddedPostgres, make: str
    ) -> None:
        """Whatever SELECT gives is read, though COPY alone would refuse it or give less."""
        name = a_name()
        postgres.execute(make.format(name))

        assert a_reading(a_section(postgres, table=name)).rows == [{"n": 1}]

    def test_when_it_is_empty_then_there_are_columns_and_no_rows(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """An empty source has a schema."""
        table = a_table(postgres, "a int, b text")

        assert a_reading(a_section(postgres, table=table)).rows == []
        assert a_source(a_section(postgres, table=table)).schema().names == ("a", "b")

    def test_when_rows_change_while_it_is_read_then_it_is_read_as_of_one_moment(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """What others commit meanwhile belongs to the next run."""
        table = a_numbered_table(postgres, 50)
        batches = a_source(a_section(postgres, table=table), batch_rows=20).extract(None)

        first = next(batches)
        postgres.execute(f"update {table} set name = 'new'; delete from {table} where id > 30")
        rows = [row for batch in [first, *batches] for row in batch.rows()]

        assert [row["id"] for row in rows] == list(range(1, 51))
        assert not any(row["name"] == "new" for row in rows)


class TestGivenAQuery:
    @pytest.mark.covers("postgres:query")
    def test_when_read_then_its_rows_come_in_its_order(self, postgres: EmbeddedPostgres) -> None:
        """Any SELECT is a source, with a comment or a semicolon at its end."""
        table = a_numbered_table(postgres, 3)
        query = f"with t as (select * from {table}) select id * 2 as n from t order by 1 desc; -- !"

        assert a_reading(a_section(postgres, query=query.replace("; -- !", ";"))).rows == [
            {"n": 6},
            {"n": 4},
            {"n": 2},
        ]
        assert len(a_reading(a_section(postgres, query=query.replace(";", ""))).rows) == 3

    def test_when_it_writes_then_it_is_refused(self, postgres: EmbeddedPostgres) -> None:
        """A reader changes nothing."""
        table = a_numbered_table(postgres, 3)
        postgres.execute(
            f"create function {table}_f() returns int language sql as "
            f"'delete from {table} returning 1'"
        )

        found = a_reading(a_section(postgres, query=f"select {table}_f()"))

        assert found.failure is not None
        assert "read-only" in found.failure.message
        assert postgres.execute(f"select count(*) from {table}") == "3"

    def test_when_two_columns_have_one_name_then_the_error_says_so(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """No column replaces another silently."""
        found = a_reading(
            a_section(postgres, query="select 1 as a, 2 as a"), contract=columns(a="int32")
        )

        assert found.failure is not None
        assert "two columns 'a'" in found.failure.message

    def test_when_neither_is_given_then_the_run_says_so(self, postgres: EmbeddedPostgres) -> None:
        """Only `discover` does without a table."""
        with pytest.raises(ConfigError, match=r"reader\.table"):
            a_source(a_section(postgres)).schema()


class TestGivenPartitions:
    @pytest.mark.parametrize("key", [None, "k"])
    @pytest.mark.parametrize("count", [0, 1, 3, 1000])
    def test_when_read_at_once_then_every_row_comes_once(
        self, postgres: EmbeddedPostgres, key: str | None, count: int
    ) -> None:
        """The ranges are disjoint and cover the table, rows without a key included."""
        table = a_numbered_table(postgres, count, more=", k int")
        postgres.execute(f"update {table} set k = nullif(id % 7, 0) - 3")
        options: dict[str, Any] = {"table": table, "partitions": 4}
        options |= {"partition_key": key} if key else {}

        found = a_reading(a_section(postgres, **options), batch_rows=90)

        assert found.failure is None
        assert sorted(found.values("id")) == list(range(1, count + 1))

    def test_when_rows_are_committed_between_sessions_then_all_see_one_moment(
        self, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The sessions share the snapshot of the first."""
        table = a_numbered_table(postgres, 100)
        whole = postgresparts.in_parts

        def late(parts: Any) -> Iterator[Any]:  # noqa: ANN401  as the function
            postgres.execute(f"delete from {table} where id > 50")
            return whole(parts)

        monkeypatch.setattr("headrace.readers.postgres.in_parts", late)

        found = a_reading(a_section(postgres, table=table, partitions=3))

        assert len(found.rows) == 100
        assert postgres.execute(f"select count(*) from {table}") == "50"

    @pytest.mark.covers("postgres:partitions")
    def test_when_left_early_then_no_thread_and_no_session_stays(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """What was started is ended."""
        table = a_numbered_table(postgres, 50_000)
        before = threading.active_count()
        section = a_section(postgres, table=table, partitions=4)
        section["dsn"] += "?application_name=early"

        batches = a_source(section, batch_rows=10).extract(None)
        next(batches)
        sessions = "select count(*) from pg_stat_activity where application_name = 'early'"
        assert int(postgres.execute(sessions)) >= 2
        batches.close()

        assert threading.active_count() == before
        gone = "do $$ begin for i in 1..100 loop exit when not exists (select from "
        gone += "pg_stat_activity where application_name = 'early'); perform pg_sleep(0.05); "
        gone += "perform pg_stat_clear_snapshot(); end loop; end $$;"
        assert postgres.execute(gone + sessions) == "0"

    @pytest.mark.covers("postgres:partition_key")
    def test_when_one_of_them_fails_then_the_run_does(self, postgres: EmbeddedPostgres) -> None:
        """No range is passed over."""
        table = a_numbered_table(postgres, 100)
        query = f"select id, 1 / (id - 77) as n from {table}"

        found = a_reading(a_section(postgres, query=query, partitions=3, partition_key="id"))

        assert found.failure is not None
        assert "division by zero" in found.failure.message

    def test_when_there_is_no_integer_key_then_one_is_asked_for(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """A key is never guessed."""
        table = a_table(postgres, "a text primary key", "'x'")

        found = a_reading(a_section(postgres, table=table, partitions=2))

        assert isinstance(found.failure, ConfigError)


class TestGivenAServer:
    def test_when_checked_then_it_says_what_can_be_read(
        self, postgres: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        """A check reaches the server with the credentials given, and reads nothing."""
        table = a_numbered_table(postgres, 3)
        job = a_job_file(tmp_path, a_postgres_job(postgres, tmp_path, {"table": table}))

        done = headrace_ends("check", job, "--json")

        assert done.code == 0
        assert done.report["reader"]["detail"].startswith("PostgreSQL 18")
        assert f"{table} can be read" in done.report["reader"]["detail"]
        assert postgres.password not in done.out + done.err

    def test_when_discovered_then_it_lists_tables_views_keys_and_rows(
        self, postgres: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        """A job without a table lists everything that may be read, and what the catalog knows."""
        table = a_numbered_table(postgres, 30)
        postgres.execute(f"create view {table}_v as select name from {table}")
        job = a_job_file(tmp_path, a_postgres_job(postgres, tmp_path, {}))

        done = headrace_ends("discover", job, "--json")

        assert done.code == 0
        found = done.report["streams"]
        assert found[f"public.{table}"] == [
            {"name": "id", "type": "int64", "nullable": False},
            {"name": "name", "type": "string", "nullable": True},
        ]
        details = done.report["details"]
        assert details[f"public.{table}"] == {
            "kind": "table",
            "primary_key": ["id"],
            "estimated_rows": 30,
        }
        assert details[f"public.{table}_v"]["kind"] == "view"
        assert not any(name.startswith("pg_catalog") for name in found)

    def test_when_a_contract_is_asked_for_then_a_run_by_it_passes(
        self, postgres: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        """What is discovered is a contract that the source keeps."""
        table = a_table(
            postgres,
            "id int primary key, n numeric(9, 2) not null, u uuid, j jsonb, t timestamptz, a int[]",
            "1, 1.5, gen_random_uuid(), '{}', now(), '{1}'",
        )
        job = a_postgres_job(postgres, tmp_path, {"table": table})

        written = headrace_ends("discover", a_job_file(tmp_path, job), "--contract", "--json")
        contract = tmp_path / "contract.json"
        contract.write_text(json.dumps(written.report))
        report = execute_job({**job, "contract": str(contract)})

        assert report.status == "succeeded"
        assert report.rows.written == 1

    @pytest.mark.parametrize("name", ["nowhere", "nowhere.nothing"])
    def test_when_there_is_no_such_table_then_it_is_not_found(
        self, postgres: EmbeddedPostgres, name: str
    ) -> None:
        """A missing table is told from a missing right."""
        found = a_reading(a_section(postgres, table=name))

        assert isinstance(found.failure, SourceNotFoundError)
