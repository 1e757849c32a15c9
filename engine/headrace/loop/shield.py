"""Signals held off while a commit is carried out.

Between the rename and the end of the bookkeeping there is no good moment to stop: an interrupt
would leave for recovery what a few milliseconds finish. Only where it waits for a server does a
signal end it, as what it fails with says.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from headrace.commit import hurry, take_time

HELD: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Keep SIGINT and SIGTERM until the block has ended, then deliver them."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are handled on the main thread, never here
        return
    late: list[int] = []

    def keep(signum: int, _frame: FrameType | None) -> None:
        late.append(signum)
        hurry(signum)

    # None: somebody else than Python handles it, and it cannot be given back.
    before = {n: handler for n in HELD if (handler := signal.getsignal(n)) is not None}
    for number in before:
        signal.signal(number, keep)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        take_time()
    # Only where the block ended well: an error says more than an interrupt, and ends the run too.
    for signum in dict.fromkeys(late):
        signal.raise_signal(signum)
