"""Whose time it was: the connector's, the engine's, the writer's.

The reader's thread waits for a connector while the loop may be at work, so the time is told by what
the loop did: writing and committing is the writer's; what the loop neither wrote nor checked nor
transformed, while the connector was waited for, is the connector's; the rest is the engine's, its
start, decoding and checking.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

from headrace_harness.report.figures import MB_BYTES
from headrace_harness.stats import Interval, summarize

if TYPE_CHECKING:
    from headrace_harness.report.summary import CellResult, Summary

OWNERS: Final = ("connector", "engine", "writer")


def shares_of(sample: Mapping[str, Any]) -> dict[str, float] | None:
    """Shares of a sample's wall time by owner, 0 to 1; None where its reader did not tell."""
    stages, waited_s, wall_s = sample["stages_s"], sample.get("source_wait_s"), sample["wall_s"]
    if not stages or waited_s is None or not wall_s:
        return None
    writer_s = stages["write"] + stages["commit"]
    free_s = wall_s - writer_s - stages["transform"] - stages["validate"]
    connector_s = min(waited_s, max(free_s, 0.0))
    engine_s = wall_s - writer_s - connector_s
    owned_s = dict(zip(OWNERS, (connector_s, engine_s, writer_s), strict=True))
    return {owner: seconds / wall_s for owner, seconds in owned_s.items()}


def shares_by_owner(cell: "CellResult") -> dict[str, Interval] | None:
    """A cell's shares; None unless all of its samples are valid and tell."""
    found = [shares_of(sample) for sample in cell.samples] if cell.rate else []
    if not found or None in found:
        return None
    told = [shares for shares in found if shares is not None]
    by_owner = {owner: summarize(shares[owner] for shares in told) for owner in OWNERS}
    return {owner: interval for owner, interval in by_owner.items() if interval is not None}


def share_dict(cell: "CellResult") -> dict[str, dict[str, float]] | None:
    """A cell's shares, as in the bench report."""
    shares = shares_by_owner(cell)
    return {owner: found.to_dict() for owner, found in shares.items()} if shares else None


def format_shares(shares: Mapping[str, Interval]) -> str:
    """`connector 98.1%, engine 1.7%, writer 0.2%`."""
    return ", ".join(f"{owner} {interval.median:.1%}" for owner, interval in shares.items())


def told_shares(cells: Sequence["CellResult"]) -> list[tuple[str, str]]:
    """Each cell that tells its shares, and they as a text."""
    found = ((cell.cell, shares_by_owner(cell)) for cell in cells)
    return [(name, format_shares(shares)) for name, shares in found if shares]


def render_shares(summary: "Summary") -> str:
    """A table for the page; empty where no cell tells."""
    rows = "".join(
        _row(cell, shares) for cell in summary.cells if (shares := shares_by_owner(cell))
    )
    if not rows:
        return ""
    heads = "".join(f"<th class='num'>{owner}</th>" for owner in OWNERS)
    return (
        "<section><h2>Whose time it was</h2><p class='lead'>Shares of the wall time, by median, "
        "lowest and highest sample. The writer's is writing and committing; the connector's is "
        "what the loop waited for it, its starts included; the engine's is the rest: its own "
        "start, decoding and checking. CPU and memory are of the connector's processes; of "
        "a container the memory is its own, without the page cache, and the CPU time the Docker "
        "client's.</p>"
        f"<div class='scroll'><table class='plain'><thead><tr><th>cell</th>{heads}"
        "<th class='num'>connector's CPU, s</th><th class='num'>its peak, MB</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _row(cell: "CellResult", shares: Mapping[str, Interval]) -> str:
    numbers = [_spread(shares[owner]) for owner in OWNERS]
    cpu = summarize(
        sample["children_cpu_s"]
        for sample in cell.samples
        if sample.get("children_cpu_s") is not None
    )
    numbers.append("\u2013" if cpu is None else f"{cpu.median:.1f}")
    peak = max((_peak_bytes(sample) for sample in cell.samples), default=0)
    numbers.append(f"{peak / MB_BYTES:.0f}" if peak else "\u2013")
    texts = "".join(f"<td class='num'>{escape(text)}</td>" for text in numbers)
    return f"<tr><th scope='row'>{escape(cell.cell)}</th>{texts}</tr>"


def _spread(share: Interval) -> str:
    if share.low == share.high:
        return f"{share.median:.1%}"
    return f"{share.median:.1%} ({share.low:.1%}\u2013{share.high:.1%})"


def _peak_bytes(sample: Mapping[str, Any]) -> int:
    """What a worker's children had at most at one time, or their container, if they run one."""
    memory = sample.get("memory") or {}
    contained = (memory.get("containers") or {}).get("anon_peak_bytes", 0)
    return int(contained or (memory.get("tree") or {}).get("children_pss_peak_bytes", 0))


__all__ = [
    "OWNERS",
    "format_shares",
    "render_shares",
    "share_dict",
    "shares_by_owner",
    "shares_of",
    "told_shares",
]
