"""A program of PyPI in an environment of its own: its dependencies are many and pinned."""

import fcntl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from headrace_harness.data.cache import Announce
from headrace_harness.errors import ServiceError
from headrace_harness.paths import cache_dir

TELL_S: Final = 5.0
"""How often is told what is being installed [s]."""

_READY: Final = "ready"


def apart(name: str, requirement: str, program: str, *, announce: Announce) -> Path:
    """The program, installed where it is not yet; kept in the cache.

    Args:
        name: Of the environment.
        requirement: What is installed.
        program: Of its programs, which.
        announce: Told what takes long.

    Raises:
        ServiceError: It cannot be installed, or has no such program.
    """
    venv = cache_dir() / f"{name}-venv"
    venv.parent.mkdir(parents=True, exist_ok=True)
    found = venv / "bin" / program
    with _locked(venv.with_suffix(".lock"), name, announce):
        if not (venv / _READY).exists():
            announce(f"installing {requirement} into an environment of its own, once")
            _install(venv, requirement, announce)
            (venv / _READY).touch()
    if not found.exists():
        message = f"{requirement} has no program {program}"
        raise ServiceError(message)
    return found


def _install(venv: Path, requirement: str, announce: Announce) -> None:
    _run([sys.executable, "-m", "venv", "--clear", str(venv)], requirement, announce)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    _run([*pip, "--progress-bar", "off", requirement], requirement, announce)


def _run(command: list[str], requirement: str, announce: Announce) -> None:
    """Run a command, and tell what it is at from time to time.

    Raises:
        ServiceError: It failed; repeats what it said last.
    """
    said, told_at = "", time.monotonic()
    with subprocess.Popen(  # noqa: S603 - pip and venv with our own arguments
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            said = line.strip() or said
            if time.monotonic() - told_at > TELL_S:
                told_at = time.monotonic()
                announce(f"installing {requirement}: {said[:100]}")
    if process.returncode != 0:
        message = f"{requirement} cannot be installed: {said}"
        raise ServiceError(message)


@contextmanager
def _locked(path: Path, name: str, announce: Announce) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            announce(f"waiting for another run to install {name}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


__all__ = ["apart"]
