"""CSV by Python's parser.

Python's `csv.reader(strict=True)` splits records. It cannot tell an empty field from a quoted one
in 3.11 and knows no offsets, so a scanner beside it cuts whole records, says which quoted fields
look like nulls, and gives every error its place. Texts become Arrow data by the grammar that the
native reader uses, so both readers give the same rows; dicts are made of them for who iterates.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, Final

from headrace import _native
from headrace._native import translated
from headrace.batch import (
    VALUE_CHARACTERS,
    Batch,
    Position,
    RejectedRecord,
    Violation,
    record_index,
)
from headrace.errors import NativeError
from headrace.readers.csvconfig import CsvConfig
from headrace.readers.csvfiles import CsvFiles, PendingFile
from headrace.readers.state import State
from headrace.schema import Schema

FIELD_CHARACTERS: Final = 64 << 20
"""The core's largest field in bytes; Python's own limit is 131,072 unless told [characters]."""

TEXT_SHARE: Final = 4
"""Batch bytes a byte of text: short fields as Python strings take many times their bytes."""


class CsvReader:
    """Reads CSV files with Python's parser.

    Args:
        config: The job's reader section.
    """

    Config = CsvConfig

    def __init__(self, config: CsvConfig) -> None:
        self._config = config
        self._options = config.options()
        self._files = CsvFiles(config)
        self.notes = self._files.notes
        self.schema = self._files.declared
        self.check = self._files.check
        self.discover = self._files.discover
        self.sniff = self._files.sniff
        csv.field_size_limit(max(csv.field_size_limit(), FIELD_CHARACTERS))

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
            yield from self._file(file, schema)
            file.is_read()

    def _file(self, file: PendingFile, schema: Schema) -> Iterator[Batch]:
        config = self._config
        with translated():
            scanner = _native.CsvScanner(
                file.native,
                self._options,
                width=len(schema.fields),
                block_rows=config.batch_rows,
                block_bytes=max(1, config.batch_bytes // TEXT_SHARE),
            )
            located = scanner.columns(schema.native(), self._options)
        names = scanner.header or schema.names
        while True:
            with translated():
                block = scanner.next_block()
            if block is None:
                return
            file.end = block.end
            yield self._batch(block, located, names, file.path)

    def _batch(
        self,
        block: _native.CsvBlock,
        located: tuple[_native.Schema, Sequence[int], Sequence[str]],
        names: Sequence[str],
        path: str,
    ) -> Batch:
        native, columns, left_out = located
        found = _Records(block, path, self._config, names, self._options.complaint())
        with translated():
            arrow, broken = _native.batch_from_text(
                found.records,
                native,
                columns,
                self._options,
                settled_nulls=block.settled_nulls,
                width=len(names),
            )
        for index, violations in broken:
            found.reject(index, violations)
        rejects = sorted(found.rejects, key=lambda reject: reject.index)
        return Batch(
            arrow,
            schema=Schema.of(native),
            stream=self._config.stream,
            rejects=rejects,
            left_out=left_out,
            position=lambda row: found.position(record_index(rejects, row)),
        )


class _Records:
    """The records of a block, split by Python's parser; places on demand."""

    def __init__(
        self,
        block: _native.CsvBlock,
        path: str,
        config: CsvConfig,
        names: Sequence[str],
        complaint: tuple[str, str],
    ) -> None:
        self._block = block
        self._path = path
        self._dialect: dict[str, Any] = {
            "delimiter": config.delimiter,
            "quotechar": config.quote,
            "quoting": csv.QUOTE_NONE if config.quote is None else csv.QUOTE_MINIMAL,
            "escapechar": config.escape,
            "strict": True,
        }
        self._trimmed = block.trimmed
        self._names = names
        self._complaint = complaint
        self._spans: list[tuple[int, int, int, int]] | None = None
        self.rejects: list[RejectedRecord] = []
        self.records: list[list[str] | None] = self._split()

    def _split(self) -> list[list[str] | None]:
        try:
            text = (self._trimmed[0] if self._trimmed else self._block.data).decode()
            records = self._parse(text)
        except (UnicodeDecodeError, csv.Error):
            return [self._split_alone(index) for index in range(self._block.num_records)]
        if len(records) != self._block.num_records:
            message = (
                f"Python's parser sees {len(records)} records where the scanner sees "
                f"{self._block.num_records}; please report this file"
            )
            raise NativeError(message, file=self._path)
        return records

    def _parse(self, text: str) -> list[list[str] | None]:
        parsed = csv.reader(io.StringIO(text, newline=""), **self._dialect)
        if len(self._names) == 1:
            # A blank line of a one-column file is a record with one empty field.
            return [record or [""] for record in parsed]
        return [record for record in parsed if record]

    def _split_alone(self, index: int) -> list[str] | None:
        """Split one record of a block in which something is wrong."""
        if self._trimmed:
            start, end = self._trimmed[1][index]
            raw = self._trimmed[0][start:end]
        else:
            start, end, _, _ = self._places()[index]
            raw = self._block.data[start:end]
        # A line end of its own: an escaped one may come before it.
        raw += b"\n"
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            self.reject(index, [self._not_text(raw)])
            return None
        try:
            records = self._parse(text)
        except csv.Error:
            self.reject(index, [_QUOTE])
            return None
        return records[0] if records else [""]

    def _not_text(self, raw: bytes) -> Violation:
        """What is wrong with bytes that are no text: their field, where the rest is as it must be.

        Such bytes become lone surrogates for the parser's sake, which no UTF-8 text holds.
        """
        rule, message = self._complaint
        try:
            fields = self._parse(raw.decode(errors="surrogateescape"))[0] or []
        except csv.Error:
            fields = []
        if len(fields) == len(self._names):
            for name, field in zip(self._names, fields, strict=True):
                if any("\ud800" <= character <= "\udfff" for character in field):
                    value = field.encode(errors="surrogateescape").decode(errors="replace")
                    return (name, rule, value[:VALUE_CHARACTERS], message)
        return (None, rule, None, message)

    def reject(self, index: int, violations: Sequence[Violation]) -> None:
        """Set a record aside."""
        start, end, _, _ = self._places()[index]
        # One character may stand across the limit; replacements are longer than what they replace.
        head = self._block.data[start : min(end, start + RECORD_BYTES + 4)]
        whole = head.decode(errors="replace").encode()
        text = whole[:RECORD_BYTES].decode(errors="ignore")
        self.rejects.append(RejectedRecord(index, self.position(index), violations, text))

    def position(self, index: int) -> Position:
        """The place of a record."""
        _, _, line, offset = self._places()[index]
        return Position(self._path, line, offset)

    def _places(self) -> list[tuple[int, int, int, int]]:
        if self._spans is None:
            self._spans = self._block.spans()
        return self._spans


RECORD_BYTES: Final = 65_536
"""Text of a rejected record [bytes]."""

# The native reader's words.
_QUOTE: Violation = (
    None,
    "quote",
    None,
    "expected a delimiter or the end of the record after a closing quote",
)
