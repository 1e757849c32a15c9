"""Laws of medians, intervals and verdicts."""

from headrace_harness.stats import judge, summarize
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
