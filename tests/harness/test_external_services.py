"""Servers that run elsewhere: taken as the environment says, and left as they were."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from headrace_harness.errors import ServiceError
from headrace_harness.services.external import ExternalIceberg, ExternalS3
from headrace_harness.services.externalpostgres import ExternalPostgres
from headrace_harness.services.postgrestables import dsn_of

from tests.harness.builders import bench_run
from tests.harness.owners import a_dead_owner
from tests.s3 import server

if TYPE_CHECKING:
    from pathlib import Path

    from headrace_harness.services.postgres import EmbeddedPostgres
    from headrace_harness.services.s3 import Access

S3 = ("ENDPOINT", "BUCKET", "ACCESS_KEY", "SECRET_KEY")


class TestGivenServersThatRunElsewhere:
    @pytest.mark.long
    @pytest.mark.parametrize(
        ("provider", "target"), [("s3=external", "s3"), ("iceberg=external", "iceberg-rest")]
    )
    def test_when_a_cell_is_run_there_then_they_are_left_as_they_were(
        self,
        provider: str,
        target: str,
        data: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The environment says where; nothing of a run stays, and the servers go on."""
        seaweedfs = server("seaweedfs")
        say_where(seaweedfs.access, monkeypatch)
        for name, value in seaweedfs.catalog(tmp_path).keys.items():
            monkeypatch.setenv(f"HEADRACE_ICEBERG_{name.upper()}", value)
        chosen = ["--reader", "rust", "--writer", "rust", "--target", target]
        before = keys_of(seaweedfs.access)

        done = bench_run(data, tmp_path, *chosen, "--provider", provider)

        assert done.returncode == 0, done.stderr
        assert [cell["status"] for cell in json.loads(done.stdout)["cells"]] == ["ok"]
        assert keys_of(seaweedfs.access) == before

    def test_when_nothing_says_where_then_every_variable_is_named(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """All that is missing is told at once."""
        monkeypatch.setenv("HEADRACE_S3_BUCKET", "raw")
        for name in set(S3) - {"BUCKET"}:
            monkeypatch.delenv(f"HEADRACE_S3_{name}", raising=False)

        with pytest.raises(ServiceError) as caught:
            ExternalS3()

        wanted = "HEADRACE_S3_ENDPOINT, HEADRACE_S3_ACCESS_KEY, HEADRACE_S3_SECRET_KEY"
        assert str(caught.value) == f"no external server: set {wanted}"

    @pytest.mark.parametrize("wrong", ["secret_key", "bucket"])
    def test_when_it_cannot_be_used_then_the_error_says_so_without_the_key(
        self, wrong: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is found out before the first cell, and no secret is printed."""
        access = replace(server("seaweedfs").access, **{wrong: "no-such-thing"})
        say_where(access, monkeypatch)

        with pytest.raises(ServiceError, match="does not answer, has no bucket") as caught:
            ExternalS3().start()

        assert access.endpoint in str(caught.value)
        assert access.secret_key not in str(caught.value) + repr(access)


class TestGivenACatalogThatRunsElsewhere:
    def test_when_nothing_says_where_then_every_variable_is_named(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Those of its bucket are among them."""
        names = [f"HEADRACE_ICEBERG_{name}" for name in ("URI", "WAREHOUSE")]
        names += [f"HEADRACE_S3_{name}" for name in S3]
        for name in names:
            monkeypatch.delenv(name, raising=False)

        with pytest.raises(ServiceError) as caught:
            ExternalIceberg()

        assert str(caught.value) == f"no external server: set {', '.join(names)}"


class TestGivenAPostgresThatRunsElsewhere:
    @pytest.mark.long
    @pytest.mark.parametrize("cell", [("postgres", "local"), ("rust", "iceberg-postgres")])
    def test_when_a_cell_is_run_there_then_it_is_left_as_it_was(
        self,
        cell: tuple[str, str],
        postgres: EmbeddedPostgres,
        data: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """A run has a schema of its own there, and removes it with all else that it made."""
        monkeypatch.setenv("HEADRACE_POSTGRES_DSN", postgres.dsn)
        chosen = ["--reader", cell[0], "--writer", "rust", "--target", cell[1]]
        before = relations_of(postgres)

        chosen += ["--suite", "standard", "--provider", "postgres=external"]
        done = bench_run(data, tmp_path, *chosen)

        assert done.returncode == 0, done.stderr
        assert [cell["status"] for cell in json.loads(done.stdout)["cells"]] == ["ok"]
        assert relations_of(postgres) == before
        assert postgres.password not in done.stdout + done.stderr

    def test_when_a_killed_run_left_its_schema_then_the_next_removes_it_and_no_other(
        self, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nobody has to clean up a database, and another's run is not disturbed."""
        monkeypatch.setenv("HEADRACE_POSTGRES_DSN", postgres.dsn)
        left = f"headrace_{a_dead_owner().replace('-', '_')}_1"
        living = ExternalPostgres()
        living.start()
        postgres.execute(f"create schema {left}; create table {left}.t (id int)")
        before = relations_of(postgres)

        server = ExternalPostgres()
        server.start()
        server.stop()

        assert f"{left}." in before
        assert f"{living.schema}." in before
        assert relations_of(postgres) == before - {f"{left}.", f"{left}.t"}
        living.stop()

    @pytest.mark.parametrize(
        ("theirs", "stays"),
        [
            ("insert into iceberg_tables values ('another')", True),
            ("insert into iceberg_namespace_properties values ('another')", True),
            ("insert into iceberg_namespace_properties values ('bench')", False),
        ],
    )
    def test_when_others_have_tables_in_a_new_catalog_then_it_stays(
        self,
        theirs: str,
        stays: bool,  # noqa: FBT001
        postgres: EmbeddedPostgres,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Whoever came first made it for all."""
        postgres.execute("create database fresh")
        monkeypatch.setenv("HEADRACE_POSTGRES_DSN", postgres.dsn.rpartition("/")[0] + "/fresh")
        catalog = ("iceberg_tables", "iceberg_namespace_properties")
        server = ExternalPostgres()
        server.start()
        made = "; ".join(f"create table {name} (namespace text)" for name in catalog)
        server.execute(f"{made}; {theirs}")

        server.stop()

        found = server.execute("select tablename from pg_tables where schemaname = 'public'")
        postgres.execute("drop database fresh")
        assert sorted(found.split()) == (sorted(catalog) if stays else [])

    @pytest.mark.parametrize(
        ("password", "port", "says"), [("wrong", 0, "password"), ("", 1, "refused")]
    )
    def test_when_it_cannot_be_used_then_one_error_says_why(
        self,
        password: str,
        port: int,
        says: str,
        postgres: EmbeddedPostgres,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """With the variable to mend, and without the password."""
        wrong = dsn_of(password or postgres.password, "127.0.0.1", port or postgres.port)
        monkeypatch.setenv("HEADRACE_POSTGRES_DSN", wrong)
        server = ExternalPostgres()

        with pytest.raises(ServiceError, match=f"HEADRACE_POSTGRES_DSN cannot .*{says}") as caught:
            server.start()

        server.stop()
        assert postgres.password not in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        "dsn",
        [
            "host=here password=secret",
            "postgresql://me:#secret@here/db",
            "postgresql://me:secret#1@here/db",
            "postgresql://me:1/secret@here/db",
            "postgresql://me:[secret@here/db",
            "postgresql://me:secret%00@here/db",
        ],
    )
    def test_when_it_is_no_url_then_the_form_is_told(
        self, dsn: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The one form that psql, PyIceberg and the engine all take."""
        monkeypatch.setenv("HEADRACE_POSTGRES_DSN", dsn)

        with pytest.raises(ServiceError, match=r"is no URL: postgresql://") as caught:
            ExternalPostgres()

        assert "secret" not in str(caught.value)


def relations_of(postgres: EmbeddedPostgres) -> set[str]:
    """Every schema and table of a database that is not its own."""
    schemas = "select nspname || '.' from pg_namespace where nspname !~ '^pg_'"
    tables = (
        "select schemaname || '.' || tablename from pg_tables"
        " where schemaname not in ('pg_catalog', 'information_schema')"
    )
    return set(postgres.execute(f"{schemas} union {tables}").split("\n"))


def say_where(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the variables of `s3=external`."""
    for name in ("endpoint", "bucket", "access_key", "secret_key", "region"):
        monkeypatch.setenv(f"HEADRACE_S3_{name.upper()}", getattr(access, name))


def keys_of(access: Access) -> list[str | None]:
    """All that the bucket holds."""
    found = access.client().list_objects(access.bucket, recursive=True)
    return [item.object_name for item in found]
