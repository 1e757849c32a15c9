"""Folders and ports of servers that live as long as whoever started them."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from headrace_harness.paths import scratch_dir
from headrace_harness.services.owner import Owner, is_of_the_dead

PREFIX: Final = "headrace-"
"""Of every folder."""

_CLAIM: Final = ".owner"


def new_folder(name: str) -> Path:
    """A new folder that names its owner, so that `dead_folders` can tell.

    Args:
        name: What it is for.
    """
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{name}-{Owner.here()}-"))


def claim(folder: Path) -> None:
    """Have a folder of `scratch_dir`, there or to come, removed if this process dies first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.with_name(folder.name + _CLAIM).write_text(str(Owner.here()))


def release(folder: Path) -> None:
    """Take the claim back: the folder is gone, or is to be kept."""
    folder.with_name(folder.name + _CLAIM).unlink(missing_ok=True)


def dead_folders() -> Iterator[Path]:
    """Every folder whose owner died too suddenly to remove it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        rest = folder.name.removeprefix(PREFIX)
        if is_of_the_dead(rest.partition("-")[2]):
            yield folder
    for claimed in scratch_dir().glob(f"*{_CLAIM}"):
        owner = ""
        with suppress(OSError):  # it may be released at this moment
            owner = claimed.read_text()
        if is_of_the_dead(owner):
            yield claimed.with_name(claimed.name.removesuffix(_CLAIM))


def remove_folder(folder: Path) -> bool:
    """Remove a folder with its claim; what another removes at the same time is no error.

    Args:
        folder: Which.

    Returns:
        Whether it is gone: another user's may stay.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        return False
    try:
        release(folder)
    except OSError:
        return False
    return True


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
