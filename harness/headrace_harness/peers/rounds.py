"""Several ways to read the same, by turns: their rates, the ratios of these, and their peaks."""

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from headrace_harness.errors import HarnessError
from headrace_harness.measure.launch import run_worker
from headrace_harness.measure.pages import settle_libraries
from headrace_harness.stats import compare, summarize

DEFAULT_PAIRS: Final = 5
TIMEOUT_S: Final = 1200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One reading; `cpu_s` of who reads, where it is known."""

    rows: int
    wall_s: float
    peak_rss_bytes: int | None
    cpu_s: float = math.nan

    @property
    def rows_per_s(self) -> float:
        """Its rate."""
        return self.rows / self.wall_s


Side = Callable[[Path], Sample]
"""Reads once; gets a folder of its own for what it writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What is read, by whom, and what is wanted.

    Attributes:
        name: Of what is read.
        rows: How many it has.
        sides: Who reads it; the first is headrace.
        figures: For another side, what headrace's rate is of its rate, at least.
    """

    name: str
    rows: int
    sides: Mapping[str, Side]
    figures: Mapping[str, float]


def read_by_headrace(
    job: Mapping[str, Any],
    rows: int,
    folder: Path,
    *,
    target: Mapping[str, Any] | None = None,
) -> Sample:
    """A run in a worker process, to zstd Parquet by `rust`, committed.

    Args:
        job: Its reader section.
        rows: What it must write.
        folder: Where, in `out`.
        target: Its target section, where it is to land elsewhere.

    Raises:
        HarnessError: It failed, or wrote another number of rows.
    """
    whole = {
        "version": 1,
        "name": "peers",
        "reader": dict(job),
        "writer": {"type": "rust", "compression": "zstd"},
        "target": dict(target or {"type": "local", "path": str(folder / "out")}),
    }
    specification = {"job": whole, "base_dir": str(folder), "imports": []}
    ending = run_worker(specification, logs=folder / "logs", name="headrace", timeout_s=TIMEOUT_S)
    if ending.result is None or ending.reason is not None:
        raise HarnessError(ending.reason)
    written = ending.result["report"]["rows"]["written"]
    if written != rows:
        message = f"headrace wrote {written} of {rows} rows"
        raise HarnessError(message)
    peak = max(ending.result["lifetime_hwm_bytes"] or 0, ending.memory["hwm_bytes"])
    return Sample(
        rows=rows,
        wall_s=ending.result["wall_s"],
        peak_rss_bytes=peak or None,
        cpu_s=ending.result["cpu_s"],
    )


def a_parser(prog: str, what: str) -> argparse.ArgumentParser:
    """The options that all contests have."""
    parser = argparse.ArgumentParser(prog=prog, description=what)
    parser.add_argument("--pairs", type=int, default=DEFAULT_PAIRS, help="rounds of all sides")
    parser.add_argument("--rows", type=int, help="only the first so many rows")
    parser.add_argument("--json", action="store_true")
    return parser


def decide(contests: Sequence[Contest], asked: argparse.Namespace) -> int:
    """Measure contests and print what was found; 0 where every figure's median is met."""
    settle_libraries()
    found = [_measure(contest, asked.pairs) for contest in contests]
    if asked.json:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(line for one in found for line in _lines(one)) + "\n")
    ratios = [ratio for one in found for ratio in one["ratios"].values()]
    return 0 if all(ratio["median"] >= ratio["figure"] for ratio in ratios) else 1


def say(text: str) -> None:
    """Tell a person what goes on."""
    sys.stderr.write(text + "\n")


def _measure(contest: Contest, pairs: int) -> dict[str, Any]:
    """Samples of all sides by turns, each round in another order."""
    samples: dict[str, list[Sample]] = {name: [] for name in contest.sides}
    names = list(contest.sides)
    for pair in range(pairs):
        for name in names if pair % 2 == 0 else reversed(names):
            with tempfile.TemporaryDirectory() as folder:
                sample = contest.sides[name](Path(folder))
            say(f"{contest.name} {pair + 1}/{pairs} {name}: {sample.rows_per_s:,.0f} rows/s")
            samples[name].append(sample)
    return {
        "name": contest.name,
        "rows": contest.rows,
        "rows_per_s": {
            name: interval.to_dict()
            for name, taken in samples.items()
            if (interval := summarize(one.rows_per_s for one in taken))
        },
        "peak_rss_bytes": {
            name: max((one.peak_rss_bytes or 0 for one in taken), default=0) or None
            for name, taken in samples.items()
        },
        "ratios": {
            peer: ratio.to_dict() | {"figure": figure}
            for peer, figure in contest.figures.items()
            if (
                ratio := compare(
                    [
                        (mine.rows_per_s, other.rows_per_s)
                        for mine, other in zip(samples[names[0]], samples[peer], strict=True)
                    ]
                )
            )
        },
    }


def _lines(found: Mapping[str, Any]) -> list[str]:
    lines = [f"{found['name']}, {found['rows']:,} rows"]
    for name, rate in found["rows_per_s"].items():
        peak = found["peak_rss_bytes"][name]
        memory = f", peak {peak / 1e6:.1f} MB" if peak else ""
        interval = f"{rate['low']:,.0f} to {rate['high']:,.0f}"
        lines.append(f"  {name}: {rate['median']:,.0f} rows/s ({interval}){memory}")
    first = next(iter(found["rows_per_s"]))
    for peer, ratio in found["ratios"].items():
        interval = f"{ratio['low']:.2f} to {ratio['high']:.2f}"
        lines.append(
            f"  {first} / {peer}: {ratio['median']:.2f} ({interval}), wanted {ratio['figure']}"
        )
    return lines


__all__ = [
    "TIMEOUT_S",
    "Contest",
    "Sample",
    "Side",
    "a_parser",
    "decide",
    "read_by_headrace",
    "say",
]
