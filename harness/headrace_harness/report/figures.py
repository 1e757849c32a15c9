"""Documented figures against what was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headrace_harness.stats import Interval, Verdict, judge

MB_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One figure and one cell.

    Attributes:
        measured: Median rate [rows/s] or highest peak [MB]; None without valid samples.
        interval: Low to high, in the figure's unit.
    """

    id: str
    cell: str
    figure: float
    unit: str
    measured: float | None
    interval: Interval | None
    verdict: Verdict

    def to_dict(self) -> dict[str, Any]:
        """As in the bench report."""
        return {
            "id": self.id,
            "figure": self.figure,
            "unit": self.unit,
            "measured": self.measured,
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureResult:
    """One figure over all cells that it speaks of.

    Attributes:
        judgements: One for each cell; empty if the run has no such cell.
        verdict: The worst of them; None without any.
    """

    id: str
    figure: float
    unit: str
    source: str
    higher_is_better: bool
    judgements: tuple[Judgement, ...]

    @property
    def verdict(self) -> Verdict | None:
        """Missed if one is, else inconclusive if one is, else met; None of nothing."""
        verdicts = {judgement.verdict for judgement in self.judgements}
        order: tuple[Verdict, ...] = ("missed", "inconclusive", "met")
        return next((verdict for verdict in order if verdict in verdicts), None)

    @property
    def worst(self) -> Judgement | None:
        """The cell furthest on the wrong side; None without a measured one."""
        measured = [entry for entry in self.judgements if entry.measured is not None]
        sign = 1 if self.higher_is_better else -1
        return min(measured, key=lambda entry: sign * (entry.measured or 0.0), default=None)


def applies_to(figure: Mapping[str, Any], cell: Mapping[str, Any]) -> bool:
    """Whether a figure speaks of a cell of the plan."""
    applies = figure["applies"]
    names = all(
        cell[key] in applies.get(f"{key}s", (cell[key],))
        for key in ("reader", "writer", "target", "dataset")
    )
    return bool(names and cell["rows"] >= applies.get("min_rows", 0))


def judge_cell(
    figure: Mapping[str, Any],
    cell: str,
    *,
    rate: Interval | None,
    lifetime_peak: Interval | None,
) -> Judgement:
    """What becomes of a figure in one cell.

    Args:
        figure: As in `targets.toml`.
        cell: The cell's name.
        rate: Of valid samples [rows/s].
        lifetime_peak: Of valid samples [bytes].
    """
    is_rate = figure["measure"] == "rows_per_s"
    interval = rate if is_rate else _in_mb(lifetime_peak)
    measured: float | None = None
    verdict: Verdict = "inconclusive"
    if interval is not None:
        slack = 1 - figure["tolerance"] if is_rate else 1 + figure["tolerance"]
        verdict = judge(interval, figure["figure"] * slack, higher_is_better=is_rate)
        # A peak is a highest value, so its highest counts; a rate is quoted by its median.
        measured = round(interval.median if is_rate else interval.high, 3)
    return Judgement(
        id=figure["id"],
        cell=cell,
        figure=figure["figure"],
        unit=figure["unit"],
        measured=measured,
        interval=interval,
        verdict=verdict,
    )


def collect_figures(
    figures: Sequence[Mapping[str, Any]], judgements: Sequence[Judgement]
) -> list[FigureResult]:
    """Every figure with its judgements, in the order of the file."""
    return [
        FigureResult(
            id=figure["id"],
            figure=figure["figure"],
            unit=figure["unit"],
            source=figure["source"],
            higher_is_better=figure["measure"] == "rows_per_s",
            judgements=tuple(entry for entry in judgements if entry.id == figure["id"]),
        )
        for figure in figures
    ]


def _in_mb(interval: Interval | None) -> Interval | None:
    if interval is None:
        return None
    return Interval(
        median=interval.median / MB_BYTES,
        low=interval.low / MB_BYTES,
        high=interval.high / MB_BYTES,
    )
