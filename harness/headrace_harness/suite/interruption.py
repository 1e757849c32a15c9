"""A run that a signal ends early."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from headrace_harness.errors import InterruptedRunError


class Interruption:
    """The signal that is to end a run."""

    def __init__(self) -> None:
        self._number: int | None = None

    def check(self) -> None:
        """Raise once more what was raised where no exception goes on.

        Python prints and drops whatever a finalizer raises, and a signal may arrive in one.

        Raises:
            InterruptedRunError: A signal has arrived.
        """
        if self._number is not None:
            raise InterruptedRunError(self._number)

    def arrive(self, number: int, frame: FrameType | None) -> None:
        """Be the handler of a signal."""
        del frame
        self._number = number
        self.check()


@contextmanager
def signals_raise() -> Iterator[Interruption]:
    """Turn SIGINT and SIGTERM into an exception, so that children are ended on the way out."""
    interruption = Interruption()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, interruption.arrive) for number in numbers]
    try:
        yield interruption
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
