"""A command that takes minutes, and what it is at meanwhile."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from headrace_harness.errors import ServiceError

TELL_S: Final = 5.0
"""How often is told what it is at [s]."""

_MOST_CHARS: Final = 100


def run_long(
    command: Sequence[str],
    doing: str,
    announce: Callable[[str], object],
    *,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run it to its end.

    Args:
        command: Program and arguments.
        doing: What it does, as `installing PACKAGE`.
        announce: Told from time to time how many lines it has printed, and the last.
        environment: Variables beside those of this process.

    Raises:
        ServiceError: It failed; repeats what it said last.
    """
    said, count, told_at = "", 0, time.monotonic()
    with subprocess.Popen(  # noqa: S603 - our own arguments
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            said, count = line.strip() or said, count + 1
            if time.monotonic() - told_at > TELL_S:
                told_at = time.monotonic()
                announce(f"{doing}, line {count}: {said[:_MOST_CHARS]}")
    if process.returncode:
        message = f"{doing} fails: {said}"
        raise ServiceError(message)
