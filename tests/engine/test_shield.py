"""Signals wait for the end of a commit, and an error of the commit says more than they do."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from headrace import CommitUnknownError
from headrace.loop.shield import uninterrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True)
def _default_handler() -> Iterator[None]:
    """Python's own handler: a shell that starts tests in the background has SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupted(action: Callable[[], None]) -> None:
    """Run `action` in the shield, after a Ctrl-C within it."""
    with uninterrupted():
        signal.raise_signal(signal.SIGINT)
        action()


def fail() -> None:
    message = "nobody knows"
    raise CommitUnknownError(message)


class TestGivenASignalInTheMiddle:
    def test_when_the_block_ends_well_then_the_signal_arrives_after_it(self) -> None:
        """What was begun is finished first."""
        done: list[str] = []

        with pytest.raises(KeyboardInterrupt):
            interrupted(lambda: done.append("finished"))

        assert done == ["finished"]

    def test_when_the_block_fails_then_its_error_is_raised(self) -> None:
        """An unknown outcome must not pass for an interrupt with nothing visible."""
        with pytest.raises(CommitUnknownError):
            interrupted(fail)

        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
