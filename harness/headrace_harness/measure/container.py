"""What the kernel says of a container's memory: the figures of its cgroup, gone with it."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from headrace_harness.errors import ServiceError
from headrace_harness.services.dockercommand import docker

_ROOT: Final = Path("/sys/fs/cgroup")

_INSPECT_S: Final = 5.0
"""What an engine may take to say where a container runs [s]."""


class ContainerWatch:
    """Polls a container while it runs.

    Args:
        name: The container's.

    Attributes:
        peak_bytes: The most that it held, its share of the page cache included; 0 while unknown.
        anon_peak_bytes: The most that was seen of its own memory, without that cache.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._folder: Path | None = None
        self.peak_bytes = 0
        self.anon_peak_bytes = 0

    def poll(self) -> None:
        """Take one look; one that has not started, or has gone, leaves what was seen before."""
        if self._folder is None:
            self._folder = _folder_of(self._name)
            return
        for name in ("memory.peak", "memory.max_usage_in_bytes"):
            self.peak_bytes = max(self.peak_bytes, _number(_read(self._folder / name)))
        for line in _read(self._folder / "memory.stat").splitlines():
            key, _, value = line.partition(" ")
            # Of cgroups of version 2, and of version 1.
            if key in ("anon", "total_rss"):
                self.anon_peak_bytes = max(self.anon_peak_bytes, _number(value))


def container_of(command: Sequence[str]) -> str | None:
    """The name of the container that a command line of docker runs; None of any other."""
    if len(command) < 2 or Path(command[0]).name != "docker" or command[1] != "run":  # noqa: PLR2004
        return None
    named = [after for word, after in pairwise(command) if word == "--name"]
    return named[0] if named else None


def _folder_of(name: str) -> Path | None:
    try:
        told = docker("inspect", "--format", "{{.Id}} {{.State.Pid}}", name, within_s=_INSPECT_S)
    except ServiceError:
        return None
    container, pid = told.split()
    for line in _read(Path(f"/proc/{pid}/cgroup")).splitlines():
        _, controllers, path = line.split(":", 2)
        # Before it is moved into its own, a process is in that of whoever makes the container.
        if controllers not in ("memory", "") or container not in path:
            continue
        for root in (_ROOT / "memory", _ROOT):
            folder = root / path.lstrip("/")
            if (folder / "memory.stat").exists():
                return folder
    return None


def _number(text: str) -> int:
    return int(text) if text.strip().isdigit() else 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""
