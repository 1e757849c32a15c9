"""A run's summary for a terminal: one line a cell or a target, one line a figure."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from headrace_harness.catalog import load_parts
from headrace_harness.report.figures import MB_BYTES, FigureResult
from headrace_harness.report.shares import told_shares
from headrace_harness.report.summary import PEAKS, CellResult, Summary

MOST_CELLS: Final = 24
"""As many have a line each; of more, those that failed have, and targets."""

MOST_TOLD: Final = 8
"""Cells without a number that are told of so many."""


def render_text(summary: Summary) -> str:
    """The summary as lines that fit a screen."""
    asked = [figure for figure in summary.figures if figure.judgements]
    figures = [
        ("documented figure", "limit", "measured", "cells", "verdict"),
        *(_figure_row(figure) for figure in asked),
    ]
    count = max((len(cell.samples) for cell in summary.cells), default=0)
    told = _cells(summary.cells) if len(summary.cells) <= MOST_CELLS else _targets(summary)
    return "\n".join(
        [
            *told,
            *_repeats(summary),
            "",
            *align(figures, right=(1, 2, 3)),
            f"{len(summary.figures) - len(asked)} more figures speak of no cell of this run",
            *(_share_lines(summary) if len(summary.cells) <= MOST_CELLS else ()),
            "",
            f"run {summary.run_id}, suite {summary.suite}: {summary.verdict}",
            f"at most {count} samples a cell; rates by median, memory by the highest peak",
        ]
    )


def repeat_command(summary: Summary, cell: CellResult) -> str:
    """The command line that measures a cell alone, once, as it was measured."""
    names = {
        "suite": summary.suite,
        "reader": cell.reader,
        "writer": cell.writer,
        "target": cell.target,
        "dataset": cell.dataset,
    }
    options = [f"--{key} {name}" for key, name in names.items()]
    if summary.rows is not None:
        options.append(f"--rows {summary.rows}")
    options += [
        f"--provider {name}={summary.providers[name]}"
        for name in services_of(cell)
        if name in summary.providers
    ]
    return f"headrace bench run {' '.join(options)} --samples 1"


def format_rate(cell: CellResult) -> str:
    """`median [low to high]` [rows/s]."""
    if cell.rate is None:
        return "\u2013"
    if len(cell.samples) == 1:
        return f"{cell.rate.median:,.0f} [one sample]"
    return f"{cell.rate.median:,.0f} [{cell.rate.low:,.0f}\u2013{cell.rate.high:,.0f}]"


def format_peaks(cell: CellResult) -> str:
    """`import/run/lifetime` [MB]."""
    if all(cell.peaks[peak] is None for peak in PEAKS):
        return "\u2013"
    return "/".join(format_mb(cell.peaks[peak]) for peak in PEAKS)


def format_writer(cell: CellResult) -> str:
    """The writer's share of the wall time."""
    return "\u2013" if cell.writer_share is None else f"{cell.writer_share.median:.1%}"


def format_mb(size_bytes: float | None) -> str:
    """Bytes as MB, one decimal; `?` for what the platform does not tell."""
    return "?" if size_bytes is None else f"{size_bytes / MB_BYTES:.1f}"


def format_figure(value: float, unit: str) -> str:
    """A value with its unit, as precise as it is useful."""
    digits = {"MB": 1, "%": 1, "times": 2}.get(unit, 0)
    return f"{value:,.{digits}f} {unit}"


def services_of(cell: CellResult) -> list[str]:
    """The services that its reader and its target are on, as far as these are still known."""
    parts = load_parts()
    known = (parts.readers.get(cell.reader), parts.targets.get(cell.target))
    return [part.service for part in known if part is not None and part.service]


def _cells(cells: Sequence[CellResult]) -> list[str]:
    head = ("cell", "rows", "rows/s median [low\u2013high]", "peak MB import/run/life", "writer")
    rows = [(cell.cell, f"{cell.rows:,}", *_numbers(cell)) for cell in cells]
    return [
        *align([(*head, "verdict"), *rows], right=(1, 2, 3, 4)),
        "writer: its time over the wall time, by median",
    ]


