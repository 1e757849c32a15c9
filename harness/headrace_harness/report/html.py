"""One self-contained page: no network, no script, light and dark."""

from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from itertools import groupby

from headrace_harness.report import charts
from headrace_harness.report.figures import FigureResult
from headrace_harness.report.sections import (
    render_environment,
    render_method,
    render_noise,
    render_troubles,
)
from headrace_harness.report.shares import render_shares
from headrace_harness.report.summary import CellResult, Summary
from headrace_harness.report.text import (
    by_place,
    format_figure,
    format_mb,
    format_peaks,
    format_rate,
    format_writer,
    repeat_command,
)

_MARKS = {"met": "✓", "missed": "✗", "inconclusive": "≈", "ok": "✓", "failed": "✗"}


def render_html(summary: Summary) -> str:
    """The whole page.

    Args:
        summary: Of one run.
    """
    style = (files("headrace_harness.report") / "page.css").read_text(encoding="utf-8")
    sections = (
        _header(summary),
        render_troubles(summary),
        _figures(summary),
        _heat_maps(summary),
        _cells(summary),
        render_shares(summary),
        render_noise(summary),
        render_environment(summary),
        render_method(),
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>headrace bench · {escape(summary.suite)}</title><style>\n{style}</style></head>\n"
        f"<body><main>{''.join(sections)}</main></body></html>\n"
    )


def _header(summary: Summary) -> str:
    at = datetime.fromtimestamp(summary.at_s, tz=UTC)
    valid = sum(cell.status == "ok" for cell in summary.cells)
    asked = [figure for figure in summary.figures if figure.judgements]
    met = sum(figure.verdict == "met" for figure in asked)
    fastest = max(
        (cell for cell in summary.cells if cell.rate),
        key=lambda cell: cell.rate.median if cell.rate else 0.0,
        default=None,
    )
    highest = max(
        (cell for cell in summary.cells if cell.peaks["lifetime"]),
        key=lambda cell: cell.peaks["lifetime"] or 0,
        default=None,
    )
    tiles = [
        _tile("cells valid", f"{valid} / {len(summary.cells)}", "output equal to the source"),
        _tile("documented figures met", f"{met} / {len(asked)}", "of those this run can judge"),
    ]
    if fastest and fastest.rate:
        tiles.append(_tile("fastest cell", f"{_short(fastest.rate.median)} rows/s", fastest.cell))
    if highest:
        peak = f"{format_mb(highest.peaks['lifetime'])} MB"
        tiles.append(_tile("highest peak memory", peak, highest.cell))
    cut = f" · cut to {summary.rows:,} rows" if summary.rows else ""
    return (
        f"<header><p class='brand'>headrace bench</p><h1>{escape(summary.suite)} suite "
        f"{_chip(summary.verdict)}</h1>"
        f"<p class='sub'>{at:%Y-%m-%d %H:%M} UTC{cut} · run {escape(summary.run_id)}</p>"
        f"<div class='tiles'>{''.join(tiles)}</div></header>"
    )


def _tile(label: str, value: str, note: str) -> str:
    return (
        f"<div class='tile'><span class='label'>{escape(label)}</span>"
        f"<strong>{escape(value)}</strong><span class='note'>{escape(note)}</span></div>"
    )


def _figures(summary: Summary) -> str:
    asked = [figure for figure in summary.figures if figure.judgements]
    rest = [figure for figure in summary.figures if not figure.judgements]
    rows = "".join(_figure_row(figure) for figure in asked)
    left = ""
    if rest:
        items = "".join(f"<li>{escape(figure.source)}</li>" for figure in rest)
        left = (
            f"<details><summary>{len(rest)} more need cells that this run does not have</summary>"
            f"<ul>{items}</ul></details>"
        )
    return (
        "<section><h2>Documented figures</h2><p class='lead'>Judged by the interval from the "
        "lowest to the highest sample: wholly on the good side is met, wholly on the other is "
        "missed, anything else is inconclusive.</p>"
        "<table class='figures'><thead><tr><th>figure</th><th class='num'>limit</th>"
        "<th class='num'>worst measured</th><th class='wide'>cells against the limit</th>"
        "<th>verdict</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>{left}</section>"
    )


def _figure_row(figure: FigureResult) -> str:
    worst = figure.worst
    measured = "\u2013" if worst is None else format_figure(worst.measured or 0.0, figure.unit)
    sign = "≥" if figure.higher_is_better else "≤"
    limit = f"{sign} {format_figure(figure.figure, figure.unit).replace('.0 MB', ' MB')}"
    met = sum(entry.verdict == "met" for entry in figure.judgements)
    count = f"{met} of {len(figure.judgements)} cells met"
    note = f"<span class='note'>{escape(worst.cell)}</span>" if worst else ""
    return (
        f"<tr><td data-label='figure'>{escape(figure.source)}</td>"
        f"<td class='num' data-label='limit'>{limit}</td>"
        f"<td class='num' data-label='worst measured'>{measured}{note}</td>"
        f"<td class='wide'>{charts.figure_range(figure)}</td>"
        f"<td data-label='verdict'>{_chip(str(figure.verdict))}"
        f"<span class='note'>{count}</span></td></tr>"
    )


def _heat_maps(summary: Summary) -> str:
    by_target = groupby(by_place(summary.cells), key=lambda place: place[0][0])
    maps = "".join(
        f"<h3>→ {escape(target)}</h3><div class='maps'>"
        f"{''.join(_heat_map(dataset, cells) for (_, dataset), cells in places)}</div>"
        for target, places in by_target
    )
    return (
        "<section><h2>Throughput, reader \u00d7 writer</h2>"
        "<p class='lead'>Median rows/s, end to end, commit included; below it the lowest "
        "and highest sample. Shade is by logarithm within a target and a data set. "
        "Hatched cells have no number and say why.</p>"
        f"{maps}</section>"
    )


