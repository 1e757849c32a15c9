"""CSV by the core: Arrow batches, no Python object a row."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Literal

import msgspec

from headrace import _native
from headrace._native import translated
from headrace.batch import Batch, Position, RejectedRecord
from headrace.readers.csvconfig import CsvConfig
from headrace.readers.csvfiles import CsvFiles
from headrace.readers.state import State
from headrace.schema import Schema


class RustConfig(CsvConfig, frozen=True, kw_only=True):
    """The keys of `reader: {type: rust}`."""

    format: Annotated[Literal["csv"], msgspec.Meta(description="`csv`; `csv` does not take it")]


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
        self.notes = self._files.notes
        self.schema = self._files.declared
        self.check = self._files.check
        self.discover = self._files.discover
        self.sniff = self._files.sniff

    def extract(self, state: State | None) -> Iterator[Batch]:
        """Yield the rows of each file that the state does not hold, in file order.

        Raises:
            ReaderError: A file cannot be read.
            DecodeError: A file's structure is broken: no header, an unclosed quote, ….
            ContractError: The columns of a file are not the schema's.
        """
        files = self._files.pending(state)
        schema = self._files.schema()
        for file in files:
            with translated():
                reader = _native.CsvReader(
                    [file.native],
                    schema.native(),
                    self._options,
                    batch_rows=self._config.batch_rows,
                    batch_bytes=self._config.batch_bytes,
                )
            columns: Schema | None = None  # those of the file
            while (found := self._next(reader)) is not None:
                file.end = found.end
                if columns is None:
                    columns = Schema.of(found.batch.schema)
                yield self._batch(found, columns)
            file.is_read()

    def _next(self, reader: _native.CsvReader) -> _native.CsvBatch | None:
        with translated():
            return reader.next_batch()

    def _batch(self, found: _native.CsvBatch, columns: Schema) -> Batch:
        rejects = [
            RejectedRecord(index, Position(found.path, line, offset), violations, record)
            for index, line, offset, violations, record in found.rejects
        ]
        return Batch(
            found.batch,
            schema=columns,
            stream=self._config.stream,
            rejects=rejects,
            position=partial(_position, found),
            left_out=found.left_out,
        )


def _position(native: _native.CsvBatch, row: int) -> Position:
    return Position(native.path, *native.position(row))
