"""Folders and ports of servers that live as long as whoever started them."""

import random
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

_GIVEN: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST: Final = 10_000
"""Below it are the ports that many programs have by custom."""

_TRIES: Final = 100


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
    """A free port of 127.0.0.1, of those that the system gives to nobody who asks for any.

    So that it is there still when it is used, and when a server that was ended comes back to it.

    Args:
        and_plus: The port that is this much higher must be free, too.
    """
    beyond = _first_given() - and_plus
    for _ in range(_TRIES if beyond > _LOWEST else 0):
        port = random.randrange(_LOWEST, beyond)  # noqa: S311 - no secret
        if _is_free(port) and _is_free(port + and_plus):
            return port
    while True:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
            if not and_plus or _is_free(port + and_plus):
                return port


def free_ports(count: int, *, and_plus: int = 0) -> list[int]:
    """Several, as `free_port`; all different, and so are those that are higher."""
    found: list[int] = []
    while len(found) < count:
        port = free_port(and_plus=and_plus)
        used = {one + plus for one in found for plus in (0, and_plus)}
        if not used & {port, port + and_plus}:
            found.append(port)
    return found


def _first_given() -> int:
    """The first port that the system gives to who asks for any; 0 where it does not say."""
    try:
        return int(_GIVEN.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def _is_free(port: int) -> bool:
    try:
        with socket.socket() as tried:
            tried.bind(("127.0.0.1", port))
    except (OSError, OverflowError):
        return False
    return True
