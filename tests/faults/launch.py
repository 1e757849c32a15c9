"""The command line, stopped at a named point: `python -m tests.faults.launch FAULT ARGUMENT…`.

FAULT is `POINT[:N]`, the Nth time that the run is at that point of `headrace.commit.points`, or
`any:N`, the Nth point of all: the process ends by SIGKILL there, as if the machine had lost its
power. With `stop=` before it, it is stopped by SIGSTOP instead, and goes on when it is told to.
The point's name is written to the file that HEADRACE_FAULT_FIRED names just before.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from headrace.cli import main
from headrace.commit.points import on_reached

VARIABLE = "HEADRACE_FAULT_FIRED"


class Fault:
    """What happens to this process, and where.

    Args:
        spelled: As the command line has it.
    """

    def __init__(self, spelled: str) -> None:
        how, _, where = spelled.rpartition("=")
        self._signal = signal.SIGSTOP if how == "stop" else signal.SIGKILL
        self._point, _, nth = where.partition(":")
        self._left = int(nth or 1)
        self._counting = threading.Lock()

    def at(self, point: str) -> None:
        """Strike, if this is the point."""
        with self._counting:
            self._left -= self._point in (point, "any")
            if self._left != 0:
                return
            self._left = -1
            Path(os.environ[VARIABLE]).write_text(point, encoding="utf-8")
        os.kill(os.getpid(), self._signal)


if __name__ == "__main__":
    fault, *arguments = sys.argv[1:]
    on_reached(Fault(fault).at)
    sys.exit(main(arguments))
