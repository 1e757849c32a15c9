"""A rate limit of the client's own: a token bucket on the monotonic clock."""

import time
from collections.abc import Callable

from headrace.readers.apiconfig import RateLimitConfig


class RateLimit:
    """How long to wait before the next request.

    What was asked is paid for behind it, so that a page of many records delays the one after it.

    Args:
        config: The limits; None for none.
        clock: Gives the time [s].
    """

    def __init__(
        self, config: RateLimitConfig | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._config = config
        self._clock = clock
        start = clock()
        # When all that was asked so far is paid for; the past where less was asked than might be.
        self._requests_paid = start
        self._records_paid = start

    def wait_s(self) -> float:
        """How long to wait before another request; takes it as made [s]."""
        config = self._config
        if config is None:
            return 0.0
        now = self._clock()
        earliest = now - config.burst_s
        waits = [0.0]
        if config.requests_per_s is not None:
            self._requests_paid = max(self._requests_paid, earliest)
            waits.append(self._requests_paid - now)
            self._requests_paid += 1.0 / config.requests_per_s
        if config.records_per_s is not None:
            self._records_paid = max(self._records_paid, earliest)
            waits.append(self._records_paid - now)
        return max(waits)

    def took(self, records: int) -> None:
        """Pay for the records of a page."""
        if self._config is not None and self._config.records_per_s is not None:
            self._records_paid += records / self._config.records_per_s


__all__ = ["RateLimit"]
