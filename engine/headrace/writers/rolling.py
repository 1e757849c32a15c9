"""What headrace's own file writers share: files of one partition that roll by bytes, and names.

A batch is not a file and a file is not a batch: rows are gathered across batches until a file is
large enough. A file holds rows of one partition only.
"""

import uuid
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, Protocol, TypeAlias

import msgspec

from headrace.batch import Batch
from headrace.commit import FileMetadata, StagedDirectory
from headrace.job import ByteSize
from headrace.job.struct import Struct
from headrace.schema import Schema
from headrace.writers.latefile import LateFile
from headrace.writers.partitioning import Part, PartitionKey, partitioning_of
from headrace.writers.sink import ParquetSink

DEFAULT_FILE_BYTES: Final = ByteSize("128MiB")
"""Target size of a file: what object stores and query engines like best."""

DEFAULT_ROW_GROUP_BYTES: Final = ByteSize("4MiB")
"""Arrow bytes of a row group: with the groups in flight it bounds a writer's memory."""

MAX_OPEN_FILES: Final = 32
"""Files written at once; beyond it the one that waited longest is closed [files]."""

MAX_PARTITIONS: Final = 8192
"""Partitions with rows at once; beyond it the one that waited longest is closed."""

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


class Names(Protocol):
    """Where files go, by name; `headrace.commit.Output` as writers see it."""

    @property
    def buffer_bytes(self) -> int:
        """Rows that all open files may hold back; beyond it the fullest becomes a row group."""

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
        self._folder = None if output else Path(config.output_path)
        self._partitioning = partitioning_of(
            config.partition_by,
            config.partition_spec,
            Schema.wrap(config.schema),
            has_ids=bool(config.field_ids),
        )
        # In the order of their last write: the first has waited longest.
        self._open: dict[PartitionKey, tuple[LateFile, str]] = {}
        self._buffered = 0

    def write(self, batch: Batch) -> list[FileMetadata]:
        """Take a batch; returns the files that it completed."""
        parts = self._partitioning.split(batch.arrow())
        return [file for part in parts for file in self._append(part)]

    @property
    def buffered_bytes(self) -> int:
        """Bytes of rows that all files together hold back for row groups."""
        return self._buffered

    def flush(self) -> None:
        """End the row group of every file that is open."""
        for file, _ in self._open.values():
            if file.is_begun:
                self._flush(file)

    def close(self) -> list[FileMetadata]:
        """End every file; returns them."""
        return [self._close(key) for key in list(self._open)]

    def abort(self) -> None:
        """Let go of every file."""
        while self._open:
            _, (file, _) = self._open.popitem()
            file.abort()
        self._buffered = 0

    def _append(self, part: Part) -> list[FileMetadata]:
        key, closed = part.key, []
        if key in self._open:
            file, name = self._open.pop(key)
        else:
            if len(self._open) >= MAX_PARTITIONS:
                closed.append(self._close(next(iter(self._open))))
            name = part.path(f"part-{uuid.uuid4().hex}.parquet")
            file = self._late(name)
        self._open[key] = (file, name)
        before = file.buffered_bytes
        file.write(part.batch)
        self._buffered += file.buffered_bytes - before
        if file.is_due:
            closed += self._begin(key)
        if len(self._open) > 1 and self.buffered_bytes > self._output.buffer_bytes:
            closed += self._flush_fullest()
        if crowded := self._output.crowded():
            closed += [self._close(k) for k, (_, n) in [*self._open.items()] if n in crowded]
        if key in self._open and file.written_bytes >= self._config.file_bytes:
            closed.append(self._close(key))
        return closed

    def _late(self, name: str) -> LateFile:
        schema = self._partitioning.file_schema
        return LateFile(
            partial(self._open_sink, self._output, name, schema),
            schema.native(),
            # Where there is one partition, rows wait in the file.
            row_group_bytes=self._config.row_group_bytes if self._partitioning.names else 0,
        )

    def _begin(self, key: PartitionKey) -> list[FileMetadata]:
        """Make a partition's file; returns the one that had to be closed for it."""
        begun = [k for k, (file, _) in self._open.items() if file.is_begun]
        closed = [self._close(begun[0])] if len(begun) >= MAX_OPEN_FILES else []
        file = self._open[key][0]
        before = file.buffered_bytes
        file.begin()
        self._buffered += file.buffered_bytes - before
        return closed

    def _flush_fullest(self) -> list[FileMetadata]:
        key = max(self._open, key=lambda k: self._open[k][0].buffered_bytes)
        file = self._open[key][0]
        closed = [] if file.is_begun else self._begin(key)
        self._flush(file)
        return closed

    def _flush(self, file: LateFile) -> None:
        before = file.buffered_bytes
        file.flush()
        self._buffered += file.buffered_bytes - before

    def _close(self, key: PartitionKey) -> FileMetadata:
        file, name = self._open.pop(key)
        self._buffered -= file.buffered_bytes
        rows, size = file.close()
        partition = dict(zip(self._partitioning.names, key, strict=True))
        return FileMetadata(
            path=name if self._folder is None else str(self._folder / name),
            rows=rows,
            bytes=size,
            partition=partition,
        )
