"""The writers of a run: each batch to that of its stream."""

from typing import TYPE_CHECKING

from headrace.batch import Batch, batches_of
from headrace.commit import FileMetadata
from headrace.errors import PluginError
from headrace.loop.outlet_writer import OutletWriter

if TYPE_CHECKING:
    from headrace.loop.run import Run


class JobWriter:
    """A run's writer.

    Args:
        run: The execution that writes.

    Attributes:
        by_stream: The writer of each stream, since the last commit.
    """

    def __init__(self, run: "Run") -> None:
        self._run = run
        self.by_stream: dict[str, OutletWriter] = {}
        self.renew()
        run.on_abandon(self.abort)

    def renew(self) -> None:
        """Begin anew, for the next commit."""
        run = self._run
        self.by_stream = {name: OutletWriter(run, outlet) for name, outlet in run.outlets.items()}

    @property
    def files(self) -> list[FileMetadata]:
        """The files since the last commit, by stream."""
        return [file for writer in self.by_stream.values() for file in writer.files]

    def write_batch(self, valid_records: object, file_counter: int = 0) -> list[FileMetadata]:
        """Write a batch.

        Args:
            valid_records: A `Batch`, or in a job of one stream a list of dicts or Arrow data.
            file_counter: Files that were completed so far.

        Returns:
            The files that this batch completed; often none, since a batch is not a file.

        Raises:
            WriteError: Disk full, permission denied, ….
            PluginError: The writer raised something else, or its claims are false.
        """
        batch = self._batch(valid_records)
        writer = self.by_stream[self._run.outlet(batch.stream).name]
        files = writer.write_batch(batch, file_counter)
        if len(self.by_stream) > 1:
            self._bound_buffers()
        return files

    def close(self) -> list[FileMetadata]:
        """End the files that are still open; returns them. Once more returns none.

        Raises:
            WriteError: Disk full, permission denied, ….
            PluginError: The writer raised, or its files hold other rows than it was given.
        """
        return [file for writer in self.by_stream.values() for file in writer.close()]

    def abort(self) -> None:
        """Let go of what is open; the targets remove the files."""
        for writer in self.by_stream.values():
            writer.abort()

    def _bound_buffers(self) -> None:
        """Hold back no more rows for row groups than the writer of one stream may."""
        writers = self.by_stream.values()
        room = min(writer.buffer_bytes for writer in writers)
        if sum(writer.buffered_bytes for writer in writers) > room:
            max(writers, key=lambda writer: writer.buffered_bytes).flush()

    def _batch(self, records: object) -> Batch:
        if isinstance(records, Batch):
            return records
        found = batches_of(records, stream=self._run.resolved.stream, plugin="the caller")
        if len(found) != 1:
            message = f"a stream of {len(found)} batches is not one batch; write them one by one"
            raise PluginError(message)
        return found[0]
