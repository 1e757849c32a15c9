"""Servers that refuse, time out, or are lost on the way: typed, in bounded time, nothing lost."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import trustme
from headrace import (
    AuthError,
    HeadraceError,
    ReaderConnectionError,
    ReaderError,
    SourceNotFoundError,
    execute_job,
)
from headrace_harness.services.postgres import EmbeddedPostgres

from tests.builders import landed
from tests.fronts import Front, pump
from tests.postgresql import (
    a_name,
    a_numbered_table,
    a_postgres_job,
    a_reading,
    a_section,
    a_source,
)
from tests.waiting import WITHIN_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Of a kilobyte each, more than sockets hold: a session that ends, ends in the midst of its COPY.
MANY = 60_000


def a_fat_table(postgres: EmbeddedPostgres) -> str:
    """A table of `MANY` rows that are long."""
    name = a_name()
    rows = f"select i as id, repeat('x', 1000) as t from generate_series(1, {MANY}) i"
    postgres.execute(f"create table {name} as {rows}; alter table {name} add primary key (id)")
    return name


@contextmanager
def a_silent_host() -> Iterator[int]:
    """A port where somebody listens and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def a_proxy(postgres: EmbeddedPostgres, *, cut_after: int) -> Iterator[int]:
    """A port that leads to the server, until so many bytes have come from there."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def carry() -> None:
            near, _ = listening.accept()
            with (
                near,
                suppress(OSError),
                socket.create_connection(("127.0.0.1", postgres.port)) as far,
            ):
                threading.Thread(target=pump, args=(near, far), daemon=True).start()
                left = cut_after
                while left > 0 and (data := far.recv(min(left, 4096))):
                    near.sendall(data)
                    left -= len(data)
                near.shutdown(socket.SHUT_RDWR)

        thread = threading.Thread(target=carry, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(timeout=10)


class TestGivenAServerThatRefuses:
    def test_when_the_password_is_wrong_then_it_is_an_auth_error(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """Credentials are not worth a retry, and are not repeated."""
        section = a_section(postgres, table="t")
        section["dsn"] = section["dsn"].replace(postgres.password, "wrong-password")

        found = a_reading(section)

        assert isinstance(found.failure, AuthError)
        assert "password authentication failed" in found.failure.message
        assert "wrong-password" not in repr(found.failure.to_dict())

    def test_when_there_is_no_password_then_the_error_says_so(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """What is missing is named."""
        section = a_section(postgres, table="t")
        section["dsn"] = section["dsn"].replace(f":{postgres.password}@", "@")

        found = a_reading(section)

        assert isinstance(found.failure, AuthError)
        assert "the dsn has none" in found.failure.message

    def test_when_the_role_may_not_read_then_it_is_an_auth_error(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """A missing right is told from a missing table, by a check as by a run."""
        table = a_numbered_table(postgres, 3)
        postgres.execute(f"create role {table}_r login password 'p'")
        section = a_section(postgres, table=table)
        parts = urlsplit(section["dsn"])
        section["dsn"] = f"postgresql://{table}_r:p@127.0.0.1:{parts.port}{parts.path}"

        assert isinstance(a_reading(section).failure, AuthError)
        with pytest.raises(AuthError, match="permission denied"):
            a_source(section).check()

    def test_when_there_is_no_such_database_then_it_is_not_found(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """As is a table."""
        section = a_section(postgres, table="t")
        section["dsn"] = section["dsn"].replace("/postgres", "/nowhere")

        assert isinstance(a_reading(section).failure, SourceNotFoundError)

    def test_when_a_query_is_none_then_the_servers_word_is_passed_on(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """A mistake in SQL is explained by who found it."""
        found = a_reading(a_section(postgres, query="selekt 1"))

        assert type(found.failure) is ReaderError
        assert "syntax error" in found.failure.message
        assert "SQLSTATE 42601" in found.failure.message


class TestGivenAServerThatDoesNotAnswer:
    @pytest.mark.covers("postgres:connect_timeout_s")
    @pytest.mark.parametrize("sslmode", ["disable", "prefer"])
    def test_when_it_is_silent_then_the_wait_is_bounded(self, sslmode: str) -> None:
        """Whatever a host does, a session stands in time or is given up."""
        with a_silent_host() as port:
            dsn = f"postgresql://u:p@127.0.0.1:{port}/d?sslmode={sslmode}"
            section = {"type": "postgres", "dsn": dsn, "table": "t", "connect_timeout_s": 0.5}
            start = time.monotonic()
            found = a_reading(section)
            waited = time.monotonic() - start

        assert isinstance(found.failure, ReaderConnectionError)
        assert "in time" in found.failure.message
        assert 0.4 < waited < 2 * WITHIN_S  # not for ever; the machine may be busy

    def test_when_nobody_listens_then_it_is_worth_a_retry(self) -> None:
        """An unreachable server is another thing than a wrong job."""
        dsn = "postgresql://u:p@127.0.0.1:1/d"

        found = a_reading({"type": "postgres", "dsn": dsn, "table": "t"})

        assert isinstance(found.failure, ReaderConnectionError)
        assert (found.failure.retryable, found.failure.exit_code) == (True, 3)

    @pytest.mark.covers("postgres:statement_timeout_s")
    def test_when_a_statement_takes_too_long_then_the_server_ends_it(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """The timeout is the server's, so that nothing goes on there either."""
        section = a_section(
            postgres, query="select pg_sleep(600)::text as s", statement_timeout_s=0.2
        )

        found = a_reading(section)

        assert isinstance(found.failure, ReaderConnectionError)
        assert "statement timeout" in found.failure.message


