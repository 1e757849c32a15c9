"""What will disturb a measurement, or is missing, and how to mend each."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

from headrace_harness.catalog import dataset_names, load_dataset
from headrace_harness.doctorservices import examine_services, file_system
from headrace_harness.environment import governor, package_version
from headrace_harness.finding import Finding
from headrace_harness.paths import CACHE_VARIABLE, cache_dir, data_dir, scenarios_dir

# Two samples' worker and the independent check want a core each.
ENOUGH_CORES = 2
# Above half of the cores, others take part in what is measured.
QUIET_LOAD_SHARE = 0.5
# avg10 of some; 5% of the last ten seconds waited is seen in medians of three.
QUIET_PRESSURE_PERCENT = 5.0
# Data sets of suite standard (1.9 GB) and twice the largest output.
ENOUGH_DISK_BYTES = 6_000_000_000


def examine_machine() -> list[Finding]:
    """Everything, in a fixed order."""
    checks: tuple[Callable[[], Finding], ...] = (
        _engine,
        _independent_reader,
        _generator,
        _scenarios,
        _cores,
        _load,
        *(_pressure_of(name) for name in ("cpu", "memory", "io")),
        _swap,
        _governor,
        _peak_memory,
        _disk,
        _filesystem,
        _data,
    )
    return [*(check() for check in checks), *examine_services()]


def _engine() -> Finding:
    found = package_version("headrace")
    if found is None:
        return Finding(
            subject="engine", state="missing", found="not installed", mend="pip install headrace"
        )
    arrow = package_version("pyarrow")
    if arrow is None:
        return Finding(
            subject="engine",
            state="missing",
            found=f"headrace {found} without pyarrow: cells of the parquet writer will fail",
            mend="pip install 'headrace[arrow]'",
        )
    return Finding(subject="engine", state="good", found=f"headrace {found}, pyarrow {arrow}")


def _independent_reader() -> Finding:
    found = package_version("duckdb")
    if found is None:
        return Finding(
            subject="check", state="missing", found="no DuckDB", mend="pip install duckdb"
        )
    return Finding(subject="check", state="good", found=f"DuckDB {found}")


def _generator() -> Finding:
    found = package_version("tpchgen-cli")
    if found is None:
        return Finding(
            subject="generator",
            state="missing",
            found="no tpchgen-cli: lineitem cannot be made",
            mend="pip install tpchgen-cli",
        )
    return Finding(subject="generator", state="good", found=f"tpchgen-cli {found}")


def _scenarios() -> Finding:
    folder = scenarios_dir()
    if not folder.is_dir():
        return Finding(
            subject="scenarios",
            state="missing",
            found=f"not at {folder}",
            mend="install headrace-harness again, or run inside a checkout",
        )
    return Finding(subject="scenarios", state="good", found=str(folder))


def _cores() -> Finding:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if (cores or 1) < ENOUGH_CORES:
        return Finding(
            subject="cores",
            state="disturbs",
            found=f"{cores} usable",
            mend="give the process at least two cores: reading ahead needs the second",
        )
    return Finding(subject="cores", state="good", found=f"{cores} usable")


def _load() -> Finding:
    load = os.getloadavg()[0]
    if load > QUIET_LOAD_SHARE * (os.cpu_count() or 1):
        return Finding(
            subject="load",
            state="disturbs",
            found=f"{load:.2f} over the last minute",
            mend="wait, or stop what else runs; more --samples narrow the median, not the noise",
        )
    return Finding(subject="load", state="good", found=f"{load:.2f} over the last minute")


def _pressure_of(resource: str) -> Callable[[], Finding]:
    def check() -> Finding:
        subject = f"{resource} pressure"
        try:
            line = Path(f"/proc/pressure/{resource}").read_text(encoding="ascii").splitlines()[0]
        except OSError:
            return Finding(
                subject=subject,
                state="missing",
                found="the kernel does not tell",
                mend="boot with psi=1; samples are taken without this witness meanwhile",
            )
        average = float(line.split("avg10=")[1].split()[0])
        found = f"{average:.1f}% of the last ten seconds"
        if average > QUIET_PRESSURE_PERCENT:
            mend = "wait until what else runs has ended"
            return Finding(subject=subject, state="disturbs", found=found, mend=mend)
        return Finding(subject=subject, state="good", found=found)

    return check


def _swap() -> Finding:
    used = psutil.swap_memory().used
    if used:
        return Finding(
            subject="swap",
            state="disturbs",
            found=f"{used / 1e6:.0f} MB in use: swapped pages are not in a peak",
            mend="swapoff -a for the time of the run",
        )
    return Finding(subject="swap", state="good", found="not in use")


def _governor() -> Finding:
    found = governor()
    if found not in (None, "performance"):
        return Finding(
            subject="governor",
            state="disturbs",
            found=str(found),
            mend="cpupower frequency-set -g performance",
        )
    return Finding(subject="governor", state="good", found=found or "none, as in most guests")


def _peak_memory() -> Finding:
    if not Path("/proc/self/clear_refs").exists():
        return Finding(
            subject="peak memory",
            state="missing",
            found=f"{sys.platform} tells no resettable peak",
            mend="measure on Linux; peaks are reported as unknown here",
        )
    return Finding(subject="peak memory", state="good", found="VmHWM, resettable")


def _disk() -> Finding:
    folder = _existing(cache_dir())
    free = shutil.disk_usage(folder).free
    found = f"{free / 1e9:.1f} GB free at {folder}"
    if free < ENOUGH_DISK_BYTES:
        mend = f"free {(ENOUGH_DISK_BYTES - free) / 1e9:.1f} GB, or set {CACHE_VARIABLE}"
        return Finding(subject="disk", state="disturbs", found=found, mend=mend)
    return Finding(subject="disk", state="good", found=found)


def _filesystem() -> Finding:
    kind = file_system(_existing(cache_dir()).absolute())
    if kind in {"tmpfs", "ramfs"}:
        return Finding(
            subject="file system",
            state="disturbs",
            found=f"{kind}: output lies in memory and costs no fsync",
            mend=f"set {CACHE_VARIABLE} to a folder on a disk",
        )
    return Finding(subject="file system", state="good", found=kind)


def _data() -> Finding:
    sizes = {name: load_dataset(name).sizes for name in dataset_names()}
    made = [
        name
        for name in sizes
        if any(next(data_dir().glob(f"{name}-{size}-v*.csv"), None) for size in sizes[name])
    ]
    missing = [name for name in sizes if name not in made]
    if missing:
        return Finding(
            subject="data sets",
            state="good",
            found=f"{', '.join(made) or 'none'} made; {', '.join(missing)} at the first run",
        )
    return Finding(subject="data sets", state="good", found=f"{', '.join(made)} made")


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())
