"""The page cache as it is after a boot, not as an installation left it.

A shared library that has just been written lies in the page cache in large pieces, and a process
that touches a byte of one has all of it counted as resident: importing `pyarrow.parquet` showed
82.6 MB right after an installation and 50.8 MB once its files had been read from disk again. The
extra is the kernel's choice and differs from one installation to the next, so it is taken away
before anything is measured.
"""

import os
import sysconfig
from pathlib import Path


def settle_libraries() -> int:
    """Let go of the cached pages of installed shared libraries; they are read again when needed.

    Libraries that a process has mapped stay as they are. Nothing is done where the system has no
    `posix_fadvise`.

    Returns:
        Libraries that were let go of.

    Source:
        posix_fadvise(2), POSIX_FADV_DONTNEED: it drops clean pages, so each file is synced first.
    """
    if not hasattr(os, "posix_fadvise"):
        return 0
    count = 0
    for folder in {sysconfig.get_path("platlib"), sysconfig.get_path("purelib")}:
        for path in Path(folder).rglob("*.so*"):
            try:
                descriptor = os.open(path, os.O_RDONLY)
            except OSError:
                continue  # a dangling link, or not ours to read: then it is not measured either
            try:
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)
            count += 1
    return count
