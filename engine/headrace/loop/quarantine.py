"""Bad rows to Parquet: one row for each bad record, beside the data."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

import msgspec

from headrace._native import ParquetFile, RecordBatch, translated
from headrace.batch import RowError
from headrace.commit import FileMetadata, Output
from headrace.schema import Field, Schema

NAME: Final = "part-0.parquet"
"""The file's name."""

SCHEMA: Final = Schema(
    (
        Field("stream", "string", nullable=False),
        Field("row", "int64", nullable=False),
        Field("field", "string"),
        Field("rule", "string", nullable=False),
        Field("value", "string"),
        Field("message", "string", nullable=False),
        Field("file", "string"),
        Field("line", "int64"),
        Field("byte_offset", "int64"),
        Field("record", "string"),
        Field("errors", "string", nullable=False),
    )
)
"""The first broken rule of the record in columns, and all of them as JSON in `errors`."""


class Quarantine:
    """Writes the bad rows of a run; the file is made with the first of them.

    Args:
        output: Where the file goes.
    """

    def __init__(self, output: Output) -> None:
        self.output = output
        self._file: ParquetFile | None = None
        self._schema = SCHEMA.native()
        self.rows = 0

    def write(self, errors: Sequence[RowError]) -> None:
        """Take the errors of some records, those of one record together.

        Raises:
            WriteError: Disk full, permission denied, ….
        """
        rows = list(_rows(errors))
        with translated():
            if self._file is None:
                self._file = ParquetFile(self.output.native(NAME), self._schema)
            batch, _, _ = RecordBatch.from_rows(rows, self._schema)
            self._file.write(batch)
        self.rows += len(rows)

    def close(self) -> list[FileMetadata]:
        """End the file, durably; returns it, or nothing where no row was bad."""
        if self._file is None:
            return []
        with translated():
            rows, size = self._file.close()
        self._file = None
        return [self.output.take(FileMetadata(path=NAME, rows=rows, bytes=size))]

    def abort(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            with translated():
                self._file.abort()
            self._file = None


def _rows(errors: Sequence[RowError]) -> Iterator[dict[str, Any]]:
    for _, group in groupby(errors, key=lambda error: error.row):
        broken = list(group)
        first = broken[0]
        place = first.position
        yield {
            "stream": first.stream,
            "row": first.row,
            "field": first.field,
            "rule": first.rule,
            "value": first.value,
            "message": first.message,
            "file": place.path if place else None,
            "line": place.line if place else None,
            "byte_offset": place.byte_offset if place else None,
            "record": first.record,
            "errors": msgspec.json.encode(
                [
                    {"field": e.field, "rule": e.rule, "value": e.value, "message": e.message}
                    for e in broken
                ]
            ).decode(),
        }
