"""Catalogs in databases: SQLite and Postgres, shared with PyIceberg's own SQL catalog."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from headrace import ConfigError, TargetAuthError, TargetConnectionError, execute_job
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField, StringType

from tests.builders import PEOPLE, people
from tests.faults.launch import FOLDERS
from tests.faults.points import disturbed
from tests.iceberg import a_catalog, a_table_job, pyiceberg, rows_of, the_table
from tests.runs import a_job_file, a_source, headrace_ends

if TYPE_CHECKING:
    from pathlib import Path

    from headrace_harness.services.postgres import EmbeddedPostgres


def in_postgres(postgres: EmbeddedPostgres, tmp_path: Path, **catalog: Any) -> dict[str, Any]:  # noqa: ANN401
    """A job whose catalog is in Postgres."""
    section = {
        "type": "sql",
        "uri": postgres.dsn,
        "warehouse": str(tmp_path / "warehouse"),
        **catalog,
    }
    job = a_table_job(tmp_path, contract=PEOPLE, state=True)
    return {**job, "target": {**job["target"], "catalog": section}}


class TestGivenPostgres:
    def test_when_jobs_run_then_pyiceberg_finds_the_table_there(
        self, postgres: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        """The tables are those that others keep in a database."""
        a_source(tmp_path, 3)
        name = f"c{secrets.token_hex(4)}"
        job = in_postgres(postgres, tmp_path, name=name)

        execute_job(job)
        second = execute_job(job)

        uri = postgres.dsn.replace("postgresql://", "postgresql+pg8000://")
        catalog = SqlCatalog(name, uri=uri, warehouse=f"file://{tmp_path}/warehouse")
        try:
            table = catalog.load_table("raw.people")
        finally:
            catalog.close()
        assert rows_of(table) == people(3)
        assert second.run_id in table.properties["headrace.checkpoint.test"]

    def test_when_the_password_is_wrong_then_it_says_so_and_not_it(
        self, postgres: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        """Refused credentials are no connection to be tried again."""
        a_source(tmp_path, 1)
        uri = f"postgresql://postgres:hunter22@127.0.0.1:{postgres.port}/postgres"

        with pytest.raises(TargetAuthError) as caught:
            execute_job(in_postgres(postgres, tmp_path, uri=uri))

        assert "hunter22" not in str(caught.value)

    def test_when_nobody_listens_then_the_run_may_be_tried_again(
        self, postgres: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        """A database that is away may be back."""
        a_source(tmp_path, 1)
        uri = "postgresql://postgres:x@127.0.0.1:1/postgres"

        with pytest.raises(TargetConnectionError) as caught:
            execute_job(in_postgres(postgres, tmp_path, uri=uri))

        assert caught.value.exit_code == 3


class TestGivenSqlite:
    def test_when_pyiceberg_made_the_table_then_headrace_appends_to_it(
        self, tmp_path: Path
    ) -> None:
        """Whoever made it: its ids and its name mapping are kept to."""
        with pyiceberg(tmp_path) as catalog:
            catalog.create_namespace("raw")
            fields = [
                NestedField(1, "name", StringType(), required=True),
                NestedField(2, "id", LongType(), required=True),
            ]
            catalog.create_table("raw.people", schema=Schema(*fields))
        a_source(tmp_path, 3)

        execute_job(a_table_job(tmp_path, contract=PEOPLE))

        assert rows_of(the_table(tmp_path)) == [(name, n) for n, name in people(3)]

    def test_when_the_database_is_locked_then_the_run_may_be_tried_again(
        self, tmp_path: Path
    ) -> None:
        """Nobody waits for ever for who does not let go."""
        a_source(tmp_path, 1)
        job = a_table_job(tmp_path, contract=PEOPLE, commit_timeout_s=0.2)
        job["target"]["catalog"]["timeout_s"] = 0.1
        execute_job(job)

        with closing(sqlite3.connect(tmp_path / "catalog.db")) as other:
            other.execute("begin exclusive")
            with pytest.raises(TargetConnectionError, match="locked"):
                execute_job(job)

        assert rows_of(the_table(tmp_path)) == people(1)

    def test_when_it_may_not_be_written_any_more_then_nobody_waits_for_it(
        self, tmp_path: Path
    ) -> None:
        """SQLite has rolled back: nothing is visible, and the outcome is not unknown."""
        a_source(tmp_path, 1)
        job = a_job_file(tmp_path, a_table_job(tmp_path, contract=PEOPLE))
        catalog = tmp_path / "catalog.db"

        found = disturbed("shut=before_snapshot", "run", job, "--json", **{FOLDERS: str(catalog)})

        error = found.ended.report["error"]
        assert (found.at, found.ended.code) == ("before_snapshot", 2)
        assert (error["type"], "readonly" in error["message"]) == ("WriteError", True)
        assert rows_of(the_table(tmp_path)) == []

    def test_when_a_job_is_checked_then_nothing_is_made(self, tmp_path: Path) -> None:
        """`headrace check` asks, and writes nothing."""
        a_source(tmp_path, 1)
        path = tmp_path / "job.yaml"
        path.write_text(__import__("json").dumps(a_table_job(tmp_path, contract=PEOPLE)))

        found = headrace_ends("check", path, "--json")

        assert found.code == 0, found.err
        assert "is not there yet; a run makes it" in found.out
        assert not (tmp_path / "catalog.db").exists()
        assert not (tmp_path / "warehouse").exists()

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"uri": "sqlite:///relative.db"}, "full path"),
            ({"uri": "mysql://x/y"}, "sqlite:/// or postgresql://"),
            ({"warehouse": None}, "is required of a SQL catalog"),
            ({"token": "t"}, "is of REST catalogs"),
            ({"type": "rest"}, "http:// or https://"),
        ],
    )
    def test_when_keys_contradict_each_other_then_the_job_is_refused(
        self, tmp_path: Path, change: dict[str, Any], why: str
    ) -> None:
        """Before anything runs, at the key."""
        job = a_table_job(tmp_path, contract=PEOPLE)
        job["target"]["catalog"] = {**a_catalog(tmp_path), **change}

        with pytest.raises(ConfigError, match=why) as caught:
            execute_job(job)

        assert caught.value.problems[0].path.startswith("target.catalog.")
