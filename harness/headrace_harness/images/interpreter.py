"""This very interpreter, for images: a wheel of its version runs there as it does here."""

import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from headrace_harness.images.steps import Copy, Folder, Libraries, Step

PYTHON: Final = Path(sys.executable).resolve()
"""The program, at the same place in an image."""

LIBRARY: Final = Path(sysconfig.get_path("stdlib"))
"""Its library, likewise."""

LEFT_OUT: Final = frozenset({"site-packages", "test", "tests", "idlelib", "ensurepip", "lib2to3"})
"""Of the library: packages of this machine, and what no connector needs."""


def interpreter_steps() -> Sequence[Step]:
    """The interpreter, its library and what both link to."""
    extensions = sorted(LIBRARY.glob("lib-dynload/*.so"))
    return (
        Copy(PYTHON),
        Copy(LIBRARY, without=LEFT_OUT),
        Libraries((PYTHON, *extensions)),
        Folder("/tmp"),  # noqa: S108 - the image's own
    )
