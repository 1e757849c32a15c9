"""How often a REST catalog is asked the same, and how long is waited in between."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from headrace.commit import wait

FIRST_WAIT_S: Final = 0.1
LONGEST_WAIT_S: Final = 5.0
"""What waits double from, and up to: those of the client of S3 [s]."""

LONGEST_ASKED_S: Final = 120.0
"""For what a server asks for by `Retry-After`, a request: as long as a commit is tried [s]."""


class Patience:
    """Whether the request at hand is made again, and what is told of it where it is not.

    Args:
        retries: Of a request, at most.

    Attributes:
        asked_s: How long the server asked to wait when it refused last [s]; None where it did not.
    """

    def __init__(self, retries: int) -> None:
        self._retries = retries
        self._attempts = 0
        self._begun = 0.0
        self._left_s = LONGEST_ASKED_S
        self.asked_s: float | None = None

    @contextmanager
    def once(self) -> Iterator[None]:
        """Have no request of the block made again: whoever asks looks what has become of it."""
        before, self._retries = self._retries, 0
        try:
            yield
        finally:
            self._retries = before

    def begin(self) -> None:
        """Say that another request is made."""
        self._attempts = 1
        self._begun = time.monotonic()
        self._left_s = LONGEST_ASKED_S
        self.asked_s = None

    def goes_on(self, asked_s: float | None = None) -> bool:
        """Wait until the request is to be made again; False, at once, where it is not.

        A signal ends the wait; in a commit, which holds it off, by giving the request up.

        Args:
            asked_s: How long the server asks to wait [s].
        """
        self.asked_s = asked_s
        if self._attempts > self._retries or (asked_s or 0.0) > self._left_s:
            return False
        self._left_s -= asked_s or 0.0
        if not wait(pause_s(self._attempts) + (asked_s or 0.0)):
            return False
        self._attempts += 1
        return True

    def told(self) -> str:
        """What is said behind a failure: how long it was tried, and what the server wants."""
        told = ""
        if self._attempts > 1:
            told += f"; asked {self._attempts} times in {time.monotonic() - self._begun:.0f} s"
        if self.asked_s is not None:
            told += f"; it asks to wait {self.asked_s:.0f} s"
        return told

    def facts(self) -> dict[str, Any]:
        """The same, for programs."""
        found: dict[str, Any] = {"attempts": self._attempts} if self._attempts > 1 else {}
        if self.asked_s is not None:
            found["retry_after_s"] = self.asked_s
        return found


def pause_s(attempt: int) -> float:
    """How long to wait after the nth attempt [s]; random, so that clients part company."""
    doubled = min(FIRST_WAIT_S * 2.0 ** min(attempt - 1, 30), LONGEST_WAIT_S)
    return doubled * random.uniform(0.5, 1.0)  # noqa: S311  to spread, not to hide
