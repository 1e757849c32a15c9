"""A run's summary as Markdown, for a job summary."""

from headrace_harness.report.figures import FigureResult
from headrace_harness.report.shares import told_shares
from headrace_harness.report.summary import Summary
from headrace_harness.report.text import format_figure, format_peaks, format_rate, format_writer

_ENVIRONMENT = ("cpu", "cores", "kernel", "python", "fingerprint")


_HEAD = (
    "| cell | rows | rows/s, median [low\u2013high] | peak MB, import/run/lifetime "
    "| writer's share of the time | verdict |"
)


def render_markdown(summary: Summary) -> str:
    """Tables and the environment in a line; far below 1 MiB."""
    lines = [
        f"# Bench {summary.run_id}",
        "",
        f"Suite `{summary.suite}`: **{summary.verdict}**.",
        "",
        _HEAD,
        "|---|---:|---:|---:|---:|---|",
    ]
    lines += [
        f"| {cell.cell} | {cell.rows:,} | {format_rate(cell)} | {format_peaks(cell)} "
        f"| {format_writer(cell)} "
        f"| {_escape(cell.status if cell.reason is None else f'{cell.status}: {cell.reason}')} |"
        for cell in summary.cells
    ]
    lines += ["", "| documented figure | limit | worst cell | measured | verdict |"]
    lines += ["|---|---:|---|---:|---|"]
    lines += [_figure_line(figure) for figure in summary.figures]
    if told := told_shares(summary.cells):
        lines += ["", "| cell | whose time it was |", "|---|---|"]
        lines += [f"| {name} | {shares} |" for name, shares in told]
    facts = {key: summary.environment.get(key) for key in _ENVIRONMENT}
    lines += ["", ", ".join(f"{key} {value}" for key, value in facts.items()) + ".", ""]
    return "\n".join(lines)


def _figure_line(figure: FigureResult) -> str:
    name = f"{figure.id}: {_escape(figure.source)}"
    limit = format_figure(figure.figure, figure.unit)
    worst = figure.worst
    cell = worst.cell if worst else "\u2013"
    measured = format_figure(worst.measured or 0.0, figure.unit) if worst else "\u2013"
    verdict = figure.verdict or "no such cell in this run"
    return f"| {name} | {limit} | {cell} | {measured} | {verdict} |"


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
