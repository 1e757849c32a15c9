"""A local directory as a target.

```
<path>/<run>/…                visible: one rename made it so
<path>/_staging/<run>/…       being written; no reader looks below `_`
<path>/_quarantine/<run>/…    quarantined rows, by the same commit
<path>/_headrace/             manifest.json, journal/<run>.json, lock, owner
```
"""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from headrace.commit import (
    Checkpoint,
    FileLock,
    Intent,
    Manifest,
    StagedDirectory,
    Staging,
    reached,
    read_json,
    sync_dir,
    write_json,
)
from headrace.commit.intent import VERSION
from headrace.errors import CommitUnknownError, FencedError, WriteError
from headrace.job.check import PathText
from headrace.job.struct import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator


_QUARANTINE = ".quarantine"


class LocalConfig(Struct, frozen=True, kw_only=True):
    """The keys of `target: {type: local}`."""

    path: PathText
    mode: Literal["append", "replace", "fail"] = "append"
    concurrent_run: Literal["fail", "wait"] = "fail"


class LocalTarget:
    """Makes a run's files visible by one rename.

    Args:
        config: Where, and what of the data that are there.
    """

    Config = LocalConfig

    def __init__(self, config: LocalConfig) -> None:
        self.root = Path(config.path)
        self.mode = config.mode
        self.waits = config.concurrent_run == "wait"
        self._control = self.root / "_headrace"
        self._manifest_path = self._control / "manifest.json"
        self._journals = self._control / "journal"
        self._lock = FileLock(self._control / "lock")
        self._manifest = Manifest()

    @staticmethod
    def place(config: LocalConfig) -> str:
        """The directory's real path, by which streams and runs know that it is the same."""
        return os.path.realpath(config.path)

    @staticmethod
    def visible(config: LocalConfig) -> list[str]:
        """The visible files by path, in the order of the commits.

        Raises:
            StateError: The manifest is corrupt or of a newer version.
        """
        root = Path(config.path).absolute()
        manifest = Manifest.load(root / "_headrace" / "manifest.json")
        return [str(root / file.path) for file in manifest.files]

    def check(self) -> str:
        """Say whether the directory can be written, without writing to it.

        Raises:
            WriteError: It cannot.
        """
        nearest = self.root
        while not nearest.exists() and nearest != nearest.parent:
            nearest = nearest.parent
        if not nearest.is_dir():
            message = f"{nearest} is not a directory"
            raise WriteError(message, file=str(self.root))
        if not os.access(nearest, os.W_OK | os.X_OK):
            message = f"no permission to write to {nearest}"
            raise WriteError(message, file=str(self.root))
        return f"{self.root} can be written"

    def acquire(self, run_id: str) -> None:
        """Own the target until `release`; nobody else commits to it meanwhile.

        Raises:
            FencedError: Another run owns it, and the job does not wait.
            WriteError: The directory cannot be made or written.
            StateError: The manifest is corrupt.
        """
        with self._writing("cannot be prepared"):
            self._journals.mkdir(parents=True, exist_ok=True)
        with self._writing("cannot be locked"):
            is_ours = self._lock.acquire(wait=self.waits)
        if not is_ours:
            owner = self._owner()
            message = (
                f"another run owns the target{owner}; wait for it to end, or set "
                "concurrent_run: wait"
            )
            raise FencedError(message, file=str(self.root))
        try:
            with self._writing("cannot be locked"):
                (self._control / "owner").write_text(f"run {run_id}, process {os.getpid()}")
            self._manifest = Manifest.load(self._manifest_path)
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let others own the target."""
        self._lock.release()

    def pending(self) -> list[Intent]:
        """The commits that a crash left unfinished.

        Raises:
            StateError: A journal is corrupt.
            WriteError: The directory cannot be read.
        """
        with self._writing("cannot be read"):
            # Not by `glob`, which takes a folder that it may not read for an empty one.
            paths = sorted(p for p in self._journals.iterdir() if p.suffix == ".json")
        found = (read_json(path, Intent, version=VERSION) for path in paths)
        return [intent for intent in found if intent is not None]

    def checkpoint(self, job: str) -> Checkpoint | None:
        """Where a job stands."""
        return self._manifest.checkpoints.get(job)

    def check_replace(self, job: str) -> None:
        """Refuse to take away what another job will never read again.

        Raises:
            WriteError: The mode is `replace`, and a job that keeps state has data here.
        """
        if self.mode == "replace":
            self._manifest.check_replace(job, str(self.root))

    def set_state(self, job: str, state: dict[str, Any], *, streams: tuple[str, ...] = ()) -> None:
        """Put other cursors into a job's checkpoint; nothing where it has none.

        Args:
            job: The job's name.
            state: Its cursors.
            streams: The streams that the checkpoint is of, where they are several.

        Raises:
            WriteError: The manifest cannot be written; the old one stands.
        """
        changed = self._manifest.with_state(job, state, streams)
        if changed is self._manifest:
            return
        with self._writing("cannot be changed"):
            changed.save(self._manifest_path)
        self._manifest = changed

    def replaced_runs(self) -> tuple[str, ...]:
        """The visible runs that a commit in this mode takes away."""
        if self.mode != "replace":
            return ()
        return tuple(entry.run_id for entry in self._manifest.runs)

    def is_committed(self, intent: Intent) -> bool:
        """Whether the commit point of `intent` is passed.

        Raises:
            WriteError: The directory cannot be read.
        """
        with self._writing("cannot be read"):
            return self._manifest.has(intent.run_id) or (self.root / intent.run_id).exists()

    def is_staged(self, intent: Intent) -> bool:
        """Whether every file of `intent` is there, whole, to be committed.

        Raises:
            WriteError: The directory cannot be read.
        """
        data, quarantine = self._staged(intent)
        places = [
            (data / Path(file.path).relative_to(intent.run_id), file)
            for file in intent.files
            if file.atomic
        ]
        places += [
            (quarantine / Path(file.path).relative_to(Path("_quarantine", intent.run_id)), file)
            for file in intent.quarantine_files
        ]
        with self._writing("cannot be read"):
            return all(path.is_file() and path.stat().st_size == f.bytes for path, f in places)

    def sweep(self) -> list[str]:
        """Remove what dead runs left in staging; their intents must have been settled.

        Returns:
            The runs whose files were removed.
        """
        staging = self.root / "_staging"
        with self._writing("cannot be cleaned"):
            names = sorted(p.name for p in staging.iterdir()) if staging.is_dir() else []
            for name in names:
                if (staging / name).is_dir():
                    shutil.rmtree(staging / name)
                else:
                    (staging / name).unlink()
            for leftover in [*self._control.glob(".*.tmp"), *self._journals.glob(".*.tmp")]:
                leftover.unlink()
        return sorted({name.removesuffix(_QUARANTINE) for name in names})

    def begin(self, run_id: str) -> Staging:
        """Make the private directory of a run's files.

        Raises:
            WriteError: It cannot be made; or mode is `fail` and the target holds data.
        """
        if self.mode == "fail" and self._holds_data():
            message = "the target holds data and its mode is fail"
            raise WriteError(message, file=str(self.root))
        staging = self.root / "_staging" / run_id
        with self._writing("cannot be prepared"):
            staging.mkdir(parents=True)
        return Staging(
            data=StagedDirectory(staging, final=run_id),
            quarantine=StagedDirectory(self._quarantine_dir(run_id), final=f"_quarantine/{run_id}"),
        )

    def journal(self, intent: Intent) -> None:
        """Record durably what is about to become visible.

        Raises:
            WriteError: It could not be recorded; nothing is visible.
        """
        with self._writing("cannot be journalled"):
            for directory in self._staged(intent):
                _sync_tree(directory)
            write_json(self._journals / f"{intent.run_id}.json", intent)

    def publish(self, intent: Intent) -> None:
        """Make the files of `intent` visible; the same intent again is the same commit.

        Raises:
            FencedError: The target has moved on since this run began; nothing is visible.
            WriteError: Nothing is visible.
            CommitUnknownError: The files are visible, the manifest may not be: run recover.
        """
        current = Manifest.load(self._manifest_path)
        if current.version != self._manifest.version:
            message = "somebody else committed to the target while this run was at work"
            raise FencedError(message, file=str(self.root))
        data, quarantine = self._staged(intent)
        visible, bad = self.root / intent.run_id, self._quarantined(intent.run_id)
        with self._writing("cannot be committed"):
            if any(f.atomic for f in intent.files) and not visible.exists():
                data.rename(visible)  # the commit point: whatever fails from here on is unknown
        reached("after_rename")
        try:
            sync_dir(self.root)
            if intent.quarantine_files and not bad.exists():
                bad.parent.mkdir(exist_ok=True)
                quarantine.rename(bad)
                sync_dir(bad.parent)
            self._manifest = current.after(intent)
            self._manifest.save(self._manifest_path)
        except OSError as error:
            message = (
                f"the files may be in place but the manifest is not: {error.strerror}; mend that "
                "and run `headrace recover`"
            )
            raise CommitUnknownError(message, file=str(self._manifest_path)) from error

    def finish(self, intent: Intent) -> None:
        """Remove what the commit has made obsolete, the journal last."""
        with self._writing("cannot be cleaned"):
            for run_id in intent.replaces:
                if (self.root / run_id).exists():
                    shutil.rmtree(self.root / run_id)
            for directory in self._staged(intent):
                shutil.rmtree(directory, ignore_errors=True)
            (self._journals / f"{intent.run_id}.json").unlink(missing_ok=True)

    def discard(self, run_id: str) -> None:
        """Remove a run's files that never became visible, and its intent."""
        with self._writing("cannot be cleaned"):
            for directory in (
                self.root / "_staging" / run_id,
                self._quarantine_dir(run_id),
                self._quarantined(run_id),
            ):
                if directory.exists():
                    shutil.rmtree(directory)
            (self._journals / f"{run_id}.json").unlink(missing_ok=True)

    def _quarantine_dir(self, run_id: str) -> Path:
        return self.root / "_staging" / f"{run_id}{_QUARANTINE}"

    def _staged(self, intent: Intent) -> tuple[Path, Path]:
        return self.root / "_staging" / intent.run_id, self._quarantine_dir(intent.run_id)

    def _quarantined(self, run_id: str) -> Path:
        return self.root / "_quarantine" / run_id

    def _holds_data(self) -> bool:
        return any(not p.name.startswith((".", "_")) for p in self.root.iterdir())

    def _owner(self) -> str:
        try:
            return f" ({(self._control / 'owner').read_text()})"
        except OSError:
            return ""

    @contextmanager
    def _writing(self, what: str) -> "Iterator[None]":
        try:
            yield
        except OSError as error:
            message = f"the target {what}: {error.strerror or error}"
            raise WriteError(message, file=str(error.filename or self.root)) from error


def _sync_tree(directory: Path) -> None:
    for folder, _, names in os.walk(directory):
        for name in names:
            # A writer that knows only paths may not have synced; where it has, this costs nothing.
            with Path(folder, name).open("rb") as file:
                os.fsync(file.fileno())
        sync_dir(Path(folder))


__all__ = ["LocalConfig", "LocalTarget"]
