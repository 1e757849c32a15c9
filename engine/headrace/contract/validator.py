"""Batches against a contract: valid rows, and what the others broke.

There is one implementation of the rules, vectorised in the core. Rows become Arrow data first (a
step that every Arrow writer needs anyway), so that rows and Arrow batches get the same verdict by
construction, and a verdict never depends on where batches are cut.
"""

import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from headrace import _native
from headrace._native import translated
from headrace.batch import Batch, Position, RowError, Violation, batches_of
from headrace.contract.bad_row import failure_of, record_text
from headrace.contract.drift import Columns, DriftChange, violates_columns
from headrace.contract.measures import Measures
from headrace.contract.model import Contract
from headrace.contract.parse import load_contract
from headrace.contract.quality import QualityResult
from headrace.errors import ContractError, HeadraceError, PluginError
from headrace.job import Drift, Validation
from headrace.schema import Schema

Mode: TypeAlias = Literal["strict", "warn", "quarantine"]

RETAINED_ERRORS: Final = 100
"""Errors that a validator keeps as examples; all of them go to `on_errors` [errors]."""

RATIO_FROM_ROWS: Final = 10_000
"""`max_error_ratio` is judged at every so many records, and at the end [records]."""


class SchemaValidator:
    """Checks batches against a contract.

    Args:
        asset_definition: A contract: path of an ODCS document, the document as a mapping, the
            resolved `Contract`, a `Schema`, or None to take the first batch's schema.
        mode: `strict` raises at the first bad row; `warn` lets bad rows pass, but for values that
            their column cannot hold; `quarantine` sets bad rows apart.
        max_error_ratio: Bad records a record read, 0 to 1, beyond which the run fails.
        unique_bytes: Memory for the keys of unique fields [bytes]; exact within it, refused
            beyond it.
        drift: What becomes of columns that are not the contract's.
        stream: The stream's name; chooses among several schema objects of a document.
        on_errors: Gets the errors of each batch, where somebody keeps them.

    Attributes:
        errors: The first errors met, at most 100.
        failure: What a strict run or the error ratio raised; a committer refuses after one.
    """

    def __init__(
        self,
        asset_definition: str | Path | Mapping[str, Any] | Contract | Schema | None,
        *,
        mode: Mode = "strict",
        max_error_ratio: float = 1.0,
        unique_bytes: int = Validation().unique_bytes,
        drift: Drift = Drift(),  # noqa: B008  frozen
        stream: str = "",
        on_errors: Callable[[Sequence[RowError]], None] | None = None,
    ) -> None:
        self.mode = mode
        self.max_error_ratio = max_error_ratio
        self.unique_bytes = unique_bytes
        self.drift = drift
        self.stream = stream
        self.on_errors = on_errors
        self.errors: list[RowError] = []
        self.failure: HeadraceError | None = None
        self.rows_read = 0
        self.rows_quarantined = 0
        self.rows_warned = 0
        self._contract: Contract | None = None
        self._columns: Columns | None = None
        self._rules: _native.Validator | None = None
        self._measures: Measures | None = None
        self._version = 0
        if asset_definition is not None:
            self._compile(load_contract(asset_definition, stream=stream))

    @property
    def contract(self) -> Contract | None:
        """The contract; None until the first batch where none was given."""
        return self._contract

    @property
    def output_schema(self) -> Schema | None:
        """The schema of valid rows: the contract's, as far as it has not evolved.

        In `warn` mode a null in a required column passes, so that all columns are nullable.
        """
        if self._columns is None:
            return None
        schema = self._columns.schema
        return schema.nullable() if self.mode == "warn" else schema

    @property
    def changes(self) -> Sequence[DriftChange]:
        """What of the data was not the contract's, and what became of it; by row."""
        changes = self._columns.changes if self._columns is not None else []
        return sorted(changes, key=lambda change: (change.row, change.axis, change.column))

    def _compile(self, contract: Contract) -> None:
        names = contract.schema.names
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            message = f"column {twice!r} stands twice in the schema"
            raise ContractError(message, stream=self.stream or None, field=twice, rule="columns")
        self._contract = contract
        self._columns = Columns(contract, self.drift)
        self._measures = Measures(contract.quality, contract.schema, unique_bytes=self.unique_bytes)
        with translated():
            self._rules = _native.Validator(
                self._columns.native_rules(),
                unique_bytes=self.unique_bytes,
                bad_rows_pass=self.mode == "warn",
            )

    def validate_batch(self, batch_records: object) -> tuple[Batch, list[RowError]]:
        """Split a batch.

        Args:
            batch_records: A `Batch`, a list of dicts, or Arrow data.

        Returns:
            The valid rows, in order (a `Batch`: false where empty), and every error of the others.

        Raises:
            ContractError: In strict mode, for the first bad row; or there are more bad rows than
                `max_error_ratio` allows; or the columns are not the contract's.
            DecodeError: In strict mode, for the first record whose bytes do not parse.
        """
        batch = self._wrapped(batch_records)
        if batch.tally is not None:
            batch.tally.adopt(self)
        try:
            return self._validate(batch)
        except HeadraceError as error:
            self.failure = self.failure or error
            raise

    def _wrapped(self, batch_records: object) -> Batch:
        if isinstance(batch_records, Batch):
            return batch_records
        batch = _only(batches_of(batch_records, stream=self.stream, plugin="the caller"))
        batch.first_row = self.rows_read + 1
        return batch

    def _validate(self, batch: Batch) -> tuple[Batch, list[RowError]]:
        if self._contract is None:
            self._compile(Contract.of_schema(_schema_of(batch)))
        batch, arrow, kept, unfit = self._as_arrow(batch)
        valid, violations = self._judged(batch, arrow, kept)
        passing = arrow if self.mode == "warn" else valid
        self._measure(passing)
        self.rows_read += batch.num_records
        if not (batch.rejects or unfit or violations):
            self._check_ratio_within(batch, [])
            return self._passed(batch, arrow), []
        broken = [(kept[i], v) for i, v in violations]
        errors = self._errors(batch, [*unfit, *broken])
        if self.mode == "strict":
            raise failure_of(errors[0])
        self.errors.extend(errors[: RETAINED_ERRORS - len(self.errors)])
        warned = {batch.first_row + batch.record_index(row) for row, _ in broken}
        warned = warned if self.mode == "warn" else set()
        self.rows_warned += len(warned)
        self._quarantine([error for error in errors if error.row not in warned])
        self._check_ratio_within(batch, sorted({error.row for error in errors}))
        return self._passed(batch, passing), errors

    def _quarantine(self, errors: Sequence[RowError]) -> None:
        self.rows_quarantined += len({error.row for error in errors})
        if errors and self.on_errors is not None:
            self.on_errors(errors)

    def _check_ratio_within(self, batch: Batch, bad_rows: Sequence[int]) -> None:
        """Judge the ratio at every 10,000th record that the batch passes.

        At fixed records, not at the ends of batches: where batches are cut must not matter.
        """
        before = self.rows_read - batch.num_records
        bad_before = self.rows_quarantined + self.rows_warned - len(bad_rows)
        first = (before // RATIO_FROM_ROWS + 1) * RATIO_FROM_ROWS
        for read in range(first, self.rows_read + 1, RATIO_FROM_ROWS):
            last_row = batch.first_row + (read - before) - 1
            self._check_ratio(bad_before + bisect.bisect_right(bad_rows, last_row), read)

    def _measure(self, passing: _native.RecordBatch) -> None:
        if self._measures is not None:
            self._measures.count(passing, self._checked_columns().schema)

    def quality(self) -> list[QualityResult]:
        """What the contract's quality rules measured over the rows so far, and the verdicts."""
        return self._measures.results() if self._measures is not None else []

    def check_quality(self) -> None:
        """Fail where a quality rule of severity `error` does not hold over the rows so far.

        Nothing fails in `warn` mode.

        Raises:
            ContractError: One does not.
        """
        for result in self.quality():
            if not result.passed and result.rule.severity == "error" and self.mode != "warn":
                where = {"field": result.rule.field, "rule": result.rule.rule}
                error = ContractError(result.message, stream=self.stream or None, **where)
                self.failure = self.failure or error
                raise error

    def check_ratio(self) -> None:
        """Fail where more records are bad than `max_error_ratio` allows.

        Raises:
            ContractError: They are.
        """
        self._check_ratio(self.rows_quarantined + self.rows_warned, self.rows_read)

    def _check_ratio(self, bad: int, read: int) -> None:
        if bad > self.max_error_ratio * read:
            message = (
                f"{bad} of {read} records are bad, more than max_error_ratio "
                f"{self.max_error_ratio:g} allows"
            )
            error = ContractError(message, stream=self.stream or None, rule="max_error_ratio")
            self.failure = self.failure or error
            raise error

    def _checked(self) -> _native.Validator:
        if self._rules is None:
            message = "a validator compiles its contract before it checks"
            raise AssertionError(message)
        return self._rules

    def _as_arrow(
        self, batch: Batch
    ) -> tuple[Batch, _native.RecordBatch, Sequence[int], list[tuple[int, list[Violation]]]]:
        """The batch with the contract's columns; of its rows what fits, its indices, why not.

        Arrow data of other types go by way of rows: slower, and with the same exact checks.
        """
        columns = self._checked_columns()
        if batch.is_arrow:
            batch = columns.reconciled(batch)
            arrow = batch.arrow()
            found = [(name, kind) for name, kind, _ in arrow.schema.fields]
            if found == [(f.name, f.type) for f in columns.schema.fields]:
                return batch, arrow, range(len(arrow)), []
            return batch, *batch.convert(columns.schema.nullable())
        arrow, kept, unfit = batch.convert(columns.schema.nullable())
        unknown = violates_columns(unfit)
        if unknown is not None:
            batch = columns.reconciled_rows(batch, *unknown)
            arrow, kept, unfit = batch.convert(columns.schema.nullable())
        return batch, arrow, kept, unfit

    def _judged(
        self, batch: Batch, arrow: _native.RecordBatch, kept: Sequence[int]
    ) -> tuple[_native.RecordBatch, Sequence[tuple[int, Sequence[Violation]]]]:
        """The valid rows, and the broken rules of the others by index in `arrow`."""
        broken: list[tuple[int, Sequence[Violation]]] = []
        columns, start = self._checked_columns(), 0
        self._evolve()
        for index, missing in columns.missing(batch):
            end = bisect.bisect_left(kept, index)
            if end > start:  # the rows before are judged by the rules of before
                part = arrow.slice(start, end - start)
                verdict = self._validated(batch, part, kept[start:end])
                broken += [(start + row, violations) for row, violations in verdict.violations]
                start = end
            columns.relax(batch, index, missing)
            self._evolve()
        verdict = self._validated(
            batch, arrow.slice(start, len(arrow) - start) if start else arrow, kept[start:]
        )
        if not start:
            return verdict.valid, verdict.violations
        broken += [(start + row, violations) for row, violations in verdict.violations]
        return arrow.without_rows([row for row, _ in broken]), broken

    def _validated(
        self, batch: Batch, arrow: _native.RecordBatch, kept: Sequence[int]
    ) -> _native.Verdict:
        """The verdict on rows that are those of `batch` at the indices `kept`."""
        with translated():
            verdict = self._checked().validate(arrow)
        if self.drift.nullability == "evolve":
            passing, rows = (arrow, kept) if self.mode == "warn" else (verdict.valid, kept)
            if len(passing) < len(kept):
                bad = {row for row, _ in verdict.violations}
                rows = [index for row, index in enumerate(kept) if row not in bad]
            self._checked_columns().take_nulls(batch, passing, rows)
        return verdict

    def _evolve(self) -> None:
        """Tell the core what the columns have become."""
        columns = self._checked_columns()
        if columns.version != self._version:
            with translated():
                self._checked().evolve(columns.native_rules())
            self._version = columns.version

    def _checked_columns(self) -> Columns:
        if self._columns is None:
            message = "a validator has columns once it has compiled its contract"
            raise AssertionError(message)
        return self._columns

    def _passed(self, batch: Batch, arrow: _native.RecordBatch) -> Batch:
        """The valid rows of `batch`; dicts are made of them for a writer that wants some.

        A plugin's own dicts are not kept: what a writer sees must not depend on what else was in
        the batch.
        """
        target = self.output_schema
        if target is None:
            message = "a validator has a schema once it has seen a batch"
            raise AssertionError(message)
        if arrow.schema.fields != [(f.name, f.type, f.nullable) for f in target.fields]:
            with translated():
                arrow = arrow.with_schema(target.native())
        valid = Batch(arrow, schema=target, stream=batch.stream)
        valid.sequence, valid.first_row, valid.tally = batch.sequence, batch.first_row, batch.tally
        return valid

    def _errors(
        self, batch: Batch, broken: Sequence[tuple[int, Sequence[Violation]]]
    ) -> list[RowError]:
        """Every error of a batch, in the order of its records."""
        keeps_records = self.mode != "strict"
        found: list[tuple[int, list[RowError]]] = []
        for reject in batch.rejects:
            errors = [
                self._error(batch, reject.index, violation, reject.position)
                for violation in reject.violations
            ]
            if keeps_records:
                errors[0] = replace(errors[0], record=reject.record)
            found.append((reject.index, errors))
        for row, violations in broken:
            index = batch.record_index(row)
            position = batch.position(row) if batch.position else None
            errors = [self._error(batch, index, v, position) for v in violations]
            if keeps_records:
                errors[0] = replace(errors[0], record=record_text(batch, row))
            found.append((index, errors))
        found.sort(key=lambda item: item[0])
        return [error for _, errors in found for error in errors]

    def _error(
        self, batch: Batch, index: int, violation: Violation, position: Position | None
    ) -> RowError:
        field, rule, value, message = violation
        return RowError(
            row=batch.first_row + index,
            field=field,
            rule=rule,
            value=value,
            message=message,
            position=position,
            stream=batch.stream or self.stream,
        )


def _schema_of(batch: Batch) -> Schema:
    if batch.schema is not None:
        return batch.schema
    if batch.is_arrow:
        return Schema.of(batch.arrow().schema)
    with translated():
        return Schema.of(_native.infer_rows(batch.rows()))


def _only(batches: Sequence[Batch]) -> Batch:
    if len(batches) != 1:
        message = f"a stream of {len(batches)} batches is not one batch; validate them one by one"
        raise PluginError(message)
    return batches[0]
