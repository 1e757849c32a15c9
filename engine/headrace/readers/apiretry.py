"""When a request is made again, and when it is given up: waits that double, within a budget."""

import random
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from headrace.errors import RateLimitError, ReaderConnectionError, ReaderError
from headrace.readers.apiconfig import RetryConfig
from headrace.readers.apiconnection import Answer
from headrace.retryafter import retry_after_s

_OVERFLOW: Final = 30
"""Doublings beyond which every wait is the longest."""


class Stop:
    """Whether a reader was told to give up; waits end with it."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Give up."""
        self._event.set()

    def wait(self, seconds: float) -> None:
        """Wait.

        Raises:
            ReaderError: The run was given up.
        """
        if self._event.wait(max(0.0, seconds)):
            message = "the run was given up"
            raise ReaderError(message)


class Retries:
    """Makes a request until it is answered, within a budget.

    Args:
        config: How long.
        stop: Ends waits.
        fault: Makes the error of an answer that is none.
    """

    def __init__(
        self, config: RetryConfig, stop: Stop, fault: Callable[[Answer], ReaderError]
    ) -> None:
        self._config = config
        self._stop = stop
        self._fault = fault

    def answer(self, ask: Callable[[], Answer]) -> Answer:
        """The first answer that another request would not change.

        Args:
            ask: Makes the request, once.

        Raises:
            RateLimitError: The server asked to slow down until the budget was used up, or for
                longer than that.
            ReaderConnectionError: It was not reached, broke off or failed until then.
        """
        start = time.monotonic()
        attempt = 0
        while True:
            attempt += 1
            asked_s: float | None = None
            try:
                answer = ask()
            except ReaderConnectionError as error:
                failure: ReaderError = error
            else:
                if answer.status < HTTPStatus.BAD_REQUEST:
                    return answer
                failure = self._fault(answer)
                if not failure.retryable:
                    return answer
                asked_s = retry_after_s(answer.headers)
            wait_s = self._wait_s(attempt) + (asked_s or 0.0)
            spent_s = time.monotonic() - start
            if spent_s + wait_s > self._config.budget_s:
                raise _given_up(failure, attempt, spent_s, asked_s)
            self._stop.wait(wait_s)

    def _wait_s(self, attempt: int) -> float:
        """A random part of what doubles, so that clients that failed together part company.

        Source:
            M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: full jitter.
        """
        doubled = self._config.first_wait_s * 2.0 ** min(attempt - 1, _OVERFLOW)
        return random.uniform(0.0, min(doubled, self._config.longest_wait_s))  # noqa: S311  no secret


def _given_up(
    failure: ReaderError, attempts: int, spent_s: float, asked_s: float | None
) -> ReaderError:
    """The failure, and how often it was tried."""
    if "attempts" in failure.where:
        return failure  # of a token, which was tried for as long
    times = "once" if attempts == 1 else f"{attempts} times in {spent_s:.0f} s"
    failure.message = f"{failure.message}; asked {times}"
    failure.args = (failure.message,)
    failure.where["attempts"] = attempts
    if isinstance(failure, RateLimitError) and asked_s is not None:
        failure.where["retry_after_s"] = asked_s
    return failure


__all__ = ["Retries", "Stop"]
