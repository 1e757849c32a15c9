"""Runs that end, or stop, at a named point."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.builders import ROOT
from tests.faults.launch import VARIABLE
from tests.faults.nursery import forked
from tests.runs import Ended, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

POINTS = (
    "after_read",
    "after_write",
    "before_journal",
    "after_journal",
    "before_commit",
    "after_commit",
    "before_state",
    "after_state",
    "before_ack",
)
"""The points that a run passes whatever its target is, in their order."""


def points_of_the_engine() -> set[str]:
    """Every point that the engine's code names."""
    sources = (ROOT / "engine" / "headrace").rglob("*.py")
    return {
        name for path in sources for name in re.findall(r'\breached\("(\w+)"\)', path.read_text())
    }


@dataclass(frozen=True, kw_only=True)
class Struck:
    """A process after a fault.

    Attributes:
        at: The point at which it was struck; none where it never came there.
        ended: How it ended.
    """

    at: str | None
    ended: Ended


def struck(fault: str, *arguments: object, **variables: str) -> Struck:
    """What became of `headrace …` that a fault of `tests/faults/launch.py` may have killed."""
    found = disturbed(fault, *arguments, **variables)
    # The signal and the mark prove each other: it died of it, there, and only if there.
    assert (found.ended.code == -signal.SIGKILL) == (found.at is not None), (fault, found)
    return found


def disturbed(fault: str, *arguments: object, **variables: str) -> Struck:
    """What became of `headrace …` with any fault of `tests/faults/launch.py`."""
    with tempfile.TemporaryDirectory() as folder:
        fired = Path(folder, "fired")
        more = {VARIABLE: str(fired), **variables}
        done = forked(*arguments, fault=fault, variables=more)
        at = fired.read_text(encoding="utf-8") if fired.exists() else None
    return Struck(at=at, ended=done)


def killed_at(fault: str, *arguments: object, **variables: str) -> str:
    """The point at which `headrace …` died of SIGKILL.

    Raises:
        AssertionError: It did not.
    """
    found = struck(fault, *arguments, **variables)
    assert found.at is not None, f"{fault}: never reached: {found.ended}"
    return found.at


@contextmanager
def stopped_at(fault: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """`headrace …` that is stopped at a point; it is told to go on by SIGCONT."""
    with tempfile.TemporaryDirectory() as folder:
        fired = Path(folder, "fired")
        words = [f"stop={fault}", *(str(argument) for argument in arguments)]
        with subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.faults.launch", *words],
            env=environment(**{VARIABLE: str(fired)}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                _, status = os.waitpid(process.pid, os.WUNTRACED)
                assert os.WIFSTOPPED(status), f"{fault}: ended without being stopped"
                assert fired.exists()
                yield process
            finally:
                if process.poll() is None:
                    process.kill()
                process.communicate()
