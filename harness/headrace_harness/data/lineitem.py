"""The lineitem data set, by tpchgen-cli."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from headrace_harness.catalog import DataSet, Size
from headrace_harness.errors import DataSetError

TIMEOUT_S = 1800.0


def make(dataset: DataSet, size: Size, target: Path) -> None:
    """Generate the table at `size.scale`.

    Args:
        dataset: The definition, named in errors.
        size: The scale factor.
        target: Overwritten.

    Raises:
        DataSetError: The generator is missing or failed.
    """
    if size.scale is None:
        message = f"data set {dataset.name}: size {size.name} names no scale factor"
        raise DataSetError(message)
    folder = target.with_name(f"{target.name}.d")
    command = [
        *(str(_generator()), "csv", "--scale-factor", str(size.scale)),
        *("--tables", "lineitem", "--output-dir", str(folder), "--quiet"),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program with our own arguments
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
        if done.returncode != 0:
            message = f"tpchgen-cli ended with {done.returncode}: {done.stderr.strip()[-500:]}"
            raise DataSetError(message)
        (folder / "lineitem.csv").replace(target)
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"tpchgen-cli: {error}"
        raise DataSetError(message) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _generator() -> Path:
    beside = Path(sysconfig.get_path("scripts")) / "tpchgen-cli"
    if beside.exists():
        return beside
    found = shutil.which("tpchgen-cli")
    if found is None:
        message = f"tpchgen-cli is missing; {sys.executable} -m pip install tpchgen-cli"
        raise DataSetError(message)
    return Path(found)
