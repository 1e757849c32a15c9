"""The build backend: maturin's, with the shared libraries of the C ABI beside the extension.

maturin builds one crate; the libraries are crates of their own, since the functions of two parts
share names. Cargo builds them first, with the profile and into the target directory that maturin
uses, so that what they have in common is compiled once.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import maturin
from maturin import (
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

ROOT = Path(__file__).parent.parent
CRATES = ("parquet_writer", "csv_reader")
PACKAGED = ROOT / "engine" / "headrace" / "_lib"

_Settings = Mapping[str, Any] | None


def build_wheel(
    wheel_directory: str,
    config_settings: _Settings = None,
    metadata_directory: str | None = None,
) -> str:
    """The hook of PEP 517."""
    build_libraries()
    name: str = maturin.build_wheel(wheel_directory, config_settings, metadata_directory)
    return name


def build_editable(
    wheel_directory: str,
    config_settings: _Settings = None,
    metadata_directory: str | None = None,
) -> str:
    """The hook of PEP 660; the libraries lie in the source tree, where the package is."""
    build_libraries()
    name: str = maturin.build_editable(wheel_directory, config_settings, metadata_directory)
    return name


def build_libraries() -> None:
    """Build the shared libraries, stripped, into the package's `_lib`."""
    shutil.rmtree(PACKAGED, ignore_errors=True)
    PACKAGED.mkdir(parents=True)
    for crate in CRATES:
        for library in _built(crate):
            shutil.copy2(library, PACKAGED / library.name)


def _built(crate: str) -> Iterator[Path]:
    manifest = ROOT / "rust" / "capi" / crate / "Cargo.toml"
    command = ["cargo", "rustc", "--release", "--lib", "--crate-type", "cdylib"]
    command += ["--manifest-path", str(manifest), "--message-format", "json-render-diagnostics"]
    command += ["--", "-C", "strip=symbols"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    for line in done.stdout.splitlines():
        message = json.loads(line)
        # Crates of others are libraries, too.
        if message["reason"] == "compiler-artifact" and message["target"]["name"] == crate:
            # An import library of Windows is for linkers.
            yield from (Path(f) for f in message["filenames"] if Path(f).suffix != ".lib")


if __name__ == "__main__":
    build_libraries()
