"""A job's stored cursors: versioned, replaced atomically, never silently reset."""

from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from headrace.commit import decode_json, encode_json, read_json, write_json
from headrace.errors import StateError, WriterError
from headrace.job import StateSection
from headrace.stores import Store

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


class StateStore(Protocol):
    """Keeps a job's cursors.

    Attributes:
        job: The job's name.
        place: Where, for people.
    """

    job: str
    place: str

    def load(self) -> StateDocument | None:
        """The stored document, or None where there is none.

        Raises:
            StateError: It is corrupt, of a newer version, or another job's.
            WriterError: The store cannot be reached.
        """

    def save(self, document: StateDocument) -> None:
        """Replace the stored document.

        Raises:
            StateError: It could not be written; the old one stands.
        """


def open_store(section: StateSection, *, job: str) -> StateStore:
    """Where a job keeps its state.

    Args:
        section: As the job says it.
        job: The job's name.
    """
    if section.path is not None:
        return LocalStateStore(section.path, job=job)
    from headrace.stores.bucket import Bucket  # noqa: PLC0415  only where it is used

    bucket = Bucket(section.bucket or "", section.prefix, section, section="state")
    return BucketStateStore(bucket, job=job)


class LocalStateStore:
    """State in `<path>/<job>.json`.

    Args:
        path: The folder; made where it is missing.
        job: The job's name.
    """

    def __init__(self, path: str | Path, *, job: str) -> None:
        self.path = Path(path) / f"{job}.json"
        self.place = str(self.path)
        self.job = job

    def load(self) -> StateDocument | None:
        """The stored document, or None where there is none.

        Raises:
            StateError: It is corrupt, of a newer version, or another job's.
        """
        return _own(read_json(self.path, StateDocument, version=VERSION), self)

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


class BucketStateStore:
    """State in `<job>.json` of an object store.

    Args:
        store: Where.
        job: The job's name.
    """

    def __init__(self, store: Store, *, job: str) -> None:
        self._store = store
        self._key = f"{job}.json"
        self.place = store.url(self._key)
        self.job = job

    def load(self) -> StateDocument | None:
        """As `StateStore.load`."""
        found = self._store.get(self._key)
        if found is None:
            return None
        document = decode_json(found[0], StateDocument, version=VERSION, place=self.place)
        return _own(document, self)

    def save(self, document: StateDocument) -> None:
        """As `StateStore.save`."""
        try:
            self._store.put(self._key, encode_json(document))
        except WriterError as error:
            message = f"the object cannot be written: {error.message}"
            raise StateError(message, file=self.place) from error


def _own(document: StateDocument | None, store: StateStore) -> StateDocument | None:
    if document is not None and document.job != store.job:
        message = f"the file holds the state of job {document.job!r}, not of {store.job!r}"
        raise StateError(message, file=store.place)
    return document
