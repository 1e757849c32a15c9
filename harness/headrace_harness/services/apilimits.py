"""How many records a second a server gives away, and what it does wrong on request."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

FAULTS: Final[Mapping[str, str]] = {
    "status": "answers `status` with `body`; `retry_after`, a text, stands in the header",
    "reset": "sends half of the page and resets the connection",
    "truncate": "sends half of the page and closes the connection as if that were all",
    "stall": "sends half of the page, and the rest `seconds` later",
    "garbage": "sends a page that is cut within its JSON, whole as HTTP",
    "repeat": "sends the page of the request before",
    "total": "tells `total` as the number of all records",
}
"""What a server can do wrong, and the keys that say how."""


class Bucket:
    """A token bucket that begins empty: never more than rate x time + burst.

    Args:
        per_s: Tokens a second.
        burst: Most that are kept while nobody asks [tokens].
        clock: Seconds, never going back.
    """

    def __init__(
        self, per_s: float, burst: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock = clock
        self._tokens = 0.0
        self._at = clock()
        self._lock = threading.Lock()

    def take(self, tokens: float) -> float:
        """Take them, into debt where there are too few.

        Returns:
            How long the taker is to wait until the debt is paid [s].
        """
        with self._lock:
            self._fill()
            self._tokens -= tokens
            return max(0.0, -self._tokens / self._per_s)

    def try_take(self, tokens: float) -> float:
        """Take them where there are as many, or the bucket is full.

        Returns:
            0 where they were taken, else how long until they could be [s].
        """
        with self._lock:
            self._fill()
            wanted = min(tokens, self._burst)
            if self._tokens >= wanted:
                self._tokens -= tokens
                return 0.0
            return (wanted - self._tokens) / self._per_s

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_s)
        self._at = now


class Faults:
    """What is to go wrong next, in the order asked for."""

    def __init__(self) -> None:
        self._waiting: deque[dict[str, Any]] = deque()
        self._lock = threading.Lock()

    def ask_for(self, faults: Iterable[Mapping[str, Any]]) -> None:
        """Add faults, each with its `kind` and the keys of that kind.

        A fault comes `times` times, once where that is not said, and after `after` pages without.

        Raises:
            ValueError: There is no such kind.
        """
        found: list[dict[str, Any]] = []
        for fault in faults:
            if fault.get("kind") not in FAULTS:
                message = f"there is no fault {fault.get('kind')!r}; there are {', '.join(FAULTS)}"
                raise ValueError(message)
            found += [{"kind": "none"}] * int(fault.get("after", 0))
            found += [dict(fault)] * int(fault.get("times", 1))
        with self._lock:
            self._waiting.extend(found)

    def next(self) -> dict[str, Any] | None:
        """What the page at hand is to suffer; None for nothing."""
        with self._lock:
            fault = self._waiting.popleft() if self._waiting else None
        return None if fault is None or fault["kind"] == "none" else fault


__all__ = ["FAULTS", "Bucket", "Faults"]
