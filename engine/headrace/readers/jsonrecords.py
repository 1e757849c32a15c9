"""Arrays of JSON records as batches: what fits, what does not, and columns that are new."""

from collections.abc import Callable, Sequence
from functools import cache

import msgspec

from headrace import _native
from headrace._native import translated
from headrace.batch import Batch, Position, RejectedRecord, record_index
from headrace.errors import ContractError
from headrace.schema import Field, Schema

Place = Callable[[int, int], Position]
"""The place of a record: its index in the array, and its byte in the document."""


class JsonRecords:
    """Makes batches of the records of one stream.

    A record that does not fit is rejected with everything that it breaks; the others stay. A key
    that is no column is left out where `new_column` is `ignore`; else it is a column of the batch,
    whose type is that of its first value, and the job's drift decides.

    Args:
        schema: The columns; None where those of the first records hold.
        stream: The stream's name.
        plain: Whether a JSON column takes any value as the text that it is.
        new_column: The job's policy for columns that are new.
    """

    def __init__(
        self,
        schema: Schema | None,
        *,
        stream: str,
        plain: bool,
        new_column: str = "fail",
    ) -> None:
        self.schema = schema
        self._stream = stream
        self._plain = plain
        self._passes_over = new_column == "ignore"

    def batch(
        self,
        document: bytes,
        span: tuple[int, int] | None = None,
        *,
        place: Place | None = None,
    ) -> Batch | None:
        """The records of an array; None where there are none, nor columns yet.

        Args:
            document: JSON.
            span: Where the array stands in it; None where it is the whole document.
            place: Tells where a record stands, for errors.

        Raises:
            DecodeError: It is not JSON.
            ContractError: It is no array of objects, or nobody has declared columns and the first
                records have none.
        """
        columns = self._columns(document, span)
        if columns is None:
            return None
        native, misfits, left_out, unknown = self._decode(document, columns, span)
        if unknown:
            columns = Schema(columns.fields + tuple(_field(*found) for found in unknown))
            native, misfits, left_out, _ = self._decode(document, columns, span)
        rejects = [
            RejectedRecord(index, place(index, offset) if place else None, violations, record)
            for index, offset, violations, record in misfits
        ]
        return Batch(
            native,
            schema=columns,
            stream=self._stream,
            rejects=rejects,
            position=_positions(document, span, rejects, place) if place else None,
            left_out=left_out,
        )

    def _columns(self, document: bytes, span: tuple[int, int] | None) -> Schema | None:
        """Those that are declared, or of the first records; None where there are no records yet."""
        if self.schema is None:
            array = document if span is None else document[slice(*span)]
            with translated():
                found = Schema.of(_native.infer_json(array))
            if not found.fields:
                if not array.strip(b" \t\r\n[]"):
                    return None
                message = "nobody has declared columns, and the first records have no keys"
                raise ContractError(message)
            self.schema = found
        return self.schema.nullable()

    def _decode(
        self, document: bytes, columns: Schema, span: tuple[int, int] | None
    ) -> tuple[
        _native.RecordBatch,
        Sequence[tuple[int, int, list[tuple[str | None, str, str | None, str]], str]],
        list[str],
        list[tuple[str, str]],
    ]:
        with translated():
            return _native.decode_records(
                document,
                columns.native(),
                plain=self._plain,
                passes_over=self._passes_over,
                span=span,
            )


def _field(name: str, value: str) -> Field:
    """A new column, by its first value; of one that has no one type, JSON."""
    try:
        with translated():
            found = Schema.of(
                _native.infer_json(b"[{%b:%b}]" % (msgspec.json.encode(name), value.encode()))
            )
    except ContractError:
        return Field(name, "json")
    return found.fields[0]


def _positions(
    document: bytes,
    span: tuple[int, int] | None,
    rejects: Sequence[RejectedRecord],
    place: Place,
) -> Callable[[int], Position]:
    """The place of row i of those that fit; looked for once somebody asks."""

    @cache
    def offsets() -> list[int]:
        start, end = span or (0, len(document))
        found = []
        for record in msgspec.json.decode(document[start:end], type=list[msgspec.Raw]):
            start = document.index(bytes(record), start)
            found.append(start)
            start += len(bytes(record))
        return found

    def position(row: int) -> Position:
        index = record_index(rejects, row)
        return place(index, offsets()[index])

    return position
