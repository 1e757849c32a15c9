"""The pictures of the page, as inline SVG in percentages, so that they stretch with it.

Every picture carries its numbers as text or as a title: nothing is told by colour alone.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from headrace_harness.report.figures import MB_BYTES, FigureResult
from headrace_harness.report.summary import CellResult
from headrace_harness.stats import Interval

HEAT_STEPS = 7
MEMORY_LINE_BYTES = 100 * MB_BYTES  # the upper end of the documented 30 to 100 MB
STAGES = ("read", "transform", "validate", "write", "commit", "wait")


def heat_step(value: float, values: Sequence[float]) -> int:
    """Where `value` stands among `values`, 0 lowest to HEAT_STEPS - 1 highest, by logarithm."""
    low, high = min(values), max(values)
    if high <= low:
        return HEAT_STEPS // 2
    share = math.log(value / low) / math.log(high / low)
    return round(share * (HEAT_STEPS - 1))


def memory_scale(cells: Sequence[CellResult]) -> float:
    """Right end of every memory bar [bytes]: past the line and past the highest peak."""
    peaks = [cell.peaks["lifetime"] or 0 for cell in cells]
    return max([MEMORY_LINE_BYTES * 1.2, *(peak * 1.05 for peak in peaks)])


def memory_bar(cell: CellResult, scale: float) -> str:
    """Import inside run inside lifetime, against the 100 MB line."""
    line = _percent(MEMORY_LINE_BYTES / scale)
    over = " over" if (cell.peaks["lifetime"] or 0) > MEMORY_LINE_BYTES else ""
    bars = "".join(
        f'<rect class="m-{peak}{over}" x="0" y="{y}" width="{_percent(size / scale)}" '
        f'height="{height}" rx="1.5"/>'
        for peak, y, height in (("lifetime", 3, 18), ("run", 6, 12), ("import", 9, 6))
        if (size := cell.peaks[peak]) is not None
    )
    return (
        f'<svg class="bar" height="24" role="img" aria-label="{escape(_memory_text(cell))}">'
        f"<title>{escape(_memory_text(cell))}</title>{bars}"
        f'<line class="limit" x1="{line}" x2="{line}" y1="0" y2="24"/></svg>'
    )


def sample_dots(cell: CellResult, scale: float) -> str:
    """Every valid sample's rate on one scale from nothing to `scale` [rows/s], and the median."""
    rates = [sample["rows_per_s"] for sample in cell.samples if sample["rows_per_s"]]
    if cell.rate is None or scale <= 0:
        return ""
    low, high = cell.rate.low / scale, cell.rate.high / scale
    median = _inset(cell.rate.median / scale)
    dots = "".join(
        f'<circle class="dot" cx="{_inset(rate / scale)}" cy="12" r="4"/>' for rate in rates
    )
    label = ", ".join(f"{rate:,.0f}" for rate in rates) + " rows/s"
    return (
        f'<svg class="bar" height="24" role="img" aria-label="{escape(label)}">'
        f"<title>{escape(label)}</title>"
        f'<line class="axis" x1="0" x2="100%" y1="12" y2="12"/>'
        f'<line class="range" x1="{_inset(low)}" x2="{_inset(high)}" y1="12" y2="12"/>'
        f'{dots}<line class="median" x1="{median}" x2="{median}" y1="3" y2="21"/></svg>'
    )


def stage_bar(cell: CellResult) -> str:
    """Shares of busy time by stage, summed over the valid samples."""
    shares = stage_shares(cell.samples)
    if not shares:
        return ""
    parts, start = [], 0.0
    for stage, share in shares.items():
        parts.append(
            f'<rect class="s-{stage}" x="{_percent(start)}" y="4" width="{_percent(share)}" '
            f'height="16"><title>{stage} {share:.0%}</title></rect>'
        )
        start += share
    label = ", ".join(f"{stage} {share:.0%}" for stage, share in shares.items() if share)
    start_tag = f'<svg class="bar" height="24" role="img" aria-label="{escape(label)}">'
    return f"{start_tag}{''.join(parts)}</svg>"


def stage_shares(samples: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Share of the busy time of each stage, 0 to 1; empty if no sample tells."""
    told = [sample["stages_s"] for sample in samples if sample["stages_s"]]
    totals = {stage: sum(entry.get(stage, 0.0) for entry in told) for stage in STAGES}
    total = sum(totals.values())
    return {stage: value / total for stage, value in totals.items()} if total else {}


def figure_range(figure: FigureResult) -> str:
    """Every cell's interval against the limit, on one scale from nothing."""
    intervals = [entry.interval for entry in figure.judgements if entry.interval]
    if not intervals:
        return ""
    scale = max(figure.figure * 1.25, *(interval.high * 1.05 for interval in intervals))
    limit = _percent(figure.figure / scale)
    good = (
        f'<rect class="good" x="{limit}" width="{_percent(1 - figure.figure / scale)}"'
        if figure.higher_is_better
        else f'<rect class="good" x="0" width="{limit}"'
    )
    marks = "".join(_interval_mark(interval, scale) for interval in intervals)
    return (
        f'<svg class="bar" height="24" aria-hidden="true">{good} y="2" height="20"/>'
        f'<line class="limit" x1="{limit}" x2="{limit}" y1="0" y2="24"/>{marks}</svg>'
    )


def _interval_mark(interval: Interval, scale: float) -> str:
    low, high = _percent(interval.low / scale), _percent(interval.high / scale)
    middle = _percent(interval.median / scale)
    return (
        f'<line class="range" x1="{low}" x2="{high}" y1="12" y2="12"/>'
        f'<circle class="dot" cx="{middle}" cy="12" r="3.5"/>'
    )


def _memory_text(cell: CellResult) -> str:
    told = [
        f"{peak} {size / MB_BYTES:.1f} MB"
        for peak in ("import", "run", "lifetime")
        if (size := cell.peaks[peak]) is not None
    ]
    return ", ".join(told) or "no peak known"


def _percent(share: float) -> str:
    return f"{min(max(share, 0.0), 1.0) * 100:.2f}%"


def _inset(share: float) -> str:
    """A position that leaves room for a dot at both ends."""
    return f"{2 + min(max(share, 0.0), 1.0) * 96:.2f}%"
