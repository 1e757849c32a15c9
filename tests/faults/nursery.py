"""The command line, many times over: a process that has imported it, and has a child for each run.

A child is a process of its own, that lives and dies by itself. A new interpreter would spend most
of its life on imports, and these tests run thousands.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tests.runs import Ended, environment

if TYPE_CHECKING:
    from collections.abc import Mapping

PRELOAD = "LD_PRELOAD"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A run that somebody wants.

    Attributes:
        arguments: Behind `headrace`.
        fault: One of `tests/faults/launch.py`; none where empty.
        variables: What its environment has more.
        folder: Where its output goes.
    """

    arguments: list[str]
    fault: str
    variables: dict[str, str]
    folder: str


def forked(
    *arguments: object, fault: str = "", variables: Mapping[str, str] | None = None
) -> Ended:
    """What `headrace …` did, in a child of a process that has imported it."""
    with tempfile.TemporaryDirectory() as folder:
        wish = Wish(
            arguments=[str(word) for word in arguments],
            fault=fault,
            variables=dict(variables or {}),
            folder=folder,
        )
        mother = _mother(wish.variables.get(PRELOAD, ""))
        assert mother.stdin is not None
        assert mother.stdout is not None
        mother.stdin.write(msgspec.json.encode(wish) + b"\n")
        mother.stdin.flush()
        answer = mother.stdout.readline()
        assert answer, "the process that has the children has died"
        out, err = (Path(folder, name).read_text(encoding="utf-8") for name in ("out", "err"))
    return Ended(code=int(answer), out=out, err=err)


@cache
def _mother(preload: str) -> subprocess.Popen[bytes]:
    variables = environment(**({PRELOAD: preload} if preload else {}))
    command = [sys.executable, "-W", "error", "-m", "tests.faults.nursery"]
    pipe = subprocess.PIPE
    mother = subprocess.Popen(command, env=variables, stdin=pipe, stdout=pipe)
    atexit.register(mother.communicate)  # it ends where its input does
    return mother


def _live(wish: Wish) -> None:
    """Be the run that is wanted; never returns."""
    from tests.faults.launch import Fault, main, on_reached  # noqa: PLC0415  of a mother alone

    os.environ.update(wish.variables)
    for name, descriptor in (("out", 1), ("err", 2)):
        os.dup2(os.open(Path(wish.folder, name), os.O_WRONLY), descriptor)
    if PRELOAD in os.environ:
        ctypes.CDLL(os.environ[PRELOAD]).begin()
    if wish.fault:
        on_reached(Fault(wish.fault).at)
    sys.exit(main(wish.arguments))


if __name__ == "__main__":
    # What children need they need not import.
    import pyarrow.parquet  # noqa: F401
    from headrace.readers import csv  # noqa: F401
    from headrace.targets.iceberg import restcatalog, table  # noqa: F401
    from headrace.writers import parquet, rust  # noqa: F401

    import tests.faults.launch  # noqa: F401

    gc.freeze()  # what is shared with children is neither copied nor collected
    for line in sys.stdin.buffer:
        asked = msgspec.json.decode(line, type=Wish)
        for stream in ("out", "err"):
            Path(asked.folder, stream).touch()
        child = os.fork()
        if child == 0:
            _live(asked)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201  the answer
