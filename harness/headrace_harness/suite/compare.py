"""Measures A against B: pairs of samples side by side, AB BA AB …, every one recorded."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

from headrace_harness.catalog import load_dataset, load_parts
from headrace_harness.comparison import Comparison, Side, write_types
from headrace_harness.data.cache import prepare
from headrace_harness.environment import describe_environment
from headrace_harness.measure.pages import settle_libraries
from headrace_harness.paths import checksum_dir, data_dir, scratch_dir
from headrace_harness.services import Services
from headrace_harness.stats import Interval, Ratio, Verdict, compare, judge, summarize
from headrace_harness.store import Store
from headrace_harness.suite.interruption import signals_raise
from headrace_harness.suite.plan import Cell
from headrace_harness.suite.run import Display
from headrace_harness.suite.sample import Bench, Source, take_sample
from headrace_harness.suite.sources import served
from headrace_harness.verify.source import source_checksum

SideName = Literal["a", "b"]

DEFAULT_PAIRS: Final = 5
"""Pairs of a comparison; ten or more for a figure that is quoted."""

DEFAULT_TIMEOUT_S: Final = 1200.0
"""When a worker is ended [s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What came of a comparison.

    Attributes:
        ratio: The rate of A to that of B; None where a sample failed.
        rates: Of each side [rows/s].
        peak_bytes: The highest lifetime peak of each side [bytes].
        verdict: Of the interval against the figure.
        reason: Why there is no ratio.
    """

    comparison: Comparison
    ratio: Ratio | None
    rates: dict[SideName, Interval | None]
    peak_bytes: dict[SideName, int | None]
    verdict: Verdict | Literal["failed"]
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As in the comparison's report and its record."""
        return {
            "comparison": self.comparison.id,
            "title": self.comparison.title,
            "source": self.comparison.source,
            "dataset": self.comparison.dataset,
            "a": asdict(self.comparison.a),
            "b": asdict(self.comparison.b),
            "figure": self.comparison.figure,
            "ratio": self.ratio.to_dict() if self.ratio else None,
            "rows_per_s": {
                side: rate.to_dict() if rate else None for side, rate in self.rates.items()
            },
            "peak_rss_bytes": dict(self.peak_bytes),
            "verdict": self.verdict,
            "reason": self.reason,
        }


def run_comparisons(
    comparisons: Sequence[Comparison],
    store: Store,
    display: Display,
    *,
    pairs: int = DEFAULT_PAIRS,
    rows: int | None = None,
) -> list[Compared]:
    """Measure comparisons, one after another.

    Args:
        comparisons: What to measure.
        store: Gets a record of everything.
        display: Told of progress.
        pairs: Of each comparison, at least 1.
        rows: Only the first so many records.

    Raises:
        DataSetError: A data set cannot be made.
        ServiceError: A service does not start, or cannot be loaded.
        InterruptedRunError: SIGINT or SIGTERM.
    """
    store.append(
        "run",
        {
            "run_id": store.folder.name,
            "pairs": pairs,
            "rows": rows,
            "comparisons": [asdict(comparison) for comparison in comparisons],
        },
    )
    store.append("env", {"environment": describe_environment()})
    scratch = scratch_dir() / store.folder.name
    bench = Bench(
        parts=load_parts(),
        scratch=scratch,
        logs=store.folder / "logs",
        timeout_s=DEFAULT_TIMEOUT_S,
    )
    found = []
    try:
        with signals_raise() as signals, Services() as services:
            for comparison in comparisons:
                sources = _sources(comparison, scratch, services, display, rows)
                bench = replace(bench, reached=_reached(comparison, services, display))
                settle_libraries()
                samples = []
                for sample in _measure(comparison, bench, sources, store, display, pairs):
                    signals.check()
                    samples.append(sample)
                compared = conclude(comparison, samples)
                store.append("comparison", compared.to_dict())
                found.append(compared)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return found


def _sources(
    comparison: Comparison,
    scratch: Path,
    services: Services,
    display: Display,
    rows: int | None,
) -> dict[SideName, Source]:
    dataset = load_dataset(comparison.dataset)
    size = dataset.size(comparison.size)
    kept = None if rows is None else min(rows, size.rows)
    prepared = prepare(dataset, size, data_dir(), rows=kept, announce=display.announce)
    checksum = source_checksum(dataset, prepared, checksum_dir(), engine_version=version("duckdb"))
    source = Source(dataset=dataset, prepared=prepared, checksum=checksum)
    sides: dict[SideName, Side] = {"a": comparison.a, "b": comparison.b}
    readers = load_parts().readers
    for side in sides.values():
        source = served(source, readers[side.reader], services, display.announce)
    scratch.mkdir(parents=True, exist_ok=True)
    types = write_types(dataset.contract, scratch / f"{dataset.name}-types.yaml")
    bare = replace(source, dataset=replace(dataset, contract=types))
    return {name: bare if side.contract == "types" else source for name, side in sides.items()}


def _reached(comparison: Comparison, services: Services, display: Display) -> dict[str, Any]:
    """How the servers of both sides' targets are reached, by the target's name."""
    targets = load_parts().targets
    wanted = (targets[side.target] for side in (comparison.a, comparison.b))
    return {
        target.name: services.reach(target, announce=display.announce)
        for target in wanted
        if target.service
    }


def _measure(
    comparison: Comparison,
    bench: Bench,
    sources: dict[SideName, Source],
    store: Store,
    display: Display,
    pairs: int,
) -> Iterator[dict[str, Any]]:
    """Yield samples of both sides by turns; ends with the first that failed."""
    cells = {
        "a": _cell(comparison, comparison.a, sources["a"], pairs),
        "b": _cell(comparison, comparison.b, sources["b"], pairs),
    }
    for pair in range(1, pairs + 1):
        order: tuple[SideName, ...] = ("a", "b") if pair % 2 else ("b", "a")
        for side in order:
            cell = cells[side]
            display.start(cell, pair)
            # A number of its own, for both sides may be the same cell and share a folder.
            taken = take_sample(bench, cell, sources[side], 2 * pair - (side == "a"))
            sample = taken | {"comparison": comparison.id, "side": side, "sample": pair}
            store.append("sample", sample)
            display.finish(cell, sample)
            yield sample
            if sample["status"] != "ok":
                return


def _cell(comparison: Comparison, side: Side, source: Source, pairs: int) -> Cell:
    return Cell(
        reader=side.reader,
        writer=side.writer,
        target=side.target,
        dataset=comparison.dataset,
        size=comparison.size,
        rows=source.checksum.rows,
        samples=pairs,
        unsupported=None,
        estimate_s=0.0,
    )


def conclude(comparison: Comparison, samples: Sequence[dict[str, Any]]) -> Compared:
    """The ratio of a comparison's samples, judged; `failed` where one of them is not ok."""
    sides: tuple[SideName, ...] = ("a", "b")
    by_side = {side: [one for one in samples if one["side"] == side] for side in sides}
    bad = next((one for one in samples if one["status"] != "ok"), None)
    rates = {
        side: [one["rows_per_s"] for one in taken if one["rows_per_s"]]
        for side, taken in by_side.items()
    }
    peaks = {
        side: max((one["peak_rss_bytes"]["lifetime"] or 0 for one in taken), default=0) or None
        for side, taken in by_side.items()
    }
    ratio = None if bad else compare(list(zip(rates["a"], rates["b"], strict=True)))
    verdict: Verdict | Literal["failed"] = "failed"
    if ratio is not None:
        interval = Interval(median=ratio.median, low=ratio.low, high=ratio.high)
        verdict = judge(interval, comparison.figure, higher_is_better=True)
    return Compared(
        comparison=comparison,
        ratio=ratio,
        rates={side: summarize(found) for side, found in rates.items()},
        peak_bytes=peaks,
        verdict=verdict,
        reason=f"{bad['cell']}: {bad['reason']}" if bad else None,
    )
