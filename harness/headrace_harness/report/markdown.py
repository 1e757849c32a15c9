"""A run's summary as Markdown, for a job summary."""

from headrace_harness.report.summary import Summary
from headrace_harness.report.text import format_figure, format_peaks, format_rate


def render_markdown(summary: Summary) -> str:
    """Two tables and the environment in a line; far below 1 MiB."""
    lines = [
        f"# Bench {summary.run_id}",
        "",
        f"Suite `{summary.suite}`: **{summary.verdict}**.",
        "",
        "| cell | rows | rows/s, median [low–high] | peak MB, import/run/lifetime | verdict |",
        "|---|---:|---:|---:|---|",
    ]
    lines += [
        f"| {cell.cell} | {cell.rows:,} | {format_rate(cell)} | {format_peaks(cell)} "
        f"| {_escape(cell.status if cell.reason is None else f'{cell.status}: {cell.reason}')} |"
        for cell in summary.cells
    ]
    lines += ["", "| documented figure | limit | worst cell | measured | verdict |"]
    lines += ["|---|---:|---|---:|---|"]
    for figure in summary.figures:
        worst = figure.worst
        lines.append(
            f"| {figure.id}: {_escape(figure.source)} | {format_figure(figure.figure, figure.unit)} "
            f"| {worst.cell if worst else '–'} "
            f"| {format_figure(worst.measured or 0.0, figure.unit) if worst else '–'} "
            f"| {figure.verdict or 'no such cell in this run'} |"
        )
    environment = summary.environment
    lines += [
        "",
        f"{environment.get('cpu')}, {environment.get('cores')} cores, "
        f"kernel {environment.get('kernel')}, Python {environment.get('python')}, "
        f"fingerprint `{environment.get('fingerprint')}`.",
        "",
    ]
    return "\n".join(lines)


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
