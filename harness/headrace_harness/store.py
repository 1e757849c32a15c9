"""Append-only records of a run: JSON lines under `reports/<run_id>/run.jsonl`.

The records are the truth; every summary is rendered from them. Nothing here rewrites a line.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from headrace_harness.errors import StoreError

SCHEMA_VERSION = 1
RECORDS_NAME = "run.jsonl"

COMPARISON_NAME = "compare.jsonl"

Kind = Literal["run", "env", "sample", "cell", "comparison", "resume"]


class Store:
    """Appends records to one run's file; each line is on disk before the next is written."""

    def __init__(self, folder: Path, *, name: str = RECORDS_NAME, resumes: bool = False) -> None:
        """Open the file of a run.

        Args:
            folder: The run's own folder; created, must not hold records yet.
            name: The file in it: `COMPARISON_NAME` where pairs are measured and no matrix.
            resumes: The folder holds records, which others are appended to; a line that a kill tore
                off is cut.

        Raises:
            StoreError: It holds records, or none where it should; or the run still goes on.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.path = folder / name
        try:
            self._file = self.path.open("r+b" if resumes else "x+b")
        except FileExistsError as error:
            message = f"{self.path} exists; a report folder is never edited"
            raise StoreError(message) from error
        except OSError as error:
            message = f"{self.path}: {error.strerror}"
            raise StoreError(message) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            message = f"{folder.name} still goes on"
            raise StoreError(message) from error
        self._file.truncate(self._file.read().rfind(b"\n") + 1)
        self._file.seek(0, os.SEEK_END)

    def append(self, kind: Kind, facts: Mapping[str, Any]) -> None:
        """Write one record; `at_s` is the Unix time [s]."""
        record = {"schema_version": SCHEMA_VERSION, "kind": kind, "at_s": time.time(), **facts}
        self._file.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file; records stay."""
        self._file.close()


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a run, in the order they were written.

    A last line without its end is what a killed run leaves; it is left out.

    Args:
        path: A run's JSONL file.

    Raises:
        StoreError: Unreadable, a corrupt line, or a newer schema version.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise StoreError(message) from error
    complete = text[: text.rfind("\n") + 1]
    for number, line in enumerate(complete.splitlines(), start=1):
        try:
            record = json.loads(line)
            version = record["schema_version"]
        except (ValueError, KeyError, TypeError) as error:
            message = f"{path}:{number}: not a record: {error}"
            raise StoreError(message) from error
        if version > SCHEMA_VERSION:
            message = (
                f"{path}:{number}: schema version {version}; this harness knows {SCHEMA_VERSION}"
            )
            raise StoreError(message)
        yield record


def find_run(reports: Path, run: str | None) -> Path:
    """The JSONL file of a run.

    Args:
        reports: Folder of runs.
        run: A run id, a folder or a JSONL file; None is the newest under `reports`.

    Raises:
        StoreError: There is no such run.
    """
    if run is None:
        files = sorted(reports.glob(f"*/{RECORDS_NAME}"), key=lambda path: path.stat().st_mtime)
        if files:
            return files[-1]
        message = f"no run under {reports}; make one with `headrace bench run`"
        raise StoreError(message)
    for candidate in (Path(run), Path(run) / RECORDS_NAME, reports / run / RECORDS_NAME):
        if candidate.is_file():
            return candidate
    message = f"no run {run!r} under {reports}"
    raise StoreError(message)
