"""Which files of a CSV source are still to be read, from where on, and what the state keeps."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from headrace import _native
from headrace.errors import AuthError, ReaderError, SourceNotFoundError
from headrace.readers.state import State

CHECK_BYTES: Final = 4096
"""Of a file that may grow, the bytes at each end of what was read that must stay [bytes]."""

STDIN: Final = "-"
"""The path that means standard input."""


class PendingFile:
    """A file that is to be read.

    Attributes:
        path: Its path; `-` is standard input.
        native: What the core reads.
        end: Byte offset and line behind the last record read; the reader sets it.
    """

    def __init__(self, path: str, native: _native.CsvFile) -> None:
        self.path = path
        self.native = native
        self.end = (0, 1)

    def is_read(self) -> None:
        """Tell the state that every record of the file has been yielded."""


class _Kept(PendingFile):
    """A file that the state is told of."""

    def __init__(
        self,
        path: str,
        native: _native.CsvFile,
        *,
        mark: Mapping[str, int],
        key: str,
        stream: str,
        state: State | None,
        notes: list[str],
    ) -> None:
        super().__init__(path, native)
        self._mark = mark
        self._key = key
        self._stream = stream
        self._state = state
        self._notes = notes

    def is_read(self) -> None:
        """As `PendingFile`.

        Raises:
            ReaderError: The file changed while it was read.
        """
        self._keep(self._entry())

    def _entry(self) -> dict[str, Any]:
        if fingerprint(self.path) != self._mark:
            message = "the file changed while it was read"
            raise ReaderError(message, file=self.path)
        # Of a part that an earlier run left, nothing is to be kept: null removes.
        return {**self._mark, "offset": None, "line": None, "check": None}

    def _keep(self, entry: Mapping[str, Any]) -> None:
        if self._state is not None:
            self._state.merge(self._stream, {"files": {self._key: dict(entry)}})


class _Growing(_Kept):
    """A file that may grow, and is read up to its last line end."""

    def _entry(self) -> dict[str, Any]:
        size, (offset, line) = fingerprint(self.path)["bytes"], self.end
        if size < offset:
            message = "the file changed while it was read"
            raise ReaderError(message, file=self.path)
        if size > offset:
            self._notes.append(
                f"{self.path} does not end with a line end: its last {size - offset} bytes, from "
                f"byte {offset} (line {line}) on, are left for the next run"
            )
        # What it was before it was read: what has come since makes it another file.
        return {**self._mark, "offset": offset, "line": line, "check": digest(self.path, offset)}


class Pending:
    """The files that a state does not hold.

    Args:
        changed_file: What becomes of a file that has changed: `error` or `reread`.
        grown_file: What a file that has grown is: a `change`, or read on (`append`).
        base_dir: What the state's names of files are relative to.
        stream: The stream whose cursor it is.
        notes: Gets what a run's report should say.
    """

    def __init__(
        self,
        *,
        changed_file: str,
        grown_file: str,
        base_dir: str | Path,
        stream: str,
        notes: list[str],
    ) -> None:
        self._notes = notes
        self._rereads = changed_file == "reread"
        self.appends = grown_file == "append"
        self._base = f"{Path(base_dir).absolute().as_posix().rstrip('/')}/"
        self._stream = stream

    def files(
        self, paths: Mapping[str, _native.CsvFile | None], state: State | None
    ) -> Iterator[PendingFile]:
        """The files that `state` does not hold, in order; pipes, which have a value, are none.

        Raises:
            ReaderError: A file that was read has changed since, and `changed_file` is `error`.
        """
        cursor = (state.get(self._stream) if state else None) or {}
        done: Mapping[str, Mapping[str, Any]] = cursor.get("files", {})
        for path, pipe in paths.items():
            if pipe is not None:
                yield PendingFile(path, pipe)
                continue
            key, mark = self._key(path), fingerprint(path)
            before = done.get(key)
            begin = None
            if before is not None:
                if self._is_done(before, mark):
                    continue
                begin = self._begin(path, before, mark)
            native = _native.CsvFile(path, is_growing=self.appends, read_from=begin)
            kind = _Growing if self.appends else _Kept
            yield kind(
                path,
                native,
                mark=mark,
                key=key,
                stream=self._stream,
                state=state,
                notes=self._notes,
            )

    def _is_done(self, before: Mapping[str, Any], mark: Mapping[str, int]) -> bool:
        """Whether nothing of the file is left to be read."""
        is_same = all(before.get(name) == value for name, value in mark.items())
        # Files that may grow leave what no line end ends; others do not.
        return is_same and (self.appends or before.get("offset", mark["bytes"]) >= mark["bytes"])

    def _begin(
        self, path: str, before: Mapping[str, Any], mark: Mapping[str, int]
    ) -> tuple[int, int] | None:
        """Where to read on; None for the beginning."""
        is_same = all(before.get(name) == value for name, value in mark.items())
        why = "has changed"
        if "offset" in before and (is_same or (self.appends and mark["bytes"] > before["bytes"])):
            offset, line = before["offset"], before["line"]
            if mark["bytes"] >= offset and digest(path, offset) == before["check"]:
                return offset, line
            why = "has changed in the part that was read"
        elif self.appends and mark["bytes"] > before["bytes"]:
            why = "has grown, and that run did not keep what tells whether it only grew"
        if not self._rereads:
            message = (
                f"the file was read by an earlier run and {why}; set changed_file: "
                "reread to read it whole again, or `headrace state reset`"
            )
            raise ReaderError(message, file=path)
        return None

    def _key(self, path: str) -> str:
        """How the state names a file: relative to the job where it is below it."""
        # Path.absolute would take longer than all else that is done for one of 10,000 files.
        absolute = path if os.path.isabs(path) else f"{os.getcwd()}/{path}"  # noqa: PTH109, PTH117
        whole = Path(absolute).as_posix()
        return whole.removeprefix(self._base)


def is_pipe(path: str) -> bool:
    """Whether what is at `path` comes once: standard input, a pipe, a device.

    Raises:
        ReaderError: Nothing at `path`, a directory, or no permission.
    """
    return path == STDIN or not stat.S_ISREG(_status(path).st_mode)


def fingerprint(path: str) -> dict[str, int]:
    """What tells a file from its earlier self: size [bytes] and modification time [ns].

    Raises:
        ReaderError: Nothing at `path`, a directory, or no permission.
    """
    status = _status(path)
    return {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns}


def digest(path: str, length: int) -> str:
    """What tells the first `length` bytes of a file from others, by those at both their ends.

    Raises:
        ReaderError: The file cannot be read.
    """
    # It brings OpenSSL, 4 MB that a run without state need not have.
    import hashlib  # noqa: PLC0415

    start = max(0, length - CHECK_BYTES)
    try:
        with Path(path).open("rb") as file:
            head = file.read(min(length, CHECK_BYTES))
            file.seek(start)
            tail = file.read(length - start)
    except OSError as error:
        raise unreadable(path, error) from error
    return hashlib.blake2b(head + tail, digest_size=16).hexdigest()


def _status(path: str) -> os.stat_result:
    try:
        status = os.stat(path)  # noqa: PTH116  Path.stat would build a Path for each of 10,000 files
    except OSError as error:
        raise unreadable(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        message = "the path is a directory; write a glob such as data/*.csv for the files in it"
        raise SourceNotFoundError(message, file=path)
    return status


def unreadable(path: str, error: OSError) -> ReaderError:
    """What an operating system error means for someone reading `path`."""
    if isinstance(error, FileNotFoundError):
        return SourceNotFoundError("there is no such file", file=path)
    if isinstance(error, PermissionError):
        return AuthError("no permission to read the file", file=path)
    return ReaderError(f"the file cannot be read: {error.strerror}", file=path)
