"""What takes too long to be tried each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable


def at_length(values: Iterable[object]) -> list[object]:
    """Parameters of which all but the first are long: `nox -s services` runs them."""
    first, *rest = values
    return [first, *(pytest.param(value, marks=pytest.mark.long) for value in rest)]


__all__ = ["at_length"]
