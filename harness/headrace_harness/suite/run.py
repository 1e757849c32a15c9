"""Runs a plan: samples interleaved round by round, every one recorded, no cell left out."""

import shutil
import signal
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from types import FrameType
from typing import Any, Protocol

from headrace_harness.catalog import Part, load_dataset, load_figures, load_parts
from headrace_harness.data.cache import prepare
from headrace_harness.environment import describe_environment
from headrace_harness.errors import DataSetError, HarnessError, ServiceError, VerifyError
from headrace_harness.measure.pages import settle_libraries
from headrace_harness.paths import checksum_dir, data_dir, scratch_dir
from headrace_harness.services import Services
from headrace_harness.store import Store
from headrace_harness.suite.plan import Cell, Plan
from headrace_harness.suite.sample import Bench, Source, take_sample
from headrace_harness.verify.source import source_checksum

_Ending = tuple[str, str | None]


class Display(Protocol):
    """Whoever shows a run as it goes."""

    def announce(self, text: str) -> None:
        """Say what takes long before the first sample."""

    def start(self, cell: Cell, number: int) -> None:
        """A sample begins."""

    def watch(self, cell: Cell, passed_s: float, peak_bytes: int) -> None:
        """A sample goes on."""

    def finish(self, cell: Cell, sample: dict[str, Any]) -> None:
        """A sample has ended."""


class InterruptedRunError(HarnessError):
    """SIGINT or SIGTERM; what was measured is kept."""

    def __init__(self, number: int) -> None:
        """Carry the signal's number."""
        super().__init__(signal.Signals(number).name)
        self.number = number


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a run treats its scratch output; `rows` cuts every data set.

    Attributes:
        providers: As of `Services`.
    """

    rows: int | None = None
    keeps_output: bool = False
    providers: Mapping[str, str] = field(default_factory=dict)


def run_plan(
    plan: Plan, store: Store, display: Display, *, options: RunOptions | None = None
) -> int | None:
    """Measure every cell of a plan.

    Args:
        plan: What to measure.
        store: Gets a record of everything, also when the run is interrupted.
        display: Told of progress.
        options: Defaults keep nothing.

    Returns:
        The number of the signal that ended the run early, or None.
    """
    options = options or RunOptions()
    store.append(
        "run",
        {
            "run_id": store.folder.name,
            "suite": plan.suite,
            "rows": options.rows,
            "timeout_s": plan.timeout_s,
            "providers": dict(options.providers),
            "figures": [asdict(figure) for figure in load_figures()],
            "plan": [cell.to_dict() | {"cell": cell.id} for cell in plan.cells],
        },
    )
    store.append("env", {"environment": describe_environment()})
    scratch = scratch_dir() / store.folder.name
    bench = Bench(
        parts=load_parts(),
        scratch=scratch,
        logs=store.folder / "logs",
        timeout_s=plan.timeout_s,
        keeps_output=options.keeps_output,
    )
    ended: dict[str, str] = {}
    unready: dict[str, str] = {}
    interruption: int | None = None
    try:
        with signals_raise(), Services(options.providers) as services:
            sources, unready = prepare_sources(plan, display, rows=options.rows)
            unready |= serve_sources(plan, sources, services, display)
            reached, unreached = reach_targets(plan, services, display)
            unready |= unreached
            bench = replace(bench, reached=reached)
            settle_libraries()
            for sample in _measure(plan, bench, sources, display, unready):
                store.append("sample", sample)
                ended[sample["cell"]] = sample["status"]
    except InterruptedRunError as error:
        interruption = error.number
    finally:
        _record_cells(plan, store, ended, _reasons(unready, interruption))
        if not options.keeps_output:
            shutil.rmtree(scratch, ignore_errors=True)
    return interruption


def prepare_sources(
    plan: Plan, display: Display, *, rows: int | None = None
) -> tuple[dict[str, Source], dict[str, str]]:
    """Every data set of a plan, made and checked, with its checksum.

    Returns:
        Data sets by name; and why others could not be made or read, by name. Their cells fail,
        the rest of the plan is measured.
    """
    wanted = {cell.dataset: cell.size for cell in plan.runnable}
    sources: dict[str, Source] = {}
    unready: dict[str, str] = {}
    for name, size_name in wanted.items():
        try:
            sources[name] = _prepare_source(name, size_name, display, rows)
        except (DataSetError, VerifyError) as error:
            unready[name] = f"no data set {name}: {error}"
            display.announce(unready[name])
    return sources, unready


def serve_sources(
    plan: Plan, sources: dict[str, Source], services: Services, display: Display
) -> dict[str, str]:
    """Have every data set served to the readers that read it from a service.

    Args:
        plan: What is measured.
        sources: The data sets by name; replaced by those that know how they are served.
        services: Of the run.
        display: Told of progress.

    Returns:
        Why cells cannot be measured, by the cell's id.
    """
    readers = load_parts().readers
    unready: dict[str, str] = {}
    for cell in plan.runnable:
        reader = readers[cell.reader]
        if cell.dataset not in sources:
            continue
        try:
            sources[cell.dataset] = served(sources[cell.dataset], reader, services, display)
        except ServiceError as error:
            unready[cell.id] = f"no service {reader.service}: {error}"
            display.announce(unready[cell.id])
    return unready


def reach_targets(
    plan: Plan, services: Services, display: Display
) -> tuple[dict[str, Any], dict[str, str]]:
    """Have the servers of a plan's targets started.

    Args:
        plan: What is measured.
        services: Of the run.
        display: Told of progress.

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
            reached[name] = services.reach(target, announce=display.announce)
        except ServiceError as error:
            failed[name] = f"no service {target.service}: {error}"
            display.announce(failed[name])
    return reached, {cell.id: failed[cell.target] for cell in plan.cells if cell.target in failed}


