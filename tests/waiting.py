"""Waiting for what another process or thread does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WITHIN_S = 60.0
"""More than anything takes; who waits that long waits in vain [s]."""


def holds(condition: Callable[[], object], *, within_s: float = WITHIN_S) -> bool:
    """Whether a condition holds, now or soon."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
