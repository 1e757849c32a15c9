"""The command line, with a fault at a named point: `python -m tests.faults.launch FAULT ARGUMENT…`.

FAULT is `POINT[:N]`, the Nth time that the run is at that point of `headrace.commit.points`, or
`any:N`, the Nth point of all: the process ends by SIGKILL there, as if the machine had lost its
power. A word with `=` before it says what happens instead:

- `stop`: it is stopped by SIGSTOP, and goes on when it is told to.
- `pass`: nothing; one can see that it came there.
- `shut`: the folders of HEADRACE_FAULT_FOLDERS (with `:` between them) can be written no more.
- `fill`: the disk of each of them is full.

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

from tests.faults.disks import fill, give_up_privileges, shut

VARIABLE = "HEADRACE_FAULT_FIRED"
FOLDERS = "HEADRACE_FAULT_FOLDERS"


class Fault:
    """What happens to this process, and where.

    Args:
        spelled: As the command line has it.
    """

    def __init__(self, spelled: str) -> None:
        how, _, where = spelled.rpartition("=")
        self._how = how
        self._point, _, nth = where.partition(":")
        self._left = int(nth or 1)
        self._counting = threading.Lock()
        if how == "shut":
            give_up_privileges()

    def at(self, point: str) -> None:
        """Strike, if this is the point."""
        with self._counting:
            self._left -= self._point in (point, "any")
            if self._left != 0:
                return
            self._left = -1
            Path(os.environ[VARIABLE]).write_text(point, encoding="utf-8")
        self._strike()

    def _strike(self) -> None:
        if self._how in ("", "stop"):
            os.kill(os.getpid(), signal.SIGSTOP if self._how else signal.SIGKILL)
        elif self._how in ("shut", "fill"):
            act = shut if self._how == "shut" else fill
            for folder in os.environ[FOLDERS].split(os.pathsep):
                act(Path(folder))
        else:
            assert self._how == "pass", self._how


if __name__ == "__main__":
    fault, *arguments = sys.argv[1:]
    on_reached(Fault(fault).at)
    sys.exit(main(arguments))
