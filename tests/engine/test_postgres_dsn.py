"""How a dsn is read; nothing of it but its place is ever said."""

from __future__ import annotations

from typing import Any

import pytest
from headrace import ConfigError, ReaderConnectionError, resolve_job
from headrace.readers.postgresdsn import PARAMETERS, parse_dsn

from tests.postgresql import a_reading, a_source

# Of each parameter: what is written, and what it becomes.
GIVEN: dict[str, tuple[str, str, Any]] = {
    "host": ("host=db.example.com", "host", "db.example.com"),
    "port": ("port=6543", "port", 6543),
    "user": ("user=eve", "user", "eve"),
    "password": (r"password='it\'s a \\ secret'", "password", r"it's a \ secret"),
    "dbname": ("dbname=shop", "database", "shop"),
    "sslmode": ("sslmode=verify-ca", "sslmode", "verify-ca"),
    "sslrootcert": ("sslrootcert=ca.pem", "root_cert", "/jobs/ca.pem"),
    "sslcert": ("sslcert=me.pem sslkey=/keys/me", "own_cert", ("/jobs/me.pem", "/keys/me")),
    "sslkey": ("sslkey=k sslcert=c", "own_cert", ("/jobs/c", "/jobs/k")),
    "connect_timeout": ("connect_timeout=3", "connect_timeout_s", 3),
    "application_name": ("application_name=nightly", "application_name", "nightly"),
}


class TestGivenADsn:
    @pytest.mark.parametrize(
        "name",
        [pytest.param(name, marks=pytest.mark.covers(f"postgres-dsn:{name}")) for name in GIVEN],
    )
    def test_when_read_then_each_parameter_is_what_is_written(self, name: str) -> None:
        """A dsn in pairs says what it says to libpq."""
        text, attribute, expected = GIVEN[name]

        dsn = parse_dsn(f"user=reader {text}", base_dir="/jobs")

        assert getattr(dsn, attribute) == expected

    def test_when_listed_then_all_parameters_are_tested_here(self) -> None:
        """What is documented has a test."""
        assert set(PARAMETERS) == set(GIVEN)

    def test_when_it_is_a_url_then_it_says_the_same(self) -> None:
        """Both forms are one dsn; what a URL cannot hold is escaped."""
        url = "postgresql://re%40der:p%2Fw@[::1]:6543/my%20shop?sslmode=require&application_name=x"

        dsn = parse_dsn(url, base_dir=".")

        assert (dsn.user, dsn.password, dsn.host, dsn.port) == ("re@der", "p/w", "::1", 6543)
        assert (dsn.database, dsn.sslmode, dsn.application_name) == ("my shop", "require", "x")

    def test_when_little_is_said_then_the_defaults_are_libpqs(self) -> None:
        """A user is all that must be said."""
        dsn = parse_dsn("postgres://eve@", base_dir=".")

        assert (dsn.host, dsn.port, dsn.database) == ("localhost", 5432, "eve")
        assert (dsn.password, dsn.sslmode, dsn.root_cert) == (None, "prefer", None)
        assert parse_dsn("user=e sslrootcert=system", base_dir=".").root_cert is None


class TestGivenADsnThatIsNone:
    @pytest.mark.covers("postgres:dsn")
    @pytest.mark.parametrize(
        "dsn",
        [
            "postgresql://reader:sec?ret&word=@host/db",
            "mysql://reader:secret@host/db",
            "postgresql://reader:secret@host:port/db",
            "host=h user=u secret",
            "host=h password=secret",
            "host=a,b user=u password=secret",
            "host=h user=u password=secret sslmode=yes",
            "host=h user=u password=secret sslcert=c",
            "host=h user=u password=secret port=99999",
            "host=h user=u password=secret options=secret",
        ],
    )
    def test_when_resolved_then_the_error_holds_no_part_of_it(self, dsn: str) -> None:
        """A secret is in no message, not even in one about itself."""
        job = {
            "version": 1,
            "name": "test",
            "reader": {"type": "postgres", "dsn": dsn, "table": "t"},
            "writer": {"type": "rust"},
            "target": {"type": "local", "path": "out"},
        }

        with pytest.raises(ConfigError) as raised:
            resolve_job(job)

        text = repr(raised.value.to_dict())
        assert "reader.dsn" in text
        assert "sec" not in text.replace("a secret", "")
        assert raised.value.__cause__ is None

    def test_when_shown_then_the_password_is_not(self) -> None:
        """Neither a reader's options nor its errors show it."""
        section = {
            "type": "postgres",
            "dsn": "postgresql://eve:hush-hush@127.0.0.1:1/db",
            "table": "t",
        }

        reader = a_source(section)
        found = a_reading(section)

        assert "hush" not in repr(vars(reader))
        assert "hush" not in repr(parse_dsn(section["dsn"], base_dir="."))
        assert isinstance(found.failure, ReaderConnectionError)
        assert "hush" not in repr(found.failure.to_dict())
        assert found.failure.where == {"server": "127.0.0.1:1/db"}
