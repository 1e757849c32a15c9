"""A connector's container: how docker is told to run it, and its end, whatever ends the run."""

import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

MOUNT: Final = "/headrace"
"""Where a container sees the files."""

LABEL: Final = "io.headrace.connector"
"""Label of every container that a run starts; its value says which process runs it."""

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_STOP_S: Final = 5
_ANSWER_S: Final = 20


def docker_command(
    image: str,
    arguments: Sequence[str],
    *,
    files: str,
    name: str,
    user: str | None,
    options: Sequence[str] = (),
) -> list[str]:
    """The command line that runs a connector's image.

    Args:
        image: The image.
        arguments: What the connector is told, with files below `MOUNT`.
        files: Folder that is mounted there, to be read alone.
        name: The container's.
        user: Who it is within the container, `uid:gid`: the files are for their owner alone.
        options: More of `docker run`'s, which win over these.
    """
    command = ["docker", "run", "-i", "--rm", "--init", "--name", name]
    command += ["--label", f"{LABEL}={label_of(os.getpid())}", "--volume", f"{files}:{MOUNT}:ro"]
    command += ["--user", user] if user else []
    return [*command, *options, image, *arguments]


def stop(name: str) -> None:
    """End a container; docker removes it."""
    _docker("stop", "--time", str(_STOP_S), name)


def sweep() -> None:
    """Remove the containers of runs that were killed; those of other machines are not touched."""
    said = _docker("ps", "--all", "--filter", f"label={LABEL}", "--format", _SHOWN)
    for line in said.splitlines():
        container, _, label = line.partition(" ")
        if is_of_the_dead(label):
            _docker("rm", "--force", container)


_SHOWN = '{{.ID}} {{.Label "' + LABEL + '"}}'


def _docker(*arguments: str) -> str:
    """What docker prints; nothing where it cannot be asked, which the next who needs it hears."""
    try:
        done = subprocess.run(  # noqa: S603  our own arguments
            ["docker", *arguments],  # noqa: S607  the user's docker
            check=False,
            capture_output=True,
            text=True,
            timeout=_ANSWER_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def is_of_the_dead(label: str) -> bool:
    """Whether the process that a label names has certainly ended; of elsewhere nobody knows."""
    where, _, process = label.rpartition(":")
    number, _, began = process.partition("@")
    if where != _place() or not number.isdigit():
        return False
    now = _began(int(number))
    if now and began:
        return now != began
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False


def _place() -> str:
    """This machine, or the container that it is: numbers of processes mean something within."""
    try:
        space = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        space = ""
    try:
        # The first namespace has the same number on every machine.
        boot = _BOOT.read_text().strip()
    except OSError:
        boot = ""
    return f"{platform.node()}:{space}:{boot}"


def label_of(pid: int) -> str:
    """A process as no other will ever be: where, its number, and when it began."""
    return f"{_place()}:{pid}@{_began(pid)}"


def _began(pid: int) -> str:
    """When a process began; empty where that is unknown, or there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


__all__ = ["LABEL", "MOUNT", "docker_command", "is_of_the_dead", "label_of", "stop", "sweep"]
