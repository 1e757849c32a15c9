"""The streaming loop."""

from collections.abc import Callable
from pathlib import Path

from headrace._native import bound_heap, release_pages
from headrace.commit import FileMetadata
from headrace.loop.checkpoints import Checkpoints
from headrace.loop.collector import patient_collector
from headrace.loop.committer import Committer
from headrace.loop.extractor import Extractor
from headrace.loop.report import RunReport
from headrace.loop.resolve import JobConfig, resolve_job
from headrace.loop.run import Progress, Run
from headrace.loop.writer import JobWriter


def execute_job(
    job_config: JobConfig,
    *,
    base_dir: Path | None = None,
    progress: Progress | None = None,
    on_failure: Callable[[RunReport], None] | None = None,
) -> RunReport:
    """Stream a job's records from its reader to its target, once.

    Args:
        job_config: Path of a job file, the job as a mapping, or the resolved job.
        base_dir: What relative paths resolve against; the file's folder, or the current one.
        progress: Called after each batch with the run.
        on_failure: Called with the report of a run that failed, interrupted ones included.

    Returns:
        The run report of a run that succeeded, wholly or in part.

    Raises:
        HeadraceError: The run failed and nothing of it is visible, unless the error's
            `data_may_be_visible` says otherwise, or what the job's `batch.checkpoint` had committed
            before.
    """
    bound_heap()
    release_pages()
    run = Run(resolve_job(job_config, base_dir=base_dir), progress=progress)
    try:
        run.start()
        extractor = Extractor(run)
        validators = {name: outlet.create_validator() for name, outlet in run.outlets.items()}
        writer = JobWriter(run)
        committer = Committer(run, writer)
        run.checkpoints = Checkpoints(run, committer)
        all_files: list[FileMetadata] = []
        release_pages()
        with patient_collector():
            for batch in extractor.extract(run.state_manager):
                validator = validators[run.outlet(batch.stream).name]
                with run.stage("validate"):
                    valid, _ = validator.validate_batch(batch)
                if valid:
                    all_files += writer.write_batch(valid, len(all_files))
        committer.commit_files(all_files)
    except BaseException as error:
        run.failed(error)
        if on_failure is not None:
            on_failure(run.report)
        raise
    return run.report
