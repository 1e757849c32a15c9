"""One file being written, by whichever library."""

from typing import Protocol

from headrace._native import RecordBatch


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
