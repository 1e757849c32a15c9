"""Data whose columns are not the contract's: refused, passed over, or taken up, as the job says.

Four axes, a policy each. Whatever is taken up stays: once a column is new, wider or optional, it is
so to the end of the run, so that the verdict on a row depends on the rows before it and never on
where batches are cut.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from headrace import _native
from headrace._native import translated
from headrace.batch import Batch, Position, Violation
from headrace.contract.foreign import known_type, spelled, type_of
from headrace.contract.model import Contract
from headrace.errors import ContractError
from headrace.job import Drift
from headrace.schema import Field, Schema

AXES: Final[Mapping[str, Mapping[str, str]]] = {
    "new_column": {
        "fail": "the run fails",
        "ignore": "the column is left out",
        "evolve": (
            "the column is added to the output, nullable, with the source's type: `string` from "
            "CSV, that of the first value from rows"
        ),
    },
    "removed_column": {
        "fail": "the run fails; a key that a row lacks is null",
        "ignore": "the column is null, which breaks `required` where it is",
        "evolve": "the column is null, and no longer required",
    },
    "type_change": {
        "fail": "the run fails where the declared type may hold what the contract's does not",
        "ignore": "values are converted one by one; those that do not fit break `type`",
        "evolve": "the column takes the source's type where that holds every value of its own",
    },
    "nullability": {
        "fail": "a null in a required column breaks `required`",
        "evolve": "the column becomes nullable with its first null; a key never does",
    },
}
"""What each policy of each axis does, for the documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftChange:
    """One difference between the data and the contract, and what became of it.

    Attributes:
        axis: A key of `AXES`.
        policy: `ignore` or `evolve`.
        column: Its name.
        detail: What was found.
        row: The first record that has it, from 1.
        file: Where it stands, where the reader knows.
    """

    axis: str
    policy: str
    column: str
    detail: str
    row: int
    file: str | None

    def to_dict(self) -> dict[str, Any]:
        """The change as the run report has it."""
        return {
            "axis": self.axis,
            "policy": self.policy,
            "column": self.column,
            "detail": self.detail,
            "row": self.row,
            "file": self.file,
        }


