"""Runs of several sizes, and what they hold: memory must not grow with the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.runs import headrace_ends

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEGABYTE = 10**6

SIZES = (300_000, 600_000, 1_200_000)
"""Rows; those of the largest should take many times more than `GROWTH_BYTES`."""

RUNS = 3
"""Of each size: an allocator may keep more than there is, never hold less."""

GROWTH_BYTES = 8 * MEGABYTE
"""Between any two sizes [bytes]; measured are 2 MB."""

MOST_BYTES = 100 * MEGABYTE
"""What a run may hold at all, of any size [bytes]."""


def peak_of(job_file: Path) -> tuple[int, int]:
    """Rows written and the peak of a run, in a process of its own [bytes]."""
    # Which thread allocates from which arena is chance.
    done = headrace_ends("run", job_file, "--json", MALLOC_ARENA_MAX="1")
    assert done.code == 0, done.err
    return done.report["rows"]["written"], done.report["peak_rss_bytes"]


def peaks_by_size(folder: Path, job_file: Callable[[Path, int], Path]) -> list[int]:
    """The least peak of the runs of each size, all of whose rows are written [bytes].

    Args:
        folder: Has a folder for each run.
        job_file: Makes the job of so many rows in a run's folder.
    """
    peaks = []
    for count in SIZES:
        found = []
        for n in range(RUNS):
            place = folder / f"{count}-{n}"
            place.mkdir()
            rows, peak = peak_of(job_file(place, count))
            assert rows == count
            found.append(peak)
        peaks.append(min(found))
    return peaks


__all__ = ["GROWTH_BYTES", "MEGABYTE", "MOST_BYTES", "RUNS", "SIZES", "peak_of", "peaks_by_size"]
