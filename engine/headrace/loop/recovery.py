"""What a crash left: finished where it had been committed, else rolled back or committed now.

| found | the job keeps state, or `headrace recover` | a run without state |
|---|---|---|
| staged files without an intent | removed | removed |
| an intent, files not yet visible | the same files are committed | removed: the run reads anew |
| an intent that another run of the job has overtaken | removed | removed |
| an intent, files visible | manifest and state are rolled forward | manifest is rolled forward |

The intents of one commit of several streams share their fate: where one of them is visible all are
rolled forward, and where one is missing and none is visible all are removed.
"""

from typing import Any

from headrace.commit import Checkpoint, Intent
from headrace.errors import StateError
from headrace.loop.resolve import JobConfig, resolve_job
from headrace.loop.targets import JobTargets
from headrace.state import StateDocument, StateStore, open_store


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
    targets = JobTargets(resolved)
    store = open_store(job.state, job=job.name) if job.state else None
    targets.acquire("recover")
    try:
        recovered, document = settle(targets, store, explicit=True)
        checkpoint = targets.last()
    finally:
        targets.release()
    return {
        "job": job.name,
        "recovered": recovered,
        "checkpoint": checkpoint.id if checkpoint else None,
        "state": document.streams if document else {},
    }


def settle(
    targets: JobTargets, store: StateStore | None, *, explicit: bool = False
) -> tuple[list[dict[str, str]], StateDocument | None]:
    """Settle every unfinished commit, sweep, and bring the state to the targets' checkpoint.

    Args:
        targets: Acquired.
        store: The job's state; None where it keeps none.
        explicit: Whether the user asked for it, rather than a run that begins.

    Returns:
        What was settled, and the job's state.

    Raises:
        StateError: The state is not of these targets' data, or a commit spans other targets.
    """
    settled = [
        {"run_id": run_id, "outcome": _settle_one(targets, intents, explicit)}
        for run_id, intents in _pending(targets).items()
    ]
    swept = {run_id for target in targets.by_stream.values() for run_id in target.sweep()}
    settled += [{"run_id": run_id, "outcome": "removed"} for run_id in sorted(swept)]
    if store is None:
        return settled, None
    return settled, _reconciled(store, targets.standing())


def _pending(targets: JobTargets) -> dict[str, dict[str, Intent]]:
    """The intents of each unfinished commit, by stream.

    Raises:
        StateError: One spans targets that are not all this job's: they must be settled together.
    """
    found: dict[str, dict[str, Intent]] = {}
    for name, target in targets.by_stream.items():
        for intent in target.pending():
            elsewhere = [s for s, place in intent.streams.items() if targets.places.get(s) != place]
            if elsewhere or (intent.streams and intent.job != targets.job):
                message = (
                    f"a crash left a commit of job {intent.job!r} that spans other targets too; "
                    "run `headrace recover` with that job as it was"
                )
                raise StateError(message, file=targets.places[name])
            found.setdefault(intent.run_id, {})[name] = intent
    return dict(sorted(found.items()))


def _settle_one(targets: JobTargets, intents: dict[str, Intent], explicit: bool) -> str:  # noqa: FBT001
    intent = next(iter(intents.values()))
    is_whole = len(intents) == max(1, len(intent.streams)) and all(
        targets.by_stream[name].is_staged(intent) for name, intent in intents.items()
    )
    if targets.is_committed(intents):
        outcome = "rolled forward"
    elif (
        (intent.state is not None or explicit) and is_whole and not _is_overtaken(targets, intents)
    ):
        outcome = "committed"
    else:
        targets.discard(intent.run_id)
        return "rolled back"
    targets.publish(intents)
    targets.finish(intents)
    return outcome


def _is_overtaken(targets: JobTargets, intents: dict[str, Intent]) -> bool:
    """Whether another run of the job has committed since: it has read these rows itself."""
    standing = (targets.by_stream[name].checkpoint(i.job) for name, i in intents.items())
    previous = {checkpoint.id for checkpoint in standing if checkpoint is not None}
    return any(intent.previous not in (previous or {None}) for intent in intents.values())


def _reconciled(store: StateStore, checkpoint: Checkpoint | None) -> StateDocument | None:
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
            raise StateError(message, file=store.place)
        return document
    if document is not None and document.checkpoint == checkpoint.id:
        return document
    if document is not None and document.checkpoint != checkpoint.previous:
        message = (
            f"the state follows commit {document.checkpoint}, the target is at {checkpoint.id}; "
            "restore the one that is older, or start over with `headrace state reset`"
        )
        raise StateError(message, file=store.place)
    streams = checkpoint.state
    if streams is None:
        streams = document.streams if document else {}
    restored = StateDocument(job=store.job, checkpoint=checkpoint.id, streams=streams)
    store.save(restored)
    return restored
