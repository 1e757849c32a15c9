"""A private folder that takes a commit's files, to be moved whole when it is time."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from headrace.commit.files import FileMetadata
from headrace.commit.intent import Upload
from headrace.commit.output import BUFFER_BYTES, FalseClaimError
from headrace.errors import WriteError


class StagedDirectory:
    """An `Output` in a folder.

    Args:
        path: The folder; made with the first file.
        final: The folder's name once it is visible, relative to the target.
    """

    def __init__(self, path: Path, *, final: str = "") -> None:
        self._path = path
        self._final = final

    @property
    def directory(self) -> Path:
        """The folder, which is there.

        Raises:
            WriteError: It cannot be made.
        """
        self._made(self._path)
        return self._path

    @property
    def written_bytes(self) -> int:
        """Bytes of the files that are there; 0 while one of them moves."""
        try:
            return sum(p.stat().st_size for p in self._path.rglob("*.*") if p.is_file())
        except OSError:
            return 0  # a file was closed and moved while we looked; the next drawing has it

    @property
    def buffer_bytes(self) -> int:
        """As `Output.buffer_bytes`."""
        return BUFFER_BYTES

    def open(self, name: str) -> BinaryIO:
        """As `Output.open`."""
        return self._place(name).open("xb")

    def native(self, name: str) -> str:
        """As `Output.native`: the path."""
        return str(self._place(name))

    def crowded(self) -> Sequence[str]:
        """Nothing: the system keeps what is written."""
        return ()

    def take(self, file: FileMetadata) -> FileMetadata:
        """As `Output.take`; a path from elsewhere stays there, and is not atomic."""
        path = self._path / file.path  # an absolute path stays itself
        with _reading(path):
            _check_file(path, file.bytes)
            inside = path.resolve().is_relative_to(self._path.resolve())
        if inside != path.is_relative_to(self._path):
            message = "reports a link that leads out of its directory, or in"
            raise FalseClaimError(message, str(path))
        if inside and _is_hidden(path.relative_to(self._path)):
            message = "reports a file that readers pass over: its name is hidden"
            raise FalseClaimError(message, str(path))
        return replace(file, path=str(path), atomic=inside)

    def check(self, files: Sequence[FileMetadata]) -> None:
        """As `Output.check`."""
        known = {file.path for file in files}
        with _reading(self._path):
            for path in self._path.rglob("*"):
                if path.is_file() and str(path) not in known:
                    message = "left a file that it does not report"
                    raise FalseClaimError(message, str(path))
            for file in files:
                _check_file(Path(file.path), file.bytes)

    def final_path(self, path: str) -> str:
        """As `Output.final_path`."""
        return str(PurePosixPath(self._final, (self._path / path).relative_to(self._path)))

    def uploads(self) -> Mapping[str, Upload]:
        """Nothing: the folder is moved."""
        return {}

    def _place(self, name: str) -> Path:
        path = self._path / name
        if Path(name).is_absolute() or ".." in Path(name).parts:
            message = "asks for a file outside of its directory"
            raise FalseClaimError(message, name)
        self._made(path.parent)
        return path

    def _made(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"the folder cannot be made: {error.strerror or error}"
            raise WriteError(message, file=str(folder)) from error


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"what was written cannot be read: {error.strerror or error}"
        raise WriteError(message, file=str(error.filename or path)) from error


def _check_file(path: Path, size: int) -> None:
    """Refuse a file that is not there, or not as large as its writer says [bytes]."""
    if not path.is_file():
        message = "reports a file that is not there"
        raise FalseClaimError(message, str(path))
    found = path.stat().st_size
    if found != size:
        message = f"reports {size} bytes of a file that has {found}"
        raise FalseClaimError(message, str(path))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)
