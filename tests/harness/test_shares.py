"""Whose time it was: shares of the wall time that are of somebody each, and of nobody twice."""

from __future__ import annotations

from typing import Any

import pytest
from headrace_harness.report.html import render_html
from headrace_harness.report.markdown import render_markdown
from headrace_harness.report.shares import OWNERS, shares_of
from headrace_harness.report.summary import summarize_records
from headrace_harness.report.text import render_text
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.test_report import cell_record, planned, run_record, sample_record

SECONDS = st.floats(0, 50)
BUSY = ("transform", "validate", "write", "commit")


def a_sample(
    *, wall_s: float = 10.0, waited_s: float | None = 6.0, **stages: float
) -> dict[str, Any]:
    """A sample, whose other stages took no time."""
    taken = dict.fromkeys(("read", "wait", *BUSY), 0.0) | stages
    sample = sample_record("good", 1) | {"wall_s": wall_s, "stages_s": taken}
    memory = {"hwm_bytes": 1, "tree": {"children_pss_peak_bytes": 138_000_000}}
    return sample | {"source_wait_s": waited_s, "children_cpu_s": 5.25, "memory": memory}


class TestGivenASample:
    @given(busy=st.tuples(SECONDS, SECONDS, SECONDS, SECONDS), more_s=SECONDS, waited_s=SECONDS)
    def test_when_shared_out_then_all_of_its_time_is_somebodys_and_none_is_twice(
        self, busy: tuple[float, ...], more_s: float, waited_s: float
    ) -> None:
        """However reader and loop overlap, the shares are of the wall time and make it up."""
        wall_s = sum(busy) + more_s + 0.001
        sample = a_sample(wall_s=wall_s, waited_s=waited_s, **dict(zip(BUSY, busy, strict=True)))

        shares = shares_of(sample)

        assert shares is not None
        assert tuple(shares) == OWNERS
        assert sum(shares.values()) == pytest.approx(1)
        assert all(share >= -1e-9 for share in shares.values())
        assert shares["connector"] * wall_s <= waited_s + 1e-9
        assert shares["writer"] * wall_s == pytest.approx(busy[2] + busy[3])
        assert shares["engine"] * wall_s >= busy[0] + busy[1] - 1e-9

    def test_when_the_loop_was_free_then_the_wait_is_the_connectors(self) -> None:
        """Decoding and starting, for which nobody waited, are the engine's."""
        shares = shares_of(a_sample(validate=1.0, write=1.5, commit=0.5, read=7.0, wait=7.0))

        assert shares == pytest.approx({"connector": 0.6, "engine": 0.2, "writer": 0.2})

    def test_when_the_reader_does_not_tell_then_there_are_no_shares(self) -> None:
        """A file is nobody that could be waited for."""
        assert shares_of(a_sample(waited_s=None)) is None
        assert shares_of(sample_record("good", 1)) is None


class TestGivenARun:
    def test_when_rendered_then_every_report_tells_the_shares_of_those_that_tell(self) -> None:
        """Page, terminal and job summary name the three, and the cell."""
        told = a_sample(write=1.0, commit=0.5)
        plan = run_record(planned("good", samples=1))
        summary = summarize_records([plan, told, cell_record("good", "ok")])

        page, text, markdown = (
            render(summary) for render in (render_html, render_text, render_markdown)
        )

        spelled = "connector 60.0%, engine 25.0%, writer 15.0%"
        assert f"csv/good/local/d  {spelled}" in text
        assert f"| csv/good/local/d | {spelled} |" in markdown
        for number in ("60.0%", "25.0%", "15.0%", "5.2", "138"):
            assert f"<td class='num'>{number}</td>" in page
        (cell,) = summary.to_dict()["cells"]
        assert {owner: share["median"] for owner, share in cell["shares"].items()} == (
            pytest.approx({"connector": 0.6, "engine": 0.25, "writer": 0.15})
        )

    @pytest.mark.parametrize(
        "sample", [sample_record("good", 1), a_sample() | {"status": "invalid", "rows_per_s": None}]
    )
    def test_when_nobody_tells_or_it_is_not_valid_then_no_report_speaks_of_it(
        self, sample: dict[str, Any]
    ) -> None:
        """Output that is not the source's rows has no figures."""
        plan = run_record(planned("good", samples=1))
        summary = summarize_records([plan, sample, cell_record("good", "ok")])

        assert "whose time" not in (render_html(summary) + render_text(summary)).lower()
        assert summary.cells[0].to_dict()["shares"] is None
