"""A job's stored cursors: one versioned file, replaced atomically, never silently reset."""

from pathlib import Path
from typing import Any, Final

import msgspec

from headrace.commit import read_json, write_json
from headrace.errors import StateError

VERSION: Final = 1


class StateDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored.

    Attributes:
        job: The job's name.
        checkpoint: The commit that these cursors belong to; None before the first.
        streams: The cursor of each stream.
        schema_version: Of this record.
    """

    job: str
    checkpoint: str | None = None
    streams: dict[str, Any] = {}
    schema_version: int = VERSION


class LocalStateStore:
    """State in `<path>/<job>.json`.

    Args:
        path: The folder; made where it is missing.
        job: The job's name.
    """

    def __init__(self, path: str | Path, *, job: str) -> None:
        self.path = Path(path) / f"{job}.json"
        self.job = job

    def load(self) -> StateDocument | None:
        """The stored document, or None where there is none.

        Raises:
            StateError: It is corrupt, of a newer version, or another job's.
        """
        document = read_json(self.path, StateDocument, version=VERSION)
        if document is not None and document.job != self.job:
            message = f"the file holds the state of job {document.job!r}, not of {self.job!r}"
            raise StateError(message, file=str(self.path))
        return document

    def save(self, document: StateDocument) -> None:
        """Replace the stored document.

        Raises:
            StateError: It could not be written; the old one stands.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_json(self.path, document)
        except OSError as error:
            message = f"the file cannot be written: {error.strerror}"
            raise StateError(message, file=str(self.path)) from error
