"""A folder that behaves like an object store, for tables whose warehouse is on a disk."""

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from headrace._native import Sink, translated
from headrace.commit import FileLock, sync_dir
from headrace.errors import CommitConflictError, WriteError

SMALL_BYTES: Final = 1 << 20
"""Objects that are told apart by their content [bytes]."""

_HIDDEN: Final = ".headrace"
_CONTENT: Final = "content"
_PUT: Final = "put-"


class LocalStore:
    """A `Store` in a folder: every object is there whole, or not.

    Args:
        root: The folder; made with the first object.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def url(self, key: str) -> str:
        """As `Store.url`: `file:///folder/key`."""
        return f"file://{self._root.absolute().as_posix()}/{key}"

    def get(
        self, key: str, *, offset: int = 0, length: int | None = None
    ) -> tuple[bytes, str] | None:
        """As `Store.get`."""
        with self._doing("read", key):
            try:
                with self._path(key).open("rb") as file:
                    etag = _etag(file)
                    file.seek(offset)
                    return file.read(-1 if length is None else length), etag
            except FileNotFoundError:
                return None

    def head(self, key: str) -> tuple[int, str] | None:
        """As `Store.head`."""
        with self._doing("read", key):
            try:
                with self._path(key).open("rb") as file:
                    return os.fstat(file.fileno()).st_size, _etag(file)
            except FileNotFoundError:
                return None

    def put(
        self, key: str, data: bytes, *, if_absent: bool = False, if_match: str | None = None
    ) -> str:
        """As `Store.put`."""
        path = self._path(key)
        with self._doing("written", key), self._locked():
            if if_absent or if_match is not None:
                found = self.head(key)
                if if_absent and found is not None:
                    message = "the object is there already"
                    raise CommitConflictError(message, file=self.url(key))
                if if_match is not None and (found is None or found[1] != if_match):
                    message = "the object is another one by now"
                    raise CommitConflictError(message, file=self.url(key))
            part = self._part(f"{_PUT}{uuid.uuid4().hex}")
            for stale in part.parent.glob(f"{_PUT}*"):
                stale.unlink()  # of a process that died here: one at a time is at work
            try:
                with part.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                with part.open("rb") as file:
                    etag = _etag(file)
                _move(part, path)
            finally:
                part.unlink(missing_ok=True)
        return etag

    def list_uploads(self, key: str) -> Sequence[str]:
        """As `Store.list_uploads`."""
        folder = self._root / _HIDDEN
        return [p.name for p in sorted(folder.glob(f"{_name(key)}-*"))]

    def list(self, prefix: str) -> list[tuple[str, int]]:
        """As `Store.list`."""
        start = self._path(prefix.rpartition("/")[0]) if "/" in prefix else self._root
        found = []
        with self._doing("listed", prefix):
            for path in start.rglob("*"):
                key = path.relative_to(self._root).as_posix()
                if key.startswith(prefix) and not key.startswith(_HIDDEN) and path.is_file():
                    found.append((key, path.stat().st_size))
        return sorted(found)

    def delete(self, key: str) -> None:
        """As `Store.delete`; folders that it leaves empty go, too."""
        path = self._path(key)
        with self._doing("removed", key):
            path.unlink(missing_ok=True)
        with suppress(OSError):  # not empty, or another's already
            for folder in path.parents:
                if folder == self._root:
                    break
                folder.rmdir()

    def create_upload(self, key: str) -> str:
        """As `Store.create_upload`."""
        upload_id = f"{_name(key)}-{uuid.uuid4().hex}"
        with self._doing("written", key):
            # A folder, so that nobody can write to an upload any more that was aborted.
            self._part(upload_id).mkdir()
        return upload_id

    def resume_sink(self, key: str, upload_id: str, *, part_bytes: int, in_flight: int) -> Sink:  # noqa: ARG002  as of a store
        """As `Store.resume_sink`: a file beside the objects."""
        with self._doing("written", key), translated():
            return Sink.file(str(self._part(upload_id) / _CONTENT))

    def complete_upload(self, key: str, upload_id: str, parts: Sequence[str]) -> str:  # noqa: ARG002  one file
        """As `Store.complete_upload`."""
        upload = self._part(upload_id)
        with self._doing("written", key):
            try:
                _move(upload / _CONTENT, self._path(key))
            except FileNotFoundError as error:
                message = "there is no such upload: it was completed or aborted before"
                raise WriteError(message, file=self.url(key)) from error
            finally:
                with suppress(OSError):  # not empty, where it could not be moved
                    upload.rmdir()
        return ""

    def abort_upload(self, key: str, upload_id: str) -> None:
        """As `Store.abort_upload`."""
        with self._doing("removed", key), suppress(FileNotFoundError):
            shutil.rmtree(self._part(upload_id))

    def _path(self, key: str) -> Path:
        return self._root / key

    def _part(self, name: str) -> Path:
        folder = self._root / _HIDDEN
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = FileLock(self._part("lock"))
        lock.acquire(wait=True)
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _doing(self, what: str, key: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            message = f"the object cannot be {what}: {error.strerror or error}"
            raise WriteError(message, file=error.filename or self.url(key)) from error


def _move(part: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part.replace(path)
    sync_dir(path.parent)


def _name(key: str) -> str:
    return hashlib.blake2b(key.encode(), digest_size=8).hexdigest()


def _etag(file: BinaryIO) -> str:
    """What tells an object from the one that takes its place.

    By content where that is small: a file of its size may come under the same number within one
    tick of the clock. Large ones are data, written once under a name of their own.
    """
    found = os.fstat(file.fileno())
    if found.st_size > SMALL_BYTES:
        return f"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}"
    return hashlib.blake2b(file.read(), digest_size=16).hexdigest()
