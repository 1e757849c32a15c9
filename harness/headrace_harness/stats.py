"""Medians and intervals; no result depends on the order of its samples."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from math import exp, fsum, log
from random import Random
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


RESAMPLES = 10_000
"""Draws of the bootstrap; the interval's ends then move by less than its width's hundredth."""

MOST_EXACT_PAIRS = 12
"""Up to here all flips of signs are tried: 4,096."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """The median ratio of some pairs, and how sure it is.

    Attributes:
        median: Of A to B.
        low: Lower end of the bootstrap's 95% interval.
        high: Upper end.
        p: Share of all flips of signs whose mean log ratio is as far from 0: small where A and B
            differ.
        pairs: How many.
    """

    median: float
    low: float
    high: float
    p: float
    pairs: int

    def to_dict(self) -> dict[str, float]:
        """As in the comparison's report."""
        return asdict(self)


def compare(pairs: Sequence[tuple[float, float]]) -> Ratio | None:
    """The ratio of A to B over pairs that were measured side by side, or None of none.

    Args:
        pairs: Positive values of A and B.

    Source:
        Percentile bootstrap: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13.
        Sign-flip test: Good, Permutation Tests, 2000, section 3.2.
    """
    if not pairs:
        return None
    logs = [log(a / b) for a, b in pairs]
    random = Random(len(logs))  # noqa: S311 - repeatable, not secret
    medians = sorted(median(random.choices(logs, k=len(logs))) for _ in range(RESAMPLES))
    tail = RESAMPLES // 40  # 2.5% at each end
    seen = abs(fsum(logs)) * (1 - 1e-9)  # a flip that changes nothing must count
    if len(logs) <= MOST_EXACT_PAIRS:
        flips: Iterable[Sequence[int]] = product((1, -1), repeat=len(logs))
    else:
        flips = (random.choices((1, -1), k=len(logs)) for _ in range(RESAMPLES))
    hits = [
        abs(fsum(sign * value for sign, value in zip(signs, logs, strict=True))) >= seen
        for signs in flips
    ]
    return Ratio(
        median=exp(median(logs)),
        low=exp(medians[tail]),
        high=exp(medians[-tail - 1]),
        p=sum(hits) / len(hits),
        pairs=len(logs),
    )
