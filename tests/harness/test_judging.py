"""Laws of documented figures: which cells they speak of, and when they are met."""

from __future__ import annotations

from typing import Any

import pytest
from headrace_harness.report.judging import judge_cells
from headrace_harness.report.summary import CellResult
from headrace_harness.stats import summarize

PEAK: dict[str, Any] = {
    "id": "f",
    "figure": 50,
    "unit": "MB",
    "measure": "lifetime_peak",
    "tolerance": 0.1,
    "source": "s",
    "applies": {"readers": ["rust"], "min_rows": 10},
}
SPEEDUP: dict[str, Any] = PEAK | {
    "figure": 10,
    "unit": "times",
    "measure": "speedup",
    "tolerance": 0.0,
    "applies": {"writers": ["rust"]},
    "against": {"writer": "parquet"},
}


def a_cell(
    *,
    reader: str = "rust",
    writer: str = "rust",
    rows: int = 10,
    rates: tuple[float, ...] = (),
    peaks: tuple[float, ...] = (),
    writer_share: float | None = None,
) -> CellResult:
    """A cell with these samples; without rates one that failed."""
    return CellResult(
        cell=f"{reader}/{writer}/local/d",
        reader=reader,
        writer=writer,
        target="local",
        dataset="d",
        size="s",
        rows=rows,
        status="ok" if rates or peaks else "failed",
        reason=None,
        samples=(),
        rate=summarize(rates),
        lifetime=summarize(peaks),
        peaks={},
        writer_share=None if writer_share is None else summarize([writer_share]),
        judgements=(),
    )


def verdicts(figure: dict[str, Any], *cells: CellResult) -> dict[str, tuple[str, float | None]]:
    """What a figure says of each cell that it speaks of."""
    return {
        cell.cell: (said.verdict, said.measured)
        for cell in judge_cells(cells, [figure])
        for said in cell.judgements
    }


class TestGivenARate:
    @pytest.mark.covers("measure:rows_per_s")
    @pytest.mark.parametrize(
        ("rates", "verdict", "measured"),
        [
            ((95.0, 99.0, 120.0), "met", 99.0),
            ((80.0, 100.0), "inconclusive", 90.0),
            ((80.0, 94.0), "missed", 87.0),
        ],
    )
    def test_when_judged_then_all_samples_decide_and_the_median_is_told(
        self, rates: tuple[float, ...], verdict: str, measured: float
    ) -> None:
        """5,000 that an API lets through are read as 95% of them."""
        figure = PEAK | {"figure": 100, "measure": "rows_per_s", "tolerance": 0.05}
        cell = a_cell(rates=rates)

        assert verdicts(figure, cell) == {cell.cell: (verdict, measured)}


class TestGivenAPeak:
    @pytest.mark.covers("measure:lifetime_peak")
    @pytest.mark.parametrize(
        ("peaks", "verdict", "measured"),
        [
            ((49e6, 50e6, 56e6), "inconclusive", 56.0),
            ((54e6, 54.9e6), "met", 54.9),
            ((55.1e6, 60e6), "missed", 60.0),
            ((), "inconclusive", None),
        ],
    )
    def test_when_judged_then_all_samples_decide_and_the_highest_is_told(
        self, peaks: tuple[float, ...], verdict: str, measured: float | None
    ) -> None:
        """About 50 MB, with a tenth, allows 55; a failed cell neither meets nor misses it."""
        cell = a_cell(peaks=peaks)

        assert verdicts(PEAK, cell) == {cell.cell: (verdict, measured)}

    def test_when_a_cell_is_not_named_or_is_short_then_nothing_is_said(self) -> None:
        """A figure speaks of the cells that it names, from its number of rows on."""
        short, other = a_cell(rows=9, peaks=(1e6,)), a_cell(reader="csv", peaks=(1e6,))

        assert verdicts(PEAK, short, other) == {}


class TestGivenASpeedup:
    @pytest.mark.covers("measure:speedup")
    def test_when_both_were_measured_then_their_medians_and_all_samples_count(self) -> None:
        """The slowest of one against the fastest of the other must do, for it to be met."""
        fast, slow = a_cell(rates=(90, 100, 110)), a_cell(writer="parquet", rates=(8, 9, 10))

        assert verdicts(SPEEDUP, fast, slow) == {fast.cell: ("inconclusive", 11.111)}
        assert verdicts(SPEEDUP | {"figure": 9}, fast, slow) == {fast.cell: ("met", 11.111)}
        assert verdicts(SPEEDUP | {"figure": 14}, fast, slow) == {fast.cell: ("missed", 11.111)}

    def test_when_the_other_failed_then_inconclusive_and_when_it_is_no_cell_then_nothing(
        self,
    ) -> None:
        """Nothing is compared with what was not measured."""
        fast = a_cell(rates=(100,))

        assert verdicts(SPEEDUP, fast, a_cell(writer="parquet")) == {
            fast.cell: ("inconclusive", None)
        }
        assert verdicts(SPEEDUP, fast) == {}


class TestGivenAShareOfTheTime:
    @pytest.mark.covers("measure:writer_share")
    def test_when_below_its_figure_then_met(self) -> None:
        """It is told in percent."""
        figure = PEAK | {"figure": 50, "unit": "%", "measure": "writer_share", "tolerance": 0.0}
        idle, busy = a_cell(peaks=(1,), writer_share=0.25), a_cell(peaks=(1,), writer_share=0.75)

        assert verdicts(figure, idle) == {idle.cell: ("met", 25.0)}
        assert verdicts(figure, busy) == {busy.cell: ("missed", 75.0)}
