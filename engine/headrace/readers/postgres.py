"""Postgres by the core: binary COPY to Arrow batches, no Python object a row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headrace import _native
from headrace.batch import Batch, RejectedRecord
from headrace.errors import ConfigError, Problem, ReaderError
from headrace.readers.postgrescatalog import (
    Column,
    Source,
    list_tables,
    read_query,
    read_table,
    selected,
)
from headrace.readers.postgresconfig import PostgresConfig
from headrace.readers.postgresparts import in_parts, ranges_of
from headrace.readers.postgresplace import Order, count_nulls, not_young
from headrace.readers.postgressession import Session, quoted, session
from headrace.readers.state import State
from headrace.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stream:
    """What is read of one table or query.

    Attributes:
        name: The stream's.
        table: Its table; None where it is a query.
        wanted: The contract's columns; None where there is no contract.
        cursor: Its cursor; None where it is read whole.
        tie_breaker: What tells rows of one cursor apart; None for the primary key.
    """

    name: str
    table: str | None
    wanted: Schema | None
    cursor: str | None
    tie_breaker: Sequence[str] | None


class PostgresReader:
    """Reads a table, a view or a query; each stream of a job that has several is a table.

    Args:
        config: The job's reader section.

    Attributes:
        notes: What a run's report says of the reader.
    """

    Config = PostgresConfig

    def __init__(self, config: PostgresConfig) -> None:
        self._config = config
        self._schemas: dict[str, Schema] = {}
        self.notes: list[str] = []

    def schema(self) -> Schema:
        """The columns of the one stream, in the contract's types where those lose nothing.

        Raises:
            ReaderError: The source is not reached, or not there.
            ConfigError: The job names none.
        """
        return next(iter(self.schemas().values()))

    def schemas(self) -> Mapping[str, Schema]:
        """The columns of each stream; as `schema`."""
        if not self._schemas:
            with session(self._config) as opened:
                for stream in self._streams():
                    source = self._source(opened, stream)
                    self._schemas[stream.name] = source.schema(_types(stream.wanted))
        return self._schemas

    def check(self) -> str:
        """Reach the server, and have it plan what would be read.

        Raises:
            ReaderError: It is not reached, or what is to be read is not there, or not allowed.
        """
        with session(self._config) as opened:
            streams = self._streams()
            for stream in streams:
                source = self._source(opened, stream)
                # Whether one may read is looked at when a plan is made, and not before.
                opened.query(f"EXPLAIN SELECT * {source.from_clause}")
            version = opened.query("SHOW server_version")[0][0]
        what = ", ".join(stream.table or "the query" for stream in streams)
        return f"PostgreSQL {version} at {opened.place}: {what} can be read"

    def discover(self) -> dict[str, Schema]:
        """What the job names, else every table and view that may be read.

        Columns that the catalog says are never null are required.

        Raises:
            ReaderError: The server is not reached.
        """
        return {name: _declared(source) for name, source in self._sources().items()}

    def details(self) -> dict[str, dict[str, Any]]:
        """Of each stream of `discover`: its kind, primary key and estimated rows."""
        return {
            name: {
                "kind": source.kind,
                "primary_key": list(source.primary_key),
                "estimated_rows": source.estimated_rows,
            }
            for name, source in self._sources().items()
        }

    def extract(self, state: State | None) -> Iterator[Batch]:
        """Yield the rows that the state does not hold, all as of one moment.

        Without a cursor the order is the server's; with one, the cursor's. The state moves with
        each batch that ends between two places of that order.

        Raises:
            ReaderError: What the server says; rows with a null cursor where that is an error.
            StateError: The state is another cursor's.
            DecodeError: The server's stream is cut or corrupt.
        """
        with session(self._config) as opened:
            for stream in self._streams():
                source = self._source(opened, stream)
                self._check_columns(stream, source)
                yield from self._read(opened, stream, source, state)

    def _read(
        self, opened: Session, stream: _Stream, source: Source, state: State | None
    ) -> Iterator[Batch]:
        columns, left_out = self._chosen(source, stream.wanted)
        self.notes += [one.note for one in columns if one.note and one.note not in self.notes]
        if stream.cursor is not None:
            reading = _Reading(self._config, stream, source, columns, left_out)
            order = Order.of(source, stream.cursor, stream.tie_breaker)
            yield from reading.in_order(opened, order, state, self.notes)
        elif self._config.partitions > 1:
            reading = _Reading(self._config, stream, source, columns, left_out)
            yield from reading.in_parts(opened)
        else:
            reading = _Reading(self._config, stream, source, columns, left_out)
            for found in reading.copied(opened):
                yield reading.batch(found)

    def _chosen(
        self, source: Source, wanted: Schema | None
    ) -> tuple[list[Column], tuple[str, ...]]:
        """The columns to be read, and the names of those left out."""
        columns = list(source.columns)
        if wanted is None or self._config.drift_policy.get("new_column") != "ignore":
            return columns, ()
        names = set(wanted.names)
        left_out = tuple(column.name for column in columns if column.name not in names)
        return [column for column in columns if column.name in names], left_out

    def _check_columns(self, stream: _Stream, source: Source) -> None:
        names = [column.name for column in source.columns]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            message = f"the query has two columns {twice!r}: give one another name by AS"
            raise ReaderError(message, stream=stream.name, field=twice)
        known = self._schemas.get(stream.name)
        if known is not None and known != source.schema(_types(stream.wanted)):
            message = "the columns have changed since the run began"
            raise ReaderError(message, stream=stream.name)

    def _streams(self) -> list[_Stream]:
        config = self._config
        if config.streams:
            return [
                _Stream(name=name, table=name, wanted=given.schema, **_split(given.cursor))
                for name, given in config.streams.items()
            ]
        if config.table is None and config.query is None:
            message = "is required and missing, or `query`"
            raise ConfigError(problems=[Problem(path="reader.table", message=message)])
        wanted = Schema.wrap(config.schema) if config.schema else None
        name = config.stream or config.table or "query"
        return [
            _Stream(
                name=name,
                table=config.table,
                wanted=wanted,
                cursor=config.cursor,
                tie_breaker=config.tie_breaker,
            )
        ]

    def _source(self, opened: Session, stream: _Stream) -> Source:
        if stream.table is not None:
            return read_table(opened, stream.table)
        return read_query(opened, self._config.query or "")

    def _sources(self) -> dict[str, Source]:
        config = self._config
        names_one = config.table is not None or config.query is not None or config.streams
        with session(config) as opened:
            if not names_one:
                return {name: read_table(opened, name) for name in list_tables(opened)}
            return {one.name: self._source(opened, one) for one in self._streams()}


class _Reading:
    """The reading of one stream."""

    def __init__(
        self,
        config: PostgresConfig,
        stream: _Stream,
        source: Source,
        columns: Sequence[Column],
        left_out: Sequence[str],
    ) -> None:
        self._config = config
        self._stream = stream
        self._source = source
        self._columns = columns
        self._left_out = left_out
        self._types = _types(stream.wanted)
        self._schema: Schema | None = None

    def copied(
        self,
        opened: Session,
        *,
        order: Order | None = None,
        conditions: Sequence[str] = (),
    ) -> Iterator[_native.PostgresBatch]:
        """The batches of one COPY."""
        columns = list(self._columns)
        names = {column.name for column in columns}
        keys = order.columns if order is not None else ()
        columns += [self._source.column(name) for name in keys if name not in names]
        specifications = [
            (
                column.name,
                column.wire,
                column.typed(self._types.get(column.name)) if column.name in names else None,
                column.name in keys,
            )
            for column in columns
        ]
        self.key_names = [name for name, _, _, is_key in specifications if is_key]
        sql = f"COPY {self._from(columns, order, conditions)} TO STDOUT (FORMAT binary)"
        yield from opened.copy(
            sql,
            specifications,
            batch_rows=self._config.batch_rows,
            batch_bytes=self._config.batch_bytes,
        )

    def _from(
        self, columns: Sequence[Column], order: Order | None, conditions: Sequence[str]
    ) -> str:
        chosen = ", ".join(map(selected, columns))
        is_cast = any(column.cast for column in columns)
        if self._source.is_plain and columns and not (is_cast or order or conditions):
            return f"{self._source.sql} ({chosen})"
        parts = [f"SELECT {chosen} {self._source.from_clause}"]
        if conditions:
            parts.append("WHERE " + " AND ".join(f"({one})" for one in conditions))
        if order is not None:
            parts.append(order.clause())
        return f"({' '.join(parts)})"

    def in_order(
        self, opened: Session, order: Order, state: State | None, notes: list[str]
    ) -> Iterator[Batch]:
        """The rows behind the state's place, in order; the state follows."""
        conditions = self._conditions(opened, order, state, notes)
        last: list[str | None] | None = None
        for found in self.copied(opened, order=order, conditions=conditions):
            # Rows that share a place may stand on both sides of a border: it is none to stop at.
            if last is not None and not order.is_total and found.first_key != last:
                self._advance(state, order, last)
            yield self.batch(found)
            last = found.last_key
            if order.is_total:
                self._advance(state, order, last)
        if last is not None and not order.is_total:
            self._advance(state, order, last)

    def _advance(self, state: State | None, order: Order, key: Sequence[str | None]) -> None:
        if state is not None:
            state.advance(self._stream.name, order.entry(key, self.key_names))

    def _conditions(
        self, opened: Session, order: Order, state: State | None, notes: list[str]
    ) -> list[str]:
        cursor, *breakers = order.columns
        config, source = self._config, self._source
        conditions = []
        after = order.after(state.get(self._stream.name) if state is not None else None)
        if after is not None:
            conditions.append(order.condition(after))
        if config.lag_s:
            conditions.append(
                not_young(source, cursor, lag_s=config.lag_s, time_zone=config.time_zone)
            )
        if lost := count_nulls(opened, source, breakers):
            message = f"{lost} rows have a null in a column that breaks ties: no order finds them"
            raise ReaderError(message, stream=self._stream.name)
        if lost := count_nulls(opened, source, [cursor]):
            if config.null_cursors == "error":
                message = (
                    f"{lost} rows have no {cursor!r}, so no run would find them: "
                    "set null_cursors: skip to pass over them"
                )
                raise ReaderError(message, stream=self._stream.name, field=cursor)
            notes.append(f"{lost} rows without {cursor!r} were skipped")
            conditions.append(f"{quoted(cursor)} IS NOT NULL")
        return conditions

    def in_parts(self, opened: Session) -> Iterator[Batch]:
        """The rows of all ranges of the partition key, read at once."""
        conditions = ranges_of(opened, self._source, self._config)
        snapshot = opened.export_snapshot()

        def read(condition: str) -> Iterator[Batch]:
            with session(self._config, snapshot=snapshot) as part:
                for found in self.copied(part, conditions=[condition]):
                    yield self.batch(found)

        yield from in_parts([lambda one=one: read(one) for one in conditions])  # type: ignore[misc]

    def batch(self, found: _native.PostgresBatch) -> Batch:
        """A batch of the core as the loop takes it."""
        if self._schema is None:
            self._schema = Schema.of(found.batch.schema)
        rejects = [
            RejectedRecord(index, None, violations, record)
            for index, violations, record in found.rejects
        ]
        return Batch(
            found.batch,
            schema=self._schema,
            stream=self._stream.name,
            rejects=rejects,
            left_out=self._left_out,
        )


def _types(wanted: Schema | None) -> dict[str, str]:
    return {field.name: field.type for field in wanted.fields} if wanted else {}


def _declared(source: Source) -> Schema:
    required = {column.name for column in source.columns if column.is_required}
    fields = source.schema().fields
    return Schema.wrap(
        [
            {"name": one.name, "type": one.type, "nullable": one.name not in required}
            for one in fields
        ]
    )


def _split(cursor: str | list[str] | None) -> dict[str, Any]:
    """A stream's cursor; of several columns, the others break the ties of the first."""
    if isinstance(cursor, list):
        return {"cursor": cursor[0], "tie_breaker": cursor[1:]} if cursor else _split(None)
    return {"cursor": cursor, "tie_breaker": None}
