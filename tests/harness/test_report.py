"""Laws of store, summary and page."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from headrace_harness.errors import StoreError
from headrace_harness.report.html import render_html
from headrace_harness.report.markdown import render_markdown
from headrace_harness.report.summary import Summary, summarize_records
from headrace_harness.report.text import render_text
from headrace_harness.store import Store, read_records

FIGURE = {
    "id": "peak",
    "figure": 100,
    "unit": "MB",
    "measure": "lifetime_peak",
    "tolerance": 0.0,
    "source": "the documents",
    "applies": {},
}


def planned(writer: str, *, samples: int = 2) -> dict[str, Any]:
    """A cell of a plan."""
    names = {"reader": "csv", "writer": writer, "target": "local", "dataset": "d"}
    return {"cell": f"csv/{writer}/local/d", "size": "s", "rows": 10, "samples": samples} | names


def run_record(*cells: Mapping[str, Any]) -> dict[str, Any]:
    """The record that holds the plan."""
    facts = {"run_id": "r", "suite": "smoke", "at_s": 0.0, "rows": None}
    return {"kind": "run", "plan": list(cells), "figures": [FIGURE]} | facts


def sample_record(
    writer: str, number: int, *, status: str = "ok", rate: float = 5.0
) -> dict[str, Any]:
    """A sample, valid unless told otherwise."""
    noise: dict[str, Any] = {"pressure_share": {}, "steal_share": None, "load_1min": 1.0}
    return {
        "kind": "sample",
        "cell": f"csv/{writer}/local/d",
        "sample": number,
        "status": status,
        "reason": None if status == "ok" else "<b>it & broke</b>",
        "rows_per_s": rate if status == "ok" else None,
        "peak_rss_bytes": {"import": 10, "run": 20, "lifetime": 20},
        "wall_s": 4.0,
        "stages_s": {"read": 1.0, "write": 3.0},
        "noise": noise | {"involuntary_switches": 1},
        "stderr_tail": "",
    }


def cell_record(writer: str, status: str, reason: str | None = None) -> dict[str, Any]:
    """The record of a cell's end."""
    return {"kind": "cell", "cell": f"csv/{writer}/local/d", "status": status, "reason": reason}


def mixed_summary() -> Summary:
    """A run with one cell of each status, and one that left no record."""
    return summarize_records(
        [
            run_record(*map(planned, ("good", "bad", "broken", "never", "late", "lost"))),
            sample_record("good", 1),
            sample_record("bad", 1, status="invalid"),
            sample_record("broken", 1, status="failed"),
            sample_record("good", 2, rate=7.0),
            cell_record("good", "ok"),
            cell_record("bad", "invalid"),
            cell_record("broken", "failed"),
            cell_record("never", "unsupported", "cannot be"),
            cell_record("late", "skipped", "interrupted"),
        ]
    )


class TestGivenARunWithEveryEnding:
    """A run with every ending."""

    def test_every_planned_cell_is_reported_once(self) -> None:
        """A cell without a record is a failed cell, never a missing one."""
        report = mixed_summary().to_dict()

        statuses = {cell["writer"]: cell["status"] for cell in report["cells"]}
        assert statuses == {
            "good": "ok",
            "bad": "invalid",
            "broken": "failed",
            "never": "unsupported",
            "late": "skipped",
            "lost": "failed",
        }
        assert report["verdict"] == "failed"

    def test_only_valid_cells_have_numbers(self) -> None:
        """Every status but ok comes with a reason and without a rate."""
        for cell in mixed_summary().cells:
            assert (cell.rate is not None) == (cell.status == "ok")
            assert bool(cell.reason) == (cell.status != "ok")

    def test_page_needs_no_network_and_no_script(self) -> None:
        """One file, readable as it is, with every reason in it and nothing unescaped."""
        page = render_html(mixed_summary())

        assert not re.search(r"<script|src=|href=|url\(|@import", page)
        assert "it &amp; broke" in page
        assert "<b>it" not in page
        assert "cannot be" in page

    def test_every_rendering_names_every_cell(self) -> None:
        """Text, Markdown and page leave out no cell."""
        summary = mixed_summary()

        for cell in summary.cells:
            assert cell.cell in render_text(summary)
            assert cell.cell in render_markdown(summary)
            assert cell.writer in render_html(summary)


