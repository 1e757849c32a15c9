"""Parquet by the core (arrow-rs): row groups encoded in parallel, without pyarrow."""

from headrace._native import ParquetFile, translated
from headrace.batch import Batch
from headrace.commit import FileMetadata
from headrace.schema import Schema
from headrace.writers.rolling import Names, ParquetConfig, RollingFiles


class RustWriter:
    """Writes batches as Parquet files; the options are those of `parquet`.

    Args:
        config: The job's writer section with `output_path` and `schema`.
        output: Where the files go; the folder `output_path` where absent.
    """

    Config = ParquetConfig

    def __init__(self, config: ParquetConfig, output: Names | None = None) -> None:
        self._config = config
        self._files = RollingFiles(config, self._open, output)

    def _open(self, output: Names, name: str, schema: Schema) -> ParquetFile:
        return ParquetFile(
            output.native(name),
            schema.native(),
            compression=self._config.compression,
            row_group_bytes=self._config.row_group_bytes,
            field_ids=self._config.field_ids,
        )

    def write_batch(self, batch: Batch, file_counter: int) -> list[FileMetadata]:  # noqa: ARG002  files are named by uuid
        """Take a batch; returns the files that it completed.

        Raises:
            WriteError: Disk full, permission denied, ….
        """
        with translated():
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
        with translated():
            self._files.flush()

    def close(self) -> list[FileMetadata]:
        """End the open files; returns them.

        Raises:
            WriteError: Disk full, permission denied, ….
        """
        with translated():
            return self._files.close()

    def abort(self) -> None:
        """Let go of the open files."""
        with translated():
            self._files.abort()
