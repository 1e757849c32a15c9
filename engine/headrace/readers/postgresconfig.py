"""The options of the Postgres reader; each says what it means, for editors and documents."""

from typing import Annotated, Final, Literal

import msgspec

from headrace.errors import ConfigError, Problem
from headrace.job import Secret
from headrace.readers.postgresdsn import Dsn, parse_dsn
from headrace.readers.section import StreamsSection, means

DEFAULT_CONNECT_TIMEOUT_S: Final = 10.0
"""Until a session must stand: name, socket, TLS and login together [s]."""

MAX_PARTITIONS: Final = 16
"""Each is a session, a thread and up to three batches."""


class PostgresConfig(StreamsSection, frozen=True, kw_only=True):
    """The keys of `reader: {type: postgres}`."""

    dsn: Annotated[
        Secret, means("where and how to connect: a URL or `key=value`, as libpq; a secret")
    ]
    table: Annotated[
        str | None,
        means('a table or view, as SQL names it: `orders`, `sales.orders`, `"Orders"`'),
    ] = None
    query: Annotated[str | None, means("a SELECT whose rows are read, instead of a table's")] = None
    cursor: Annotated[
        str | None,
        means("the column by which later runs read only what is new; rows come in its order"),
    ] = None
    tie_breaker: Annotated[
        tuple[str, ...] | None,
        means(
            "columns that tell rows of one cursor apart; none given: the table's primary key, "
            "if it has one"
        ),
    ] = None
    lag_s: Annotated[
        float,
        msgspec.Meta(ge=0),
        means(
            "rows whose cursor, a date or time, is younger are left for a later run: those that "
            "are committed late are then not missed [s]"
        ),
    ] = 0
    time_zone: Annotated[str, means("the zone of a cursor that has none, for `lag_s`")] = "UTC"
    null_cursors: Annotated[
        Literal["error", "skip"],
        means("rows whose cursor is null, which no run would find again: `error`, or `skip`"),
    ] = "error"
    partitions: Annotated[
        int,
        msgspec.Meta(ge=1, le=MAX_PARTITIONS),
        means("ranges of `partition_key` that are read at once, each in a session of its own"),
    ] = 1
    partition_key: Annotated[
        str | None,
        means("an integer column; none given: the table's primary key, where that is one"),
    ] = None
    connect_timeout_s: Annotated[
        float, msgspec.Meta(gt=0), means("until a session must stand [s]")
    ] = DEFAULT_CONNECT_TIMEOUT_S
    statement_timeout_s: Annotated[
        Annotated[float, msgspec.Meta(ge=0.001)] | None,
        means("until a statement must have ended, by the server's own clock [s]"),
    ] = None

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            ConfigError: Every such option.
        """
        problems = [Problem(path=key, message=why) for key, why in self._problems()]
        if problems:
            raise ConfigError(problems=problems)

    def connection(self) -> Dsn:
        """The dsn, read.

        Raises:
            ValueError: It is none.
        """
        return parse_dsn(self.dsn.reveal(), base_dir=self.base_dir)

    def _problems(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        try:
            self.connection()
        except ValueError as error:
            found.append(("dsn", str(error)))
        if self.table is not None and self.query is not None:
            found.append(("query", "stands beside `table`: give one of them"))
        if self.streams:
            found += [
                (key, "is each stream's own: its name is its table, `streams` has its cursor")
                for key in ("table", "query", "cursor", "tie_breaker", "partition_key")
                if getattr(self, key) is not None
            ]
        cursors = [one.cursor for one in self.streams.values()] or [self.cursor]
        if self.keeps_state and not all(cursors):
            message = "is needed where the job keeps a `state`: a run reads what is new by it"
            found.append(("cursor", message))
        if self.partitions > 1 and any(cursors):
            message = "read at once in no order, and a cursor asks for one: remove one of them"
            found.append(("partitions", message))
        if self.partitions > 1 and self.query is not None and self.partition_key is None:
            found.append(("partition_key", "is needed for the partitions of a query"))
        if self.lag_s and not any(cursors):
            found.append(("lag_s", "is that of a cursor, and there is none"))
        return found