def _heat_map(dataset: str, cells: list[CellResult]) -> str:
    readers = list(dict.fromkeys(cell.reader for cell in cells))
    writers = list(dict.fromkeys(cell.writer for cell in cells))
    rates = [cell.rate.median for cell in cells if cell.rate]
    by_pair = {(cell.reader, cell.writer): cell for cell in cells}
    head = "".join(f"<th scope='col'>{escape(writer)}</th>" for writer in writers)
    body = "".join(
        f"<tr><th scope='row'>{escape(reader)}</th>"
        + "".join(_heat_cell(by_pair.get((reader, writer)), rates) for writer in writers)
        + "</tr>"
        for reader in readers
    )
    first = cells[0]
    return (
        f"<figure><figcaption><b>{escape(dataset)}</b> {escape(first.size)}, "
        f"{first.rows:,} rows</figcaption>"
        "<table class='heat'><thead><tr><td class='corner'>reader ↓<br>writer →</td>"
        f"{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></figure>"
    )


def _heat_cell(cell: CellResult | None, rates: list[float]) -> str:
    if cell is None:
        return "<td class='hatched'><b>not planned</b><span>filtered out of this run</span></td>"
    if cell.rate is None:
        reason = cell.reason or "no valid sample"
        return (
            f"<td class='hatched {cell.status}' title='{escape(reason)}'><b>{cell.status}</b>"
            f"<span>{escape(reason)}</span></td>"
        )
    step = charts.heat_step(cell.rate.median, rates)
    spread = (
        "one sample"
        if len(cell.samples) == 1
        else f"{_short(cell.rate.low)}\u2013{_short(cell.rate.high)}"
    )
    return (
        f"<td class='h{step}' title='{escape(format_rate(cell))} rows/s'>"
        f"<b>{_short(cell.rate.median)}</b><span>{spread}</span></td>"
    )


def _cells(summary: Summary) -> str:
    scale = charts.memory_scale(summary.cells)
    groups = []
    for (target, dataset), cells in by_place(summary.cells):
        fastest = max((cell.rate.high for cell in cells if cell.rate), default=0.0)
        rows = "".join(_cell_row(summary, cell, fastest, scale) for cell in cells)
        groups.append(
            f"<tbody><tr class='group'><th colspan='4' scope='rowgroup'>{escape(dataset)} "
            f"→ {escape(target)} <span>{cells[0].rows:,} rows · "
            f"dots from 0 to {_short(fastest)} rows/s</span>"
            f"</th></tr>{rows}</tbody>"
        )
    legend = "".join(f"<span class='key s-{stage}'>{stage}</span>" for stage in charts.STAGES)
    return (
        "<section><h2>Every cell</h2><p class='lead'>Each dot is one worker process. Memory bars "
        "nest import in run in lifetime peak; the line is the documented 100 MB. Busy time may "
        "overlap between stages; the writer's share of the time is of the wall time.</p>"
        "<p class='legend'><span class='key m-import'>import</span>"
        "<span class='key m-run'>run</span><span class='key m-lifetime'>lifetime</span>"
        "<span class='key limit'>100 MB</span></p>"
        f"<p class='legend'>{legend}</p>"
        "<table class='cells'><thead><tr><th>reader → writer</th><th>rows/s by sample</th>"
        "<th>peak memory, MB: import / run / lifetime</th><th>share of stages</th></tr></thead>"
        f"{''.join(groups)}</table></section>"
    )


def _cell_row(summary: Summary, cell: CellResult, fastest: float, scale: float) -> str:
    command = escape(repeat_command(summary, cell))
    name = (
        f"{escape(cell.reader)} → {escape(cell.writer)}"
        f"<details class='repeat'><summary>repeat</summary><code>{command}</code></details>"
    )
    if cell.rate is None:
        return (
            f"<tr><th scope='row'>{name}</th><td colspan='3' class='hatched {cell.status}'>"
            f"<b>{cell.status}</b> {escape(cell.reason or '')}</td></tr>"
        )
    return (
        f"<tr><th scope='row'>{name}</th>"
        f"{_picture('rows/s', charts.sample_dots(cell, fastest), format_rate(cell))}"
        f"{_picture('peak MB', charts.memory_bar(cell, scale), format_peaks(cell))}"
        f"{_picture('stages', charts.stage_bar(cell), _stage_text(cell))}</tr>"
    )


def _picture(label: str, picture: str, text: str) -> str:
    return f"<td data-label='{label}'>{picture}<span class='value'>{escape(text)}</span></td>"


def _stage_text(cell: CellResult) -> str:
    shares = charts.stage_shares(cell.samples)
    told = sorted(shares.items(), key=lambda item: -item[1])[:3]
    if not told:
        return "not reported"
    busy = " · ".join(f"{stage} {share:.0%}" for stage, share in told)
    return f"{busy}; writer {format_writer(cell)} of the time"


def _chip(verdict: str) -> str:
    return f"<span class='chip {verdict}'>{_MARKS.get(verdict, '≈')} {escape(verdict)}</span>"


def _short(rate: float) -> str:
    """`1.23 M`, `456 k` or `789`."""
    if rate >= 999_500:  # noqa: PLR2004 - where "1000 k" would begin
        return f"{rate / 1e6:.2f} M"
    return f"{rate / 1e3:.0f} k" if rate >= 10_000 else f"{rate:,.0f}"  # noqa: PLR2004 - two digits of k