class TestGivenARunOfManyCells:
    """A run of many cells."""

    def test_when_told_then_it_fits_a_screen_and_names_what_failed(self) -> None:
        """Those that failed are told with the command that repeats each; the others are counted."""
        names = [f"w{number}" for number in range(200)]
        summary = summarize_records(
            [
                run_record(*(planned(name, samples=1) for name in names)),
                *(sample_record(name, 1) for name in names[1:]),
                *(cell_record(name, "ok") for name in names[1:]),
                sample_record(names[0], 1, status="failed"),
            ]
        )

        told = render_text(summary)

        assert len(told.splitlines()) < 24
        assert "199/200" in told
        assert "csv/w0/local/d" in told
        assert (
            "headrace bench run --suite smoke --reader csv --writer w0 --target local --dataset d"
            in told
        )
        assert "csv/w2/local/d" not in told

    def test_when_there_are_several_targets_then_each_has_a_heat_map_in_the_plans_order(
        self,
    ) -> None:
        """Every target, each data set once below it."""
        cells = [
            planned("w") | {"target": target, "dataset": data, "cell": f"csv/w/{target}/{data}"}
            for target in ("s3", "local")
            for data in ("d", "c")
        ]

        page = render_html(summarize_records([run_record(*cells)]))

        assert re.findall(r"<h3>→ (\w+)|<figcaption><b>(\w+)", page) == [
            *(("s3", ""), ("", "d"), ("", "c")),
            *(("local", ""), ("", "d"), ("", "c")),
        ]


class TestGivenARunWithServers:
    """A run with servers."""

    def test_when_told_then_the_page_says_which_they_were_and_on_which_cores(self) -> None:
        """What a figure depends on is beside it."""
        facts = {"services": {"s3": "s3: docker, why"}, "cores": "2 cores, shared"}
        providers = {"s3": "docker", "postgres": "embedded"}
        cell = planned("w") | {"target": "s3", "cell": "csv/w/s3/d"}
        run = run_record(cell) | facts | {"providers": providers}
        sample = sample_record("w", 1, status="failed") | {"cell": "csv/w/s3/d"}
        logs = {"s3": "it <b>burns", "postgres": "is of no cell that failed"}

        summary = replace(summarize_records([run, sample]), logs=logs)

        page = render_html(summary)
        assert "s3: docker, why" in page
        assert "2 cores, shared" in page
        assert "log of s3</summary><pre>it &lt;b&gt;burns" in page
        assert "of no cell" not in page
        assert "--dataset d --provider s3=docker --samples 1" in render_text(summary)


class TestGivenAWriterThatWasTimed:
    """A writer that was timed."""

    def test_then_every_rendering_tells_its_share_of_the_time(self) -> None:
        """Whether the writer holds a run up is a figure of the report."""
        summary = mixed_summary()

        report = {cell["writer"]: cell["writer_share"] for cell in summary.to_dict()["cells"]}
        assert report["good"] == {"median": 0.75, "low": 0.75, "high": 0.75}
        assert report["bad"] is None
        for rendered in (render_text(summary), render_markdown(summary), render_html(summary)):
            assert "75.0%" in rendered


class TestGivenARunThatWasCutShort:
    """A run that was cut short."""

    def test_then_its_verdict_is_incomplete(self) -> None:
        """Fewer samples than planned are told, not passed."""
        summary = summarize_records(
            [run_record(planned("good")), sample_record("good", 1), cell_record("good", "ok")]
        )

        assert summary.verdict == "incomplete"
        assert summary.cells[0].reason == "only 1 of 2 samples were taken"


class TestGivenAStore:
    """A store."""

    def test_records_round_trip_without_a_torn_end(self, tmp_path: Path) -> None:
        """What a kill tore off is left out; what was written before is whole."""
        with Store(tmp_path / "run") as store:
            store.append("run", {"run_id": "r"})
        with store.path.open("a", encoding="utf-8") as file:
            file.write('{"schema_version": 1, "ki')

        records = list(read_records(store.path))

        assert [record["run_id"] for record in records] == ["r"]

    def test_a_run_is_never_written_twice(self, tmp_path: Path) -> None:
        """A folder that holds records is refused."""
        with Store(tmp_path):
            pass

        with pytest.raises(StoreError, match="never edited"):
            Store(tmp_path)

    @pytest.mark.parametrize("line", ["nonsense\n", "[]\n", '{"schema_version": 99}\n'])
    def test_a_line_that_is_no_record_is_refused(self, line: str, tmp_path: Path) -> None:
        """Corrupt or newer records are an error, never read past."""
        path = tmp_path / "run.jsonl"
        path.write_text(line, encoding="utf-8")

        with pytest.raises(StoreError):
            list(read_records(path))
