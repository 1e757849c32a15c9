"""`filter`: the rows for which an expression is true."""

from typing import ClassVar

from headrace import _native
from headrace._native import translated
from headrace.transforms.native import NativeStep


class Filter(NativeStep[str]):
    """Leaves the rows for which the expression is true, not false and not null."""

    Config = str
    takes: ClassVar[str] = "an expression"
    meaning: ClassVar[str] = "leaves the rows for which it is true; false and null are left out"
    keeps_columns: ClassVar[bool] = True

    def __init__(self, config: str) -> None:
        super().__init__(config)
        with translated():
            _native.check_expression(config)

    def make(self, schema: _native.Schema) -> _native.TransformStep:
        """As `NativeStep.make`."""
        return _native.TransformStep.filter(schema, self._config)
