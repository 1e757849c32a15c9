"""Who may commit, kept in the table's properties, and moved only together with `main`.

No catalog can be asked to check a property, but each checks where `main` is. So whatever changes a
property here adds a snapshot too, if only an empty one: then whoever read the properties before it
cannot commit, since `main` is not where it was.

```
headrace.fence             the run that last took the table from one that did not give it back
headrace.checkpoint.<job>  where a job stands: commit, the one before it, cursors
```
"""

from typing import Any, Final

import msgspec
from pyiceberg.table import Table

from headrace.commit import Checkpoint, Intent
from headrace.errors import FencedError, StateError

FENCE: Final = "headrace.fence"
CHECKPOINT: Final = "headrace.checkpoint."

COMMIT: Final = "headrace.commit-id"
"""In a snapshot's summary: which commit it is. A run that commits in mid-run has several."""

RUN: Final = "headrace.run-id"
JOB: Final = "headrace.job"
PREVIOUS: Final = "headrace.previous"
ROWS: Final = "headrace.rows"
WHY: Final = "headrace.why"
"""In the summary of a snapshot without data: why it is there."""


def fence_of(table: Table | None) -> str | None:
    """The run that the table was taken by."""
    return table.properties.get(FENCE) if table is not None else None


def checkpoints_of(table: Table | None) -> dict[str, Checkpoint]:
    """Where each job stands.

    Raises:
        StateError: A checkpoint is corrupt.
    """
    if table is None:
        return {}
    found = {}
    for key, text in table.properties.items():
        if not key.startswith(CHECKPOINT):
            continue
        try:
            found[key.removeprefix(CHECKPOINT)] = msgspec.json.decode(text, type=Checkpoint)
        except msgspec.DecodeError as error:
            message = f"property {key} is corrupt: {error}; restore it from an older metadata file"
            raise StateError(message, table=".".join(table.name())) from error
    return found


def checkpoint_property(job: str, checkpoint: Checkpoint) -> dict[str, str]:
    """A job's checkpoint as a property."""
    return {CHECKPOINT + job: msgspec.json.encode(checkpoint).decode()}


def has_landed(table: Table | None, commit_id: str) -> bool:
    """Whether a commit is in the table.

    Its snapshot may have been expired since; its job's checkpoint stays.
    """
    if table is None:
        return False
    return any(_said(s, COMMIT) == commit_id for s in table.snapshots()) or any(
        checkpoint.id == commit_id for checkpoint in checkpoints_of(table).values()
    )


def check_fence(table: Table | None, fence: str | None) -> None:
    """Refuse to commit where another run has taken the table.

    Raises:
        FencedError: Another run has.
    """
    found = fence_of(table)
    if found != fence and table is not None:
        message = f"run {found} has taken the table while this run was at work"
        raise FencedError(message, table=".".join(table.name()))


def check_previous(table: Table, intent: Intent) -> None:
    """Refuse a commit that does not follow the job's last.

    Raises:
        FencedError: Another run of the job has committed.
    """
    standing = checkpoints_of(table).get(intent.job)
    found = standing.id if standing else None
    if found != intent.previous:
        message = (
            f"another run of job {intent.job!r} has committed while this run was at work: the "
            f"table is at {found}"
        )
        raise FencedError(message, table=".".join(table.name()))


def check_not_rolled_back(table: Table | None) -> None:
    """Refuse to go on where rows that cursors are past have been taken back.

    Raises:
        StateError: The snapshot of a job's checkpoint is there, and `main` does not hold it.
    """
    current = table.current_snapshot() if table is not None else None
    if table is None or current is None:
        return
    in_main: set[int] = set()
    at: Any = current
    while at is not None:
        in_main.add(at.snapshot_id)
        parent = at.parent_snapshot_id
        at = table.snapshot_by_id(parent) if parent is not None else None
    outside = {_said(s, COMMIT) for s in table.snapshots() if s.snapshot_id not in in_main}
    inside = {_said(s, COMMIT) for s in table.snapshots() if s.snapshot_id in in_main}
    for job, checkpoint in checkpoints_of(table).items():
        if checkpoint.id in outside - inside:
            message = (
                f"the table was rolled back to before commit {checkpoint.id} of job {job!r}; roll "
                "it forward again, or start over with `headrace state reset`"
            )
            raise StateError(message, table=".".join(table.name()))


def _said(snapshot: Any, key: str) -> str | None:  # noqa: ANN401  PyIceberg's Snapshot
    summary = snapshot.summary
    return summary[key] if summary is not None else None
