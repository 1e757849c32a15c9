"""An advisory lock on a file: held by a process, gone with it, however it dies.

The PyPI package filelock does the same and imports asyncio for it, 6 MB of resident memory in every
run (docs/adr/0004-lock-files-with-flock.md).
"""

import sys
import time
from pathlib import Path
from typing import IO, Final

POLL_S: Final = 0.2
"""Between two tries where the system cannot wait for a lock [s]."""

# On Windows a lock that somebody has is no permission; elsewhere that is a fault.
_TAKEN = (BlockingIOError, PermissionError) if sys.platform == "win32" else BlockingIOError


class FileLock:
    """One lock; not reentrant.

    Args:
        path: The file; made where it is missing, never removed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def acquire(self, *, wait: bool) -> bool:
        """Take the lock.

        Args:
            wait: Whether to wait for whoever has it.

        Returns:
            Whether it was taken; always, where `wait`.

        Raises:
            OSError: The file cannot be made or opened.
        """
        file = self._path.open("ab")
        try:
            while not _try_lock(file):
                if not wait:
                    file.close()
                    return False
                time.sleep(POLL_S)
        except BaseException:
            file.close()
            raise
        self._file = file
        return True

    def release(self) -> None:
        """Let go of the lock; nothing where it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _try_lock(file: IO[bytes]) -> bool:
    """Take the lock if nobody has it."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415  Windows only

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415  not on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except _TAKEN:
        return False
    return True
