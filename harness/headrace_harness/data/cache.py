"""Finds or makes a data set: one maker at a time, renamed into place, hash recorded and checked."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from headrace_harness.catalog import DataSet, Size
from headrace_harness.data.cut import copy_records, count_records
from headrace_harness.errors import DataSetError, UsageError
from headrace_harness.locks import locked

# Raised when a maker's output changes on purpose, so that old files are not taken for new ones.
MAKER_VERSION = 1

Announce = Callable[[str], None]


class Maker(Protocol):
    """A module of this package that makes a data set."""

    def make(self, dataset: DataSet, size: Size, target: Path) -> None:
        """Write the CSV file `target`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A data set on disk.

    Attributes:
        path: The CSV file.
        sha256: Of its bytes, checked just now.
        size_bytes: Its length [bytes].
        rows: Records below the header.
    """

    path: Path
    sha256: str
    size_bytes: int
    rows: int


def prepare(
    dataset: DataSet, size: Size, folder: Path, *, rows: int | None = None, announce: Announce
) -> Prepared:
    """A data set at a size, made if it is not there.

    Args:
        dataset: What.
        size: At which size.
        folder: The cache; created.
        rows: Keep only the first so many records; None keeps all.
        announce: Told what takes long.

    Raises:
        UsageError: `rows` is more than the size has.
        DataSetError: It cannot be made, or its hash is not the pinned one.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _prepare(dataset, size, folder, rows, announce)
    except OSError as error:
        message = f"{dataset.name}: {error}"
        raise DataSetError(message) from error


def _prepare(
    dataset: DataSet, size: Size, folder: Path, rows: int | None, announce: Announce
) -> Prepared:
    whole = _find_or_make(
        folder / f"{dataset.name}-{size.name}-v{MAKER_VERSION}.csv",
        size.sha256,
        lambda target: _maker(dataset).make(dataset, size, target),
        announce,
    )
    if whole.rows != size.rows:
        message = f"{whole.path} has {whole.rows} rows; the scenario says {size.rows}"
        raise DataSetError(message)
    if rows is None or rows == whole.rows:
        return whole
    if rows > whole.rows:
        message = f"data set {dataset.name} at size {size.name} has {whole.rows} rows, not {rows}"
        raise UsageError(message)
    return _find_or_make(
        whole.path.with_name(f"{whole.path.stem}-{rows}.csv"),
        "",
        lambda target: copy_records(whole.path, target, rows),
        announce,
    )


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _find_or_make(
    path: Path, pinned: str, make: Callable[[Path], object], announce: Announce
) -> Prepared:
    note = path.with_suffix(".json")
    lock = path.with_suffix(".lock")
    with locked(lock, f"finish {lock.stem}", announce):
        if path.exists() and note.exists():
            found = _read_note(path, note)
            announce(f"checking {path.name}")
            if hash_file(path) == found.sha256 and pinned in ("", found.sha256):
                return found
            announce(f"{path.name} is not what its hash says; making it anew")
        announce(f"making {path.name}")
        made = _make(path, make)
        if pinned not in ("", made.sha256):
            path.unlink()
            message = f"{path.name} has SHA-256 {made.sha256}; the scenario says {pinned}"
            raise DataSetError(message)
        _write_note(note, made)
        return made


def _make(path: Path, make: Callable[[Path], object]) -> Prepared:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        make(temporary)
        made = Prepared(
            path=path,
            sha256=hash_file(temporary),
            size_bytes=temporary.stat().st_size,
            rows=count_records(temporary),
        )
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return made


def _read_note(path: Path, note: Path) -> Prepared:
    facts = json.loads(note.read_text(encoding="utf-8"))
    return replace(Prepared(**facts), path=path)


def _write_note(note: Path, made: Prepared) -> None:
    facts = asdict(made) | {"path": made.path.name}
    temporary = note.with_name(f".{note.name}.{os.getpid()}")
    temporary.write_text(json.dumps(facts), encoding="utf-8")
    temporary.replace(note)


def _maker(dataset: DataSet) -> Maker:
    try:
        return cast("Maker", import_module(f"headrace_harness.data.{dataset.maker}"))
    except ModuleNotFoundError as error:
        message = f"data set {dataset.name}: no maker {dataset.maker!r}"
        raise DataSetError(message) from error
