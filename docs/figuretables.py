"""The table of documented figures, from the committed run of the suite `documented`."""

from pathlib import Path
from typing import Final

from headrace_harness.report.figures import FigureResult, Judgement
from headrace_harness.report.summary import summarize_records
from headrace_harness.report.text import format_figure
from headrace_harness.store import RECORDS_NAME, read_records
from table import Table

FOUND: Final = Path(__file__).parents[1] / "reports" / "reference" / "documented" / RECORDS_NAME

_PROMISED: Final = "doc-"
"""How the ids of figures begin that the documents promise; others are wanted beside them."""


def documented_figures() -> Table:
    """Each figure that the documents promise, and what was measured in the cells that it is of."""
    records = list(read_records(FOUND))
    planned = next(record for record in records if record["kind"] == "run")
    measures = {figure["id"]: figure["measure"] for figure in planned["figures"]}
    promised = [
        figure
        for figure in summarize_records(records).figures
        if figure.id.startswith(_PROMISED) and figure.judgements
    ]
    return Table(
        head=("documented", "figure", "measured", "cells that meet it", "verdict"),
        lines=tuple(((f"measure:{measures[it.id]}",), _line(it)) for it in promised),
    )


def _line(figure: FigureResult) -> tuple[str, ...]:
    sign = "≥" if figure.higher_is_better else "≤"
    met = sum(judgement.verdict == "met" for judgement in figure.judgements)
    return (
        figure.source.removeprefix("Documented performance targets: ").removeprefix("Documented: "),
        f"{sign} {format_figure(figure.figure, figure.unit)}",
        _measured(figure),
        f"{met} of {len(figure.judgements)}",
        str(figure.verdict),
    )


def _measured(figure: FigureResult) -> str:
    """Of one cell with its samples; of several from the worst to the best."""
    if len(figure.judgements) == 1:
        return _with_samples(figure.judgements[0])
    found = sorted(one.measured for one in figure.judgements if one.measured is not None)
    low, high = (format_figure(value, figure.unit) for value in (found[0], found[-1]))
    worst = f", worst `{figure.worst.cell}`" if figure.worst and figure.verdict != "met" else ""
    return f"{low.split()[0]} to {high}{worst}"


def _with_samples(judgement: Judgement) -> str:
    if judgement.interval is None or judgement.measured is None:
        return "nothing"
    ends = (judgement.interval.low, judgement.interval.high)
    low, high = (format_figure(end, judgement.unit).split()[0] for end in ends)
    return f"{format_figure(judgement.measured, judgement.unit)} ({low}\u2013{high})"