class Columns:
    """The columns of valid rows: the contract's, and what became of them in this run.

    Args:
        contract: The contract.
        drift: The job's policies.

    Attributes:
        schema: The columns now.
        changes: Every difference met.
        version: Grows with each change of the rules.
    """

    def __init__(self, contract: Contract, drift: Drift) -> None:
        self._drift = drift
        self._rules = {name: dict(rules) for name, rules in contract.rules.items()}
        self._keys = {
            name
            for name, rules in self._rules.items()
            if rules.get("primary_key") or (rules.get("required") and rules.get("unique"))
        }
        self.schema = contract.schema
        self.changes: list[DriftChange] = []
        self.version = 0

    def native_rules(self) -> list[tuple[str, str, dict[str, Any]]]:
        """The rules as the core's validator takes them."""
        rules = []
        for field in self.schema.fields:
            options = dict(self._rules.get(field.name, {}))
            if self._drift.nullability == "evolve" and field.name not in self._keys:
                options.pop("required", None)  # its nulls are taken up, and not broken rules
            rules.append((field.name, field.type, options))
        return rules

    def reconciled(self, batch: Batch) -> Batch:
        """Arrow data with the names of the columns, in order; types may differ where they fit.

        Raises:
            ContractError: The columns are not the contract's and the job does not allow it; or a
                name stands twice.
        """
        fields = [(name, kind) for name, kind, _ in batch.arrow().schema.fields]
        self._take_left_out(batch)
        if fields == [(f.name, f.type) for f in self.schema.fields]:
            return batch
        found, names = dict(fields), [name for name, _ in fields]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise _failure(batch, twice, "columns", "stands twice in the data")
        for name in names:
            if name not in self.schema.names:
                self._new_column(batch, name, known_type(batch, name, found[name]))
        for field in self.schema.fields:
            if field.name not in found:
                self._removed_column(batch, field)
        self._check_types(batch, found)
        if names == list(self.schema.names):
            return batch
        with translated():
            arrow = batch.arrow().project(self.schema.nullable().native())
        return _like(batch, arrow)

    def reconciled_rows(self, batch: Batch, row: int, key: str) -> Batch:
        """Rows after one of them was found with a key that is no column: all such keys settled.

        Raises:
            ContractError: The job does not allow new columns.
        """
        if self._drift.new_column == "fail":
            place = batch.first_row + batch.record_index(row)
            text = "is in the data and not in the contract"
            raise _failure(batch, key, "drift.new_column", text, row=place)
        rows = batch.rows()
        for index, values in enumerate(rows):
            for name, value in values.items():
                if name in self.schema.names or not isinstance(name, str):
                    continue
                kind = type_of(name, value)
                if self._drift.new_column == "ignore" or kind is not None:
                    self._new_column(batch, name, kind or "", row=index)
        names = self.schema.names
        # A key that is no text is not left out: it stays a broken record.
        kept = [
            {key: value for key, value in row.items() if key in names or not isinstance(key, str)}
            for row in rows
        ]
        return _like(batch, kept)

    def missing(self, batch: Batch) -> Iterator[tuple[int, list[str]]]:
        """Indices of rows that are the first to lack required keys, and those keys.

        Nothing where the job does not let columns become optional.
        """
        if batch.is_arrow or self._drift.removed_column != "evolve":
            return
        required = {field.name for field in self.schema.fields if self._is_required(field)}
        if not required:
            return
        for index, row in enumerate(batch.rows()):
            missing = sorted(name for name in required if name not in row)
            required.difference_update(missing)
            if missing:
                yield index, missing

    def relax(self, batch: Batch, row: int, names: Sequence[str]) -> None:
        """Make those columns optional that still are required, for row `row` lacks them."""
        for field in self.schema.fields:
            if field.name in names and self._is_required(field):
                self._removed_column(batch, field, row=row)

    def take_nulls(self, batch: Batch, valid: _native.RecordBatch, rows: Sequence[int]) -> None:
        """Make the required columns nullable in which valid rows hold nulls.

        Args:
            batch: Where they come from.
            valid: The valid rows.
            rows: The index in `batch` of each of them.
        """
        holding = valid.null_columns()
        for field in self.schema.fields:
            if field.name in holding and self._is_required(field):
                index = rows[_first_null(valid, field.name)]
                self._relax(field)
                self._record(batch, "nullability", field.name, "holds nulls", row=index)

    def _is_required(self, field: Field) -> bool:
        """Whether nulls are refused and may come to be allowed."""
        return not field.nullable and field.name not in self._keys

    def _take_left_out(self, batch: Batch) -> None:
        for name in batch.left_out:
            self._record(batch, "new_column", name, "is not in the contract; left out")

    def _new_column(
        self, batch: Batch, name: str, kind: str | None, *, row: int | None = None
    ) -> None:
        policy = self._drift.new_column
        if policy == "fail":
            text = "is in the data and not in the contract"
            raise _failure(batch, name, "drift.new_column", text)
        if policy == "ignore":
            self._record(batch, "new_column", name, "is not in the contract; left out", row=row)
            return
        if kind is None:
            text = "is in the data, not in the contract, and of a type that headrace does not have"
            raise _failure(batch, name, "drift.new_column", text)
        self.schema = Schema((*self.schema.fields, Field(name, kind)))
        self.version += 1
        self._record(batch, "new_column", name, f"is not in the contract; added as {kind}", row=row)

    def _removed_column(self, batch: Batch, field: Field, *, row: int | None = None) -> None:
        policy = self._drift.removed_column
        if not self._is_declared(field):
            return  # taken up in this run: other data may well lack it
        if policy == "fail" or (policy == "evolve" and field.name in self._keys):
            text = "is in the contract and not in the data"
            if policy == "evolve":
                text += "; a key cannot become optional"
            raise _failure(batch, field.name, "drift.removed_column", text)
        detail = "is not in the data; null"
        if policy == "evolve" and not field.nullable:
            self._relax(field)
            detail += ", and no longer required"
        elif any((c.axis, c.column) == ("removed_column", field.name) for c in self.changes):
            return  # told already, where it became optional
        self._record(batch, "removed_column", field.name, detail, row=row)

    def _is_declared(self, field: Field) -> bool:
        return not any(c.axis == "new_column" and c.column == field.name for c in self.changes)

    def _check_types(self, batch: Batch, found: Mapping[str, str]) -> None:
        there = batch.arrow().schema
        too_narrow = self.schema.native().too_narrow_for(there)
        for name in too_narrow:
            field = next(f for f in self.schema.fields if f.name == name)
            self._type_change(batch, field, found[name], there)

    def _type_change(self, batch: Batch, field: Field, kind: str, there: _native.Schema) -> None:
        policy = self._drift.type_change
        text = f"is {kind} in the data, which {field.type} of the contract does not hold entirely"
        if policy == "fail":
            raise _failure(batch, field.name, "drift.type_change", text)
        if policy == "ignore":
            self._record(batch, "type_change", field.name, f"{text}; converted value by value")
            return
        wider = spelled(kind)
        if wider is None or field.name in there.too_narrow_for(self.schema.native()):
            text += ", nor is it wider"
            raise _failure(batch, field.name, "drift.type_change", text)
        self._replace(replace(field, type=wider))
        self._record(batch, "type_change", field.name, f"{text}; {wider} from now on")

    def _relax(self, field: Field) -> None:
        self._rules.get(field.name, {}).pop("required", None)
        self._replace(replace(field, nullable=True))

    def _replace(self, field: Field) -> None:
        fields = (field if f.name == field.name else f for f in self.schema.fields)
        self.schema = Schema(tuple(fields))
        self.version += 1

    def _record(
        self, batch: Batch, axis: str, column: str, detail: str, *, row: int | None = None
    ) -> None:
        """Note a change that row `row` of the batch has, or all of its records have."""
        if any((c.axis, c.column, c.detail) == (axis, column, detail) for c in self.changes):
            return
        if row is None:
            position, record = _first_place(batch), 0
        else:
            position, record = (
                batch.position(row) if batch.position else None,
                batch.record_index(row),
            )
        self.changes.append(
            DriftChange(
                axis=axis,
                policy=getattr(self._drift, axis),
                column=column,
                detail=detail,
                row=batch.first_row + record,
                file=position.path if position else None,
            )
        )


