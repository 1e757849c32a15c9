"""Any reader in a shared library, by the C ABI."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from headrace import _native
from headrace._native import translated
from headrace.batch import Batch
from headrace.cabi.arrow import Room
from headrace.cabi.config import LibraryConfig, place_of
from headrace.cabi.handle import Handle
from headrace.cabi.library import Library
from headrace.errors import ConfigError, DataError, HeadraceError, PluginError
from headrace.job import ByteSize
from headrace.job.model import DEFAULT_BATCH_BYTES, DEFAULT_BATCH_ROWS
from headrace.readers.jsonrecords import JsonRecords
from headrace.schema import Schema

ENGINE_KEYS: Final = ("schema", "base_dir", "batch_rows", "batch_bytes", "drift")
"""Keys of the library's config that the engine sets; `schema` where there is a contract."""


class CabiReaderConfig(LibraryConfig, frozen=True, kw_only=True):
    """The keys of `reader: {type: cabi}`.

    `schema`, `base_dir`, `keeps_state`, `stream`, `drift_policy`, `batch_rows` and `batch_bytes`
    are set by the engine.
    """

    schema: list[dict[str, Any]] | None = None
    base_dir: str = "."
    keeps_state: bool | None = None
    stream: str = ""
    drift_policy: Mapping[str, str] = msgspec.field(default_factory=dict)
    batch_rows: int = DEFAULT_BATCH_ROWS
    batch_bytes: ByteSize = DEFAULT_BATCH_BYTES

    def __post_init__(self) -> None:
        """Refuse what the engine sets, and a state that nothing would be kept in."""
        self.refuse(ENGINE_KEYS)
        if self.keeps_state:
            message = "a library keeps no state, and would give the same again: remove `state`"
            raise ValueError(message)

    def for_library(self) -> dict[str, Any]:
        """The config that the library gets."""
        added: dict[str, Any] = {
            "base_dir": self.base_dir,
            "batch_rows": self.batch_rows,
            "batch_bytes": int(self.batch_bytes),
        }
        if self.schema is not None:
            added["schema"] = self.schema
        if self.drift_policy:
            added["drift"] = self.drift_policy
        return {**self.config, **added}


class CabiReader:
    """Reads batches by a library.

    Args:
        config: The job's reader section.

    Raises:
        PluginError: The library is none.

    Attributes:
        notes: What a run's report says of the reader.
    """

    Config = CabiReaderConfig

    def __init__(self, config: CabiReaderConfig) -> None:
        self._config = config
        self._library = Library(config.library, part="reader")
        self._by_arrow = self._library.takes_arrow(config.transport)
        self._schema = Schema.wrap(config.schema) if config.schema else None
        self._opened: Handle | None = None
        self.notes: list[str] = []

    @staticmethod
    def origin(config: CabiReaderConfig) -> str:
        """Whom errors name: the library."""
        return str(place_of(config.library, "reader"))

    def check(self) -> str:
        """Load the library, look for its functions, and have it open its source.

        Raises:
            PluginError: It is none, or refuses.
        """
        self._handle().free()
        self._opened = None
        return str(self._library)

    def schema(self) -> Schema | None:
        """The contract's columns, or the library's own; None where nobody declares any.

        Raises:
            PluginError: What the library declares are no columns.
        """
        if self._schema is None and "reader_schema" in self._library:
            columns = self._handle().json("reader_schema")
            try:
                self._schema = Schema.wrap(columns)
                self._schema.native()
            except (TypeError, HeadraceError) as error:
                message = f"reader_schema returned what are no columns: {error}"
                raise self._library.fault(message) from error
        return self._schema

    def discover(self) -> dict[str, Schema]:
        """The one stream and its schema.

        Raises:
            PluginError: The library does not say its columns.
        """
        schema = self.schema()
        if schema is None:
            message = "it does not say its columns: it lacks reader_schema"
            raise self._library.fault(message)
        return {self._config.stream or "cabi": schema}

    def extract(self, state: object) -> Iterator[Batch]:  # noqa: ARG002  a library keeps no cursor
        """Yield what the library gives, to its end.

        Raises:
            PluginError: The library failed, or gave what are no records.
        """
        handle = self._handle()
        try:
            yield from self._arrow_batches(handle) if self._by_arrow else self._batches(handle)
        finally:
            handle.free()

    def _handle(self) -> Handle:
        if self._opened is None:
            self._opened = Handle(self._library, self._config.for_library())
        return self._opened

    def _arrow_batches(self, handle: Handle) -> Iterator[Batch]:
        room = Room()
        columns: Schema | None = None
        while handle.filled("extract_batch_arrow", *room.pointers):
            try:
                if not room.is_filled:
                    message = "extract_batch_arrow returned 1 without a schema and an array"
                    raise self._library.fault(message)
                native = self._taken(room)
            finally:
                room.release()
            found = Schema.of(native.schema)
            if found != columns and self._config.schema is None:
                self._refuse_unknown(found)
            columns = found
            yield Batch(native, schema=columns, stream=self._config.stream)

    def _taken(self, room: Room) -> _native.RecordBatch:
        try:
            with translated():
                return _native.RecordBatch.from_arrow(room)
        except PluginError as error:
            message = f"extract_batch_arrow gave what is no batch: {error.message}"
            raise self._library.fault(message, **error.where) from error

    def _refuse_unknown(self, columns: Schema) -> None:
        """Refuse a column of a type that headrace has none of; a contract would convert it."""
        for field in columns.fields:
            try:
                Schema((field,)).native()
            except ConfigError as error:
                message = (
                    f"extract_batch_arrow gave column {field.name!r} of type {field.type}, which "
                    "is no column type of headrace: give another, or let a contract name one"
                )
                raise self._library.fault(message, field=field.name) from error

    def _batches(self, handle: Handle) -> Iterator[Batch]:
        records = JsonRecords(
            self.schema(),
            stream=self._config.stream,
            plain=False,
            new_column=self._config.drift_policy.get("new_column", "fail"),
        )
        while (text := handle.text_or_end("extract_batch")) is not None:
            try:
                batch = records.batch(text)
            except DataError as error:
                message = f"extract_batch returned what are no records: {error.message}"
                raise self._library.fault(message, **error.where) from error
            self._schema = records.schema
            if batch is not None:
                yield batch
        if "last_error" not in self._library:
            self.notes.append(
                f"that {self._library.path} gave all of its records cannot be verified: it has "
                "no last_error to tell an end from a failure"
            )