def _targets(summary: Summary) -> list[str]:
    """A line for each data set at each target, and one for each cell that has no number."""
    head = ("target", "data set", "rows", "cells ok", "rows/s, median of a cell", "highest peak MB")
    rows = [
        (*names, f"{cells[0].rows:,}", *_extremes(cells))
        for names, cells in by_place(summary.cells)
    ]
    bad = [cell for cell in summary.cells if cell.status not in {"ok", "unsupported"}]
    told = ["", *_cells(bad[:MOST_TOLD]), *_more(len(bad))] if bad else []
    return align([head, *rows], right=(2, 3, 4, 5)) + told


def _more(count: int) -> list[str]:
    left = count - MOST_TOLD
    return [f"  and {left} more, which the report has"] if left > 0 else []


def by_place(cells: Sequence[CellResult]) -> list[tuple[tuple[str, str], list[CellResult]]]:
    """Cells by target and data set, in the order of the plan."""
    targets = list(dict.fromkeys(cell.target for cell in cells))
    datasets = list(dict.fromkeys(cell.dataset for cell in cells))
    ordered = sorted(
        cells, key=lambda cell: (targets.index(cell.target), datasets.index(cell.dataset))
    )
    grouped = groupby(ordered, key=lambda cell: (cell.target, cell.dataset))
    return [(names, list(group)) for names, group in grouped]


def _extremes(cells: Sequence[CellResult]) -> tuple[str, str, str]:
    supported = [cell for cell in cells if cell.status != "unsupported"]
    valid = [cell for cell in cells if cell.status == "ok"]
    rates = [cell.rate.median for cell in valid if cell.rate]
    span = f"{min(rates):,.0f}\u2013{max(rates):,.0f}" if rates else "\u2013"
    peak = max((cell.peaks["lifetime"] or 0 for cell in valid), default=0)
    return f"{len(valid)}/{len(supported)}", span, format_mb(peak) if peak else "\u2013"


def _repeats(summary: Summary) -> list[str]:
    bad = [cell for cell in summary.cells if cell.status in {"failed", "invalid"}]
    lines = [f"  {repeat_command(summary, cell)}" for cell in bad[:MOST_TOLD]]
    return ["", "each alone:", *lines, *_more(len(bad))] if lines else []


def _numbers(cell: CellResult) -> tuple[str, str, str, str]:
    verdict = cell.status if cell.reason is None else f"{cell.status}: {cell.reason}"
    if missed := [entry.id for entry in cell.judgements if entry.verdict == "missed"]:
        verdict += f", missed {', '.join(missed)}" if cell.status == "ok" else ""
    return format_rate(cell), format_peaks(cell), format_writer(cell), verdict


def _share_lines(summary: Summary) -> list[str]:
    told = told_shares(summary.cells)
    return ["", *align([("cell", "whose time it was"), *told], right=())] if told else []


def _figure_row(figure: FigureResult) -> tuple[str, str, str, str, str]:
    sign = "≥" if figure.higher_is_better else "≤"
    limit = f"{sign} {format_figure(figure.figure, figure.unit).replace('.0 MB', ' MB')}"
    if not figure.judgements:
        return figure.id, limit, "\u2013", "0", "no such cell in this run"
    worst = figure.worst
    measured = "\u2013" if worst is None else format_figure(worst.measured or 0.0, figure.unit)
    met = sum(entry.verdict == "met" for entry in figure.judgements)
    verdict = str(figure.verdict)
    if worst is not None and len(figure.judgements) > 1:
        verdict += f" (worst: {worst.cell})"
    return figure.id, limit, measured, f"{met}/{len(figure.judgements)}", verdict


def align(rows: Sequence[Sequence[str]], *, right: Sequence[int]) -> list[str]:
    """Rows as lines whose columns stand below each other; those of `right` end together."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return [
        "  ".join(
            [
                *(
                    f"{text:>{width}}" if column in right else f"{text:<{width}}"
                    for column, (text, width) in enumerate(zip(row, widths, strict=False))
                ),
                row[-1],
            ]
        )
        for row in rows
    ]
