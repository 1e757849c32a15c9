"""Ctrl-C and SIGTERM: the run ends in order, with nothing visible."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

SIGINT_CODE: Final = 130
SIGTERM_CODE: Final = 143


class TerminatedError(KeyboardInterrupt):
    """SIGTERM arrived; like Ctrl-C it is nobody's to catch but the command line's."""


@contextmanager
def terminable() -> Iterator[None]:
    """Raise `TerminatedError` on SIGTERM within the block."""

    def raised(signum: int, frame: FrameType | None) -> NoReturn:
        raise TerminatedError(signum, frame)

    before = signal.signal(signal.SIGTERM, raised)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
