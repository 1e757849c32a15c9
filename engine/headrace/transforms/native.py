"""What steps that the core does have in common."""

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, Self, TypeVar

from headrace import _native
from headrace._native import translated
from headrace.job import Document
from headrace.schema import Schema
from headrace.transforms.step import Outcome

C = TypeVar("C")


class NativeStep(ABC, Generic[C]):
    """A step that the core does, compiled anew where the columns change.

    Args:
        config: What the job says of it, of the class's own `Config`.
    """

    keeps_columns: ClassVar[bool] = False

    def __init__(self, config: C) -> None:
        self._config = config
        self._step: _native.TransformStep | None = None

    @classmethod
    def of(cls, config: C, document: Document) -> Self:  # noqa: ARG003  a callable's file is beside it
        """As `Step.of`: the config says it all."""
        return cls(config)

    @abstractmethod
    def make(self, schema: _native.Schema) -> _native.TransformStep:
        """The core's step for these columns."""

    def compile(self, schema: Schema) -> Schema:
        """As `Step.compile`."""
        with translated():
            self._step = self.make(schema.native())
        return Schema.of(self._step.schema)

    def apply(self, batch: _native.RecordBatch) -> Outcome:
        """As `Step.apply`."""
        if self._step is None:
            message = "a step is compiled before it is applied"
            raise AssertionError(message)
        with translated():
            return Outcome(*self._step.apply(batch))

    def source(self, column: str) -> str | None:
        """As `Step.source`: the columns are those before."""
        return column
