"""`bench compare`: A against B in pairs, a ratio with its interval for each comparison."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from headrace_harness.cli.display import PlainDisplay
from headrace_harness.comparison import chosen
from headrace_harness.errors import InterruptedRunError
from headrace_harness.report.comparison import render_comparisons, render_comparisons_markdown
from headrace_harness.store import COMPARISON_NAME, Store
from headrace_harness.suite.compare import Compared, run_comparisons

# Shells report a process that a signal ended as 128 and the signal's number.
EXIT_SIGNAL = 128


def compare_sides(args: argparse.Namespace) -> int:
    """Measure; 0 if every sample is valid, 1 if not, 128 + n on a signal: speed never counts.

    Raises:
        UsageError: There is no such comparison.
        DataSetError: A data set cannot be made.
    """
    comparisons = chosen([name for value in args.comparison for name in value.split(",")])
    folder = args.reports / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-compare-{uuid4().hex[:6]}"
    try:
        with Store(folder, name=COMPARISON_NAME) as store:
            found = run_comparisons(
                comparisons, store, PlainDisplay(), pairs=args.pairs, rows=args.rows
            )
    except InterruptedRunError as error:
        return EXIT_SIGNAL + error.number
    report = write_files(folder, found)
    _say("")
    _say(render_comparisons(found))
    _say(f"report {folder}")
    if args.json:
        print(json.dumps(report))  # noqa: T201 - the command's output
    return 0 if all(one.verdict != "failed" for one in found) else 1


def write_files(folder: Path, found: Sequence[Compared]) -> dict[str, object]:
    """Write compare.json and compare.md beside the records; the former's value."""
    report: dict[str, object] = {
        "schema_version": 1,
        "run_id": folder.name,
        "comparisons": [one.to_dict() for one in found],
    }
    (folder / "compare.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    (folder / "compare.md").write_text(render_comparisons_markdown(found), encoding="utf-8")
    return report


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - the command line's voice
