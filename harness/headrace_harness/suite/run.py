"""Runs a plan: samples interleaved round by round, every one recorded, no cell left out."""

import shutil
import signal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from headrace_harness.catalog import Part, load_figures, load_parts
from headrace_harness.data.cache import Announce
from headrace_harness.environment import describe_environment
from headrace_harness.errors import HarnessError, InterruptedRunError, ServiceError
from headrace_harness.measure.cores import divide_cores, pinned
from headrace_harness.measure.pages import settle_libraries
from headrace_harness.paths import scratch_dir
from headrace_harness.services import Services
from headrace_harness.services.identity import identities
from headrace_harness.services.scratch import claim, release
from headrace_harness.store import Store
from headrace_harness.suite.interruption import signals_raise
from headrace_harness.suite.plan import Cell, Plan
from headrace_harness.suite.sample import Bench, Source, take_sample
from headrace_harness.suite.sources import prepare_sources, serve_sources


class Display(Protocol):
    """Whoever shows a run as it goes."""

    def announce(self, text: str) -> None:
        """Say what takes long before the first sample."""

    def recall(self, sample: Mapping[str, Any]) -> None:
        """A sample was taken before the run was ended, and goes on."""

    def give_up(self, cell: Cell, reason: str) -> None:
        """A cell will have no sample."""

    def start(self, cell: Cell, number: int) -> None:
        """A sample begins."""

    def watch(self, cell: Cell, passed_s: float, peak_bytes: int) -> None:
        """A sample goes on."""

    def finish(self, cell: Cell, sample: dict[str, Any]) -> None:
        """A sample has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a run treats its scratch output; `rows` cuts every data set.

    Attributes:
        providers: As of `Services`.
        reasons: Why these, by the name of a service.
    """

    rows: int | None = None
    keeps_output: bool = False
    providers: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)


def run_plan(
    plan: Plan,
    store: Store,
    display: Display,
    *,
    options: RunOptions | None = None,
    taken: Sequence[Mapping[str, Any]] | None = None,
) -> int | None:
    """Measure every cell of a plan.

    Args:
        plan: What to measure.
        store: Gets a record of everything, also when the run is interrupted.
        display: Told of progress.
        options: Defaults keep nothing.
        taken: The samples that the store has already, of a run that goes on; None of a new one.

    Returns:
        The number of the signal that ended the run early, or None.
    """
    options = options or RunOptions()
    if taken is None:
        _record_beginning(plan, store, options)
    else:
        store.append("resume", {"samples": len(taken)})
    cores = divide_cores()
    scratch = scratch_dir() / store.folder.name
    bench = Bench(
        parts=load_parts(),
        scratch=scratch,
        logs=store.folder / "logs",
        timeout_s=plan.timeout_s,
        cores=cores.worker,
        goes_on=taken is not None,
        keeps_output=options.keeps_output,
    )
    progress = _Progress(taken or (), display)
    interruption: int | None = None
    try:
        claim(scratch)
        with (
            signals_raise() as signals,
            pinned(cores.others),
            Services(options.providers) as services,
            _kept_logs(services, store.folder / "logs"),
        ):
            for text in services.swept:
                display.announce(f"removed {text}, which a run left that was killed")
            sources, reached = _supply(plan, services, progress, display, rows=options.rows)
            bench = replace(bench, reached=reached)
            settle_libraries()
            for cell, number in _rounds(plan, progress.counts):
                signals.check()
                if progress.may_go_on(cell):
                    display.start(cell, number)
                    watch = partial(display.watch, cell)
                    sample = take_sample(bench, cell, sources[cell.dataset], number, watch=watch)
                    store.append("sample", sample)
                    progress.ended[cell.id] = sample["status"]
                    display.finish(cell, sample)
            signals.check()
        for text in services.left:
            display.announce(f"left behind: {text}")
    except InterruptedRunError as error:
        interruption = error.number
    except OSError as error:
        message = f"the run cannot go on: {error}"
        raise HarnessError(message) from error
    finally:
        _record_cells(plan, store, progress, interruption)
        if not options.keeps_output:
            shutil.rmtree(scratch, ignore_errors=True)
        release(scratch)
    return interruption


