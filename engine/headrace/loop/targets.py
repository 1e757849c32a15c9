"""The targets of a job's streams: owned together, committed to together."""

from collections.abc import Mapping
from typing import Any

from headrace.commit import Checkpoint, Intent, reached
from headrace.errors import CommitUnknownError, HeadraceError, StateError
from headrace.loop.resolve import ResolvedJob


class JobTargets:
    """One target for each stream of a job.

    Args:
        resolved: The job.

    Attributes:
        by_stream: The targets by stream, in the job's order; none before they are acquired.
        places: Where each is.
    """

    def __init__(self, resolved: ResolvedJob) -> None:
        self.job = resolved.job.name
        self.is_group = resolved.has_streams
        self.by_stream: dict[str, Any] = {}
        self.places: dict[str, str] = {}
        self._resolved = resolved
        self._owned: list[Any] = []

    @property
    def are_owned(self) -> bool:
        """Whether they were all acquired, and not released."""
        return bool(self._owned)

    def acquire(self, owner: str) -> None:
        """Own every target until `release`.

        In the order of their places: two jobs that wait for each other's targets never do so for
        ever.

        Raises:
            FencedError: Another run owns one, and the job does not wait.
            WriteError: One cannot be made or written.
            StateError: A manifest is corrupt.
        """
        for stream in self._resolved.streams.values():
            self.by_stream[stream.name] = self._resolved.create_target(stream)
            self.places[stream.name] = self._resolved.place(stream)
        try:
            for name in sorted(self.places, key=self.places.__getitem__):
                self.by_stream[name].acquire(owner)
                self._owned.append(self.by_stream[name])
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let others own them; nothing where they are not owned."""
        while self._owned:
            self._owned.pop().release()

    def journal(self, intents: Mapping[str, Intent]) -> None:
        """Record durably, in every target, what is about to become visible.

        Raises:
            WriteError: One could not be recorded; nothing is visible.
        """
        for name, intent in intents.items():
            self.by_stream[name].journal(intent)

    def publish(self, intents: Mapping[str, Intent]) -> None:
        """Make the files of every intent visible; the same intents again are the same commit.

        The first that is visible decides for all: from then on the rest follows, now or by
        recovery.

        Raises:
            FencedError: A target has moved on; nothing is visible.
            WriteError: Nothing is visible.
            CommitUnknownError: Some files are visible: run recover.
        """
        for count, (name, intent) in enumerate(intents.items()):
            reached("before_commit")
            try:
                self.by_stream[name].publish(intent)
                reached("after_commit")
            except CommitUnknownError:
                raise
            except HeadraceError as error:
                if count == 0:
                    raise
                message = (
                    f"other streams are visible and {name!r} is not: it {error.message}; mend that "
                    "and run `headrace recover`"
                )
                raise CommitUnknownError(message, **{**error.where, "stream": name}) from error

    def finish(self, intents: Mapping[str, Intent]) -> None:
        """Remove what the commit has made obsolete, the journals last."""
        for name, intent in intents.items():
            self.by_stream[name].finish(intent)

    def is_committed(self, intents: Mapping[str, Intent]) -> bool:
        """Whether the commit point is passed: any of them is visible."""
        return any(self.by_stream[name].is_committed(intent) for name, intent in intents.items())

    def discard(self, commit_id: str) -> None:
        """Remove a commit's files that never became visible, and its intents."""
        for target in self.by_stream.values():
            target.discard(commit_id)

    def standing(self) -> Checkpoint | None:
        """Where the job stands: the last commit of its streams; None before the first.

        A stream that was not part of that commit, new in the job or back in it, may be elsewhere.

        Raises:
            StateError: A stream that was part of it is elsewhere.
        """
        last, found = self.last(), self._checkpoints()
        if last is None:
            return None
        parts = [found[name] for name in last.streams if name in found]
        if any(part is None or part.id != last.id for part in parts):
            where = ", ".join(f"{name!r} {c.id if c else 'nowhere'}" for name, c in found.items())
            message = (
                f"the streams' targets are not of one commit ({where}); restore them together, or "
                "start over with `headrace state reset`"
            )
            raise StateError(message)
        return last

    def set_state(self, streams: Mapping[str, Any]) -> None:
        """Put other cursors into the checkpoints of the last commit, and take it for the job's.

        Raises:
            WriteError: A manifest cannot be written; the old one stands.
        """
        last = self.last()
        if last is None:
            return
        found = self._checkpoints().items()
        parts = tuple(name for name, c in found if c is not None and c.id == last.id)
        for name in parts:
            group = parts if self.is_group else ()
            self.by_stream[name].set_state(self.job, dict(streams), streams=group)

    def last(self) -> Checkpoint | None:
        """The newest commit of the job in any of them; None before the first."""
        found = (c for c in self._checkpoints().values() if c is not None)
        # By number: ids tell the time, and a clock may go back.
        return max(found, key=lambda checkpoint: (checkpoint.number, checkpoint.id), default=None)

    def _checkpoints(self) -> dict[str, Checkpoint | None]:
        return {name: target.checkpoint(self.job) for name, target in self.by_stream.items()}
