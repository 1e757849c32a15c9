"""Medians and intervals; no result depends on the order of its samples."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Literal

Verdict = Literal["met", "missed", "inconclusive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Median, lowest and highest of some samples; with one sample all three are equal."""

    median: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float]:
        """As in the bench report."""
        return asdict(self)


def summarize(values: Iterable[float]) -> Interval | None:
    """The interval of `values`, or None of none.

    Outliers are kept: a slow sample happened.
    """
    ordered = sorted(values)
    if not ordered:
        return None
    return Interval(median=median(ordered), low=ordered[0], high=ordered[-1])


def judge(interval: Interval, limit: float, *, higher_is_better: bool) -> Verdict:
    """Whether a figure is met by everything between low and high.

    Args:
        interval: What was measured, in the unit of `limit`.
        limit: The figure; equal to it is met.
        higher_is_better: True for rates, False for memory.

    Returns:
        `met` if all of the interval is, `missed` if none of it is, else `inconclusive`.
    """
    if higher_is_better:
        worst, best = interval.low >= limit, interval.high >= limit
    else:
        worst, best = interval.high <= limit, interval.low <= limit
    if worst:
        return "met"
    return "inconclusive" if best else "missed"
