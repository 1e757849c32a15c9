"""The table of documented figures, from the committed run of the suite `documented`."""

from pathlib import Path
from typing import Final

from headrace_harness.report.figures import Judgement
from headrace_harness.report.summary import Summary, summarize_records
from headrace_harness.report.text import format_figure
from headrace_harness.store import RECORDS_NAME, read_records
from table import Table

FOUND: Final = Path(__file__).parents[1] / "reports" / "reference" / "documented" / RECORDS_NAME

_DOCUMENTED: Final = "doc-"
"""How the ids of figures begin that the documents promise; others are wanted beside them."""


def documented_figures() -> Table:
    """Each figure that the documents promise, and what was measured in each cell that it is of."""
    summary = summarize_records(read_records(FOUND))
    judgements = [
        judgement
        for figure in summary.figures
        if figure.id.startswith(_DOCUMENTED)
        for judgement in figure.judgements
    ]
    return Table(
        head=("documented", "cell", "figure", "measured", "verdict"),
        lines=tuple(((), _line(summary, judgement)) for judgement in judgements),
    )


def _line(summary: Summary, judgement: Judgement) -> tuple[str, ...]:
    figure = next(one for one in summary.figures if one.id == judgement.id)
    sign = "≥" if figure.higher_is_better else "≤"
    measured = "none"
    if judgement.interval is not None and judgement.measured is not None:
        measured = format_figure(judgement.measured, judgement.unit)
        ends = (judgement.interval.low, judgement.interval.high)
        if ends[0] != ends[1]:
            low, high = (format_figure(end, judgement.unit).split()[0] for end in ends)
            measured += f" ({low}\u2013{high})"
    return (
        figure.source.removeprefix("Documented performance targets: ").removeprefix("Documented: "),
        f"`{judgement.cell}`",
        f"{sign} {format_figure(judgement.figure, judgement.unit)}",
        measured,
        judgement.verdict,
    )
