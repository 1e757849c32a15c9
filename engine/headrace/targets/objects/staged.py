"""The files of commits that are not visible yet: uploads that are open, or complete and unknown."""

import os
import shutil
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from headrace.commit import Intent, Staging
from headrace.errors import HeadraceError, TargetConnectionError, WriteError
from headrace.stores import Store
from headrace.targets.objects.control import Control
from headrace.targets.objects.uploads import UploadOutput

ABANDONED: Final = "abandoned"
ADOPTED: Final = "adopted"

COMPLETIONS: Final = 4
"""Uploads that are completed at once."""


class StagedUploads:
    """What a target's runs have uploaded and not made visible.

    Args:
        store: Where the files go.
        control: Keeps record of them.
        place: The target, spelled the same for the same place.
    """

    def __init__(self, store: Store, control: Control, *, place: str) -> None:
        self._store = store
        self._control = control
        self._data: UploadOutput | None = None
        self._spilled = 0
        user = os.getuid() if hasattr(os, "getuid") else ""
        name = f"headrace-{user}-{zlib.crc32(place.encode()):08x}"
        self._scratch = Path(tempfile.gettempdir()) / name

    def begin(self, commit_id: str, *, data: str) -> Staging:
        """Make room for a commit's files.

        Args:
            commit_id: The commit.
            data: The folder of its data files.
        """
        outputs = [
            UploadOutput(
                self._store,
                self._control,
                commit_id=commit_id,
                folder=folder,
                scratch=self._scratch / commit_id / kind,
                private=self._scratch,
            )
            for kind, folder in (("data", data), ("quarantine", f"_quarantine/{commit_id}"))
        ]
        self._spilled += self._data.spilled if self._data is not None else 0
        self._data = outputs[0]
        return Staging(data=outputs[0], quarantine=outputs[1])

    def notes(self) -> list[str]:
        """What the run's report says of them."""
        spilled = self._spilled + (self._data.spilled if self._data is not None else 0)
        if not spilled:
            return []
        told = (
            f"{spilled} files were written to this machine's disk first, and removed there: "
            "the writer knows only paths"
        )
        return [told]

    def complete(self, intent: Intent) -> None:
        """Make objects of the uploads; again is the same.

        Raises:
            WriterError: One is neither open nor there.
        """
        files = [f for f in (*intent.files, *intent.quarantine_files) if f.path in intent.uploads]

        def complete(path: str, size: int) -> None:
            upload = intent.uploads[path]
            try:
                self._store.complete_upload(path, upload.id, upload.parts)
            except HeadraceError:
                # Completed before, or an answer that was lost: the object tells.
                found = self._store.head(path)
                if found is None or found[0] != size:
                    raise

        with ThreadPoolExecutor(max_workers=COMPLETIONS) as pool:
            going = [pool.submit(complete, file.path, file.bytes) for file in files]
            try:
                for done in going:
                    done.result()
            except BaseException:
                # Else each of the others would wait for a server that is away.
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def are_there(self, intent: Intent) -> bool:
        """Whether every file of `intent` is there, whole, to be committed.

        Its uploads are completed: no server tells otherwise whether it still has them. Not so
        where the run that wrote them has given them up; else it cannot from now on.

        Raises:
            WriterError: The store failed.
        """
        if intent.fate == ABANDONED or not self._control.decide(intent.run_id, ADOPTED):
            return False
        try:
            self.complete(intent)
        except TargetConnectionError:
            raise
        except WriteError:
            return False
        return True

    def sweep(self) -> list[str]:
        """Remove what dead runs left; their intents must have been settled.

        Returns:
            The commits whose files were removed.
        """
        left = self._control.uploading()
        for commit_id in left:
            self._control.remove_files(commit_id)
            self._control.forget(commit_id)
        if self._scratch.is_dir():
            left += sorted(p.name for p in self._scratch.iterdir())
            shutil.rmtree(self._scratch, ignore_errors=True)
        return sorted(set(left))

    def forget(self, commit_id: str) -> None:
        """Remove what is recorded of a commit that is visible, its intent last."""
        self._control.forget(commit_id)
        self._remove_scratch(commit_id)

    def discard(self, commit_id: str) -> None:
        """Remove a commit's files that never became visible, and its intent.

        Raises:
            WriteError: Another run has taken the target over and is committing them.
            WriterError: The store failed.
        """
        if not self._control.decide(commit_id, ABANDONED):
            message = "another run has taken the target over, and settles what this one wrote"
            raise WriteError(message, run=commit_id)
        self._control.remove_files(commit_id)
        self._control.forget(commit_id)
        self._remove_scratch(commit_id)

    def _remove_scratch(self, commit_id: str) -> None:
        shutil.rmtree(self._scratch / commit_id, ignore_errors=True)
        with suppress(OSError):  # others are at work in it
            self._scratch.rmdir()
