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


class Interruption:
    """The signal that is to end a command.

    Args:
        has_parent: Whether what is sent to a whole group comes once more, from the parent.
    """

    def __init__(self, *, has_parent: bool = False) -> None:
        self._has_parent = has_parent
        self._last: dict[int, float] = {}
        self._number: int | None = None

    def arrive(self, number: int, frame: FrameType | None) -> None:
        """Be the handler of a signal."""
        del frame
        now = time.monotonic()
        is_echo = self._has_parent and now - self._last.get(number, -ECHO_S) < ECHO_S
        self._last[number] = now
        if not is_echo:
            self._number = number
            self.check()

    def check(self) -> None:
        """Raise once more what was raised where no exception goes on.

        Python prints and drops whatever a finalizer raises, and a signal may arrive in one.

        Raises:
            KeyboardInterrupt: SIGINT has arrived.
            TerminatedError: SIGTERM has.
        """
        if self._number is not None:
            kind = KeyboardInterrupt if self._number == signal.SIGINT else TerminatedError
            raise kind(self._number)


@contextmanager
def terminable(*, has_parent: bool = False) -> Iterator[Interruption]:
    """Raise `TerminatedError` on SIGTERM within the block, and `KeyboardInterrupt` on Ctrl-C.

    Args:
        has_parent: As of `Interruption`.
    """
    interruption = Interruption(has_parent=has_parent)
    held = [signal.SIGTERM]
    # Who was started in the background ignores Ctrl-C, and goes on to.
    if has_parent or signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        held.append(signal.SIGINT)
    before = [(number, signal.signal(number, interruption.arrive)) for number in held]
    try:
        yield interruption
    finally:
        for number, handler in before:
            signal.signal(number, handler)
