"""MinIO's server from its source, kept in the cache: minutes once, for it has no binaries.

Run as a program it builds it. Its licence is the AGPL: it is a server that is talked to, and no
part of headrace.
"""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from headrace_harness.errors import ServiceError
from headrace_harness.longcommand import run_long
from headrace_harness.paths import cache_dir

MODULE: Final = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c"


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
    command = [go, "install", "-v", "-trimpath", "-ldflags", "-s -w", MODULE]
    run_long(command, "building MinIO", announce, environment=settings)
    return target


if __name__ == "__main__":
    print(build(lambda text: print(text, file=sys.stderr, flush=True)))  # noqa: T201 - a program
