"""This very interpreter, for images: a wheel of its version runs there as it does here."""

import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from headrace_harness.images.steps import Copy, Folder, Libraries, Step

PYTHON: Final = Path(sys.executable).resolve()
"""The program, at the same place in an image."""

LIBRARY: Final = Path(sysconfig.get_path("stdlib"))
"""Its library, likewise."""

LEFT_OUT: Final = frozenset({"site-packages", "test", "tests", "idlelib", "ensurepip", "lib2to3"})
"""Of the library: packages of this machine, and what no connector needs."""


@cache
def packages_folder() -> Path:
    """Where it looks for packages in an image: Debian's has another place than Python's own."""
    asked = "import site; print(site.getsitepackages()[0])"
    command = [str(PYTHON), "-I", "-c", asked]  # itself: an environment looks within itself
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return Path(done.stdout.strip())


def interpreter_steps() -> Sequence[Step]:
    """The interpreter, its library and what both link to."""
    extensions = sorted(LIBRARY.glob("lib-dynload/*.so"))
    return (
        Copy(PYTHON),
        Copy(LIBRARY, without=LEFT_OUT),
        Libraries((PYTHON, *extensions)),
        Folder("/tmp"),  # noqa: S108 - the image's own
    )
