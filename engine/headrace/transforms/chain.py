"""The steps of a stream, one after the other; each row keeps its place in the source."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from headrace import _native
from headrace._native import translated
from headrace.batch import Batch, Origin, Position, RejectedRecord, Violation
from headrace.contract import record_text
from headrace.errors import ConfigError, Problem
from headrace.job import Document
from headrace.schema import Field, Schema
from headrace.transforms.parse import StepPlan


@dataclass(slots=True)
class StepCount:
    """Rows that went into a step, and those that came out of it."""

    step: str
    rows_in: int = 0
    rows_out: int = 0


class Chain:
    """The steps of one stream in one run.

    Args:
        plans: The steps, in order.
        document: The job, for the places of problems.

    Attributes:
        counts: Rows of each step.
        filtered: Rows that steps left out, bad ones aside.
    """

    def __init__(self, plans: Sequence[StepPlan], document: Document) -> None:
        self._plans = plans
        self._document = document
        self._steps = [plan.create() for plan in plans]
        self._compiled: Schema | None = None
        self._output: Schema | None = None
        self._source: Schema | None = None
        self.counts = [StepCount(plan.name) for plan in plans]
        self.filtered = 0

    def declare(self, schema: Schema) -> None:
        """Tell the columns of rows whose own columns nobody declares."""
        self._source = self._source or schema

    def output(self, schema: Schema) -> Schema:
        """The columns after the steps, of those before.

        Raises:
            ConfigError: A step does not suit its columns.
        """
        if schema != self._compiled or self._output is None:
            self._output = self._compile(schema)
            self._compiled = schema
        return self._output

    def _compile(self, schema: Schema) -> Schema:
        problems: list[Problem] = []
        for step, plan in zip(self._steps, self._plans, strict=True):
            try:
                schema = step.compile(schema)
            except ConfigError as error:
                for found in error.problems:
                    place = (*plan.path, found.path) if found.path else plan.path
                    problems.append(self._document.problem(place, found.message))
                if not step.keeps_columns:
                    break  # what comes after it would be refused for its sake
        if problems:
            raise ConfigError(problems=problems)
        return schema

    def apply(self, batch: Batch) -> Batch:
        """The batch after all steps.

        Rows that a step leaves out are counted in `filtered`; rows that it cannot take are rejected
        records of the batch, with their place in the source.

        Raises:
            ConfigError: A step does not suit the batch's columns.
            ContractError: Keys exceed their memory.
            PluginError: A callable raised or lied.
        """
        arrow, taken, unfit = self._as_arrow(batch)
        self.output(Schema.of(arrow.schema))
        rejects = [*batch.rejects]
        rejects += [_rejected(batch, row, found, record_text(batch, row)) for row, found in unfit]
        maps: list[Sequence[int]] = [] if len(taken) == len(batch) else [taken]
        for step, count in zip(self._steps, self.counts, strict=True):
            outcome = step.apply(arrow)
            count.rows_in += len(arrow)
            count.rows_out += len(outcome.batch)
            self.filtered += len(arrow) - len(outcome.batch) - len(outcome.violations)
            for row, violations in outcome.violations:
                # As it was before the step: what is masked by then stays masked.
                text = record_text(Batch(arrow), row)
                rejects.append(_rejected(batch, _first(maps, row), violations, text))
            if outcome.kept is not None:
                maps.append(outcome.kept)
            arrow = outcome.batch
        return self._made(batch, arrow, rejects, maps)

    def _made(
        self,
        batch: Batch,
        arrow: _native.RecordBatch,
        rejects: list[RejectedRecord],
        maps: list[Sequence[int]],
    ) -> Batch:
        made = Batch(
            arrow,
            schema=Schema.of(arrow.schema),
            stream=batch.stream,
            rejects=sorted(rejects, key=lambda reject: reject.index),
            position=partial(_position, batch, maps) if batch.position else None,
            left_out=batch.left_out,
            origin=Origin(batch.num_records, lambda row: batch.record_index(_first(maps, row))),
        )
        made.sequence, made.first_row, made.tally = batch.sequence, batch.first_row, batch.tally
        return made

    def _as_arrow(
        self, batch: Batch
    ) -> tuple[_native.RecordBatch, Sequence[int], list[tuple[int, list[Violation]]]]:
        """The batch as Arrow data, which of its rows they are, and what others broke."""
        if batch.is_arrow:
            arrow = batch.arrow()
            return arrow, range(len(arrow)), []
        schema = batch.schema or self._source_of(batch)
        return batch.convert(schema)

    def _source_of(self, batch: Batch) -> Schema:
        """The columns of rows: those declared, and each other one as its first batch has it.

        A column once seen keeps its type.
        """
        known = {f.name: f for f in (self._source.nullable().fields if self._source else ())}
        fresh = [
            {key: value for key, value in row.items() if key not in known and isinstance(key, str)}
            for row in batch.rows()
        ]
        if any(fresh):
            with translated():
                found = _native.infer_rows(fresh).fields
            known |= {name: Field(name, kind) for name, kind, _ in found}
            self._source = Schema(tuple(known.values()))
        return self._source or Schema(())


def _first(maps: Sequence[Sequence[int]], row: int) -> int:
    """The row of the batch before the steps that a row after them is."""
    for kept in reversed(maps):
        row = kept[row]
    return row


def _position(batch: Batch, maps: Sequence[Sequence[int]], row: int) -> Position:
    if batch.position is None:
        message = "a batch without places is not asked for one"
        raise AssertionError(message)
    return batch.position(_first(maps, row))


def _rejected(
    batch: Batch, row: int, violations: Sequence[Violation], text: str | None
) -> RejectedRecord:
    position = batch.position(row) if batch.position else None
    return RejectedRecord(batch.record_index(row), position, violations, text or "")
