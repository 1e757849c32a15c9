"""Folders that can be written no more, and disks that are full."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BALLAST = "ballast"
"""The file that fills a disk."""

_VERSION = 0x20080522  # linux/capability.h
_OVERRIDES = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
_PIECES = (1 << 16, 1 << 12, 1)


def give_up_privileges() -> None:
    """Be bound by permissions from now on, as everybody but root is; threads that come later, too.

    Raises:
        OSError: The system does not let go of them.
    """
    if os.getuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    head = (ctypes.c_uint32 * 2)(_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, of 32 each; then 32 more
    for call in (libc.capget, libc.capset):
        if call(head, sets) != 0:
            raise OSError(ctypes.get_errno(), "capabilities")
        for n in range(3):
            sets[n] &= ~_OVERRIDES


def shut(folder: Path) -> None:
    """Let nothing below a folder be written, made, renamed or removed."""
    for path in _all(folder):
        path.chmod(0o500 if path.is_dir() else 0o400)


def open_again(folder: Path) -> None:
    """Take it back."""
    for path in _all(folder):
        path.chmod(0o700 if path.is_dir() else 0o600)


def _all(folder: Path) -> list[Path]:
    return [folder, *folder.rglob("*")] if folder.exists() else []


def fill(folder: Path) -> None:
    """Leave no byte on a folder's disk."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / BALLAST).open("ab", buffering=0) as file:
        for size in _PIECES:
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def free(folder: Path) -> None:
    """Take it back."""
    (folder / BALLAST).unlink()
