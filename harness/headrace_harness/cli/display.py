"""What is shown while a run goes on: plain lines, or a live table on a terminal."""

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TextIO

from headrace_harness.report.figures import MB_BYTES
from headrace_harness.suite.plan import Cell, Plan

if TYPE_CHECKING:
    from rich.table import Table


def describe_plan(plan: Plan) -> str:
    """The plan in a few lines, with its estimate."""
    datasets = dict.fromkeys(
        f"{cell.dataset} {cell.size} ({cell.rows:,} rows)" for cell in plan.cells
    )
    samples = sum(cell.samples for cell in plan.runnable)
    estimate = f"about {format_duration(plan.estimate_s)} once the data sets are made"
    lines = [
        f"suite {plan.suite}: {len(plan.runnable)} cells, {samples} samples, {estimate}",
        f"  readers  {', '.join(dict.fromkeys(cell.reader for cell in plan.cells))}",
        f"  writers  {', '.join(dict.fromkeys(cell.writer for cell in plan.cells))}",
        f"  targets  {', '.join(dict.fromkeys(cell.target for cell in plan.cells))}",
        *(f"  data     {text}" for text in datasets),
        *(f"  unsupported  {count} cells: {reason}" for reason, count in plan.unsupported.items()),
    ]
    return "\n".join(lines)


def format_duration(duration_s: float) -> str:
    """`45 s` or `3 min 20 s`."""
    minutes, seconds = divmod(round(duration_s), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def describe_sample(cell: Cell, sample: dict[str, Any]) -> str:
    """One sample in a line."""
    start = f"{cell.id} {sample['sample']}/{cell.samples}"
    if sample["status"] != "ok":
        return f"{start}  {sample['status']}: {sample['reason']}"
    peak = sample["peak_rss_bytes"]["lifetime"]
    memory = f"{peak / MB_BYTES:.1f} MB" if peak else "peak unknown"
    return f"{start}  {sample['rows_per_s']:,.0f} rows/s  {memory}"


class PlainDisplay:
    """A line for each thing that ends."""

    def __init__(self, out: TextIO = sys.stderr) -> None:
        """Write to `out`."""
        self._out = out

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the lines where they are."""

    def recall(self, sample: Mapping[str, Any]) -> None:
        """Say nothing: it was said when it was taken."""

    def give_up(self, cell: Cell, reason: str) -> None:
        """Say nothing: it was announced."""

    def announce(self, text: str) -> None:
        """Say what takes long before the first sample."""
        print(text, file=self._out, flush=True)

    def start(self, cell: Cell, number: int) -> None:
        """Say nothing: the end of a sample says it all."""

    def watch(self, cell: Cell, passed_s: float, peak_bytes: int) -> None:
        """Say nothing: lines are not redrawn."""

    def finish(self, cell: Cell, sample: dict[str, Any]) -> None:
        """Say what came of a sample."""
        self.announce(describe_sample(cell, sample))


class LiveDisplay:
    """A table that is redrawn: cell, state, rows/s, peak, and how long it will take yet."""

    def __init__(self, plan: Plan) -> None:
        """Draw the table of a plan on standard error."""
        from rich.console import Console  # noqa: PLC0415 - 20 MB, wanted on a terminal alone
        from rich.live import Live  # noqa: PLC0415 - see above

        self._cells = {cell.id: cell for cell in plan.cells}
        self._rows: dict[str, list[str]] = {
            cell.id: ["unsupported" if cell.unsupported else "", "", ""] for cell in plan.cells
        }
        # Estimates of what is left of each cell [s].
        self._left = {cell.id: cell.estimate_s * cell.samples for cell in plan.runnable}
        self._sample_began = time.monotonic()
        # How much longer than estimated samples were so far: the machine's own speed.
        self._spent_s, self._expected_s = 0.0, 0.0
        self._note = ""
        self._console = Console(stderr=True)
        self._live = Live(
            get_renderable=self.table,
            console=self._console,
            refresh_per_second=4,
            transient=True,
        )

    def __enter__(self) -> Self:
        """Start drawing."""
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing and leave the terminal as it was."""
        self._live.stop()

    def announce(self, text: str) -> None:
        """Say what takes long before the first sample."""
        self._note = text

    def recall(self, sample: Mapping[str, Any]) -> None:
        """Show a sample that was taken before."""
        cell = self._cells[sample["cell"]]
        self._show(cell, sample)

    def give_up(self, cell: Cell, reason: str) -> None:
        """Show why a cell will have no sample."""
        self._left[cell.id] = 0.0
        self._rows[cell.id] = [f"failed: {reason}", "", ""]

    def start(self, cell: Cell, number: int) -> None:
        """Mark a sample as running."""
        self._note = ""
        self._sample_began = time.monotonic()
        self._rows[cell.id][0] = f"running {number}/{cell.samples}"

    def watch(self, cell: Cell, passed_s: float, peak_bytes: int) -> None:
        """Show time and peak of a running sample."""
        self._rows[cell.id][1] = f"{passed_s:.0f} s"
        self._rows[cell.id][2] = f"{peak_bytes / MB_BYTES:.0f}"

    def finish(self, cell: Cell, sample: dict[str, Any]) -> None:
        """Show what came of a sample."""
        self._spent_s += time.monotonic() - self._sample_began
        self._expected_s += cell.estimate_s
        self._show(cell, sample)

    def _show(self, cell: Cell, sample: Mapping[str, Any]) -> None:
        self._left[cell.id] = cell.estimate_s * (cell.samples - sample["sample"])
        if sample["status"] != "ok":
            self._left[cell.id] = 0.0
            self._rows[cell.id] = [f"{sample['status']}: {sample['reason']}", "", ""]
            return
        peak = sample["peak_rss_bytes"]["lifetime"]
        self._rows[cell.id] = [
            f"{sample['sample']}/{cell.samples}",
            f"{sample['rows_per_s']:,.0f}",
            f"{peak / MB_BYTES:.1f}" if peak else "?",
        ]

    def _window(self) -> list[tuple[str, list[str]]]:
        """The rows that fit the terminal, the running one among them."""
        rows = list(self._rows.items())
        fitting = max(1, self._console.size.height - 4)
        running = [at for at, row in enumerate(rows) if row[1][0].startswith("running")]
        last = max(fitting, min(len(rows), (running or [0])[0] + fitting // 2))
        return rows[max(0, last - fitting) : last]

    def table(self) -> "Table":
        """As it is drawn next."""
        from rich.table import Table  # noqa: PLC0415 - see __init__

        pace = self._spent_s / self._expected_s if self._expected_s else 1.0
        left = format_duration(sum(self._left.values()) * pace)
        table = Table(title=self._note or f"about {left} left", title_justify="left", box=None)
        table.add_column("cell", no_wrap=True)
        table.add_column("state", max_width=48)
        table.add_column("rows/s", justify="right", no_wrap=True)
        table.add_column("peak MB", justify="right", no_wrap=True)
        table.add_column("eta", justify="right", no_wrap=True)
        for name, (state, rate, peak) in self._window():
            style = "bold" if state.startswith("running") else ""
            style = "red" if state.startswith(("failed", "invalid")) else style
            left_s = self._left.get(name, 0.0) * pace
            eta = format_duration(left_s) if left_s else ""
            table.add_row(name, state, rate, peak, eta, style=style)
        return table
