"""Sessions of the Postgres reader: each in one transaction that sees one state of the database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from headrace import _native
from headrace._native import translated
from headrace.errors import HeadraceError
from headrace.readers.postgresconfig import PostgresConfig

# What texts of values look like, whatever the server's own settings are.
_SETTINGS = (
    "SET DateStyle TO ISO; SET IntervalStyle TO iso_8601; SET TimeZone TO 'UTC'; "
    "SET extra_float_digits TO 1; SET standard_conforming_strings TO on; SET row_security TO on"
)

# The reader changes nothing, whatever a query says; and rows that others commit meanwhile are not
# seen, so that no row is missed or comes twice because it moved.
_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

Row = Sequence[str | None]


class Session:
    """A connection within a transaction.

    Args:
        config: Where and how to connect.
        snapshot: The name of another session's snapshot, to see what that one sees.

    Raises:
        ReaderConnectionError: The server is not reached in time.
        AuthError: It refuses the credentials.
        SourceNotFoundError: It has no such database.
        ReaderError: TLS fails.
    """

    def __init__(self, config: PostgresConfig, *, snapshot: str | None = None) -> None:
        dsn = config.connection()
        self.place = dsn.place
        with self._placed():
            self._native = _native.PostgresConnection(
                host=dsn.host,
                port=dsn.port,
                user=dsn.user,
                password=dsn.password,
                database=dsn.database,
                sslmode=dsn.sslmode,
                root_cert=dsn.root_cert,
                own_cert=dsn.own_cert,
                connect_timeout_s=dsn.connect_timeout_s or config.connect_timeout_s,
                application_name=dsn.application_name,
            )
        timeout_ms = round((config.statement_timeout_s or 0) * 1000)
        self.query(f"{_SETTINGS}; SET statement_timeout TO {timeout_ms}")
        self.query(_BEGIN)
        if snapshot is not None:
            self.query(f"SET TRANSACTION SNAPSHOT {literal(snapshot)}")

    def query(self, sql: str) -> list[list[str | None]]:
        """The rows of a script's last statement, as text.

        Raises:
            ReaderError: Of the kind that the server's complaint is.
        """
        with self._placed():
            return self._native.query(sql)

    def describe(self, sql: str) -> list[tuple[str, int, int, int, int]]:
        """Name, type's number, modifier, table's number and column's number of a query's columns.

        Raises:
            ReaderError: As `query`.
        """
        with self._placed():
            return self._native.describe(sql)

    def copy(
        self,
        sql: str,
        columns: Sequence[tuple[str, str, str | None, bool]],
        *,
        batch_rows: int,
        batch_bytes: int,
    ) -> Iterator[_native.PostgresBatch]:
        """Yield the batches of a binary COPY.

        Raises:
            ReaderError: As `query`.
            DecodeError: The stream is cut or corrupt.
        """
        with self._placed():
            self._native.copy(sql, columns, batch_rows=batch_rows, batch_bytes=batch_bytes)
        while (batch := self._next_batch()) is not None:
            yield batch

    def _next_batch(self) -> _native.PostgresBatch | None:
        with self._placed():
            return self._native.next_batch()

    def export_snapshot(self) -> str:
        """The name by which other sessions see what this one sees, while it lasts."""
        name = self.query("SELECT pg_export_snapshot()")[0][0]
        return name or ""

    def close(self) -> None:
        """End it; a COPY under way is broken off."""
        self._native.close()

    @contextmanager
    def _placed(self) -> Iterator[None]:
        """Say in errors which server it was."""
        try:
            with translated():
                yield
        except HeadraceError as error:
            error.where = {"server": self.place} | error.where
            raise


@contextmanager
def session(config: PostgresConfig, *, snapshot: str | None = None) -> Iterator[Session]:
    """A session that ends with the block."""
    opened = Session(config, snapshot=snapshot)
    try:
        yield opened
    finally:
        opened.close()


def quoted(name: str) -> str:
    """A name as SQL writes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL writes it, whatever it holds."""
    return "'" + text.replace("'", "''") + "'"
