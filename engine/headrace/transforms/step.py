"""What a step is: compiled for columns, then given batch after batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

from headrace import _native
from headrace.batch import Violation
from headrace.job import Document
from headrace.schema import Schema


@dataclass(frozen=True, slots=True)
class Outcome:
    """A batch after a step.

    Attributes:
        batch: The rows that are left.
        kept: Which rows of the batch before they are; None where they are all.
        violations: What rows could not take, by row of the batch before; they are not left.
    """

    batch: _native.RecordBatch
    kept: Sequence[int] | None
    violations: Sequence[tuple[int, Sequence[Violation]]]


class Step(Protocol):
    """One step of a stream; it may keep what it has seen."""

    keeps_columns: ClassVar[bool]
    """Whether the columns after it are those before."""

    @classmethod
    def of(cls, config: Any, document: Document) -> Self:  # noqa: ANN401  its own `Config`
        """A step as a job has it.

        Args:
            config: What the job says of it.
            document: The job.

        Raises:
            ConfigError: It says what no columns would suit; problems' paths are below the step's.
            PluginError: It names a callable that is not there.
        """

    def compile(self, schema: Schema) -> Schema:
        """Be ready for batches of these columns; returns those that it gives.

        Raises:
            ConfigError: It does not suit them; problems' paths are below the step's own.
        """

    def apply(self, batch: _native.RecordBatch) -> Outcome:
        """The batch, of the columns that were compiled for, after the step.

        Raises:
            ContractError: What it has to keep exceeds its memory.
            PluginError: A callable raised or lied.
        """

    def source(self, column: str) -> str | None:
        """The column before the step that `column` is, unchanged; None where there is none."""
