"""A program of PyPI in an environment of its own: its dependencies are many and pinned."""

import sys
from pathlib import Path
from typing import Final

from headrace_harness.data.cache import Announce
from headrace_harness.errors import ServiceError
from headrace_harness.locks import locked
from headrace_harness.longcommand import run_long
from headrace_harness.paths import cache_dir

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
    with locked(venv.with_suffix(".lock"), f"install {name}", announce):
        if not (venv / _READY).exists():
            announce(f"installing {requirement} into an environment of its own, once")
            _install(venv, requirement, announce)
            (venv / _READY).touch()
    if not found.exists():
        message = f"{requirement} has no program {program}"
        raise ServiceError(message)
    return found


def _install(venv: Path, requirement: str, announce: Announce) -> None:
    doing = f"installing {requirement}"
    run_long([sys.executable, "-m", "venv", "--clear", str(venv)], doing, announce)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    run_long([*pip, "--progress-bar", "off", requirement], doing, announce)


__all__ = ["apart"]
