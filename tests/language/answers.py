"""What headrace makes of an expression, and whether two answers are one."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from headrace import Schema
from headrace._native import RecordBatch, TransformStep, translated
from headrace.schema import Field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FAULT: Final = "fault"
"""What stands for the value of a row that faults."""

_LAST_DIGITS: Final = 1e-12
"""What libraries of mathematics differ by [relative]."""


def ours(
    expression: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]
) -> list[Any]:
    """The value for each row, or `FAULT`.

    Args:
        expression: What headrace is asked.
        columns: The table's columns and their Arrow types.
        rows: Its rows.

    Raises:
        ConfigError: It does not compile.
    """
    schema = Schema(tuple(Field(name, kind) for name, kind in columns.items())).native()
    with translated():
        batch, kept, broken = RecordBatch.from_rows(rows, schema)
        assert (len(kept), broken) == (len(rows), [])
        made, left, faults = TransformStep.derive(schema, [("r", expression)]).apply(batch)
        values = [row["r"] for row in made.to_rows()]
    places = range(len(rows)) if left is None else list(left)
    found: list[Any] = [FAULT] * len(rows)
    for place, value in zip(places, values, strict=True):
        found[place] = value
    assert {row for row, _ in faults} == set(range(len(rows))) - set(places)
    return found


def alike(one: object, other: object, *, is_exact: bool = True) -> bool:
    """Whether two values are one: numbers by value, NaN as itself.

    Args:
        one: A value.
        other: Another.
        is_exact: Whether the last digits of doubles count.
    """
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, float) or isinstance(other, float):
        if not (_is_number(one) and _is_number(other)):
            return False
        if one == other or (one != one and other != other):  # noqa: PLR0124  NaN alone
            return True
        return not is_exact and math.isclose(float(one), float(other), rel_tol=_LAST_DIGITS)  # type: ignore[arg-type]  numbers
    return (type(one) is type(other) and one == other) or (_is_number(one) and one == other)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal)
