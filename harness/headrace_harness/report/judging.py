"""What documented figures say of the cells of a run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from headrace_harness.report.figures import HIGHER_IS_BETTER, MB_BYTES, Judgement
from headrace_harness.stats import Interval, judge

if TYPE_CHECKING:
    from headrace_harness.report.summary import CellResult

_KINDS = ("reader", "writer", "target", "dataset")


def judge_cells(
    cells: Sequence["CellResult"], figures: Iterable[Mapping[str, Any]]
) -> tuple["CellResult", ...]:
    """The cells with what each figure that speaks of them says.

    Args:
        cells: Of a run, not judged yet.
        figures: As in `targets.toml`.
    """
    by_name = {cell.cell: cell for cell in cells}
    figures = list(figures)
    return tuple(
        replace(
            cell,
            judgements=tuple(
                _judgement(figure, cell, by_name)
                for figure in figures
                if _speaks_of(figure, cell, by_name)
            ),
        )
        for cell in cells
    )


def _speaks_of(
    figure: Mapping[str, Any], cell: "CellResult", cells: Mapping[str, "CellResult"]
) -> bool:
    applies = figure["applies"]
    named = all(
        getattr(cell, kind) in applies.get(f"{kind}s", (getattr(cell, kind),)) for kind in _KINDS
    )
    is_there = figure["measure"] != "speedup" or _other(figure, cell) in cells
    is_long = cell.rows >= applies.get("min_rows", 0)
    return named and is_there and is_long and cell.status != "unsupported"


def _judgement(
    figure: Mapping[str, Any], cell: "CellResult", cells: Mapping[str, "CellResult"]
) -> Judgement:
    interval = _interval(figure, cell, cells)
    is_higher = figure["measure"] in HIGHER_IS_BETTER
    slack = 1 - figure["tolerance"] if is_higher else 1 + figure["tolerance"]
    measured = None
    if interval is not None:
        # A peak is a highest value, so its highest counts; all else is quoted by its median.
        is_peak = figure["measure"] == "lifetime_peak"
        measured = round(interval.high if is_peak else interval.median, 3)
    return Judgement(
        id=figure["id"],
        cell=cell.cell,
        figure=figure["figure"],
        unit=figure["unit"],
        measured=measured,
        interval=interval,
        verdict="inconclusive"
        if interval is None
        else judge(interval, figure["figure"] * slack, higher_is_better=is_higher),
    )


def _interval(
    figure: Mapping[str, Any], cell: "CellResult", cells: Mapping[str, "CellResult"]
) -> Interval | None:
    """What was measured, in the figure's unit."""
    measure = figure["measure"]
    if measure == "lifetime_peak":
        return _scaled(cell.lifetime, 1 / MB_BYTES)
    if measure == "writer_share":
        return _scaled(cell.writer_share, 100)
    if measure == "speedup":
        return _ratio(cell.rate, cells[_other(figure, cell)].rate)
    return cell.rate


def _other(figure: Mapping[str, Any], cell: "CellResult") -> str:
    """The name of the cell that a speedup is against."""
    return "/".join(figure["against"].get(kind, getattr(cell, kind)) for kind in _KINDS)


def _ratio(one: Interval | None, other: Interval | None) -> Interval | None:
    """As wide as the samples of both allow."""
    if one is None or other is None:
        return None
    return Interval(
        median=one.median / other.median, low=one.low / other.high, high=one.high / other.low
    )


def _scaled(interval: Interval | None, factor: float) -> Interval | None:
    if interval is None:
        return None
    return Interval(
        median=interval.median * factor, low=interval.low * factor, high=interval.high * factor
    )
