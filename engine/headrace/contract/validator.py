"""Batches against a contract: valid rows, and what the others broke.

There is one implementation of the rules, vectorised in the core. Rows become Arrow data first (a
step that every Arrow writer needs anyway), so that rows and Arrow batches get the same verdict by
construction, and a verdict never depends on where batches are cut.
"""

import bisect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import msgspec

from headrace import _native
from headrace._native import translated
from headrace.batch import Batch, Position, RowError, Violation, batches_of
from headrace.contract.model import Contract
from headrace.contract.parse import load_contract
from headrace.errors import ContractError, DataError, DecodeError, HeadraceError, PluginError
from headrace.job import Validation
from headrace.schema import Schema

Mode: TypeAlias = Literal["strict", "warn", "quarantine"]

DECODE_RULES: Final = frozenset({"columns", "utf8", "quote"})
"""Rules that bytes break, not values: a strict run raises DecodeError for them."""

RETAINED_ERRORS: Final = 100
"""Errors that a validator keeps as examples; all of them go to `on_errors` [errors]."""

RATIO_FROM_ROWS: Final = 10_000
"""`max_error_ratio` is judged at every so many records, and at the end [records]."""

RECORD_CHARACTERS: Final = 65_536
"""Text of a quarantined record [characters]."""


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
        stream: str = "",
        on_errors: Callable[[Sequence[RowError]], None] | None = None,
    ) -> None:
        self.mode = mode
        self.max_error_ratio = max_error_ratio
        self.unique_bytes = unique_bytes
        self.stream = stream
        self.on_errors = on_errors
        self.errors: list[RowError] = []
        self.failure: HeadraceError | None = None
        self.rows_read = 0
        self.rows_quarantined = 0
        self.rows_warned = 0
        self._contract: Contract | None = None
        self._rules: _native.Validator | None = None
        self._target: Schema | None = None
        if asset_definition is not None:
            self._compile(load_contract(asset_definition, stream=stream))

    @property
    def contract(self) -> Contract | None:
        """The contract; None until the first batch where none was given."""
        return self._contract

    @property
    def output_schema(self) -> Schema | None:
        """The schema of valid rows: the contract's, all nullable in `warn` mode.

        In `warn` mode a null in a required column passes, so the column must be able to hold it.
        """
        return self._target

    def _compile(self, contract: Contract) -> None:
        names = contract.schema.names
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            message = f"column {twice!r} stands twice in the schema"
            raise ContractError(message, stream=self.stream or None, field=twice, rule="columns")
        self._contract = contract
        with translated():
            self._rules = _native.Validator(
                contract.native_rules(),
                unique_bytes=self.unique_bytes,
                bad_rows_pass=self.mode == "warn",
            )
        self._target = contract.schema.nullable() if self.mode == "warn" else contract.schema

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
        arrow, kept, unfit = self._as_arrow(batch)
        self._check_keys(batch, unfit)
        with translated():
            verdict = self._checked().validate(arrow)
        self.rows_read += batch.num_records
        if not (batch.rejects or unfit or verdict.violations):
            self._check_ratio_within(batch, [])
            return self._passed(batch, arrow), []
        broken = [(kept[i], v) for i, v in verdict.violations]
        errors = self._errors(batch, [*unfit, *broken])
        if self.mode == "strict":
            raise failure_of(errors[0])
        self.errors.extend(errors[: RETAINED_ERRORS - len(self.errors)])
        warned = {batch.first_row + batch.record_index(row) for row, _ in broken}
        warned = warned if self.mode == "warn" else set()
        self.rows_warned += len(warned)
        self._quarantine([error for error in errors if error.row not in warned])
        self._check_ratio_within(batch, sorted({error.row for error in errors}))
        if self.mode == "warn":
            return self._passed(batch, arrow), errors
        return self._passed(batch, verdict.valid), errors

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
    ) -> tuple[_native.RecordBatch, Sequence[int], list[tuple[int, list[Violation]]]]:
        """The batch's rows as Arrow data of the contract's types: what fits, its indices, why not.

        Arrow data of other types go by way of rows: slower, and with the same exact checks.
        """
        schema = self._contract.schema if self._contract else None
        if schema is None or not batch.is_arrow:
            return batch.convert(schema.nullable() if schema else None)
        arrow = batch.arrow()
        found = [(name, kind) for name, kind, _ in arrow.schema.fields]
        self._check_columns(batch, [name for name, _ in found])
        if found == [(f.name, f.type) for f in schema.fields]:
            return arrow, range(len(arrow)), []
        return batch.convert(schema.nullable())

    def _check_keys(self, batch: Batch, unfit: Sequence[tuple[int, Sequence[Violation]]]) -> None:
        """A key that the contract lacks is a new column, as it is in Arrow data."""
        for row, violations in unfit:
            for field, rule, _, _ in violations:
                if rule == "columns" and field is not None:
                    message = f"column {field!r} is in the data and not in the contract"
                    raise ContractError(
                        message,
                        stream=batch.stream or None,
                        row=batch.first_row + batch.record_index(row),
                        field=field,
                        rule="drift.new_column",
                    )

    def _check_columns(self, batch: Batch, found: Sequence[str]) -> None:
        declared = self._contract.schema.names if self._contract else ()
        for rule, text, names in (
            (
                "drift.new_column",
                "is in the data and not in the contract",
                [n for n in found if n not in declared],
            ),
            (
                "drift.removed_column",
                "is in the contract and not in the data",
                [n for n in declared if n not in found],
            ),
            (
                "columns",
                "stands twice in the data",
                [n for n in declared if found.count(n) > 1],
            ),
        ):
            if names:
                message = f"column {names[0]!r} {text}"
                raise ContractError(message, stream=batch.stream or None, field=names[0], rule=rule)

    def _passed(self, batch: Batch, arrow: _native.RecordBatch) -> Batch:
        """The valid rows of `batch`; dicts are made of them for a writer that wants some.

        A plugin's own dicts are not kept: what a writer sees must not depend on what else was in
        the batch.
        """
        target = self._target
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


def failure_of(error: RowError) -> DataError:
    """What a strict run raises for a bad row."""
    cls = DecodeError if error.rule in DECODE_RULES else ContractError
    value = "null" if error.value is None else repr(error.value)
    subject = "the record" if error.field is None else f"column {error.field!r}: {value}"
    colon = ":" if error.message.startswith("expected") else ""
    return cls(f"{subject}{colon} {error.message}", **error.where)


def record_text(batch: Batch, row: int) -> str | None:
    """Row `row` of a batch as JSON, cut to 65,536 characters.

    A row that JSON has no form for is Python's own text; one that Python has none for is None.
    """
    try:
        with translated():
            (values,) = (
                batch.arrow().slice(row, 1).to_rows() if batch.is_arrow else [batch.rows()[row]]
            )
    except ContractError:
        return None
    try:
        plain = {str(k): _plain(v) for k, v in values.items()}
        text = msgspec.json.encode(plain, enc_hook=str).decode()
    except Exception:  # noqa: BLE001  a plugin's rows hold any object at all
        text = ascii(values)
    return text[:RECORD_CHARACTERS]


def _plain(value: object) -> object:
    # JSON has no spelling for these, and msgspec would write null.
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


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
