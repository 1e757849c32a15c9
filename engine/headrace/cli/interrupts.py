"""Ctrl-C and SIGTERM: the run ends in order, with nothing visible."""

import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from headrace.errors import HeadraceError

SIGINT_CODE: Final = 130
SIGTERM_CODE: Final = 143
INTERRUPT_CODES: Final[Mapping[int, int]] = {
    signal.SIGINT: SIGINT_CODE,
    signal.SIGTERM: SIGTERM_CODE,
}


class Interrupted(HeadraceError):  # noqa: N818  the name that reports have
    """What the report of an interrupted run says; nobody raises it."""

    retryable = True

    def __init__(
        self,
        message: str = "interrupted; nothing of the run is visible",
        **where: Any,  # noqa: ANN401  facts of any type
    ) -> None:
        super().__init__(message, **where)


class TerminatedError(KeyboardInterrupt):
    """SIGTERM arrived; like Ctrl-C it is nobody's to catch but the command line's."""


ECHO_S: Final = 1.0
"""Within it the same signal once more is the same signal, where a parent passes it on [s]."""


@contextmanager
def terminable(*, has_parent: bool = False) -> Iterator[None]:
    """Raise `TerminatedError` on SIGTERM within the block.

    Args:
        has_parent: Whether what is sent to a whole group comes once more, from the parent.
    """
    last: dict[int, float] = {}

    def raised(signum: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        is_echo = has_parent and now - last.get(signum, -ECHO_S) < ECHO_S
        last[signum] = now
        if not is_echo:
            raise (KeyboardInterrupt if signum == signal.SIGINT else TerminatedError)(signum, frame)

    held = (signal.SIGINT, signal.SIGTERM) if has_parent else (signal.SIGTERM,)
    before = [(number, signal.signal(number, raised)) for number in held]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