class TestGivenASessionThatIsLost:
    def test_when_it_is_ended_in_mid_copy_then_the_next_run_reads_each_row_once(
        self, postgres: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        """What was committed stays, what was not is read again, nothing twice."""
        table = a_fat_table(postgres)
        options = {"table": table, "cursor": "id"}
        batch = {"rows": 1000, "prefetch": 0, "checkpoint": {"rows": 2000}}
        job = a_postgres_job(postgres, tmp_path, options, state=True, batch=batch)
        job["reader"]["dsn"] += "?application_name=doomed"
        ended: list[str] = []

        def end(run: object) -> None:
            if not ended and run.report.rows.read >= 10_000:  # type: ignore[attr-defined]
                kill = "select pg_terminate_backend(pid) from pg_stat_activity where "
                ended.append(postgres.execute(kill + "application_name = 'doomed'"))

        with pytest.raises(ReaderConnectionError) as raised:
            execute_job(job, progress=end)

        assert ended == ["t"]  # the fault has fired
        assert raised.value.where["server"].endswith("/postgres")
        kept = len(landed(tmp_path / "out"))
        assert 0 < kept < MANY
        second = execute_job(job)
        assert second.rows.read == MANY - kept
        assert landed(tmp_path / "out", "count(*), count(distinct id)") == [(MANY, MANY)]

    def test_when_the_server_process_is_killed_then_nothing_is_visible(
        self, tmp_path: Path
    ) -> None:
        """A crash of the server is a lost connection, and its restart is waited out by a retry."""
        server = EmbeddedPostgres(settings={"synchronous_commit": "on"})  # to keep its rows
        server.start()
        try:
            table = a_fat_table(server)
            job = a_postgres_job(server, tmp_path, {"table": table}, batch={"rows": 1000})
            killed: list[int] = []

            def kill(_: object) -> None:
                if not killed:
                    own = "select pid from pg_stat_activity where application_name = 'headrace'"
                    killed.append(int(server.execute(own)))
                    os.kill(killed[0], signal.SIGKILL)

            with pytest.raises(ReaderConnectionError):
                execute_job(job, progress=kill)

            assert killed
            assert landed(tmp_path / "out") == []
            deadline = time.monotonic() + WITHIN_S
            while True:
                try:
                    report = execute_job(job)
                    break
                except ReaderConnectionError:
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
            assert report.rows.written == MANY
        finally:
            server.stop()

    @pytest.mark.parametrize("cut_after", [1, 200, 5_000, 500_000])
    def test_when_the_network_cuts_it_anywhere_then_that_is_no_end_of_the_data(
        self, postgres: EmbeddedPostgres, cut_after: int
    ) -> None:
        """A connection that closes cleanly before its end is lost all the same."""
        table = a_fat_table(postgres)
        with a_proxy(postgres, cut_after=cut_after) as port:
            section = a_section(postgres, table=table)
            section["dsn"] = section["dsn"].replace(f":{postgres.port}/", f":{port}/")
            section["dsn"] += "?sslmode=disable"
            with pytest.raises(ReaderConnectionError):
                for _ in a_source(section).extract(None):
                    pass


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Whom the client may trust."""
    return trustme.CA()


def asks_for_tls(near: socket.socket) -> bool:
    """Whether a session begins with the request for TLS, which is granted then."""
    # It has no other form: its length and its number.
    is_asked = near.recv(8, socket.MSG_PEEK) == bytes.fromhex("0000000804d2162f")
    if is_asked:
        near.recv(8)
        near.sendall(b"S")
    return is_asked


@pytest.fixture(scope="module")
def secured(postgres: EmbeddedPostgres, authority: trustme.CA) -> Iterator[Front]:
    """A server with a certificate for `localhost`, and for no other name."""
    front = Front(postgres.port, authority, is_asked=asks_for_tls)
    yield front
    front.close()


class TestGivenTls:
    @pytest.fixture(autouse=True)
    def _server(self, postgres: EmbeddedPostgres) -> None:
        self.postgres = postgres

    def _read(self, port: int, host: str, **parameters: str) -> HeadraceError | None:
        dsn = f"host={host} port={port} user=headrace password={self.postgres.password} "
        dsn += " ".join(f"{name}={value}" for name, value in parameters.items())
        section = {"type": "postgres", "dsn": dsn + " dbname=postgres", "query": "select 1 as n"}
        found = a_reading(section)
        assert found.failure is not None or found.rows == [{"n": 1}]
        return found.failure

    @pytest.mark.parametrize("sslmode", ["disable", "prefer", "require"])
    def test_when_nobody_has_to_be_trusted_then_the_mode_says_whether_it_is_encrypted(
        self, secured: Front, sslmode: str
    ) -> None:
        """`require` is TLS with anybody; `prefer` likewise, where the server has it."""
        secured.sessions.clear()

        assert self._read(secured.port, "127.0.0.1", sslmode=sslmode) is None
        assert set(secured.sessions) == {sslmode != "disable"}

    def test_when_the_server_has_none_then_prefer_does_without_and_others_do_not(self) -> None:
        """What was asked for is had, or the run fails."""
        port = self.postgres.port

        assert self._read(port, "127.0.0.1", sslmode="prefer") is None
        failure = self._read(port, "127.0.0.1", sslmode="require")
        assert isinstance(failure, ReaderError)
        assert "has no TLS" in failure.message

    def test_when_a_trusted_one_has_signed_then_the_name_matters_to_verify_full_alone(
        self, secured: Front, authority: trustme.CA, tmp_path: Path
    ) -> None:
        """`verify-full` wants the host's own certificate, `verify-ca` any that is signed."""
        root, port = str(tmp_path / "ca.pem"), secured.port
        authority.cert_pem.write_to_path(root)

        assert self._read(port, "localhost", sslmode="verify-full", sslrootcert=root) is None
        assert self._read(port, "127.0.0.1", sslmode="verify-ca", sslrootcert=root) is None
        failure = self._read(port, "127.0.0.1", sslmode="verify-full", sslrootcert=root)
        assert type(failure) is ReaderError
        assert "not valid for name" in failure.message

    @pytest.mark.parametrize("sslmode", ["require", "verify-ca", "verify-full"])
    def test_when_a_stranger_has_signed_then_it_is_refused(
        self, secured: Front, tmp_path: Path, sslmode: str
    ) -> None:
        """A root certificate that is given is not given in vain."""
        root = str(tmp_path / "other.pem")
        trustme.CA().cert_pem.write_to_path(root)

        failure = self._read(secured.port, "localhost", sslmode=sslmode, sslrootcert=root)

        assert type(failure) is ReaderError
        assert failure.message.startswith("TLS")

    def test_when_there_is_no_root_then_the_systems_are_trusted_and_not_this_one(
        self, secured: Front
    ) -> None:
        """Without a root certificate, verification still verifies."""
        failure = self._read(secured.port, "localhost", sslmode="verify-full")

        assert type(failure) is ReaderError
        assert failure.message.startswith("TLS")

    def test_when_a_certificate_is_no_file_then_the_error_names_it(
        self, secured: Front, tmp_path: Path
    ) -> None:
        """A path that is wrong is named."""
        root = str(tmp_path / "no.pem")

        failure = self._read(secured.port, "localhost", sslmode="verify-ca", sslrootcert=root)

        assert type(failure) is ReaderError
        assert failure.where["file"] == root