def served(source: Source, reader: Part, services: Services, display: Display) -> Source:
    """The source, served to a reader too; the same where it is already, or needs no service.

    Args:
        source: A data set.
        reader: Who reads it.
        services: Of the run.
        display: Told of progress.

    Raises:
        ServiceError: The service does not start, or cannot be loaded.
    """
    if not reader.service or reader.name in source.served:
        return source
    keys = services.serve(reader, source.dataset, source.prepared, announce=display.announce)
    return replace(source, served={**source.served, reader.name: keys})


def _prepare_source(name: str, size_name: str, display: Display, rows: int | None) -> Source:
    dataset = load_dataset(name)
    size = dataset.size(size_name)
    kept = None if rows is None else min(rows, size.rows)
    prepared = prepare(dataset, size, data_dir(), rows=kept, announce=display.announce)
    display.announce(f"reading {prepared.path.name} independently")
    checksum = source_checksum(dataset, prepared, checksum_dir(), engine_version=version("duckdb"))
    return Source(dataset=dataset, prepared=prepared, checksum=checksum)


def _measure(
    plan: Plan,
    bench: Bench,
    sources: dict[str, Source],
    display: Display,
    unready: Collection[str],
) -> Iterator[dict[str, Any]]:
    """Yield samples round by round, so that drift of the machine falls on all cells alike."""
    ended: dict[str, str] = {}
    for number in range(1, max((cell.samples for cell in plan.runnable), default=0) + 1):
        for cell in plan.runnable:
            if cell.dataset not in sources or cell.id in unready or number > cell.samples:
                continue
            if ended.get(cell.id, "ok") != "ok":
                continue  # a cell that failed once is not tried again
            display.start(cell, number)
            sample = take_sample(
                bench,
                cell,
                sources[cell.dataset],
                number,
                watch=lambda passed_s, peak, cell=cell: display.watch(cell, passed_s, peak),  # type: ignore[misc]
            )
            ended[cell.id] = sample["status"]
            yield sample
            display.finish(cell, sample)


def _reasons(unready: dict[str, str], interruption: int | None) -> Callable[[Cell], _Ending]:
    """How a cell without a sample ended, and why."""

    def of(cell: Cell) -> _Ending:
        if cell.unsupported is not None:
            return "unsupported", cell.unsupported
        for name in (cell.dataset, cell.id):
            if name in unready:
                return "failed", unready[name]
        name = signal.Signals(interruption).name if interruption else "an error"
        return "skipped", f"the run was ended by {name} before its first sample"

    return of


def _record_cells(
    plan: Plan, store: Store, ended: dict[str, str], reason_of: Callable[[Cell], _Ending]
) -> None:
    for cell in plan.cells:
        status, reason = (ended[cell.id], None) if cell.id in ended else reason_of(cell)
        store.append("cell", {"cell": cell.id, "status": status, "reason": reason})


@contextmanager
def signals_raise() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into an exception, so that children are ended on the way out."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        del frame
        raise InterruptedRunError(number)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
