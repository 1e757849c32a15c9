"""What a crash left: finished where it had been committed, else rolled back or committed now.

| found | the job keeps state, or `headrace recover` | a run without state |
|---|---|---|
| staged files without an intent | removed | removed |
| an intent, files not yet visible | the same files are committed | removed: the run reads anew |
| an intent, files visible | manifest and state are rolled forward | manifest is rolled forward |
"""

from typing import Any

from headrace.commit import Checkpoint, Intent
from headrace.errors import StateError
from headrace.loop.resolve import JobConfig, resolve_job
from headrace.state import LocalStateStore, StateDocument


def recover_job(job_config: JobConfig) -> dict[str, Any]:
    """Finish or roll back what a crash left of a job's runs; moves no data of the source.

    Args:
        job_config: Path of a job file, the job as a mapping, or the resolved job.

    Returns:
        `recovered` (run id and outcome of each), `checkpoint`, `state`.

    Raises:
        FencedError: A run owns the target: it is alive.
        StateError: State or manifest are corrupt or do not belong together.
    """
    resolved = resolve_job(job_config)
    job = resolved.job
    target = resolved.create("target", {})
    store = LocalStateStore(job.state.path, job=job.name) if job.state else None
    target.acquire("recover")
    try:
        recovered, document = settle(target, job.name, store, explicit=True)
        checkpoint = target.checkpoint(job.name)
    finally:
        target.release()
    return {
        "job": job.name,
        "recovered": recovered,
        "checkpoint": checkpoint.id if checkpoint else None,
        "state": document.streams if document else {},
    }


def settle(
    target: Any,  # noqa: ANN401  any target
    job: str,
    store: LocalStateStore | None,
    *,
    explicit: bool = False,
) -> tuple[list[dict[str, str]], StateDocument | None]:
    """Settle every unfinished commit, sweep, and bring the state to the target's checkpoint.

    Args:
        target: Acquired.
        job: The job's name.
        store: Its state; None where it keeps none.
        explicit: Whether the user asked for it, rather than a run that begins.

    Returns:
        What was settled, and the job's state.

    Raises:
        StateError: The state is not of this target's data.
    """
    settled = [
        {"run_id": intent.run_id, "outcome": _settle_one(target, intent, explicit)}
        for intent in target.pending()
    ]
    settled += [{"run_id": name, "outcome": "removed"} for name in target.sweep()]
    if store is None:
        return settled, None
    return settled, _reconciled(store, target.checkpoint(job))


def _settle_one(target: Any, intent: Intent, explicit: bool) -> str:  # noqa: ANN401, FBT001
    if target.is_committed(intent):
        outcome = "rolled forward"
    elif (intent.state is not None or explicit) and target.is_staged(intent):
        outcome = "committed"
    else:
        target.discard(intent.run_id)
        return "rolled back"
    target.publish(intent)
    target.finish(intent)
    return outcome


def _reconciled(store: LocalStateStore, checkpoint: Checkpoint | None) -> StateDocument | None:
    """The state that belongs to the target's checkpoint.

    A state that is one commit behind is rolled forward, and one that is missing is restored, from
    the target's own record: both are what a crash between commit and state leaves.
    """
    document = store.load()
    if checkpoint is None:
        if document is not None and document.checkpoint is not None:
            message = (
                f"the state follows commit {document.checkpoint}, which the target does not have; "
                "restore the target, or start over with `headrace state reset`"
            )
            raise StateError(message, file=str(store.path))
        return document
    if document is not None and document.checkpoint == checkpoint.id:
        return document
    if document is not None and document.checkpoint != checkpoint.previous:
        message = (
            f"the state follows commit {document.checkpoint}, the target is at {checkpoint.id}; "
            "restore the one that is older, or start over with `headrace state reset`"
        )
        raise StateError(message, file=str(store.path))
    streams = checkpoint.state
    if streams is None:
        streams = document.streams if document else {}
    restored = StateDocument(job=store.job, checkpoint=checkpoint.id, streams=streams)
    store.save(restored)
    return restored
