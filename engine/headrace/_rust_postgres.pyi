"""The part of the native extension's contract that is of Postgres; `_rust.pyi` has it whole."""

from collections.abc import Sequence
from typing import Any, Self, final

from headrace._rust import RecordBatch, _Violation

@final
class PostgresConnection:
    """A session with Postgres; what waits raises what interrupts it.

    Kinds are `connection`, `permission`, `not_found` and `read`, by the server's SQLSTATE.
    """

    def __new__(
        cls,
        *,
        host: str,  # a name, an address, or the folder of a local socket
        port: int,
        user: str,
        password: str | None,
        database: str,
        sslmode: str,  # disable | prefer | require | verify-ca | verify-full
        root_cert: str | None,  # PEM file; those of the operating system where absent
        own_cert: tuple[str, str] | None,  # PEM files: a certificate and its key
        connect_timeout_s: float,
        application_name: str,
    ) -> Self: ...
    def query(self, sql: str) -> list[list[str | None]]: ...  # of a script, the last rows as text
    def describe(self, sql: str) -> list[tuple[str, int, int, int, int]]:
        """Name, type's number, modifier, table's number, column's number; the query is not run."""
    def copy(
        self,
        sql: str,  # COPY … TO STDOUT (FORMAT binary)
        columns: Sequence[tuple[str, str, str | None, bool]],
        *,
        batch_rows: int = 10_000,
        batch_bytes: int = 1 << 20,
    ) -> None:
        """`columns`: name, how values come, type (None: read for the key alone), part of the key.

        How values come is `wire` of `postgres_types`, with `[]` behind it for arrays.
        """
    def next_batch(self) -> PostgresBatch | None:
        """A stream that is cut, corrupt or short of records raises kind `decode`."""
    def close(self) -> None: ...

@final
class PostgresBatch:
    @property
    def batch(self) -> RecordBatch: ...  # the good rows
    @property
    def rejects(self) -> list[tuple[int, list[_Violation], str]]: ...  # index, violations, text
    @property
    def num_records(self) -> int: ...  # good and rejected
    @property
    def first_key(self) -> list[str | None]: ...  # likewise, of the first
    @property
    def last_key(self) -> list[str | None]: ...  # text that Postgres reads as the last record's

def postgres_types() -> list[dict[str, Any]]: ...  # oid, array_oid, wire, sql, arrow, note
def postgres_spelling(wire: str, modifier: int) -> str: ...  # the type without a contract
def postgres_fits(wire: str, spelling: str) -> bool: ...  # whether such a column takes it
