"""What headrace's own file writers share: files of one partition that roll by bytes, and names.

A batch is not a file and a file is not a batch: rows are gathered across batches until a file is
large enough. A file holds rows of one partition only.
"""

import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, Protocol, TypeAlias

import msgspec

from headrace._native import RecordBatch
from headrace.batch import Batch
from headrace.commit import FileMetadata, StagedDirectory
from headrace.job import ByteSize
from headrace.job.struct import Struct
from headrace.schema import Schema
from headrace.writers.partitioning import Part, PartitionKey, partitioning_of

DEFAULT_FILE_BYTES: Final = ByteSize("128MiB")
"""Target size of a file: what object stores and query engines like best."""

DEFAULT_ROW_GROUP_BYTES: Final = ByteSize("4MiB")
"""Arrow bytes of a row group: with the groups in flight it bounds a writer's memory."""

MAX_OPEN_FILES: Final = 32
"""Partitions written at once; beyond it the one that waited longest is closed [files]."""

MAX_BUFFERED_BYTES: Final = ByteSize("16MiB")
"""Rows that all open files together may hold back; beyond it the fullest is flushed."""

Compression: TypeAlias = Literal["zstd", "snappy", "gzip", "none"]


class ParquetConfig(Struct, frozen=True, kw_only=True):
    """The keys of `writer: {type: parquet}` and `writer: {type: rust}`.

    `output_path`, `schema`, `field_ids` and `partition_spec` are set by the engine.
    """

    compression: Compression = "zstd"
    row_group_bytes: ByteSize = DEFAULT_ROW_GROUP_BYTES
    file_bytes: ByteSize = DEFAULT_FILE_BYTES
    partition_by: tuple[str, ...] = ()
    output_path: str = ""
    schema: tuple[dict[str, Any], ...] = ()
    field_ids: dict[str, int] = msgspec.field(default_factory=dict)
    partition_spec: tuple[str, ...] = ()


class ParquetSink(Protocol):
    """One file being written."""

    @property
    def num_rows(self) -> int:
        """Rows taken so far."""

    @property
    def buffered_bytes(self) -> int:
        """Bytes of rows that are not in a row group yet."""

    @property
    def written_bytes(self) -> int:
        """Bytes in the file so far."""

    def write(self, batch: RecordBatch) -> None:
        """Take rows."""

    def flush(self) -> None:
        """End the row group."""

    def close(self) -> tuple[int, int]:
        """End the file, durably; its rows and bytes."""

    def abort(self) -> None:
        """Let go of the file; what is on disk stays there."""


class Names(Protocol):
    """Where files go, by name; `headrace.commit.Output` as writers see it."""

    def open(self, name: str) -> BinaryIO:
        """A new file to write bytes to."""

    def native(self, name: str) -> Any:  # noqa: ANN401  a path, or a sink of the extension
        """A new file for native code."""

    def crowded(self) -> Sequence[str]:
        """Names of open files that must be closed for others to have room in memory."""


class RollingFiles:
    """Spreads batches over files.

    Args:
        config: What the user asked for.
        open_sink: Opens a file of a name and a schema; never one that exists.
        output: Where the files go; the config's folder where absent.

    Raises:
        ConfigError: `partition_by` or `partition_spec` does not suit the columns.
    """

    def __init__(
        self,
        config: ParquetConfig,
        open_sink: Callable[[Names, str, Schema], ParquetSink],
        output: Names | None = None,
    ) -> None:
        self._config = config
        self._open_sink = open_sink
        self._output = output or StagedDirectory(Path(config.output_path))
        # Files are reported by name to whom gave the output, and by path to whom gave the folder.
        self._folder = Path() if output else Path(config.output_path)
        self._partitioning = partitioning_of(
            config.partition_by,
            config.partition_spec,
            Schema.wrap(config.schema),
            has_ids=bool(config.field_ids),
        )
        # In the order of their last write: the first has waited longest.
        self._open: dict[PartitionKey, tuple[ParquetSink, str]] = {}

    def write(self, batch: Batch) -> list[FileMetadata]:
        """Take a batch; returns the files that it completed."""
        parts = self._partitioning.split(batch.arrow())
        return [file for part in parts for file in self._append(part)]

    @property
    def buffered_bytes(self) -> int:
        """Bytes of rows that all open files together hold back for row groups."""
        return sum(sink.buffered_bytes for sink, _ in self._open.values())

    def flush(self) -> None:
        """End the row group of every open file."""
        for sink, _ in self._open.values():
            if sink.buffered_bytes:
                sink.flush()

    def close(self) -> list[FileMetadata]:
        """End every open file; returns them."""
        return [self._close(key) for key in list(self._open)]

    def abort(self) -> None:
        """Let go of every open file."""
        while self._open:
            _, (sink, _) = self._open.popitem()
            sink.abort()

    def _append(self, part: Part) -> list[FileMetadata]:
        key, closed = part.key, []
        if key in self._open:
            sink, name = self._open.pop(key)
        else:
            if len(self._open) >= MAX_OPEN_FILES:
                closed.append(self._close(next(iter(self._open))))
            name = part.path(f"part-{uuid.uuid4().hex}.parquet")
            sink = self._open_sink(self._output, name, self._partitioning.file_schema)
        self._open[key] = (sink, name)
        sink.write(part.batch)
        crowded = self._output.crowded()
        closed += [self._close(k) for k, (_, n) in [*self._open.items()] if n in crowded]
        if key not in self._open:
            return closed
        if sink.written_bytes >= self._config.file_bytes:
            closed.append(self._close(key))
        elif len(self._open) > 1:
            self._bound_buffers()
        return closed

    def _bound_buffers(self) -> None:
        sinks = [sink for sink, _ in self._open.values()]
        if sum(sink.buffered_bytes for sink in sinks) > MAX_BUFFERED_BYTES:
            max(sinks, key=lambda sink: sink.buffered_bytes).flush()

    def _close(self, key: PartitionKey) -> FileMetadata:
        sink, name = self._open.pop(key)
        rows, size = sink.close()
        partition = dict(zip(self._partitioning.names, key, strict=True))
        return FileMetadata(
            path=str(self._folder / name), rows=rows, bytes=size, partition=partition
        )
