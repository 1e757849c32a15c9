"""A server that is a module of ours in a process of its own, tied to this one."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headrace_harness.errors import ServiceError
from headrace_harness.services import owner
from headrace_harness.services.process import end_of
from headrace_harness.services.tied import tied


class Program:
    """A module that takes its settings as a JSON object and says, by another, where it listens.

    Args:
        title: What it is, for people.
        module: Its name; it reads one line of standard input, and prints one once it listens.
    """

    def __init__(self, title: str, module: str) -> None:
        self._title = title
        self._module = module
        self._process: subprocess.Popen[str] | None = None
        self._log: Path | None = None

    @property
    def pid(self) -> int:
        """Of its process.

        Raises:
            ServiceError: It has not started.
        """
        if self._process is None:
            message = f"{self._title} has not started"
            raise ServiceError(message)
        return self._process.pid

    def start(self, settings: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        """What it says once it listens.

        Args:
            settings: What it is told; no other process sees them.
            folder: Where it runs, and what it complains about is kept.

        Raises:
            ServiceError: It does not start.
        """
        self._log = folder / f"{self._module.rpartition('.')[2]}.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - its own server
                tied([sys.executable, "-m", self._module], number=signal.SIGKILL),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=folder,
                env={**os.environ, **owner.environment()},
                start_new_session=True,
            )
        if self._process.stdin is None or self._process.stdout is None:
            message = f"{self._title} has no pipes"
            raise ServiceError(message)
        with self._process.stdin as told:
            told.write(json.dumps(settings) + "\n")
        said = self._process.stdout.readline()
        if not said:
            code = self._process.wait()
            complaint = " / ".join(self.log().strip().splitlines()[-3:])
            message = f"{self._title} does not start: exit code {code}: {complaint}"
            raise ServiceError(message)
        found: dict[str, Any] = json.loads(said)
        return found

    def log(self) -> str:
        """The end of what it has complained about."""
        return end_of(self._log)

    def stop(self) -> None:
        """End it; nothing where it has not started."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None


__all__ = ["Program"]
