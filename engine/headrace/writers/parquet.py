"""Parquet by pyarrow: the same options and the same files in meaning as `rust`."""

import io
import os
from contextlib import suppress
from typing import Any, BinaryIO, Final

from headrace._native import RecordBatch, translated
from headrace.batch import Batch
from headrace.commit import FileMetadata
from headrace.errors import WriteError
from headrace.plugins import require
from headrace.schema import Schema
from headrace.writers.rolling import Names, ParquetConfig, RollingFiles
from headrace.writers.sink import ParquetSink

# pyarrow's own pools keep what they once had; malloc gives it back (docs/adr/0014). Arrow reads the
# variable once, when it is first imported: `pyarrow.set_memory_pool` comes too late for most of it.
# Who has set the variable is heard.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

PAGE_BYTES: Final = 64 << 10
"""A data page [bytes]: small ones keep the encoder's buffers small."""

DICTIONARY_BYTES: Final = 128 << 10
"""A column's dictionary [bytes]: beyond it the column has too many values for one to pay."""


class ParquetWriter:
    """Writes batches as Parquet files.

    Args:
        config: The job's writer section with `output_path` and `schema`.
        output: Where the files go; the folder `output_path` where absent.

    Raises:
        PluginError: pyarrow is not installed; says what installs it.
    """

    Config = ParquetConfig

    def __init__(self, config: ParquetConfig, output: Names | None = None) -> None:
        require("pyarrow", extra="arrow", needed_by="writer parquet")
        require("pyarrow.parquet", extra="arrow", needed_by="writer parquet")
        self._config = config
        self._files = RollingFiles(config, self.create, output)

    def create(self, output: Names, name: str, schema: Schema) -> ParquetSink:
        """A new file of some columns.

        Raises:
            WriteError: It exists or cannot be made.
        """
        try:
            file = output.open(name)
        except OSError as error:
            raise _write_error(name, error) from error
        return PyarrowFile(file, schema, self._config)

    def write_batch(self, batch: Batch, file_counter: int) -> list[FileMetadata]:  # noqa: ARG002  files are named by uuid
        """Take a batch; returns the files that it completed.

        Raises:
            WriteError: Disk full, permission denied, ….
        """
        return self._files.write(batch)

    @property
    def buffered_bytes(self) -> int:
        """Bytes of rows that the open files hold back for row groups."""
        return self._files.buffered_bytes

    def flush(self) -> None:
        """End the row groups of the open files.

        Raises:
            WriteError: Disk full, permission denied, ….
        """
        self._files.flush()

    def close(self) -> list[FileMetadata]:
        """End the open files; returns them.

        Raises:
            WriteError: Disk full, permission denied, ….
        """
        return self._files.close()

    def abort(self) -> None:
        """Let go of the open files."""
        self._files.abort()


class PyarrowFile:
    """One file; rows are gathered until they make a row group.

    Args:
        file: Takes its bytes.
        schema: Of the file.
        config: Compression and the size of row groups.
    """

    def __init__(self, file: BinaryIO, schema: Schema, config: ParquetConfig) -> None:
        import pyarrow as pa  # noqa: PLC0415  41 MB resident: only where it is used
        import pyarrow.parquet as pq  # noqa: PLC0415  likewise

        self._pa = pa
        self._file, self._name = file, file.name
        self._row_group_bytes = config.row_group_bytes
        self._native_schema = schema.native()
        self._stored_schema = self._native_schema.for_parquet()
        self._schema = pa.schema(self._stored_schema)
        self._buffer: list[Any] = []
        self.buffered_bytes = 0
        self.num_rows = 0
        try:
            self._writer = pq.ParquetWriter(
                self._file,
                pa.schema(self._stored_schema.with_field_ids(config.field_ids)),
                compression=config.compression,
                use_dictionary=True,
                write_statistics=True,
                data_page_size=PAGE_BYTES,
                dictionary_pagesize_limit=DICTIONARY_BYTES,
                store_schema=True,
                # As the core writes them, and a third of the bytes.
                store_decimal_as_integer=True,
            )
        except OSError as error:
            raise _write_error(self._name, error) from error

    @property
    def written_bytes(self) -> int:
        """Bytes in the file so far."""
        return self._file.tell()

    def write(self, batch: RecordBatch) -> None:
        """Take rows."""
        with translated():
            if batch.schema != self._native_schema:
                batch = batch.with_schema(self._native_schema)
            batch = batch.for_parquet(self._stored_schema)
        self._buffer.append(self._pa.record_batch(batch))
        self.buffered_bytes += batch.nbytes
        self.num_rows += len(batch)
        if self.buffered_bytes >= self._row_group_bytes:
            self.flush()

    def flush(self) -> None:
        """End the row group."""
        if not self._buffer:
            return
        table = self._pa.Table.from_batches(self._buffer, self._schema)
        self._buffer, self.buffered_bytes = [], 0
        try:
            self._writer.write_table(table, row_group_size=max(1, table.num_rows))
        except OSError as error:
            raise _write_error(self._name, error) from error

    def close(self) -> tuple[int, int]:
        """End the file, durably; its rows and bytes."""
        self.flush()
        try:
            self._writer.close()
            self._file.flush()
            with suppress(io.UnsupportedOperation):  # no file of this machine
                os.fsync(self._file.fileno())
            size = self._file.tell()
            self._file.close()
        except OSError as error:
            raise _write_error(self._name, error) from error
        return self.num_rows, size

    def abort(self) -> None:
        """Let go of the file; what is on disk stays there for the target to remove."""
        self._buffer = []
        # Else pyarrow ends the file when the writer is collected: into a file that is closed.
        self._writer.is_open = False
        abort = getattr(self._file, "abort", None)
        if abort is not None:
            abort()
            return
        with suppress(OSError):  # a full disk refuses what is buffered, and nobody wants it
            self._file.close()


def _write_error(name: str, error: OSError) -> WriteError:
    where = error.filename or name
    return WriteError(f"the file cannot be written: {error.strerror or error}", file=str(where))
