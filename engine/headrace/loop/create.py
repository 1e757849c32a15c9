"""The parts of a loop by hand: any reader, any writer, and the committer that joins them."""

from headrace.loop.committer import Committer
from headrace.loop.extractor import Extractor
from headrace.loop.resolve import JobConfig, resolve_job
from headrace.loop.run import Run
from headrace.loop.writer import JobWriter
from headrace.state import StateManager


def create_extractor(job_config: JobConfig) -> Extractor:
    """The job's reader, of any kind.

    It opens a run of the job, which owns the target until it is committed; `create_writer` and
    `create_committer` of the same job join it. A second extractor of a job whose run is still open
    gives that run up and opens another.

    Args:
        job_config: Path of a job file, the job as a mapping, or the resolved job.

    Raises:
        ConfigError: The job is wrong.
        FencedError: Another run owns the target.
    """
    return Extractor(Run.joined(resolve_job(job_config), "extractor"))


def create_writer(job_config: JobConfig) -> JobWriter:
    """The job's writer, of any kind; as `create_extractor`."""
    return JobWriter(Run.joined(resolve_job(job_config), "writer"))


def create_committer(job_config: JobConfig, writer: JobWriter) -> Committer:
    """What commits the files of `writer`; as `create_extractor`."""
    return Committer(Run.joined(resolve_job(job_config), "committer"), writer)


def create_state_manager(job_config: JobConfig) -> StateManager | None:
    """The cursors of the job's run; None where the job keeps no state."""
    return Run.joined(resolve_job(job_config), "state").state_manager
