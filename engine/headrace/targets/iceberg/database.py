"""A catalog's database, SQLite or Postgres, by the plainest of drivers: SQLAlchemy takes 17 MB."""

import sqlite3
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from headrace.errors import TargetAuthError, TargetConnectionError, WriteError
from headrace.plugins import require

NO_SUCH_TABLE: Final = "42P01"
IS_THERE: Final = ("23505", "42P07")
REFUSED: Final = ("28000", "28P01", "42501")
"""SQLSTATE. Source: PostgreSQL, appendix A."""

_NOT_WRITTEN: Final = frozenset(
    (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
)
"""After which SQLite has rolled back, and would say the same again."""


class MissingTablesError(Exception):
    """The database holds no catalog yet."""


class IsThereError(Exception):
    """What is to be added is there already."""


def _place_of(uri: str) -> str:
    """A database by host and path: neither who asks nor what is asked with is for messages."""
    found = urlsplit(uri)
    host = found.netloc.rpartition("@")[2]
    return f"{found.scheme}://{host}{found.path}"


class Database:
    """A database; each transaction is a connection of its own, so that none outlives its use.

    Args:
        uri: `sqlite:////folder/file.db` or `postgresql://user:password@host:port/database`.
        timeout_s: To connect, for an answer, or for SQLite's lock [s].
    """

    def __init__(self, uri: str, *, timeout_s: float) -> None:
        self._uri = uri
        self._timeout_s = timeout_s
        self._is_sqlite = uri.startswith("sqlite:")
        self.place = _place_of(uri)
        if not self._is_sqlite:
            require("pg8000.dbapi", extra="iceberg", needed_by="a catalog in Postgres")

    @contextmanager
    def transaction(self, *, makes: bool = False) -> Iterator["Transaction"]:
        """A transaction, committed at the end of the block.

        Args:
            makes: Whether a database in a file is made where there is none.

        Raises:
            MissingTablesError: A table is not there.
            IsThereError: A row or a table is there already.
            TargetAuthError: The database refuses the credentials.
            TargetConnectionError: It does not answer, or broke off: perhaps after it committed.
            WriteError: It refuses what it is asked.
        """
        with self._failures():
            connection = self._connected(makes=makes)
            try:
                yield Transaction(connection, is_sqlite=self._is_sqlite)
                connection.commit()
            finally:
                connection.close()

    def _connected(self, *, makes: bool) -> Any:  # noqa: ANN401  of one driver or the other
        if self._is_sqlite:
            path = Path(self._uri.removeprefix("sqlite:///"))
            if not makes and not path.exists():
                raise MissingTablesError(str(path))
            return sqlite3.connect(path, timeout=self._timeout_s)
        import pg8000.dbapi  # noqa: PLC0415  9 MB: only where it is used

        url = urlsplit(self._uri)
        mode = parse_qs(url.query).get("sslmode", ["prefer"])[0]
        return pg8000.dbapi.connect(
            user=unquote(url.username or ""),
            password=unquote(url.password) if url.password is not None else None,
            host=url.hostname or "localhost",
            port=url.port or 5432,
            database=unquote(url.path.lstrip("/")) or None,
            timeout=self._timeout_s,
            application_name="headrace",
            ssl_context=_ssl_context(mode),
        )

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise IsThereError(str(error)) from error
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                raise MissingTablesError(str(error)) from error
            # Extended codes have the plain one in their last byte.
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NOT_WRITTEN:
                message = f"the catalog's database cannot be written: {error}"
                raise WriteError(message, file=self.place) from error
            message = f"the catalog's database failed: {error}"
            raise TargetConnectionError(message, file=self.place) from error
        except sqlite3.DatabaseError as error:
            message = f"the catalog's database refuses: {error}"
            raise WriteError(message, file=self.place) from error
        except OSError as error:
            message = f"the catalog's database cannot be reached: {error}"
            raise TargetConnectionError(message, file=self.place) from error
        except Exception as error:
            if not type(error).__module__.startswith("pg8000"):
                raise
            raise self._of_postgres(error) from error

    def _of_postgres(self, error: Exception) -> Exception:
        said = error.args[0] if error.args else ""
        code, text = (
            ("", str(said))
            if not isinstance(said, dict)
            else (
                said.get("C", ""),
                said.get("M", ""),
            )
        )
        if code == NO_SUCH_TABLE:
            return MissingTablesError(text)
        if code in IS_THERE:
            return IsThereError(text)
        if code in REFUSED:
            return TargetAuthError(f"the catalog's database refuses: {text}", file=self.place)
        if code and not code.startswith(("08", "53", "57")):
            return WriteError(f"the catalog's database refuses: {text}", file=self.place)
        return TargetConnectionError(f"the catalog's database failed: {text}", file=self.place)


class Transaction:
    """One transaction.

    Args:
        connection: Of a driver.
        is_sqlite: Whether parameters are `?`, not `%s`.
    """

    def __init__(self, connection: Any, *, is_sqlite: bool) -> None:  # noqa: ANN401  of a driver
        self._connection = connection
        self._is_sqlite = is_sqlite

    def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Change something; how many rows it changed.

        Args:
            sql: With `?` for each value.
            values: The values.
        """
        return int(self._done(sql, values).rowcount)

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """Rows, by column."""
        cursor = self._done(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _done(self, sql: str, values: Sequence[object]) -> Any:  # noqa: ANN401  a cursor
        cursor = self._connection.cursor()
        cursor.execute(sql if self._is_sqlite else sql.replace("?", "%s"), tuple(values))
        return cursor


def _ssl_context(mode: str) -> ssl.SSLContext | bool | None:
    """What pg8000 is told of a libpq `sslmode`: None lets the server choose."""
    if mode in ("verify-full", "verify-ca"):
        return ssl.create_default_context()
    return {"disable": False, "require": True}.get(mode)
