"""The line that a terminal shows while a job runs, and the summary when it has."""

import sys
import time
from typing import TYPE_CHECKING, Final

from headrace.loop.report import STAGES, RunReport
from headrace.loop.run import peak_rss_bytes

if TYPE_CHECKING:
    from headrace.loop.run import Run

REDRAW_S: Final = 0.1
"""Between two drawings: what an eye follows [s]."""


class ProgressLine:
    """Rows, rows/s, MB/s, peak memory and the stages' shares, redrawn in place.

    Call it with the run after each batch.
    """

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._drawn = 0.0
        self._is_drawn = False

    def __call__(self, run: "Run") -> None:
        """Redraw, at most ten times a second."""
        now = time.perf_counter()
        if now - self._drawn < REDRAW_S:
            return
        self._drawn = now
        elapsed = max(now - self._started, 1e-9)
        rows = run.report.rows.read
        peak = peak_rss_bytes()
        parts = [
            f"{rows:,} rows",
            f"{rows / elapsed:,.0f} rows/s",
            f"{_bytes_written(run) / elapsed / 1e6:.1f} MB/s out",
            f"peak {peak / 1e6:.0f} MB" if peak else "",
            shares(run.report),
        ]
        sys.stderr.write("\r\x1b[2K" + " · ".join(part for part in parts if part))
        sys.stderr.flush()
        self._is_drawn = True

    def clear(self) -> None:
        """Remove the line."""
        if self._is_drawn:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


def shares(report: RunReport) -> str:
    """Each stage's share of all busy time, without waiting."""
    busy = {stage: report.stages_s[stage] for stage in STAGES if stage != "wait"}
    total = sum(busy.values())
    if not total:
        return ""
    return " ".join(f"{stage} {s / total:.0%}" for stage, s in busy.items() if s / total >= 0.005)  # noqa: PLR2004  what rounds to a percent


def summary(report: RunReport, root: str) -> str:
    """A run in a few lines for people."""
    rows = report.rows
    counts = ", ".join(
        f"{getattr(rows, name):,} {name}"
        for name in ("written", "quarantined", "filtered", "warned", "discarded")
        if getattr(rows, name) or name == "written"
    )
    size = sum(file.bytes for file in report.files)
    peak = f", peak {report.peak_rss_bytes / 1e6:.0f} MB" if report.peak_rss_bytes else ""
    lines = [
        f"{report.job}: {report.status}: {rows.read:,} rows read, {counts}",
        f"  {report.wall_s:.2f} s, {report.rows_per_s:,.0f} rows/s{peak}; {shares(report)}",
    ]
    if len(report.streams) > 1:
        lines += [
            f"  {name}: {stream['read']:,} read, {stream['written']:,} written"
            for name, stream in report.streams.items()
        ]
    if report.files:
        lines.append(f"  {len(report.files)} files, {size / 1e6:.1f} MB, below {root}")
    lines += [f"  quarantined rows: {file.path}" for file in report.quarantine_files]
    lines += [f"  earlier run {item['run_id']}: {item['outcome']}" for item in report.recovered]
    lines += [f"  note: {note}" for note in report.notes]
    return "\n".join(lines)


def _bytes_written(run: "Run") -> int:
    committed = sum(file.bytes for file in run.report.files)
    outputs = (outlet.staging.data for outlet in run.outlets.values() if outlet.staging)
    return committed + sum(output.written_bytes for output in outputs)
