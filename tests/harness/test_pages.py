"""Libraries are read anew before a run."""

import ctypes
import mmap
import sysconfig
from pathlib import Path

import psutil
import pytest
from headrace_harness.measure.pages import settle_libraries

PAGES = 64


def resident_pages(path: Path) -> int:
    """Pages of a file that are in the page cache.

    Source:
        mincore(2).
    """
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapping:
        start = ctypes.c_char.from_buffer(mapping)
        found = (ctypes.c_ubyte * PAGES)()
        libc = ctypes.CDLL(None, use_errno=True)
        address = ctypes.c_void_p(ctypes.addressof(start))
        failed = libc.mincore(address, ctypes.c_size_t(len(mapping)), found)
        del start
    assert failed == 0
    return sum(byte & 1 for byte in found)


def lies_in_memory(path: Path) -> bool:
    """Whether a directory is on a tmpfs."""
    mounts = psutil.disk_partitions(all=True)
    here = [m for m in mounts if path.is_relative_to(m.mountpoint)]
    return max(here, key=lambda m: len(m.mountpoint)).fstype == "tmpfs"


class TestGivenALibraryThatWasJustWritten:
    """A library that was just written."""

    def test_then_it_is_not_cached_any_more(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What an installation left in the page cache is gone, and the file is as it was."""
        if lies_in_memory(tmp_path):
            pytest.skip("the test's directory is a tmpfs, which has no pages but the cache's")
        library = tmp_path / "some.abi3.so"
        library.write_bytes(b"x" * PAGES * mmap.PAGESIZE)
        monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
        before = resident_pages(library)

        count = settle_libraries()

        assert count == 1
        assert before == PAGES
        assert resident_pages(library) == 0
        assert library.read_bytes() == b"x" * PAGES * mmap.PAGESIZE