class _Progress:
    """How far the cells of a run have come.

    Args:
        taken: Samples of a run that goes on.
        display: Told of them.

    Attributes:
        counts: Samples that were taken before, by the cell's id.
        ended: The status of each cell's last sample, likewise.
        unready: Why cells have none, by the id of the cell or the name of its data set.
    """

    def __init__(self, taken: Sequence[Mapping[str, Any]], display: Display) -> None:
        self.counts = Counter(sample["cell"] for sample in taken)
        self.ended = {sample["cell"]: str(sample["status"]) for sample in taken}
        self.unready: dict[str, str] = {}
        for sample in taken:
            display.recall(sample)

    def why_not(self, cell: Cell) -> str | None:
        """Why a cell has no sample."""
        return self.unready.get(cell.dataset) or self.unready.get(cell.id)

    def may_go_on(self, cell: Cell) -> bool:
        """Whether a cell's next sample is taken: one that failed once is not tried again."""
        return self.why_not(cell) is None and self.ended.get(cell.id, "ok") == "ok"


def _supply(
    plan: Plan, services: Services, progress: _Progress, display: Display, *, rows: int | None
) -> tuple[dict[str, Source], dict[str, Any]]:
    """Data sets and the servers of targets, both by name; what fails is the progress's to know."""
    announce = display.announce
    sources, progress.unready = prepare_sources(plan, announce, rows=rows)
    services.start(_parts(plan), announce=announce)
    progress.unready |= serve_sources(plan, sources, services, announce)
    reached, unreached = reach_targets(plan, services, announce)
    progress.unready |= unreached
    for cell in plan.runnable:
        if reason := progress.why_not(cell):
            display.give_up(cell, reason)
    return sources, reached


@contextmanager
def _kept_logs(services: Services, folder: Path) -> Iterator[None]:
    """Keep what servers printed, before they are ended and it is gone."""
    try:
        yield
    finally:
        services.save_logs(folder)


def _parts(plan: Plan) -> list[Part]:
    """The readers and targets of what is run."""
    parts = load_parts()
    readers = dict.fromkeys(cell.reader for cell in plan.runnable)
    targets = dict.fromkeys(cell.target for cell in plan.runnable)
    return [
        *(parts.readers[name] for name in readers),
        *(parts.targets[name] for name in targets),
    ]


def _record_beginning(plan: Plan, store: Store, options: RunOptions) -> None:
    store.append(
        "run",
        {
            "run_id": store.folder.name,
            "suite": plan.suite,
            "rows": options.rows,
            "keeps_output": options.keeps_output,
            "timeout_s": plan.timeout_s,
            "providers": dict(options.providers),
            "services": dict(options.reasons),
            "servers": identities(options.providers),
            "cores": divide_cores().describe(),
            "figures": [asdict(figure) for figure in load_figures()],
            "plan": [cell.to_dict() for cell in plan.cells],
        },
    )
    store.append("env", {"environment": describe_environment()})


def reach_targets(
    plan: Plan, services: Services, announce: Announce
) -> tuple[dict[str, Any], dict[str, str]]:
    """Have the servers of a plan's targets started.

    Args:
        plan: What is measured.
        services: Of the run.
        announce: Told what takes long.

    Returns:
        They, by the target's name; and why cells cannot be measured, by the cell's
        id.
    """
    reached: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for name in dict.fromkeys(cell.target for cell in plan.runnable):
        target = load_parts().targets[name]
        if not target.service:
            continue
        try:
            reached[name] = services.reach(target, announce=announce)
        except ServiceError as error:
            failed[name] = f"no service {target.service}: {error}"
            announce(failed[name])
    return reached, {cell.id: failed[cell.target] for cell in plan.cells if cell.target in failed}


def _rounds(plan: Plan, taken: Mapping[str, int]) -> Iterator[tuple[Cell, int]]:
    """Cells and the numbers of their samples, round by round.

    So drift of the machine falls on all cells alike.
    """
    for number in range(1, max((cell.samples for cell in plan.runnable), default=0) + 1):
        for cell in plan.runnable:
            if taken.get(cell.id, 0) < number <= cell.samples:
                yield cell, number


def _record_cells(plan: Plan, store: Store, progress: _Progress, interruption: int | None) -> None:
    """How each cell ended, and of one without a sample why it has none."""
    ender = signal.Signals(interruption).name if interruption else "an error"
    for cell in plan.cells:
        reason: str | None = None
        if cell.id in progress.ended:
            status = progress.ended[cell.id]
        elif cell.unsupported is not None:
            status, reason = "unsupported", cell.unsupported
        elif reason := progress.why_not(cell):
            status = "failed"
        else:
            status = "skipped"
            reason = f"the run was ended by {ender} before its first sample"
        store.append("cell", {"cell": cell.id, "status": status, "reason": reason})
