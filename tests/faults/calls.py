"""System calls of a process that fail, or that it dies at: by `tests/native/calls.c`."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.builders import ROOT
from tests.libraries import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

REFUSALS = ("ENOSPC", "EIO", "EACCES", "EROFS")
"""How a disk refuses: it is full, broken, closed to us, or mounted for reading alone."""

READING = {"stat": ("EIO", "EACCES"), "read": ("EIO",), "opendir": ("EIO", "EACCES")}
"""How calls are refused that only read."""


@cache
def library() -> Path:
    """`calls.c`, compiled once."""
    if sys.platform != "linux":
        pytest.skip("the library that makes system calls fail is for Linux")
    folder = Path(tempfile.mkdtemp(prefix="headrace-calls-"))
    return compiled(ROOT / "tests" / "native" / "calls.c", folder / "libcalls.so", "-ldl")


@dataclass(frozen=True, kw_only=True)
class Calls:
    """The system calls that processes make below some folders.

    Attributes:
        below: The folders.
        log: Where the calls are noted.
    """

    below: Sequence[Path]
    log: Path

    def environment(self, fault: str = "", *, back_s: int = 0) -> dict[str, str]:
        """Variables of a process whose calls are counted anew.

        Args:
            fault: What happens at which call, as `calls.c` describes it, errors by name.
            back_s: How far the clock goes back with the fault `clock` [s].
        """
        self.log.unlink(missing_ok=True)
        name, equals, action = fault.partition("=")
        return {
            "LD_PRELOAD": str(library()),
            "HEADRACE_CALLS_BELOW": os.pathsep.join(str(path) for path in self.below),
            "HEADRACE_CALLS_LOG": str(self.log),
            "HEADRACE_CALLS_CLOCK_S": str(back_s),
            "HEADRACE_CALLS_FAULT": f"{name}{equals}{getattr(errno, action, action)}",
        }

    @property
    def made(self) -> list[str]:
        """The calls that were made, by name and place."""
        return [line for line in self._lines() if not line.startswith("fired ")]

    @property
    def fired(self) -> list[str]:
        """The calls at which the fault struck."""
        return [line for line in self._lines() if line.startswith("fired ")]

    def _lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []
