"""What steps that the core does have in common."""

from collections.abc import Callable
from typing import ClassVar

from headrace import _native
from headrace._native import translated
from headrace.schema import Schema
from headrace.transforms.step import Outcome


class NativeStep:
    """A step that the core does, compiled anew where the columns change."""

    keeps_columns: ClassVar[bool] = False

    def __init__(self) -> None:
        self._step: _native.TransformStep | None = None

    def make(self, schema: _native.Schema) -> _native.TransformStep:
        """The core's step for these columns."""
        raise NotImplementedError

    def compile(self, schema: Schema) -> Schema:
        """As `Step.compile`."""
        self._step = self._made(lambda: self.make(schema.native()))
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

    @staticmethod
    def _made(make: Callable[[], _native.TransformStep]) -> _native.TransformStep:
        with translated():
            return make()
