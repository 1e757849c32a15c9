"""MinIO's server from its source, kept in the cache: minutes once, for it has no binaries.

Run as a program it builds it. Its licence is the AGPL: it is a server that is talked to, and no
part of headrace.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from headrace_harness.errors import ServiceError
from headrace_harness.paths import cache_dir

MODULE: Final = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c"

TELL_S: Final = 10.0
"""How often is told what is being compiled [s]."""


def program() -> Path:
    """Where the program is, once it has been built."""
    return cache_dir() / "minio" / "minio"


def build(announce: Callable[[str], object]) -> Path:
    """The program, built where it is not yet.

    Args:
        announce: Told what takes long.

    Raises:
        ServiceError: There is no Go, or it fails.
    """
    target = program()
    if target.exists():
        return target
    go = shutil.which("go")
    if go is None:
        message = "Go is needed to build MinIO: https://go.dev/dl"
        raise ServiceError(message)
    target.parent.mkdir(parents=True, exist_ok=True)
    announce("building MinIO from its source, once: eight minutes on two cores")
    settings = {"CGO_ENABLED": "0", "GOBIN": str(target.parent), "GOFLAGS": "-mod=mod"}
    said, count, told_at = "", 0, time.monotonic()
    with subprocess.Popen(  # noqa: S603 - Go with our own arguments
        [go, "install", "-v", "-trimpath", "-ldflags", "-s -w", MODULE],
        env=os.environ | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stderr or ():
            said, count = line.strip(), count + 1
            if time.monotonic() - told_at > TELL_S:
                told_at = time.monotonic()
                announce(f"building MinIO: {count} packages, {said[:100]}")
    if process.returncode:
        message = f"MinIO cannot be built: {said}"
        raise ServiceError(message)
    return target


if __name__ == "__main__":
    print(build(lambda text: print(text, file=sys.stderr, flush=True)))  # noqa: T201 - a program
