"""A run's summary for a terminal: one line a cell, one line a figure."""

from collections.abc import Sequence

from headrace_harness.report.figures import MB_BYTES, FigureResult
from headrace_harness.report.shares import told_shares
from headrace_harness.report.summary import PEAKS, CellResult, Summary


def render_text(summary: Summary) -> str:
    """The summary as lines that fit a screen."""
    cells = [
        (
            "cell",
            "rows",
            "rows/s median [low\u2013high]",
            "peak MB import/run/life",
            "writer",
            "verdict",
        ),
        *((cell.cell, f"{cell.rows:,}", *_numbers(cell)) for cell in summary.cells),
    ]
    figures = [
        ("documented figure", "limit", "measured", "cells", "verdict"),
        *(_figure_row(figure) for figure in summary.figures),
    ]
    count = max((len(cell.samples) for cell in summary.cells), default=0)
    return "\n".join(
        [
            *align(cells, right=(1, 2, 3, 4)),
            "",
            *align(figures, right=(1, 2, 3)),
            *_share_lines(summary),
            "",
            f"run {summary.run_id}, suite {summary.suite}: {summary.verdict}",
            f"at most {count} samples a cell; rates by median, memory by the highest peak",
            "writer: its time over the wall time, by median",
        ]
    )


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
