"""CSV by the core: Arrow batches, no Python object a row."""

from collections.abc import Iterator
from functools import partial
from typing import Literal

from headrace import _native
from headrace._native import translated
from headrace.batch import Batch, Position, RejectedRecord
from headrace.readers.csvfiles import CsvConfig, CsvFiles, State
from headrace.schema import Schema


class RustConfig(CsvConfig, frozen=True, kw_only=True):
    """The keys of `reader: {type: rust}`."""

    format: Literal["csv"]


class RustReader:
    """Reads CSV files natively; the options and the rows are those of `csv`.

    Args:
        config: The job's reader section.
    """

    Config = RustConfig

    def __init__(self, config: RustConfig) -> None:
        self._config = config
        self._options = config.options()
        self._files = CsvFiles(config)
        self.schema = self._files.schema
        self.check = self._files.check
        self.discover = self._files.discover

    def extract(self, state: State | None) -> Iterator[Batch]:
        """Yield the rows of each file that the state does not hold, in file order.

        Raises:
            ReaderError: A file cannot be read.
            DecodeError: A file's structure is broken: no header, an unclosed quote, ….
            ContractError: The columns of a file are not the schema's.
        """
        schema = self._files.schema()
        for file in self._files.pending(state):
            with translated():
                reader = _native.CsvReader(
                    [file.path],
                    schema.native(),
                    self._options,
                    batch_rows=self._config.batch_rows,
                    batch_bytes=self._config.batch_bytes,
                )
            while (batch := self._next(reader, schema)) is not None:
                yield batch
            file.is_read()

    def _next(self, reader: _native.CsvReader, schema: Schema) -> Batch | None:
        with translated():
            native = reader.next_batch()
            if native is None:
                return None
            rejects = [
                RejectedRecord(index, Position(native.path, line, offset), violations, record)
                for index, line, offset, violations, record in native.rejects
            ]
            return Batch(
                native.batch,
                schema=schema,
                stream=self._config.stream,
                rejects=rejects,
                position=partial(_position, native),
            )


def _position(native: _native.CsvBatch, row: int) -> Position:
    return Position(native.path, *native.position(row))
