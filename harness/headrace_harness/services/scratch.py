"""Folders and ports of servers that live as long as whoever started them."""

import os
import shutil
import socket
import tempfile
from pathlib import Path


def new_folder(prefix: str) -> Path:
    """A new folder that names its maker, so that `sweep` can tell."""
    return Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-"))


def sweep(prefix: str) -> None:
    """Remove what servers left whose starter died too suddenly to clean up."""
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        pid = folder.name.removeprefix(prefix).partition("-")[0]
        if pid.isdigit() and not _is_alive(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def free_port(*, and_plus: int = 0) -> int:
    """A free port of 127.0.0.1.

    Args:
        and_plus: The port that is this much higher must be free, too.
    """
    while True:
        with socket.socket() as free, socket.socket() as other:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
            if not and_plus:
                return port
            try:
                other.bind(("127.0.0.1", port + and_plus))
            except (OSError, OverflowError):
                continue
            return port


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
