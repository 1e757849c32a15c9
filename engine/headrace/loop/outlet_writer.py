"""Any writer, held to what it claims: files that exist, and as many rows as it was given."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from headrace.batch import Batch
from headrace.commit import FalseClaimError, FileMetadata, reached
from headrace.errors import PluginError
from headrace.loop.plugin_output import PluginOutput, refused
from headrace.schema import Schema

if TYPE_CHECKING:
    from headrace.loop.outlet import Outlet
    from headrace.loop.run import Run


class OutletWriter:
    """The writer of one stream, until its next commit.

    Args:
        run: The execution that writes.
        outlet: The stream's part of it.
    """

    def __init__(self, run: "Run", outlet: "Outlet") -> None:
        self._run = run
        self._outlet = outlet
        self._plugin = run.resolved.plugins["writer"]
        self._writer: Any = None
        self._schema: Schema | None = None
        self._is_closed = False
        self.rows = 0
        self.files: list[FileMetadata] = []
        if not run.job.drift.evolves:
            self._create_declared()

    def _create_declared(self) -> None:
        """Make the writer of the declared columns, where any are declared."""
        schema = self._outlet.schema
        if schema is not None:
            self._create(self._run.resolved.lenient(schema))

    def _create(self, schema: Schema) -> None:
        self._schema = schema
        data = self._outlet.data
        if "output" in inspect.signature(self._plugin.cls).parameters:
            asked, path = {"output": PluginOutput(data, self._plugin)}, ""
        else:
            asked, path = {}, str(data.directory)
        layout = self._outlet.layout(schema)
        engine = {
            "output_path": path,
            "schema": schema.to_list(),
            "field_ids": dict(layout.field_ids),
            "partition_spec": list(layout.partition_spec),
        }
        self._writer = self._run.resolved.create("writer", engine, **asked)

    def write_batch(self, batch: Batch, file_counter: int) -> list[FileMetadata]:
        """Write a batch; as `JobWriter.write_batch`."""
        if len(batch) == 0:
            return []
        with self._run.stage("write"):
            closed: list[FileMetadata] = []
            if self._writer is None:
                self._create(batch.schema or Schema.of(batch.arrow().schema))
            elif batch.schema is not None and batch.schema != self._schema:
                closed = self._end()  # a file has one schema
                self._create(batch.schema)
            with self._blamed("failed to write"):
                claimed = self._writer.write_batch(batch, file_counter + len(closed))
            self.rows += len(batch)
            taken = closed + self._taken(claimed)
        reached("after_write")
        return taken

    def close(self) -> list[FileMetadata]:
        """End the files that are still open; returns them. Once more returns none.

        Raises:
            WriteError: Disk full, permission denied, ….
            PluginError: The writer raised, or its files hold other rows than it was given.
        """
        if self._is_closed:
            return []
        with self._run.stage("write"):
            if self._writer is None:
                self._create_declared()
            closed = self._end()
        found = sum(file.rows for file in self.files)
        if found != self.rows:
            message = f"{self._plugin.label} was given {self.rows} rows and reports {found}"
            raise PluginError(message, plugin=self._plugin.origin)
        with self._held_to_claims():
            # What was true when it was reported must be true when it is committed.
            self._outlet.data.check(self.files)
        self._is_closed = True
        return closed

    @property
    def buffered_bytes(self) -> int:
        """Rows that are gathered for row groups, where the writer tells [bytes]."""
        return int(getattr(self._writer, "buffered_bytes", 0))

    @property
    def buffer_bytes(self) -> int:
        """Rows that the writers of all streams may hold back together [bytes]."""
        return self._outlet.data.buffer_bytes

    def flush(self) -> None:
        """Have the writer end its row groups."""
        with self._run.stage("write"), self._blamed("failed to write"):
            self._writer.flush()

    def _end(self) -> list[FileMetadata]:
        """Close the writer of the present columns; returns the files that were open."""
        end = getattr(self._writer, "close", None)
        if end is None:
            return []
        with self._blamed("failed to close"):
            claimed = end()
        return self._taken([] if claimed is None else claimed)

    def abort(self) -> None:
        """Let go of what is open; the target removes the files."""
        if self._writer is None or self._is_closed:
            return
        self._is_closed = True
        abort = getattr(self._writer, "abort", None)
        if abort is not None:
            with self._blamed("failed to abort"):
                abort()

    def _blamed(self, what: str) -> Any:  # noqa: ANN401  a context manager
        return self._plugin.blamed(what)

    def _taken(self, claimed: object) -> list[FileMetadata]:
        if not isinstance(claimed, Sequence) or isinstance(claimed, str | bytes):
            message = f"{self._plugin.label} returned {type(claimed).__name__}, not a list of files"
            raise PluginError(message, plugin=self._plugin.origin)
        files = [self._checked(item) for item in claimed]
        known = {file.path for file in self.files}
        for file in files:
            if file.path in known:
                message = f"{self._plugin.label} reports a file twice"
                raise PluginError(message, plugin=self._plugin.origin, file=file.path)
            known.add(file.path)
        self.files.extend(files)
        return files

    def _checked(self, item: object) -> FileMetadata:
        file = item if isinstance(item, FileMetadata) else self._from_mapping(item)
        stream = file.stream or self._outlet.name
        with self._held_to_claims():
            return replace(self._outlet.data.take(file), stream=stream)

    @contextmanager
    def _held_to_claims(self) -> Iterator[None]:
        try:
            yield
        except FalseClaimError as claim:
            raise refused(self._plugin, claim) from claim

    def _from_mapping(self, item: object) -> FileMetadata:
        label, origin = self._plugin.label, self._plugin.origin
        if not isinstance(item, Mapping):
            message = f"{label} returned {type(item).__name__} for a file, not a mapping"
            raise PluginError(message, plugin=origin)
        path, rows, size = item.get("path"), item.get("rows"), item.get("bytes")
        if not isinstance(path, str | Path) or not _is_count(rows) or not _is_count(size):
            message = f"{label} returned {dict(item)!r} for a file; needed are path, rows, bytes"
            raise PluginError(message, plugin=origin)
        partition = item.get("partition") or {}
        if not isinstance(partition, Mapping):
            message = f"{label} returned {partition!r} for a partition, not a mapping"
            raise PluginError(message, plugin=origin)
        return FileMetadata(path=str(path), rows=rows, bytes=size, partition=dict(partition))


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
