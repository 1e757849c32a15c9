"""What runs left that were ended too suddenly to clean up: found by their owner, and removed."""

import contextlib
import signal
from collections.abc import Collection, Iterator
from pathlib import Path

import psutil

from headrace_harness.errors import ServiceError
from headrace_harness.services.dockercommand import docker
from headrace_harness.services.owner import (
    CONNECTOR_LABEL,
    LABEL,
    VARIABLE,
    is_of_the_dead,
)
from headrace_harness.services.scratch import dead_folders, remove_folder
from headrace_harness.services.seaweedsockets import remove_sockets

_ANSWERS_S = 10.0
"""What an engine may take to list what it has [s]."""

_ENDS_S = 5.0
"""What a process may take to end once it is asked [s]."""


def sweep_leftovers(*, asks_docker: bool = True) -> list[str]:
    """Remove the processes, containers, images and folders whose owner is dead.

    What the living own, and what belongs to other machines, is left alone.

    Args:
        asks_docker: Whether containers are looked for.

    Returns:
        What was removed, each in a few words.
    """
    folders = list(dead_folders())
    removed = [f"process {name}" for name in _end_processes(folders)]
    for folder in folders:
        remove_sockets(folder)
        if remove_folder(folder):
            removed.append(f"folder {folder}")
    if asks_docker:
        # A process that is gone releases its container; a container that is, its image.
        removed += [*_removed_containers(), *_removed_images()]
    return removed


def _end_processes(folders: Collection[Path]) -> list[str]:
    """End what dead owners started, or what runs in their folders; numbers and names."""
    found = [process for process in psutil.process_iter() if _is_left(process, folders)]
    names = []
    for process in found:
        with contextlib.suppress(psutil.Error):
            names.append(f"{process.pid} ({process.name()})")
            # Postgres's "immediate" shutdown, which takes its children along; others die of it.
            process.send_signal(signal.SIGQUIT)
    _, alive = psutil.wait_procs(found, timeout=_ENDS_S)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=_ENDS_S)
    return names


def _is_left(process: psutil.Process, folders: Collection[Path]) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        owner = process.environ().get(VARIABLE)
        if owner is not None:
            return is_of_the_dead(owner)
        # Postgres's own processes overwrite their environment; a person's shell has a terminal.
        is_within = any(Path(process.cwd()).is_relative_to(folder) for folder in folders)
        return is_within and process.terminal() is None
    except (psutil.Error, OSError):
        return False


def _removed_containers() -> Iterator[str]:
    """Those of runs, and of connectors that runs read from."""
    for label in (LABEL, CONNECTOR_LABEL):
        shown = '{{.ID}} {{.Names}} {{.Label "' + label + '"}}'
        filtered = ("--all", "--filter", f"label={label}", "--format", shown)
        for number, name, text in _listed("ps", *filtered):
            if is_of_the_dead(text) and _is_done("rm", "--force", "--volumes", number):
                yield f"container {name}"


def _removed_images() -> Iterator[str]:
    """Those that a run made for itself alone, or was making: their tags name it."""
    filtered = ("--filter", "reference=headrace/*", "--format", "{{.Repository}}:{{.Tag}}")
    for (tag,) in _listed("images", *filtered):
        if is_of_the_dead(tag.rpartition(":")[2]) and _is_done("rmi", "--force", tag):
            yield f"image {tag}"


def _listed(*arguments: str) -> list[list[str]]:
    """The words of each line that docker prints; none where no engine answers."""
    try:
        return [line.split(" ") for line in docker(*arguments, within_s=_ANSWERS_S).splitlines()]
    except ServiceError:
        return []


def _is_done(*arguments: str) -> bool:
    try:
        docker(*arguments)
    except ServiceError:
        return False  # another removes it at the same time
    return True
