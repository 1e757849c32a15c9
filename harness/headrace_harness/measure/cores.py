"""Which cores a measured process has, and which its servers and the harness have."""

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ENOUGH: Final = 4
"""Cores from which on a worker does not share its own: it reads ahead with a second."""


LEAST: Final = 2
"""Physical cores that two can have one each of: threads of one are no cores apart."""

_SIBLINGS: Final = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cores:
    """A division of the cores that may be used.

    Attributes:
        worker: Those of measured processes; empty where nobody can be pinned.
        others: Those of servers and the harness.
    """

    worker: frozenset[int]
    others: frozenset[int]

    @property
    def are_apart(self) -> bool:
        """Whether no core is both's."""
        return bool(self.worker) and self.worker.isdisjoint(self.others)

    def describe(self) -> str:
        """For people."""
        if self.are_apart:
            worker, others = _told(self.worker), _told(self.others)
            return f"workers on cores {worker}, servers and harness on {others}"
        if not self.worker:
            return "this system pins no process"
        count = len(self.worker)
        return f"{count} cores, shared by workers, servers and harness: apart from {ENOUGH} on"


def siblings(core: int) -> frozenset[int]:
    """A core and those that are threads of the same physical one, as far as the kernel tells."""
    try:
        told = Path(_SIBLINGS.format(core)).read_text(encoding="ascii").strip()
    except OSError:
        return frozenset([core])
    ranges = [part.partition("-") for part in told.split(",")]
    return frozenset(n for low, _, high in ranges for n in range(int(low), int(high or low) + 1))


def divide_cores(
    usable: Collection[int] | None = None,
    siblings: Callable[[int], frozenset[int]] = siblings,
) -> Cores:
    """Half of the cores for workers and half for all else, where there are enough; else all shared.

    Args:
        usable: Those that may be used; this process's own if absent.
        siblings: Tells the threads of a core's physical one.
    """
    if usable is None:
        usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    cores = frozenset(usable)
    physical = sorted({siblings(core) & cores for core in cores}, key=min)
    if len(cores) < ENOUGH or len(physical) < LEAST:
        return Cores(worker=cores, others=cores)
    half = (len(physical) + 1) // 2
    return Cores(
        worker=frozenset().union(*physical[:half]), others=frozenset().union(*physical[half:])
    )


@contextmanager
def pinned(cores: Collection[int]) -> Iterator[None]:
    """This thread, and what it starts meanwhile, on these cores; anywhere where none are given."""
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def narrowed() -> frozenset[int]:
    """The cores of this thread, if they are not all that the machine has; else none."""
    if not hasattr(os, "sched_getaffinity"):
        return frozenset()
    cores = frozenset(os.sched_getaffinity(0))
    return cores if len(cores) < (os.cpu_count() or 1) else frozenset()


def _told(cores: Collection[int]) -> str:
    return ", ".join(map(str, sorted(cores)))
