"""What of a target is visible, and the fence of each job."""

from pathlib import Path
from typing import Any, Final

import msgspec

from headrace.commit.durable import read_json, write_json
from headrace.commit.files import FileMetadata
from headrace.commit.intent import Intent
from headrace.errors import WriteError

VERSION: Final = 1


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a job stands: the fence.

    Attributes:
        id: The run that committed last.
        previous: The checkpoint before it.
        state: The job's cursors after it; None where the job keeps no state.
        streams: The streams that it was a commit of, where they were several.
        number: Of the job's commits, this one included: tells which came last, which no clock does.
    """

    id: str
    previous: str | None
    state: dict[str, Any] | None
    streams: tuple[str, ...] = ()
    number: int = 0


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The files that one run made visible."""

    run_id: str
    job: str
    files: tuple[FileMetadata, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The visible files of a target, atomically: readers of this file see the old or the new.

    Attributes:
        version: Counts the commits; a commit that finds another version than it began with is
            stale.
        runs: Committed runs in order.
        checkpoints: Of each job that committed here.
        owner: The run that may commit next, where no lock of the system says so.
        schema_version: Of this record.
    """

    version: int = 0
    runs: tuple[Entry, ...] = ()
    checkpoints: dict[str, Checkpoint] = {}
    owner: str = ""
    schema_version: int = VERSION

    @classmethod
    def load(cls, path: Path) -> "Manifest":
        """The manifest at `path`; an empty one where there is none.

        Raises:
            StateError: It is corrupt or of a newer version.
        """
        return read_json(path, cls, version=VERSION) or cls()

    def save(self, path: Path) -> None:
        """Replace the manifest at `path`.

        Raises:
            OSError: It could not be written; the old one stands.
        """
        write_json(path, self)

    def has(self, run_id: str) -> bool:
        """Whether a run is committed."""
        return any(checkpoint.id == run_id for checkpoint in self.checkpoints.values()) or any(
            entry.run_id == run_id for entry in self.runs
        )

    def after(self, intent: Intent) -> "Manifest":
        """The manifest once `intent` is committed; itself where it already is."""
        if self.has(intent.run_id):
            return self
        kept = () if intent.mode == "replace" else self.runs
        entry = Entry(run_id=intent.run_id, job=intent.job, files=intent.files)
        before = self.checkpoints.get(intent.job)
        # A run that keeps no state leaves the cursors where they were.
        state = before.state if intent.state is None and before else intent.state
        checkpoint = Checkpoint(
            id=intent.run_id,
            previous=intent.previous,
            state=state,
            streams=tuple(intent.streams),
            number=intent.number,
        )
        return Manifest(
            version=self.version + 1,
            runs=(*kept, entry) if intent.files else kept,
            checkpoints={**self.checkpoints, intent.job: checkpoint},
            owner=self.owner,
        )

    def check_replace(self, job: str, place: str) -> None:
        """Refuse to let a job take away what another one will never read again.

        Args:
            job: Which job would replace all that is here.
            place: The target, for errors.

        Raises:
            WriteError: A job that keeps state has data here.
        """
        for other in sorted({entry.job for entry in self.runs} - {job}):
            checkpoint = self.checkpoints.get(other)
            if checkpoint is not None and checkpoint.state is not None:
                message = (
                    f"mode replace would take away the data of job {other!r}, which keeps state "
                    "and would not read them again; give each job a target of its own"
                )
                raise WriteError(message, file=place)

    def with_state(self, job: str, state: dict[str, Any], streams: tuple[str, ...]) -> "Manifest":
        """The manifest with other cursors in a job's checkpoint; itself where it has none."""
        checkpoint = self.checkpoints.get(job)
        if checkpoint is None:
            return self
        changed = msgspec.structs.replace(checkpoint, state=state, streams=streams)
        return msgspec.structs.replace(self, checkpoints={**self.checkpoints, job: changed})

    @property
    def files(self) -> tuple[FileMetadata, ...]:
        """Every visible file, in the order of the commits."""
        return tuple(file for entry in self.runs for file in entry.files)
