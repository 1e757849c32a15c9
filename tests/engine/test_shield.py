"""Signals wait for the end of a commit, and an error of the commit says more than they do."""

from __future__ import annotations

import signal

import pytest
from headrace import CommitUnknownError
from headrace.loop.shield import uninterrupted


class TestGivenASignalInTheMiddle:
    def test_when_the_block_ends_well_then_the_signal_arrives_after_it(self) -> None:
        """What was begun is finished first."""
        done = []

        with pytest.raises(KeyboardInterrupt), uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("finished")

        assert done == ["finished"]

    def test_when_the_block_fails_then_its_error_is_raised(self) -> None:
        """An unknown outcome must not pass for an interrupt with nothing visible."""
        with pytest.raises(CommitUnknownError), uninterrupted():
            signal.raise_signal(signal.SIGINT)
            message = "nobody knows"
            raise CommitUnknownError(message)

        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
