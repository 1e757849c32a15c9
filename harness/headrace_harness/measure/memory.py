"""What the kernel says of a process's memory, and of its children's.

Never `ru_maxrss`: a child inherits its parent's peak through fork and exec.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from headrace_harness.measure.container import ContainerWatch, container_of

# Finding children walks all of /proc, so it is done at every tenth poll until there are any.
TREE_EVERY = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Memory of a process and its children [bytes].

    Attributes:
        children: The most that were seen at once.
        pss_peak_bytes: Highest sum of PSS seen at one moment: a lower bound.
        children_pss_peak_bytes: The same of the children alone.
        hwm_sum_bytes: Sum of every process's own peak: an upper bound.
    """

    children: int
    pss_peak_bytes: int
    children_pss_peak_bytes: int
    hwm_sum_bytes: int


class MemoryWatch:
    """Polls a process from outside, which covers one that is killed before it can report."""

    def __init__(self, pid: int) -> None:
        """Watch the process `pid`."""
        self._pid = pid
        self._polls = 0
        self._hwm: dict[int, int] = {}
        self._most_children = 0
        self._pss_peak = 0
        self._children_pss_peak = 0
        self._containers: dict[str, ContainerWatch] = {}
        self.hwm_bytes = 0
        self.anon_peak_bytes = 0
        self.file_peak_bytes = 0

    def poll(self) -> None:
        """Take one look; a process that has gone leaves what was seen before."""
        status = read_status(self._pid)
        # VmHWM falls when the worker resets it; the lifetime's peak is the highest seen.
        self.hwm_bytes = max(self.hwm_bytes, status.get("VmHWM", 0))
        self.anon_peak_bytes = max(self.anon_peak_bytes, status.get("RssAnon", 0))
        self.file_peak_bytes = max(self.file_peak_bytes, status.get("RssFile", 0))
        if self._polls % TREE_EVERY == 0 or self._most_children:
            self._poll_tree()
        self._polls += 1

    @property
    def tree(self) -> Tree | None:
        """Memory of the tree; None if no child was seen."""
        if not self._most_children:
            return None
        return Tree(
            children=self._most_children,
            pss_peak_bytes=self._pss_peak,
            children_pss_peak_bytes=self._children_pss_peak,
            hwm_sum_bytes=self.hwm_bytes + sum(self._hwm.values()),
        )

    def to_dict(self) -> dict[str, Any]:
        """For the sample's record."""
        return {
            "polls": self._polls,
            "hwm_bytes": self.hwm_bytes,
            "anon_peak_bytes": self.anon_peak_bytes,
            "file_peak_bytes": self.file_peak_bytes,
            "tree": asdict(self.tree) if self.tree else None,
            "containers": {
                "count": len(self._containers),
                "peak_bytes": max((c.peak_bytes for c in self._containers.values()), default=0),
                "anon_peak_bytes": max(
                    (c.anon_peak_bytes for c in self._containers.values()), default=0
                ),
            },
        }

    def _poll_containers(self, children: Sequence[psutil.Process]) -> None:
        """Those that children run, whose processes are the engine's and no children."""
        for child in children:
            with contextlib.suppress(psutil.Error):
                if name := container_of(child.cmdline()):
                    self._containers.setdefault(name, ContainerWatch(name)).poll()

    def _poll_tree(self) -> None:
        try:
            children = psutil.Process(self._pid).children(recursive=True)
        except psutil.Error:
            return
        if not children:
            return
        self._poll_containers(children)
        self._most_children = max(self._most_children, len(children))
        for child in children:
            peak = read_status(child.pid).get("VmHWM", 0)
            self._hwm[child.pid] = max(self._hwm.get(child.pid, 0), peak)
        of_children = sum(read_pss_bytes(child.pid) for child in children)
        self._children_pss_peak = max(self._children_pss_peak, of_children)
        self._pss_peak = max(self._pss_peak, read_pss_bytes(self._pid) + of_children)


def read_status(pid: int) -> dict[str, int]:
    """The memory lines of /proc/<pid>/status [bytes]; empty for a zombie or where there is none."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return {}
    lines = (line.split() for line in text.splitlines())
    return {
        parts[0].rstrip(":"): int(parts[1]) * 1024
        for parts in lines
        if len(parts) == 3 and parts[2] == "kB"  # noqa: PLR2004 - "VmHWM: 123 kB"
    }


def read_pss_bytes(pid: int) -> int:
    """Proportional set size [bytes]; 0 if the process has gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
