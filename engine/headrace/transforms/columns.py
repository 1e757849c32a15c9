"""`select`, `rename`, `drop`: which columns there are, and what they are called."""

from typing import Annotated, ClassVar

import msgspec

from headrace import _native
from headrace.errors import ConfigError, Problem
from headrace.transforms.native import NativeStep

_Names = Annotated[list[str], msgspec.Meta(min_length=1)]


class Select(NativeStep[list[str]]):
    """Leaves some columns, in the order given."""

    Config = _Names
    takes: ClassVar[str] = "`[column, …]`"
    meaning: ClassVar[str] = "leaves these columns, in this order"

    def make(self, schema: _native.Schema) -> _native.TransformStep:
        """As `NativeStep.make`."""
        return _native.TransformStep.select(schema, [(name, name) for name in self._config])

    def source(self, column: str) -> str | None:
        """As `Step.source`."""
        return column if column in self._config else None


class Rename(NativeStep[dict[str, str]]):
    """Gives columns other names; they stay where they are."""

    Config = dict[str, str]
    takes: ClassVar[str] = "`{old: new, …}`"
    meaning: ClassVar[str] = "gives columns other names, all at once; they stay where they are"

    def make(self, schema: _native.Schema) -> _native.TransformStep:
        """As `NativeStep.make`."""
        known = [name for name, _, _ in schema.fields]
        _check_known(list(self._config), known)
        return _native.TransformStep.select(
            schema, [(name, self._config.get(name, name)) for name in known]
        )

    def source(self, column: str) -> str | None:
        """As `Step.source`."""
        old = next((old for old, new in self._config.items() if new == column), None)
        if old is not None:
            return old
        return None if column in self._config else column


class Drop(NativeStep[list[str]]):
    """Leaves some columns out."""

    Config = _Names
    takes: ClassVar[str] = "`[column, …]`"
    meaning: ClassVar[str] = "leaves these columns out"

    def make(self, schema: _native.Schema) -> _native.TransformStep:
        """As `NativeStep.make`."""
        known = [name for name, _, _ in schema.fields]
        _check_known(self._config, known)
        return _native.TransformStep.select(
            schema, [(name, name) for name in known if name not in self._config]
        )

    def source(self, column: str) -> str | None:
        """As `Step.source`."""
        return None if column in self._config else column


def _check_known(names: list[str], known: list[str]) -> None:
    problems = [
        Problem(path=name, message=f"there is no column {name!r}; columns: {', '.join(known)}")
        for name in names
        if name not in known
    ]
    if problems:
        raise ConfigError(problems=problems)
