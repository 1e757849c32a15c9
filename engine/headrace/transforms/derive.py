"""`derive`: columns that are expressions of others."""

from typing import ClassVar

from headrace import _native
from headrace._native import translated
from headrace.errors import ConfigError, Problem
from headrace.transforms.native import NativeStep


class Derive(NativeStep[dict[str, str]]):
    """Adds columns, or replaces those of their name."""

    Config = dict[str, str]
    takes: ClassVar[str] = "`{column: expression, …}`"
    meaning: ClassVar[str] = (
        "adds columns at the end, or puts them in the place of those of their name; every "
        "expression sees the columns before the step"
    )

    def __init__(self, config: dict[str, str]) -> None:
        super().__init__(config)
        problems: list[Problem] = []
        for name, text in config.items():
            try:
                with translated():
                    _native.check_expression(text)
            except ConfigError as error:
                problems.append(Problem(path=name, message=error.problems[0].message))
        if problems:
            raise ConfigError(problems=problems)

    def make(self, schema: _native.Schema) -> _native.TransformStep:
        """As `NativeStep.make`."""
        return _native.TransformStep.derive(schema, list(self._config.items()))

    def source(self, column: str) -> str | None:
        """As `Step.source`."""
        return None if column in self._config else column
