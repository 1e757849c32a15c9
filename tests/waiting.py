"""Waiting for what another process or thread does, and for who never comes."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


@contextmanager
def a_dead_port() -> Iterator[int]:
    """A port of 127.0.0.1 where nobody listens, and nobody else can."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])
