"""The unit in flight: rows or Arrow, converted on demand, once.

A reader may yield a list of dicts, a `pyarrow.RecordBatch`, anything with `__arrow_c_array__` or
`__arrow_c_stream__`, or a `Batch`; `batches_of` makes batches of them all. Nothing here imports
pyarrow.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headrace import _native
from headrace._native import translated
from headrace.errors import ContractError, PluginError
from headrace.schema import Schema

__all__ = ["Batch", "Origin", "Position", "RowError", "batches_of", "record_index"]

# Text of a value or record in an error, cut so that an error stays small [characters].
VALUE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Position:
    """Where in its source a row stands.

    Attributes:
        path: The file.
        line: From 1.
        byte_offset: In the decompressed bytes, from 0; None where nobody knows.
    """

    path: str
    line: int
    byte_offset: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """One broken rule of one row.

    Attributes:
        row: Number of the record in its stream in this run, from 1; every record counts.
        field: The column; None where the whole record is at fault.
        rule: The rule's name, such as `type`, `required`, `pattern` or `columns`.
        value: The value at fault as text, cut to 200 characters; None for null.
        message: What was expected.
        position: Where the record stands, where the reader knows.
        record: The record as text, or None where it must not be kept.
        stream: The stream's name.
    """

    row: int
    field: str | None
    rule: str
    value: str | None
    message: str
    position: Position | None = None
    record: str | None = None
    stream: str = ""

    @property
    def where(self) -> dict[str, Any]:
        """The place, as errors carry it."""
        place = self.position
        return {
            "file": place.path if place else None,
            "line": place.line if place else None,
            "byte_offset": place.byte_offset if place else None,
            "stream": self.stream or None,
            "row": self.row,
            "field": self.field,
            "rule": self.rule,
        }


# What one record broke, as the core reports it: (field, rule, value, message).
Violation = tuple[str | None, str, str | None, str]


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A record that a reader could not turn into a row.

    Attributes:
        index: Among all records of its batch, good and rejected, from 0.
        position: Where it stands.
        violations: What it broke, at least one.
        record: Its own text.
    """

    index: int
    position: Position | None
    violations: Sequence[Violation]
    record: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the rows of a batch come from that is no longer as it was read.

    Attributes:
        records: Records of the batch as it was read.
        index: Gives the index among them of a row.
    """

    records: int
    index: Callable[[int], int]


class Batch:
    """Rows in flight: a list of dicts, or Arrow data, or both once one was asked for.

    It has a length and iterates as dicts, so that code written for `list[dict]` works on it, and
    it is Arrow data to everyone who speaks the PyCapsule interface.

    Args:
        data: Rows, or native Arrow data.
        schema: The columns; None for rows whose schema nobody declared.
        stream: The stream's name.
        rejects: Records of this batch that did not become rows, by index.
        position: Gives the place of row i of `data`.
        left_out: Columns of the source that the reader left out, as the job told it.
        origin: Where its rows come from, where it is not as it was read.
    """

    __slots__ = (
        "_arrow",
        "_rows",
        "first_row",
        "left_out",
        "origin",
        "position",
        "rejects",
        "schema",
        "sequence",
        "stream",
        "tally",
    )

    def __init__(
        self,
        data: "Sequence[Mapping[str, Any]] | _native.RecordBatch",
        *,
        schema: Schema | None = None,
        stream: str = "",
        rejects: Sequence[RejectedRecord] = (),
        position: Callable[[int], Position] | None = None,
        left_out: Sequence[str] = (),
        origin: Origin | None = None,
    ) -> None:
        self._rows: Sequence[Mapping[str, Any]] | None = None
        self._arrow: _native.RecordBatch | None = None
        if isinstance(data, _native.RecordBatch):
            self._arrow = data
        else:
            self._rows = data
        self.schema = schema
        self.stream = stream
        self.rejects = rejects
        self.position = position
        self.left_out = left_out
        self.origin = origin
        self.sequence = 0
        self.first_row = 1
        # The counters of the run that this batch belongs to, where it belongs to one.
        self.tally: Any = None

    def __len__(self) -> int:
        """Its rows, without the rejected records."""
        return len(self._arrow if self._arrow is not None else self._rows or ())

    @property
    def num_records(self) -> int:
        """Its rows and its rejected records, and those that steps of the job left out."""
        return self.origin.records if self.origin else len(self) + len(self.rejects)

    @property
    def nbytes(self) -> int | None:
        """Bytes of the Arrow data; None while there are only rows."""
        return self._arrow.nbytes if self._arrow is not None else None

    @property
    def is_arrow(self) -> bool:
        """Whether Arrow data are at hand without a conversion."""
        return self._arrow is not None

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """Its rows as dicts."""
        return iter(self.rows())

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Its rows as dicts; converted once."""
        if self._rows is None:
            with translated():
                self._rows = self._native().to_rows()
        return self._rows

    def arrow(self) -> _native.RecordBatch:
        """Its rows as Arrow data; converted once.

        Raises:
            PluginError: A row does not fit the schema.
        """
        if self._arrow is None:
            batch, _, violations = self.convert(self.schema)
            if violations:
                index, broken = violations[0]
                field, rule, _, text = broken[0]
                message = f"row {index} of a batch does not fit its schema: it {text}"
                raise PluginError(message, stream=self.stream or None, field=field, rule=rule)
            self._arrow = batch
        return self._arrow

    def convert(
        self, schema: Schema | None
    ) -> "tuple[_native.RecordBatch, list[int], list[tuple[int, list[Violation]]]]":
        """Its rows as Arrow data of `schema`: the batch, the kept indices, the violations."""
        rows, indices, unreadable = self._readable_rows()
        with translated():
            native = schema.native() if schema else _native.infer_rows(rows)
            batch, kept, broken = _native.RecordBatch.from_rows(rows, native)
        if not unreadable:
            return batch, kept, broken
        broken = [(indices[row], violations) for row, violations in broken]
        return batch, [indices[row] for row in kept], sorted([*broken, *unreadable])

    def _readable_rows(
        self,
    ) -> "tuple[Sequence[Mapping[str, Any]], Sequence[int], list[tuple[int, list[Violation]]]]":
        """The rows that have a form in Python, their indices, and what keeps the others from one.

        Arrow data may hold values that Python's types cannot, such as nanoseconds.
        """
        try:
            return self.rows(), range(len(self)), []
        except ContractError:
            arrow = self._native()
            with translated():
                arrow.slice(0, 0).to_rows()  # raises where a column's type is at fault
        rows: list[Mapping[str, Any]] = []
        indices: list[int] = []
        unreadable: list[tuple[int, list[Violation]]] = []
        for index in range(len(arrow)):
            try:
                with translated():
                    rows += arrow.slice(index, 1).to_rows()
                indices.append(index)
            except ContractError as error:
                unreadable.append(
                    (index, [(error.where.get("field"), "type", None, error.message)])
                )
        return rows, indices, unreadable

    def _native(self) -> _native.RecordBatch:
        if self._arrow is None:
            message = "a batch holds either rows or Arrow data"
            raise AssertionError(message)
        return self._arrow

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]:
        """The Arrow PyCapsule interface."""
        return self.arrow().__arrow_c_array__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        """The Arrow PyCapsule interface."""
        return self.arrow().__arrow_c_schema__()

    def slice(self, offset: int, length: int) -> "Batch":
        """Rows `offset` to `offset + length` as far as there are any, and the rejects among."""
        end = max(0, min(offset + length, len(self)))
        offset = max(0, min(offset, end))
        arrow = self._arrow
        data = arrow.slice(offset, end - offset) if arrow is not None else self.rows()[offset:end]
        # What stands before the first row belongs to the first part, what stands last to the last.
        first = 0 if offset == 0 else self.record_index(offset)
        last = self.num_records if end >= len(self) else self.record_index(end)
        rejects = [
            RejectedRecord(r.index - first, r.position, r.violations, r.record)
            for r in self.rejects
            if first <= r.index < last
        ]
        position = self.position
        part = Batch(
            data,
            schema=self.schema,
            stream=self.stream,
            rejects=rejects,
            position=(lambda row: position(row + offset)) if position else None,
            left_out=self.left_out,
            origin=(
                Origin(last - first, lambda row: self.record_index(row + offset) - first)
                if self.origin
                else None
            ),
        )
        part.first_row = self.first_row + first
        part.sequence = self.sequence
        part.tally = self.tally
        return part

    def record_index(self, row: int) -> int:
        """Index among all records of row `row`: good rows and rejected records interleave."""
        return self.origin.index(row) if self.origin else record_index(self.rejects, row)


