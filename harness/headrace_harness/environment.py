"""What a result depends on outside the code; names no host and no user."""

import hashlib
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from headrace_harness.paths import scenarios_dir

_PACKAGES = ("headrace", "headrace-harness", "duckdb", "pyarrow", "psutil", "tpchgen-cli")
# What makes two runs comparable; load or commit may differ, these may not.
_FINGERPRINT = ("cpu", "cores", "ram_bytes", "kernel", "virtualization", "python", "allocator")


def describe_environment() -> dict[str, Any]:
    """Everything, with a fingerprint of what makes two runs comparable."""
    facts: dict[str, Any] = {
        "cpu": _cpu_name(),
        "cores": os.cpu_count() or 1,
        "cores_usable": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "ram_bytes": psutil.virtual_memory().total,
        "swap_bytes": psutil.swap_memory().total,
        "system": platform.system(),
        "kernel": platform.release(),
        "virtualization": _virtualization(),
        "cgroup": _cgroup(),
        "governor": governor(),
        "allocator": " ".join(platform.libc_ver()).strip() or "unknown",
        "python": platform.python_version(),
        "optimized": sys.flags.optimize > 0,
        "packages": {name: package_version(name) for name in _PACKAGES},
        "rustc": _run("rustc", "--version"),
        "code": _code_digest(),
        "commit": _run("git", "rev-parse", "HEAD"),
        "is_dirty": None
        if (changes := _run("git", "status", "--porcelain")) is None
        else bool(changes),
    }
    chosen = json.dumps([facts[key] for key in _FINGERPRINT])
    return {"fingerprint": hashlib.sha256(chosen.encode()).hexdigest()[:12]} | facts


def _code_digest() -> str:
    """Of all that is measured and measures: the files of both packages and the scenarios."""
    digest = hashlib.sha256()
    folders = [scenarios_dir(), Path(__file__).parent]
    if engine := find_spec("headrace"):
        folders += map(Path, engine.submodule_search_locations or ())
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(str(path.relative_to(folder)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def package_version(name: str) -> str | None:
    """Installed version, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def governor() -> str | None:
    """Frequency governor of the first CPU, or None where there is none, as in most guests."""
    return _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


def _cpu_name() -> str:
    for line in (_read("/proc/cpuinfo") or "").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _virtualization() -> str:
    if vendor := _read("/sys/class/dmi/id/sys_vendor"):
        return vendor
    return "guest" if " hypervisor" in (_read("/proc/cpuinfo") or "") else "none seen"


def _cgroup() -> dict[str, str | None]:
    """Limits of version 2; None where there is no such file."""
    root = "/sys/fs/cgroup"
    return {name: _read(f"{root}/{name}") for name in ("cpu.max", "memory.max")}


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None


def _run(*command: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands
            command, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
