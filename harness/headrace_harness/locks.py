"""One at a time, of all processes of this machine."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, what: str, announce: Callable[[str], object]) -> Iterator[None]:
    """Hold a lock file, which stays.

    Args:
        path: The file; its folder is there.
        what: What another process is waited for to do.
        announce: Told of the wait, if there is one.
    """
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            announce(f"waiting for another run to {what}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
