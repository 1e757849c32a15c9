"""What a process owns: folders, processes and containers, found without the code under test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from headrace_harness.services.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Mapping

SAYS_WHO_IT_IS = """
from headrace_harness.services.owner import Owner
print(Owner.here(), flush=True)
"""


def began(program: str, *arguments: str, **environment: str) -> tuple[subprocess.Popen[str], str]:
    """A process that runs a program, and how what it starts names it."""
    process = subprocess.Popen(
        [sys.executable, "-c", SAYS_WHO_IT_IS + program, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def killed(process: subprocess.Popen[str]) -> None:
    """End a process as nothing can be prepared for."""
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def a_dead_owner() -> str:
    """The name of a process that has ended."""
    process, name = began("")
    process.communicate()
    return name


def folders_of(owner: str) -> list[str]:
    """Folders of temporary files that bear its name."""
    return sorted(str(path) for path in Path(tempfile.gettempdir()).glob(f"headrace-*{owner}*"))


def owner_of(pid: int) -> str:
    """The name of a process that runs here."""
    began = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return str(replace(Owner.here(), pid=pid, began=began))


def processes_of(owner: str, *, running: str = "") -> list[str]:
    """Processes that were given its name, or run, or lie, in a folder of it.

    Args:
        owner: Its name.
        running: A word of their command line.
    """
    found = (process for process in psutil.process_iter() if _belongs(process, owner, running))
    return [str(process) for process in found]


def containers_of(owner: str) -> list[str]:
    """Containers that bear its name, where there is an engine."""
    if shutil.which("docker") is None:
        return []
    command = ["docker", "ps", "--all", "--quiet", "--filter", f"label=org.headrace.owner={owner}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.split()


def left_of(owner: str) -> list[str]:
    """All of it."""
    return [*processes_of(owner), *containers_of(owner), *folders_of(owner)]


def ports_of(owner: str) -> list[int]:
    """Ports of loopback on which its processes listen."""
    pids = {process.pid for process in psutil.process_iter() if _belongs(process, owner)}
    connections = psutil.net_connections("tcp")
    return [one.laddr.port for one in connections if one.pid in pids and one.status == "LISTEN"]


def _belongs(process: psutil.Process, owner: str, running: str = "") -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        told: Mapping[str, str] = process.environ()
        command = process.cmdline()
        places = [process.cwd(), *command]
    except psutil.Error:
        return False
    if running and not any(running in word for word in command):
        return False
    return told.get("HEADRACE_OWNER") == owner or any(owner in place for place in places)
