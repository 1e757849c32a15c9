"""The streaming loop and its parts.

- `execute`: `execute_job`, the loop itself, one screen long.
- `resolve`: a job with its plugins and contract, every problem at once.
- `streams`: the streams of a job, each with contract, cursor and place.
- `targets`: the targets of a job's streams, owned and committed to together.
- `run`: one execution: its id, counters, clocks and place.
- `collector`: Python's garbage collector, kept from counting rows.
- `extractor`, `prefetch`: any reader as bounded batches, read ahead.
- `plugin_output`: where a writer that asks for `output` writes.
- `outlet`: where one stream of a run lands.
- `writer`: the writers of a run, each batch to that of its stream.
- `outlet_writer`: any writer, held to what it claims.
- `quarantine`: bad rows to Parquet.
- `committer`: what makes files visible, once, and then the state.
- `checkpoints`: when a run commits before its end.
- `shield`: signals held off meanwhile.
- `recovery`: what a crash left.
- `report`: the run report.
- `visible`: what of a target is visible, without a run.
- `create`: the parts by hand, for loops of one's own.
"""

from headrace.loop.create import (
    create_committer,
    create_extractor,
    create_state_manager,
    create_writer,
)
from headrace.loop.execute import execute_job
from headrace.loop.recovery import recover_job
from headrace.loop.report import RunReport
from headrace.loop.resolve import ResolvedJob, resolve_job
from headrace.loop.streams import ResolvedStream
from headrace.loop.targets import JobTargets
from headrace.loop.visible import read_manifest

__all__ = [
    "JobTargets",
    "ResolvedJob",
    "ResolvedStream",
    "RunReport",
    "create_committer",
    "create_extractor",
    "create_state_manager",
    "create_writer",
    "execute_job",
    "read_manifest",
    "recover_job",
    "resolve_job",
]
