"""Builders of shared libraries: compiled where a compiler is there."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import ROOT

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = ROOT / "examples" / "cabi"
FAULTY = ROOT / "tests" / "native" / "faulty.c"
HEADERS = ROOT / "rust" / "capi" / "include"


def require(program: str) -> str:
    """The path of a compiler; without it the test is skipped, or fails where CI must have it."""
    path = shutil.which(program)
    if path is None:
        reason = f"{program} is not installed"
        if os.environ.get("HEADRACE_REQUIRE_TOOLCHAINS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def compiled(source: Path, library: Path, *options: str) -> Path:
    """A C source as a shared library; its warnings are errors."""
    command = [require("gcc"), "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
    command += [*options, f"-I{HEADERS}", "-o", str(library), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return library


@cache
def faulty(folder: Path, *options: str) -> Path:
    """`faulty.c`, compiled once for each set of options."""
    name = "-".join(["faulty", *(option.strip("-D").replace("=", "") for option in options)])
    return compiled(FAULTY, folder / f"lib{name}.so", *options)


def counts(library: Path) -> tuple[int, int, int]:
    """What `faulty.c` counts: strings that are out, bad frees, handles that are out."""
    loaded = ctypes.CDLL(str(library))
    return loaded.strings_out(), loaded.bad_frees_seen(), loaded.handles_out()


def a_cabi(library: object, do: str = "", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """The section of a library whose config says what it is to do."""
    return {"type": "cabi", "library": str(library), "config": {"do": do}, **more}
