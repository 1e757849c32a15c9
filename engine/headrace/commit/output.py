"""Where a writer's files go: a folder, or uploads that nobody sees yet."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

from headrace.commit.files import FileMetadata
from headrace.commit.intent import Upload

BUFFER_BYTES: Final = 16 << 20
"""Rows that writers may hold back for row groups while several files are open [bytes]."""


class FalseClaimError(Exception):
    """What a writer says of a file is not so; whoever knows the writer says who.

    Args:
        message: What it does, as in `reports a file that is not there`.
        file: The file.
    """

    def __init__(self, message: str, file: str) -> None:
        super().__init__(message)
        self.message = message
        self.file = file


class Output(Protocol):
    """Takes the files of one commit, under names of their own.

    A name is relative, with `/` between folders, which are made; it is also the path by which the
    writer reports the file.
    """

    @property
    def directory(self) -> Path:
        """A private folder for writers that know only paths; made when it is asked for."""

    @property
    def written_bytes(self) -> int:
        """Bytes that were written so far, about; for the eye."""

    @property
    def buffer_bytes(self) -> int:
        """Rows that writers may hold back while several files are open [bytes]."""

    def open(self, name: str) -> BinaryIO:
        """A new file to write bytes to.

        Raises:
            FalseClaimError: The name leads out of the output.
            FileExistsError: There is such a file already.
            HeadraceError: It cannot be made.
        """

    def native(self, name: str) -> Any:  # noqa: ANN401  a path, or a sink of the extension
        """A new file for native code; the same as `open`.

        Raises:
            FalseClaimError: The name leads out of the output.
            HeadraceError: It cannot be made.
        """

    def crowded(self) -> Sequence[str]:
        """Open files that must be closed for others to have room in memory."""

    def take(self, file: FileMetadata) -> FileMetadata:
        """A file that a writer reports as closed, with its full path.

        Raises:
            FalseClaimError: It is not there, not as large as reported, or hidden from readers.
            HeadraceError: It cannot be kept.
        """

    def check(self, files: Sequence[FileMetadata]) -> None:
        """Refuse to commit what is not as it was when it was taken, or was never reported.

        Raises:
            FalseClaimError: A file is gone, changed, or unknown.
        """

    def final_path(self, path: str) -> str:
        """Where readers will find a file that was taken, relative to the target.

        Raises:
            ValueError: It is not of this output.
        """

    def uploads(self) -> Mapping[str, Upload]:
        """What the commit must complete, by final path; nothing where files are only moved."""