def violates_columns(
    unfit: Sequence[tuple[int, Sequence[Violation]]],
) -> tuple[int, str] | None:
    """Row and key of the first row that has a key which is no column."""
    for row, violations in unfit:
        for field, rule, _, _ in violations:
            if rule == "columns" and field is not None:
                return row, field
    return None


def _failure(
    batch: Batch, column: str, rule: str, text: str, *, row: int | None = None
) -> ContractError:
    position = _first_place(batch) if row is None else None
    return ContractError(
        f"column {column!r} {text}",
        stream=batch.stream or None,
        file=position.path if position else None,
        row=row,
        field=column,
        rule=rule,
    )


def _first_place(batch: Batch) -> Position | None:
    """Where the first record of a batch stands, rejected or not, where the reader knows."""
    if batch.rejects and batch.rejects[0].index == 0:
        return batch.rejects[0].position
    return batch.position(0) if batch.position and len(batch) else None


def _like(batch: Batch, data: "Sequence[Mapping[str, Any]] | _native.RecordBatch") -> Batch:
    """Other data of the same records."""
    made = Batch(
        data,
        stream=batch.stream,
        rejects=batch.rejects,
        position=batch.position,
        origin=batch.origin,
    )
    made.sequence, made.first_row, made.tally = batch.sequence, batch.first_row, batch.tally
    return made


def _first_null(batch: _native.RecordBatch, column: str) -> int:
    """The index of the first row in which the column is null; there is one."""
    low, high = 0, len(batch)
    while high - low > 1:
        middle = (low + high) // 2
        if column in batch.slice(low, middle - low).null_columns():
            high = middle
        else:
            low = middle
    return low
