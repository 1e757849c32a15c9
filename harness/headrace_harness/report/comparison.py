"""Comparisons for a terminal and as Markdown: one line each."""

from collections.abc import Sequence
from typing import Final

from headrace_harness.comparison import Side
from headrace_harness.report.text import align, format_mb
from headrace_harness.suite.compare import Compared

HEAD: Final = ("comparison", "A", "B", "A/B wanted", "A/B [95%]", "peak MB A, B", "verdict")


def render_comparisons(found: Sequence[Compared]) -> str:
    """A table that fits a screen."""
    lines = align([HEAD, *(_row(one) for one in found)], right=(3, 4))
    return "\n".join([*lines, "", "A/B: median ratio of the rates of pairs, bootstrap interval"])


def render_comparisons_markdown(found: Sequence[Compared]) -> str:
    """The same table as Markdown."""
    rows = [HEAD, ("---",) * len(HEAD), *(_row(one) for one in found)]
    return "\n".join(["# Comparisons", "", *(f"| {' | '.join(row)} |" for row in rows), ""])


def _row(one: Compared) -> tuple[str, ...]:
    ratio = one.ratio
    measured = "–" if ratio is None else f"{ratio.median:.3f} [{ratio.low:.3f}–{ratio.high:.3f}]"  # noqa: RUF001 - the report's dash
    peaks = f"{format_mb(one.peak_bytes['a'])}, {format_mb(one.peak_bytes['b'])}"
    verdict = one.verdict if one.reason is None else f"{one.verdict}: {one.reason}"
    return (
        one.comparison.id,
        _side(one.comparison.a),
        _side(one.comparison.b),
        f"≥ {one.comparison.figure:g}",
        measured,
        peaks,
        verdict,
    )


def _side(side: Side) -> str:
    return f"{side.reader}→{side.writer}" + ("" if side.contract == "rules" else " (types)")
