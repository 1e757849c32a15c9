"""Laws of medians, intervals and verdicts."""

from headrace_harness.report.figures import applies_to, judge_cell
from headrace_harness.stats import Interval, judge, summarize
from hypothesis import given
from hypothesis import strategies as st

VALUES = st.lists(st.floats(0.1, 1e9), min_size=1, max_size=9)


class TestGivenAnySamples:
    """Any samples."""

    @given(values=VALUES, data=st.data())
    def test_summary_ignores_order(self, values: list[float], data: st.DataObject) -> None:
        """Samples have no order."""
        shuffled = data.draw(st.permutations(values))

        assert summarize(shuffled) == summarize(values)

    @given(values=VALUES)
    def test_median_lies_between_low_and_high(self, values: list[float]) -> None:
        """The interval holds its median."""
        interval = summarize(values)

        assert interval is not None
        assert interval.low <= interval.median <= interval.high

    @given(values=VALUES, limit=st.floats(0.1, 1e9))
    def test_verdicts_of_both_directions_mirror(self, values: list[float], limit: float) -> None:
        """What is wholly above a limit meets a rate and misses a bound, unless it touches it."""
        interval = summarize(values)

        assert interval is not None
        if limit not in (interval.low, interval.high):
            rate = judge(interval, limit, higher_is_better=True)
            bound = judge(interval, limit, higher_is_better=False)
            mirrored = {"met": "missed", "missed": "met", "inconclusive": "inconclusive"}
            assert bound == mirrored[rate]


class TestGivenAFigure:
    """A figure."""

    figure = {  # noqa: RUF012 - read only
        "id": "f",
        "figure": 50,
        "unit": "MB",
        "measure": "lifetime_peak",
        "tolerance": 0.1,
        "source": "s",
        "applies": {"readers": ["rust"], "min_rows": 10},
    }

    def test_when_the_interval_straddles_it_then_inconclusive(self) -> None:
        """One sample on each side is no verdict."""
        peaks = Interval(median=50e6, low=49e6, high=56e6)

        judged = judge_cell(self.figure, "c", rate=None, lifetime_peak=peaks)

        assert (judged.verdict, judged.measured) == ("inconclusive", 56.0)

    def test_when_within_the_tolerance_of_about_then_met(self) -> None:
        """About 50 MB, with a tenth, allows 55."""
        peaks = Interval(median=54e6, low=54e6, high=54.9e6)

        assert judge_cell(self.figure, "c", rate=None, lifetime_peak=peaks).verdict == "met"

    def test_when_nothing_was_measured_then_inconclusive(self) -> None:
        """A failed cell neither meets nor misses a figure."""
        judged = judge_cell(self.figure, "c", rate=None, lifetime_peak=None)

        assert (judged.verdict, judged.measured) == ("inconclusive", None)

    def test_it_applies_by_names_and_rows(self) -> None:
        """A figure speaks of the cells that it names, from its number of rows on."""
        cell = {"reader": "rust", "writer": "w", "target": "t", "dataset": "d", "rows": 10}

        assert applies_to(self.figure, cell)
        assert not applies_to(self.figure, cell | {"rows": 9})
        assert not applies_to(self.figure, cell | {"reader": "csv"})
