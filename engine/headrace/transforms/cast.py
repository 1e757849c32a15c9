"""`cast`: columns as another type, exactly."""

from typing import ClassVar

from headrace import _native
from headrace.contract.physical import PhysicalTypeError, arrow_of
from headrace.errors import ConfigError, Problem
from headrace.transforms.native import NativeStep


class Cast(NativeStep[dict[str, str]]):
    """Casts columns; a value that the type does not hold exactly is a bad row."""

    Config = dict[str, str]
    takes: ClassVar[str] = "`{column: type, …}`"
    meaning: ClassVar[str] = (
        "casts columns to types as contracts spell them; a row whose value the type does not hold "
        "exactly breaks rule `type`"
    )

    def __init__(self, config: dict[str, str]) -> None:
        super().__init__(config)
        self._types = types_of(config)

    def make(self, schema: _native.Schema) -> _native.TransformStep:
        """As `NativeStep.make`."""
        return _native.TransformStep.cast(schema, list(self._types.items()))

    def source(self, column: str) -> str | None:
        """As `Step.source`."""
        return None if column in self._types else column


def types_of(spelled: dict[str, str]) -> dict[str, str]:
    """Columns and their Arrow types, of spellings as `physicalType` has them.

    Raises:
        ConfigError: A spelling is unknown.
    """
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for name, spelling in spelled.items():
        try:
            arrow = arrow_of(spelling)
        except PhysicalTypeError as error:
            problems.append(Problem(path=name, message=str(error)))
            continue
        if arrow is None:
            problems.append(Problem(path=name, message=f"there is no type {spelling!r}"))
        else:
            found[name] = arrow
    if problems:
        raise ConfigError(problems=problems)
    return found
