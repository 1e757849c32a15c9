"""Who owns what a run starts: a process, told apart from any later one of its number.

Containers, folders and processes carry their owner, so that whoever comes later can tell what a
dead one left, and leaves alone what belongs to the living or to another machine.
"""

import hashlib
import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import psutil

LABEL: Final = "org.headrace.owner"
"""Of containers, and of images that a run makes for itself."""

CONNECTOR_LABEL: Final = "io.headrace.connector"
"""Of containers that an Airbyte reader of the engine runs; its value names a process, too."""

VARIABLE: Final = "HEADRACE_OWNER"
"""Of the environment of processes."""

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_OWNER = re.compile(r"(\d+)-(\d*)-([0-9a-f]{6})(?![0-9a-z])")
_CONNECTOR = re.compile(r"(.*):(\d+)@(\d*)")


@dataclass(frozen=True, slots=True)
class Owner:
    """A process.

    Attributes:
        pid: Its number.
        began: When it began, by its system's own clock; empty where that is unknown.
        place: The machine since it was booted, or the container that it is: numbers mean something
            within.
    """

    pid: int
    began: str
    place: str

    def __str__(self) -> str:
        """As a label says it."""
        return f"{self.pid}-{self.began}-{self.place}"

    @classmethod
    def here(cls) -> Self:
        """This process."""
        pid = os.getpid()
        return cls(pid, _began(pid) or "", _place())

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """What a label says, or what a name begins with; None where it names no owner."""
        if connector := _CONNECTOR.fullmatch(text):
            return cls(int(connector[2]), connector[3], _shortened(connector[1]))
        if owner := _OWNER.match(text):
            return cls(int(owner[1]), owner[2], owner[3])
        return None

    def is_dead(self) -> bool:
        """Whether it has certainly ended; of another machine nobody can tell."""
        if self.place != _place():
            return False
        began = _began(self.pid)
        return began == "" or (began is not None and self.began not in ("", began))

    def is_alive(self) -> bool:
        """Whether it certainly runs, and on this machine: it alone may be sent a signal."""
        return self.place == _place() and self.began != "" and _began(self.pid) == self.began


def is_of_the_dead(text: str) -> bool:
    """Whether what carries this has an owner, and that one has ended."""
    owner = Owner.parse(text)
    return owner is not None and owner.is_dead()


def environment() -> dict[str, str]:
    """What a process that belongs to this one is given."""
    return {VARIABLE: str(Owner.here())}


def _place() -> str:
    try:
        space = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        space = ""
    return _shortened(f"{platform.node()}:{space}:{_boot()}")


def _boot() -> str:
    """Which boot of which machine: the first namespace has the same number on every one."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""


def _shortened(place: str) -> str:
    return hashlib.sha256(place.encode()).hexdigest()[:6]


def _began(pid: int) -> str | None:
    """When a process began; empty where none runs, None where one does that shows no more."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        pass
    else:
        return "" if state in "ZX" else rest[18]
    if not _is_there(pid):
        return ""
    if Path("/proc/self/stat").exists():
        return None  # of another user, of whom this system shows nothing
    try:
        return str(int(psutil.Process(pid).create_time()))
    except psutil.NoSuchProcess:
        return ""
    except psutil.Error:
        return None


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
