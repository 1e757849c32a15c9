"""The command line, killed at one step: `driver.py WHEN:STEP[:N] ARGUMENT…`.

WHEN is `before` or `after` the Nth call of STEP, a method of the commit protocol. The process ends
by SIGKILL there, as if the machine had lost its power; without a hit it goes on to its end.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headrace.cli import main
from headrace.commit import Manifest
from headrace.loop.run import Run
from headrace.state import LocalStateStore
from headrace.targets.local import LocalTarget

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS: dict[str, tuple[type, str]] = {
    "begin": (LocalTarget, "begin"),
    "journal": (LocalTarget, "journal"),
    "publish": (LocalTarget, "publish"),
    "manifest": (Manifest, "save"),
    "state": (LocalStateStore, "save"),
    "finish": (LocalTarget, "finish"),
    "end": (Run, "succeeded"),
    "rename": (Path, "rename"),
    "replace": (Path, "replace"),
}


def deadly(method: Callable[..., Any], when: str, nth: int) -> Callable[..., Any]:
    """The method, with death before or after its nth call."""
    calls = itertools.count(1)

    def dying(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  as the method
        is_it = next(calls) == nth
        if is_it and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = method(*args, **kwargs)
        if is_it and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return dying


if __name__ == "__main__":
    moment, *arguments = sys.argv[1:]
    moment_when, step, *times = moment.split(":")
    owner, name = STEPS[step]
    hits = int(times[0]) if times else 1
    setattr(owner, name, deadly(getattr(owner, name), moment_when, hits))
    sys.exit(main(arguments))
