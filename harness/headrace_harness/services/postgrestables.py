"""What any Postgres server of the harness is asked: scripts by psql, and tables of data sets."""

import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final
from urllib.parse import quote

from headrace_harness.catalog import DataSet
from headrace_harness.contract import read_columns
from headrace_harness.data.cache import Prepared
from headrace_harness.errors import ServiceError

USER: Final = "headrace"
DATABASE: Final = "postgres"

SETTINGS: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "shared_buffers": "128MB",
    "log_timezone": "UTC",
}
"""Of `postgresql.conf`: nothing outlives the run, so nothing has to outlive a power cut."""

# DuckDB's names of types that are other types to Postgres, or none.
_TYPES = {"DOUBLE": "double precision", "FLOAT": "real", "TINYINT": "smallint"}


def dsn_of(password: str, host: str, port: int) -> str:
    """How to reach a server, password included."""
    return f"postgresql://{USER}:{quote(password, safe='')}@{host}:{port}/{DATABASE}"


def run_script(
    psql: Sequence[str],
    sql: str,
    *,
    stdin: Path | None = None,
    environment: Mapping[str, str],
) -> str:
    """What psql prints for a script: rows alone, unaligned, fields by `|`.

    Args:
        psql: Its command line.
        sql: One or more statements; the first that fails ends it.
        stdin: What psql's own `copy … from pstdin` reads.
        environment: Says where the server is, and as whom to log in.

    Raises:
        ServiceError: A statement failed; says what the server said.
    """
    options = ["-XqAt", "-v", "ON_ERROR_STOP=1"]
    with tempfile.TemporaryFile() as script, ExitStack() as stack:
        script.write(sql.encode())
        script.seek(0)
        done = subprocess.run(  # noqa: S603 - its own psql
            [*psql, *options, *(("-c", sql) if stdin else ("-f", "-"))],
            env={**environment, "PGOPTIONS": "-c client_min_messages=warning"},
            stdin=stack.enter_context(stdin.open("rb")) if stdin else script,
            capture_output=True,
            check=False,
        )
    if done.returncode != 0:
        raise ServiceError(" ".join(done.stderr.decode(errors="replace").split()))
    return done.stdout.decode().rstrip("\n")


class Tables:
    """The data sets that a server holds, each in a table of its own.

    Args:
        execute: The server's `run_script`.
        schema: Of the server, where they are; none given: where a table is by default.
    """

    def __init__(self, execute: Callable[..., str], *, schema: str = "") -> None:
        self._execute = execute
        self._schema = f"{schema}." if schema else ""
        self._loaded: set[str] = set()

    def hold(self, dataset: DataSet, prepared: Prepared) -> str:
        """Load a data set where it is not yet; the table's name, of the data set's and its hash.

        Raises:
            ServiceError: It cannot be loaded.
        """
        table = f"{dataset.name}_{prepared.sha256[:12]}"
        if table not in self._loaded:
            self._load(table, dataset, prepared)
            self._loaded.add(table)
        return self._schema + table

    def _load(self, name: str, dataset: DataSet, prepared: Prepared) -> None:
        """Have the server parse the very file that the other readers read."""
        table, texts_table = f'{self._schema}"{name}"', f'{self._schema}"{name}_text"'
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
            self._execute(f"create table {table} ({declared})")
            self._execute(f"\\copy {table} {copy.format(first)}", stdin=prepared.path)
        else:
            # COPY knows one spelling of null: the others become null on the way from text to types.
            texts = ", ".join(f"{name} text" for name, _ in columns)
            self._execute(f"create unlogged table {texts_table} ({texts})")
            self._execute(f"\\copy {texts_table} {copy.format(first)}", stdin=prepared.path)
            values = ", ".join(
                f"{_nullified(name, others)}::{sql_type}" for name, sql_type in columns
            )
            self._execute(f"create table {table} ({declared})")
            moved = f"select {values} from {texts_table}"  # noqa: S608 - a scenario's own names
            self._execute(f"insert into {table} {moved}")
            self._execute(f"drop table {texts_table}")
        self._execute(f"vacuum analyze {table}")


def _nullified(column: str, spellings: Sequence[str]) -> str:
    for spelling in spellings:
        column = f"nullif({column}, '{spelling}')"
    return column
