"""The sockets that SeaweedFS makes in `/tmp` and leaves there, wherever its folder is."""

import re
import socket
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

GRPC: Final = 10_000
"""Each of its ports has a second one, this much higher."""

_SOCKETS: Final = Path("/tmp")  # noqa: S108  SeaweedFS has no option for most of them
_NAME = re.compile(r"seaweedfs-[a-z0-9-]+-(\d+)\.sock")
_KEPT: Final = "ports"


def keep_ports(folder: Path, ports: Iterable[int]) -> None:
    """Write down in a server's folder on which ports it is started."""
    with (folder / _KEPT).open("a") as file:
        file.writelines(f"{port}\n{port + GRPC}\n" for port in ports)


def remove_sockets(folder: Path) -> None:
    """Remove the sockets of a server that has ended.

    Args:
        folder: Its own; of any other folder nothing is removed.
    """
    with suppress(OSError, ValueError):
        ports = {int(line) for line in (folder / _KEPT).read_text().split()}
        user = folder.stat().st_uid
        for path in _SOCKETS.iterdir():
            name = _NAME.fullmatch(path.name)
            if name and int(name[1]) in ports and _is_left(path, user):
                path.unlink(missing_ok=True)


def _is_left(path: Path, user: int) -> bool:
    """Whether it is a socket of this user, at which nobody listens: ports come again."""
    try:
        found = path.lstat()
        if not stat.S_ISSOCK(found.st_mode) or found.st_uid != user:
            return False
        with socket.socket(socket.AF_UNIX) as tried:
            tried.settimeout(1)
            tried.connect(str(path))
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


__all__ = ["GRPC", "keep_ports", "remove_sockets"]
