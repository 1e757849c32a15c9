"""Documented figures against what was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from headrace_harness.stats import Interval, Verdict

MB_BYTES = 1_000_000

HIGHER_IS_BETTER: Final = frozenset({"rows_per_s", "speedup"})
"""Measures that are met from their figure upwards; the others are up to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One figure and one cell.

    Attributes:
        measured: The median, of a peak the highest, in the figure's unit; None without valid
            samples.
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
            higher_is_better=figure["measure"] in HIGHER_IS_BETTER,
            judgements=tuple(entry for entry in judgements if entry.id == figure["id"]),
        )
        for figure in figures
    ]
