"""`bench report`: HTML, Markdown and JSON of a run, from its records."""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Final

from headrace_harness.report.html import render_html
from headrace_harness.report.markdown import render_markdown
from headrace_harness.report.summary import Summary, summarize_records
from headrace_harness.store import RECORDS_NAME, find_run, read_records

TAIL: Final = 4000
"""How much of a log is on the page [characters]."""


def render_run(args: argparse.Namespace) -> int:
    """Render a run again and print where; always 0.

    Raises:
        StoreError: There is no such run, or its records are corrupt.
    """
    folder = find_run(args.reports, args.run).parent
    summary = render_files(folder)
    if args.json:
        print(json.dumps(summary.to_dict()))  # noqa: T201 - the command's output
    else:
        print(folder / "report.html")  # noqa: T201 - the command's output
    return 0


def _logs(folder: Path) -> dict[str, str]:
    """The ends of what services printed, by their names; of a run that went on, the last."""
    by_age = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
    return {
        path.name.partition(".")[0]: path.read_text(encoding="utf-8", errors="replace")[-TAIL:]
        for path in by_age
    }


def render_files(folder: Path) -> Summary:
    """Write report.html, summary.md and report.json beside the records; the summary."""
    summary = summarize_records(read_records(folder / RECORDS_NAME))
    summary = replace(summary, logs=_logs(folder / "logs"))
    (folder / "report.html").write_text(render_html(summary), encoding="utf-8")
    (folder / "summary.md").write_text(render_markdown(summary), encoding="utf-8")
    (folder / "report.json").write_text(json.dumps(summary.to_dict(), indent=1), encoding="utf-8")
    return summary
