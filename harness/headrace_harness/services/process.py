"""A server that is a process of our own, tied to this one, on data that outlive a restart."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from headrace_harness.errors import ServiceError
from headrace_harness.services import owner
from headrace_harness.services.scratch import new_folder
from headrace_harness.services.tied import tied

STOP_S: Final = 20.0
"""Between a request to end and its end by force [s]."""

LOG_BYTES: Final = 1 << 20
"""Of a log, as much as a report keeps [bytes]."""


class ServerProcess:
    """A program, its folder and its log; it can be stopped, killed and started again.

    Args:
        title: What it is, for people.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def folder(self) -> Path:
        """Of its own, made when it is first asked for; gone with `stop`."""
        if self._folder is None:
            self._folder = new_folder(self._title.lower())
        return self._folder

    @property
    def pid(self) -> int:
        """Its process.

        Raises:
            ServiceError: It has not started.
        """
        if self._process is None:
            message = f"{self._title} has not started"
            raise ServiceError(message)
        return self._process.pid

    def run(
        self,
        command: Sequence[str],
        is_ready: Callable[[], bool],
        *,
        within_s: float,
        environment: Mapping[str, str] | None = None,
    ) -> bool:
        """Start it, and wait until it answers; whether it does. What does not is ended.

        Args:
            command: The program and its arguments.
            is_ready: Whether it answers.
            within_s: How long it may take [s].
            environment: Variables beside those of this process.
        """
        own = owner.environment()
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - its own server
                tied(list(command), number=signal.SIGKILL),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={**os.environ, "HOME": str(self.folder), **own, **(environment or {})},
                start_new_session=True,
            )
        self._process = process
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline and process.poll() is None:
            if is_ready():
                return True
            time.sleep(0.1)
        self.kill()
        return False

    def halt(self) -> None:
        """End it and keep its data."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()
        self._process = None

    def kill(self) -> None:
        """End it by SIGKILL and keep its data."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None

    def stop(self) -> None:
        """End it and remove what it kept; nothing where it has not started."""
        self.kill()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None

    def failure(self) -> ServiceError:
        """That it does not start, and what it said."""
        said = " / ".join(self.log().strip().splitlines()[-3:]) or "it said nothing"
        return ServiceError(f"{self._title} does not start: {said}")

    def log(self) -> str:
        """The end of what it has printed."""
        return end_of(self._folder / "log" if self._folder else None)


def end_of(log: Path | None) -> str:
    """The last `LOG_BYTES` of a file; empty where there is none."""
    if log is None or not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LOG_BYTES))
        return file.read().decode(errors="replace")
