"""Where the harness keeps things; the one place that reads the environment for that."""

import os
from pathlib import Path

CACHE_VARIABLE = "HEADRACE_CACHE"


def cache_dir() -> Path:
    """Directory of data sets, checksums and scratch output; `HEADRACE_CACHE` overrides it."""
    override = os.environ.get(CACHE_VARIABLE)
    return Path(override).expanduser() if override else Path.home() / ".cache" / "headrace"


def data_dir() -> Path:
    """Directory of data sets, outside any checkout so that a fresh clone finds them."""
    return cache_dir() / "data"


def checksum_dir() -> Path:
    """Directory of source checksums, beside the data they were computed from."""
    return cache_dir() / "checksums"


def scratch_dir() -> Path:
    """Directory of measured output; on the cache's disk, because /tmp may be memory."""
    return cache_dir() / "scratch"


def scenarios_dir() -> Path:
    """Directory of the scenarios: inside an installed package, else the checkout's."""
    package = Path(__file__).resolve().parent
    packaged = package / "scenarios"
    return packaged if packaged.is_dir() else package.parents[1] / "scenarios"
