"""Waiting in a commit, where signals are held off: whoever sends one waits no longer than it must.

Python alone waits here; what waits in the extension is ended by it.
"""

import time
from typing import Final

TICK_S: Final = 0.1
"""How often whoever waits looks whether to go on: as in the extension [s]."""

_hurried: list[int] = []


def hurry(signum: int) -> None:
    """End all waiting, until `take_time`: a signal has come."""
    _hurried.append(signum)


def take_time() -> None:
    """Wait as long as it takes, from now on."""
    _hurried.clear()


def wait(seconds: float) -> bool:
    """Wait; False, at once, where a signal has come that is held off.

    One that is not held off raises out of it.
    """
    end = time.monotonic() + seconds
    while not _hurried:
        left_s = end - time.monotonic()
        if left_s <= 0:
            return True
        time.sleep(min(left_s, TICK_S))
    return False