def record_index(rejects: Sequence[RejectedRecord], row: int) -> int:
    """Index among all records of good row `row`, where `rejects` stand among them, by index."""
    index = row
    for reject in rejects:
        if reject.index > index:
            break
        index += 1
    return index


def batches_of(value: object, *, stream: str, plugin: str) -> list[Batch]:
    """What a reader yielded, as batches.

    Args:
        value: A `Batch`, a list of mappings, or Arrow data.
        stream: The stream's name, for batches that have none.
        plugin: Who yielded it, for the error.

    Raises:
        PluginError: It is none of these.
    """
    if isinstance(value, Batch):
        value.stream = value.stream or stream
        return [value]
    if isinstance(value, list | tuple):
        for row in value:
            if type(row) is not dict and not isinstance(row, Mapping):  # the first is quick
                message = f"yielded a list with {type(row).__name__} in it; its items are dicts"
                raise PluginError(message, plugin=plugin)
        # Copies: the reader goes on while the batch is in flight, and may use its list and its
        # rows again.
        return [Batch([dict(row) for row in value], stream=stream)]
    if hasattr(value, "__arrow_c_array__"):
        with translated():
            natives = [_native.RecordBatch.from_arrow(value)]
    elif hasattr(value, "__arrow_c_stream__"):
        with translated():
            natives = _native.RecordBatch.list_from_arrow(value)
    else:
        message = (
            f"yielded {type(value).__name__}; a reader yields lists of dicts, Arrow data or batches"
        )
        raise PluginError(message, plugin=plugin)
    return [Batch(n, schema=Schema.of(n.schema), stream=stream) for n in natives]
