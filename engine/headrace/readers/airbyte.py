"""Airbyte connectors by their protocol: records to Arrow by the core, no Python object a row."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from headrace import _native
from headrace._native import translated
from headrace.batch import Batch, Position, RejectedRecord
from headrace.errors import PluginError, ReaderError
from headrace.readers.airbytecatalog import CatalogStream, pick, streams_of
from headrace.readers.airbytecommand import called
from headrace.readers.airbyteconfig import AirbyteConfig
from headrace.readers.airbytemessages import Messages
from headrace.readers.airbyteprocess import ConnectorProcess
from headrace.readers.airbytesecrets import check_config, concealing
from headrace.readers.airbytestate import States
from headrace.readers.state import State
from headrace.schema import Schema

_STDOUT = "the connector's output"
# Airbyte's own connectors pass over HTTP 400 and 403 and say that all is well.
_REFUSED = "; some connectors end so where the source refuses them: try `headrace check`"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stream:
    """A stream that is read.

    Attributes:
        name: The job's name of it.
        source: What the connector has of that name.
        columns: Its columns: the contract's, and those that only the catalog has.
        left_out: Columns that only the catalog has, which the job leaves out.
        cursor: Path of the field by which the connector tells what is new.
    """

    name: str
    source: CatalogStream
    columns: Schema
    left_out: tuple[str, ...]
    cursor: tuple[str, ...] | None

    @property
    def key(self) -> tuple[str, str | None]:
        """Name and namespace, as records and states say them."""
        return self.source.source_name, self.source.namespace


class AirbyteReader:
    """Reads streams of an Airbyte connector, which runs as a process or a container.

    Args:
        config: The job's reader section.

    Attributes:
        notes: What a run's report says of the reader.
        waited_s: How long the reader waited for the connector, so far [s].
    """

    Config = AirbyteConfig

    def __init__(self, config: AirbyteConfig) -> None:
        self._config = config
        self._redact = concealing(config.config)
        self._found: dict[str, CatalogStream] | None = None
        self._running: ConnectorProcess | None = None
        self._is_cancelled = False
        self.notes: list[str] = []
        self.waited_s = 0.0

    @staticmethod
    def origin(config: AirbyteConfig) -> str:
        """Whom errors name: the connector."""
        if config.image is not None:
            return config.image
        command = config.command or ""
        return command if isinstance(command, str) else " ".join(command)

    @property
    def _label(self) -> str:
        return self.origin(self._config)

    def check(self) -> str:
        """Hold the config against the connector's `spec`, and have the connector check it.

        Raises:
            ConfigError: The config is not what the connector takes.
            ReaderError: The connector failed, or its check did.
        """
        self._check_config()
        found = self._ask("check", "CONNECTION_STATUS", {"config": self._config.config})
        status = found.get("connectionStatus") or {}
        said = self._redact(str(status.get("message") or ""))
        if status.get("status") != "SUCCEEDED":
            message = f"the connector's check failed: {said or 'it does not say why'}"
            raise ReaderError(message, plugin=self._label)
        return f"{self._label}: {said or 'its check succeeded'}"

    def discover(self) -> dict[str, Schema]:
        """Every stream of the connector, with its columns by the catalog.

        Raises:
            ConfigError: The config is not what the connector takes.
            ReaderError: The connector failed.
        """
        return {name: stream.schema for name, stream in self._catalog().items()}

    def details(self) -> dict[str, dict[str, Any]]:
        """Of each stream of `discover`: how it can be read, its primary key and its cursor."""
        return {
            name: {
                "sync_modes": list(stream.document.get("supported_sync_modes") or ()),
                "primary_key": stream.primary_key,
                "cursor": list(stream.document.get("default_cursor_field") or ()),
            }
            for name, stream in self._catalog().items()
        }

    def schema(self) -> Schema:
        """The columns of the one stream: the contract's, and those that only the catalog has.

        Raises:
            ReaderError: The connector failed, or has no such stream.
        """
        return self._streams()[0].columns

    def schemas(self) -> dict[str, Schema]:
        """The columns of each stream; as `schema`."""
        return {stream.name: stream.columns for stream in self._streams()}

    def extract(self, state: State | None) -> Iterator[Batch]:
        """Yield what the connector's `read` prints; its states move the state.

        Raises:
            ReaderError: The connector failed, hung, left a stream incomplete, or says that it gave
                more than arrived.
            PluginError: It does not speak the protocol.
        """
        streams = self._streams()
        reads_on = {s.key: s.name for s in streams if self._reads_on(s)}
        keeper = state if self._config.keeps_state else None
        states = States(keeper, reads_on, label=self._label)
        files: dict[str, Any] = {
            "config": self._config.config,
            "catalog": {
                "streams": [
                    s.source.configured(s.cursor, incremental=self._reads_on(s)) for s in streams
                ]
            },
        }
        stored = states.file()
        if stored is not None:
            files["state"] = stored
        messages = Messages(label=self._label, redact=self._redact)
        counts = dict.fromkeys((stream.key for stream in streams), 0)
        for found in self._read("read", files, messages, streams):
            if isinstance(found, Batch):
                key = next(s.key for s in streams if s.name == found.stream)
                counts[key] += found.num_records
                yield found
            elif found["type"] == "STATE":
                states.take(found)
        if self._is_cancelled:
            return
        self.notes += [*messages.notes(), *states.notes()]
        self._check_complete(streams, messages)
        self.notes += states.check_counts(counts)
        hint = _REFUSED if stored is None else ""
        self.notes += [
            f"{s.name}: complete, with no records{hint}" for s in streams if not counts[s.key]
        ]
        states.end()

    def cancel(self) -> None:
        """End the connector, from another thread: the run is given up."""
        self._is_cancelled = True
        if self._running is not None:
            self._running.cancel()

    def _check_complete(self, streams: list[_Stream], messages: Messages) -> None:
        """Refuse streams that the connector began and did not end; not all connectors tell."""
        if not messages.statuses:
            return
        for stream in streams:
            status = messages.statuses.get(stream.key)
            if status != "COMPLETE":
                how = f"its last status is {status}" if status else "it has no status"
                message = f"the connector ended without completing the stream: {how}"
                raise ReaderError(message, plugin=self._label, stream=stream.name)

    def _reads_on(self, stream: _Stream) -> bool:
        return bool(self._config.keeps_state) and stream.source.is_incremental

    def _streams(self) -> list[_Stream]:
        config, catalog = self._config, self._catalog()
        if config.streams:
            return [
                self._stream(name, pick(catalog, name), options.schema, options.cursor)
                for name, options in config.streams.items()
            ]
        wanted = Schema.wrap(config.schema) if config.schema else None
        source = pick(catalog, config.source_stream)
        return [self._stream(config.stream or source.name, source, wanted, config.cursor)]

    def _stream(
        self,
        name: str,
        source: CatalogStream,
        wanted: Schema | None,
        cursor: str | list[str] | tuple[str, ...] | None,
    ) -> _Stream:
        columns = source.schema
        left_out: tuple[str, ...] = ()
        if wanted is not None:
            more = tuple(f for f in source.schema.fields if f.name not in wanted.names)
            if self._config.drift_policy.get("new_column") == "ignore":
                left_out, more = tuple(field.name for field in more), ()
            columns = Schema(wanted.nullable().fields + more)
        path = (cursor,) if isinstance(cursor, str) else cursor
        return _Stream(
            name=name,
            source=source,
            columns=columns,
            left_out=left_out,
            cursor=tuple(path) if path else None,
        )

    def _catalog(self) -> dict[str, CatalogStream]:
        if self._found is None:
            if self._config.catalog is not None:
                message = self._catalog_file(Path(self._config.base_dir, self._config.catalog))
            else:
                self._check_config()
                message = self._ask("discover", "CATALOG", {"config": self._config.config})
            has_structs = self._config.nested == "struct"
            self._found = streams_of(
                message.get("catalog"), label=self._label, has_structs=has_structs
            )
        return self._found

    def _catalog_file(self, path: Path) -> dict[str, Any]:
        """The CATALOG message of a file that holds what `discover` prints, or the catalog alone."""
        try:
            found = [msgspec.json.decode(line) for line in path.read_bytes().splitlines() if line]
        except (OSError, msgspec.DecodeError) as error:
            message = f"the catalog cannot be read: {error}"
            raise ReaderError(message, file=str(path)) from error
        for message in found:
            if isinstance(message, dict) and message.get("type") == "CATALOG":
                return message
        return {"catalog": found[0] if len(found) == 1 else None}

    def _check_config(self) -> None:
        spec = self._ask("spec", "SPEC", {}).get("spec") or {}
        schema = spec.get("connectionSpecification")
        if not isinstance(schema, dict):
            message = "the connector's spec does not say what its config is"
            raise PluginError(message, plugin=self._label)
        self._redact = concealing(self._config.config, schema)
        check_config(self._config.config, schema)

    def _ask(self, verb: str, kind: str, files: Mapping[str, Any]) -> dict[str, Any]:
        """The message of a kind that a command of the protocol gives.

        Raises:
            ReaderError: The connector failed.
            PluginError: It gives none.
        """
        messages = Messages(label=self._label, redact=self._redact)
        wanted = None
        for found in self._read(verb, files, messages, []):
            if not isinstance(found, Batch) and found["type"] == kind:
                wanted = found
        if wanted is None:
            message = f"the connector's {verb} gave no {kind}"
            raise PluginError(message, plugin=self._label)
        return wanted

    def _read(
        self,
        verb: str,
        files: Mapping[str, Any],
        messages: Messages,
        streams: list[_Stream],
    ) -> Iterator[Batch | dict[str, Any]]:
        """Yield the batches and messages of one command, in their order.

        Raises:
            HeadraceError: The connector failed.
        """
        with translated():
            decoder = _native.AirbyteDecoder(
                [(*stream.key, stream.columns.native()) for stream in streams],
                batch_rows=self._config.batch_rows,
                batch_bytes=self._config.batch_bytes,
                passes_over=self._config.drift_policy.get("new_column") == "ignore",
            )
        with called(self._config, verb, files, redact=self._redact) as process:
            self._running = process
            try:
                for data in process.chunks():
                    yield from self._told(partial(decoder.feed, data), messages, streams)
                if process.is_cancelled:
                    return
                code = process.wait()
                if code == 0:
                    yield from self._told(decoder.finish, messages, streams)
            except (PluginError, ReaderError):
                # What the connector itself reported says more than what came of it.
                if messages.errors:
                    raise messages.errors[0] from None
                raise
            finally:
                self._running = None
                self.waited_s += process.waited_s
            messages.check(code, process.said())

    def _told(
        self,
        ask: Callable[[], list[_native.AirbyteBatch | tuple[int, bool, str]]],
        messages: Messages,
        streams: list[_Stream],
    ) -> Iterator[Batch | dict[str, Any]]:
        """What the decoder has found, and what is left until it has nothing more."""
        while True:
            with translated():
                events = ask()
            for event in events:
                if isinstance(event, _native.AirbyteBatch):
                    yield _batch(event, streams[event.stream])
                    continue
                line, is_message, text = event
                message = messages.hear(line, text, is_message=is_message)
                if message is not None:
                    yield message
            if not events:
                return
            # What failed behind these events is raised at the next call.
            ask = partial(ask.func, b"") if isinstance(ask, partial) else ask


def _batch(found: _native.AirbyteBatch, stream: _Stream) -> Batch:
    rejects = [
        RejectedRecord(index, Position(_STDOUT, line, offset), violations, record)
        for index, line, offset, violations, record in found.rejects
    ]
    return Batch(
        found.batch,
        schema=stream.columns,
        stream=stream.name,
        rejects=rejects,
        position=partial(_position, found),
        left_out=[*stream.left_out, *found.left_out],
    )


def _position(found: _native.AirbyteBatch, row: int) -> Position:
    return Position(_STDOUT, *found.position(row))


__all__ = ["AirbyteConfig", "AirbyteReader"]
