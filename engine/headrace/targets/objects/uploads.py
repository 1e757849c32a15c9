"""Where a run's files go: uploads that nobody sees before the commit completes them."""

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Final, cast
from weakref import WeakSet

from headrace._native import Sink, translated
from headrace.commit import FalseClaimError, FileMetadata, StagedDirectory, Upload, reached
from headrace.commit.sinkfile import SinkFile
from headrace.errors import WriteError
from headrace.stores import Store
from headrace.targets.objects.control import Control

PART_BYTES: Final = 8 << 20
"""Of an upload's part: 10,000 of them are a file of 80 GB [bytes]."""

LEAST_PART_BYTES: Final = 5 << 20
"""Below it only the last part of an upload may be [bytes]."""

IN_FLIGHT: Final = 1
"""Parts of a file that are on their way while the next is gathered."""

HELD_BYTES: Final = 24 << 20
"""What all open files together may hold back for their next parts [bytes]."""

BUFFER_BYTES: Final = 6 << 20
"""Rows that writers may hold back beside those parts [bytes]."""

# Of every stream of a run: they share the memory of one process.
_outputs: "WeakSet[UploadOutput]" = WeakSet()

_PIECE_BYTES: Final = 1 << 20


class UploadOutput:
    """An `Output` whose files are uploads.

    Args:
        store: Where they go.
        control: Keeps record of them.
        commit_id: The commit that they are of.
        folder: What their keys begin with.
        scratch: A folder of this machine for writers that know only paths; made when asked for.
        private: The folder above it that nobody else may look into.
    """

    def __init__(
        self,
        store: Store,
        control: Control,
        *,
        commit_id: str,
        folder: str,
        scratch: Path,
        private: Path,
    ) -> None:
        self._store = store
        self._control = control
        self._commit_id = commit_id
        self._folder = folder
        self._scratch = StagedDirectory(scratch)
        self._private = private
        self._open: dict[str, tuple[Sink, str]] = {}
        self._taken: dict[str, tuple[Upload, int]] = {}
        self.spilled = 0
        _outputs.add(self)

    @property
    def directory(self) -> Path:
        """As `Output.directory`.

        Raises:
            WriteError: Somebody else's folder is in its place.
        """
        _make_private(self._private)
        return self._scratch.directory

    @property
    def written_bytes(self) -> int:
        """As `Output.written_bytes`."""
        done = sum(size for _, size in self._taken.values())
        return done + sum(sink.written_bytes for sink, _ in self._open.values())

    @property
    def held_bytes(self) -> int:
        """What its open files hold back for their next parts [bytes]."""
        return sum(sink.held_bytes for sink, _ in self._open.values())

    @property
    def buffer_bytes(self) -> int:
        """As `Output.buffer_bytes`: less than of a folder, for parts are held back, too."""
        return BUFFER_BYTES

    def open(self, name: str) -> BinaryIO:
        """As `Output.open`."""
        file = SinkFile(self.native(name), name=self._store.url(self._key(name)))
        return cast("BinaryIO", file)

    def native(self, name: str) -> Sink:
        """As `Output.native`: a sink."""
        if name in self._open or self._key(name) in self._taken:
            message = f"the file is there already: {self._store.url(self._key(name))}"
            raise FileExistsError(message)
        key = self._key(name)
        upload_id = self._control.begin_upload(self._commit_id, key)
        reached("after_upload_begun")
        sink: Sink = self._store.resume_sink(
            key, upload_id, part_bytes=PART_BYTES, in_flight=IN_FLIGHT
        )
        self._open[name] = (sink, upload_id)
        return sink

    def crowded(self) -> Sequence[str]:
        """As `Output.crowded`: sends what may be a part, and names files that are too small."""
        held = {name: sink.held_bytes for name, (sink, _) in self._open.items()}
        if not held or sum(output.held_bytes for output in _outputs) <= HELD_BYTES:
            return ()
        name = max(held, key=held.__getitem__)
        if held[name] < LEAST_PART_BYTES:
            return (name,)
        with translated():
            self._open[name][0].upload_part()
        return ()

    def take(self, file: FileMetadata) -> FileMetadata:
        """As `Output.take`; a file of the private folder is uploaded and removed there."""
        if file.path in self._open:
            sink, upload_id = self._open.pop(file.path)
            return self._kept(file, file.path, sink, upload_id)
        staged = self._scratch.take(file)
        if not staged.atomic:
            return staged
        path = Path(staged.path)
        name = path.relative_to(self._scratch.directory).as_posix()
        sink = self.native(name)
        with path.open("rb") as source, translated():
            while piece := source.read(_PIECE_BYTES):
                sink.write(piece)
            sink.close()
        path.unlink()
        self.spilled += 1
        _, upload_id = self._open.pop(name)
        return self._kept(file, name, sink, upload_id)

    def check(self, files: Sequence[FileMetadata]) -> None:
        """As `Output.check`."""
        self._scratch.check([])
        if self._open:
            message = "left a file that it does not report"
            raise FalseClaimError(message, self._store.url(self._key(next(iter(self._open)))))
        for file in files:
            if not file.atomic:
                self._scratch.take(file)

    def final_path(self, path: str) -> str:
        """As `Output.final_path`: the key."""
        key = path.removeprefix(self._store.url(""))
        if key not in self._taken:
            message = f"{path} is not of this commit"
            raise ValueError(message)
        return key

    def uploads(self) -> Mapping[str, Upload]:
        """As `Output.uploads`."""
        return {key: upload for key, (upload, _) in self._taken.items()}

    def _kept(self, file: FileMetadata, name: str, sink: Any, upload_id: str) -> FileMetadata:  # noqa: ANN401  a Sink
        key = self._key(name)
        url = self._store.url(key)
        with translated():
            size = sink.close()  # of one that is closed it tells the size
        if size != file.bytes:
            message = f"reports {file.bytes} bytes of a file that has {size}"
            raise FalseClaimError(message, url)
        self._taken[key] = (Upload(id=upload_id, parts=tuple(sink.parts)), size)
        return replace(file, path=url, atomic=True)

    def _key(self, name: str) -> str:
        parts = Path(name).parts
        if Path(name).is_absolute() or ".." in parts:
            message = "asks for a file outside of its directory"
            raise FalseClaimError(message, name)
        if any(part.startswith((".", "_")) for part in parts):
            message = "reports a file that readers pass over: its name is hidden"
            raise FalseClaimError(message, name)
        return f"{self._folder}/{Path(name).as_posix()}"


def _make_private(folder: Path) -> None:
    """Make a folder of the machine's temporary one, which others may write to, one's own.

    Raises:
        WriteError: It is somebody else's, or a link.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        message = f"the folder cannot be made: {error.strerror or error}"
        raise WriteError(message, file=str(folder)) from error
    is_ours = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    if not (is_ours and stat.S_ISDIR(found.st_mode)):
        message = "the folder is somebody else's: remove it, or set TMPDIR"
        raise WriteError(message, file=str(folder))
    folder.chmod(0o700)
