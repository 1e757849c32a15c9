"""A file that is made once it has a row group to hold: of many partitions most rows wait in memory.

A partition whose rows come a few at a time would else be a file that is open for nothing, or one
that was closed for others before it was worth it.
"""

from collections.abc import Callable
from typing import Final

from headrace._native import RecordBatch, Schema, translated
from headrace.writers.sink import ParquetSink

MAX_PIECES: Final = 4
"""Batches that wait as they are; more are made one, for each has a cost beside its rows."""

PIECE_BYTES: Final = 512
"""That cost, for the batch and for each of its columns [bytes]."""


class LateFile:
    """Rows that wait, then a file.

    Args:
        open_sink: Makes the file.
        schema: Of the file.
        row_group_bytes: Rows for which the file is worth making [bytes].
    """

    def __init__(
        self, open_sink: Callable[[], ParquetSink], schema: Schema, *, row_group_bytes: int
    ) -> None:
        self._open_sink = open_sink
        self._schema = schema
        self._row_group_bytes = row_group_bytes
        self._piece_bytes = PIECE_BYTES * (1 + len(schema.fields))
        self._sink: ParquetSink | None = None
        self._waiting: list[RecordBatch] = []
        self._waiting_bytes = 0

    @property
    def is_begun(self) -> bool:
        """Whether the file is there."""
        return self._sink is not None

    @property
    def is_due(self) -> bool:
        """Whether it is not, and has rows enough."""
        return self._sink is None and self._waiting_bytes >= self._row_group_bytes

    @property
    def buffered_bytes(self) -> int:
        """Bytes of rows that are not in a row group yet."""
        return self._waiting_bytes + (self._sink.buffered_bytes if self._sink else 0)

    @property
    def written_bytes(self) -> int:
        """Bytes in the file so far."""
        return self._sink.written_bytes if self._sink else 0

    def write(self, batch: RecordBatch) -> None:
        """Take rows."""
        if self._sink is not None:
            self._sink.write(batch)
            return
        with translated():
            if batch.schema != self._schema:
                batch = batch.with_schema(self._schema)
            self._waiting.append(batch)
            if len(self._waiting) > MAX_PIECES:
                self._waiting = [RecordBatch.concat(self._waiting)]
        self._waiting_bytes = sum(piece.nbytes + self._piece_bytes for piece in self._waiting)

    def begin(self) -> None:
        """Make the file, of the rows that waited; nothing where it is there."""
        if self._sink is not None:
            return
        self._sink = self._open_sink()
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        for batch in waiting:
            self._sink.write(batch)

    def flush(self) -> None:
        """End the row group."""
        self.begin()
        if self._sink is not None and self._sink.buffered_bytes:
            self._sink.flush()

    def close(self) -> tuple[int, int]:
        """End the file, durably; its rows and bytes."""
        self.begin()
        return self._sink.close() if self._sink is not None else (0, 0)

    def abort(self) -> None:
        """Let go of the file and of the rows that wait."""
        self._waiting, self._waiting_bytes = [], 0
        if self._sink is not None:
            self._sink.abort()
