"""Commits in mid-run: each a whole commit, and together the run."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from headrace import (
    ConfigError,
    ContractError,
    PluginError,
    RunReport,
    create_extractor,
    execute_job,
    read_manifest,
    recover_job,
    resolve_job,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import a_contract, a_job, a_property, landed, visible
from tests.runs import SQUARES, a_job_file, a_plugin_reader, headrace_ends, killed, leftovers
from tests.streams import a_streams_job, numbers_of, wholes

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERLEAVED = [("a", 3), ("b", 2), ("a", 4), ("c", 1), ("b", 5), ("a", 2)]


def a_squares_job(tmp_path: Path, count: int, **sections: Any) -> dict[str, Any]:  # noqa: ANN401
    """A job over squares, 100 a batch, that commits at every 200 rows unless told otherwise."""
    batch = {"checkpoint": {"rows": 200}, "prefetch": 0, **sections.pop("batch", {})}
    reader = {"type": f"{SQUARES}:SquaresReader", "count": count}
    return a_job(tmp_path, reader=reader, state=True, batch=batch, **sections)


def a_limit(maximum: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401  any key of a property
    """A contract of squares whose `n` is at most `maximum`."""
    n = a_property("n", "integer", logicalTypeOptions={"maximum": maximum}, **more)
    return a_contract(n, a_property("square", "integer"))


def failed_report(job: Mapping[str, Any], kind: type[BaseException]) -> RunReport:
    """The report of a run that ends with an error of that kind."""
    failed: list[RunReport] = []
    with pytest.raises(kind):
        execute_job(job, on_failure=failed.append)
    return failed[0]


class TestGivenALongRun:
    def test_when_it_commits_at_intervals_then_each_commit_follows_the_one_before(
        self, tmp_path: Path
    ) -> None:
        """Every commit has a directory of its own and a place in the chain."""
        report = execute_job(a_squares_job(tmp_path, 1000))

        manifest = json.loads((tmp_path / "out" / "_headrace" / "manifest.json").read_text())
        ids = [run["run_id"] for run in manifest["runs"]]
        assert ids == [report.run_id, *(f"{report.run_id}-{n:06}" for n in range(2, 6))]
        assert report.commit == {"id": ids[-1], "previous": ids[-2]}
        assert manifest["checkpoints"]["test"]["previous"] == ids[-2]
        assert [file.rows for file in report.files] == [200] * 5
        assert [str(tmp_path / "out" / f.path) for f in report.files] == read_manifest(
            tmp_path / "out"
        )
        assert landed(tmp_path / "out") == [(n, n * n) for n in range(1000)]
        assert (report.status, report.rows.written, report.rows.discarded) == ("succeeded", 1000, 0)
        assert leftovers(tmp_path / "out") == []

    @pytest.mark.parametrize(
        ("checkpoint", "commits"),
        [({"seconds": 3600}, 1), ({"seconds": 1e-9}, 10), ({"rows": 300, "seconds": 3600}, 4)],
    )
    def test_when_both_bounds_are_given_then_the_first_that_is_reached_counts(
        self, checkpoint: dict[str, float], commits: int, tmp_path: Path
    ) -> None:
        """A commit is due by rows or by time, at the end of a batch."""
        report = execute_job(a_squares_job(tmp_path, 1000, batch={"checkpoint": checkpoint}))

        assert len({Path(file.path).parts[0] for file in report.files}) == commits

    @pytest.mark.parametrize("prefetch", [1, 4])
    def test_when_the_reader_is_ahead_then_a_commit_holds_no_more_than_its_state_covers(
        self, prefetch: int, tmp_path: Path
    ) -> None:
        """Reading ahead moves no commit's state past its data."""
        batch = {"prefetch": prefetch, "checkpoint": {"rows": 1}}
        job = a_squares_job(tmp_path, 900, contract=a_limit(640), batch=batch)

        report = failed_report(job, ContractError)

        rows = landed(tmp_path / "out")
        assert rows == [(n, n * n) for n in range(len(rows))]
        assert report.state == ({"squares": len(rows)} if rows else {})
        assert len(rows) <= 600


class TestGivenARunThatFailsAfterCommits:
    def test_when_it_is_reported_then_what_was_committed_is_told_and_stays(
        self, tmp_path: Path
    ) -> None:
        """The data of three commits are visible, their state is stored, and the report says so."""
        job = a_squares_job(tmp_path, 1000, contract=a_limit(720))

        report = failed_report(job, ContractError)

        rows = report.rows
        assert (report.status, report.exit_code) == ("failed", 2)
        assert (rows.written, rows.discarded) == (600, rows.read - 600)
        assert sum(file.rows for file in report.files) == 600
        assert report.commit is not None
        assert report.commit["id"] == f"{report.run_id}-000003"
        assert report.state == {"squares": 600}
        assert report.streams == {"test": {"read": rows.read, "written": 600}}
        assert "3 commits" in " ".join(report.notes)
        assert landed(tmp_path / "out") == [(n, n * n) for n in range(600)]
        assert leftovers(tmp_path / "out") == []

    def test_when_run_again_then_the_rest_follows_and_nothing_twice(self, tmp_path: Path) -> None:
        """Prefix and rest are the whole."""
        failed_report(a_squares_job(tmp_path, 1000, contract=a_limit(720)), ContractError)

        report = execute_job(a_squares_job(tmp_path, 1000))

        assert report.rows.read == 400
        assert landed(tmp_path / "out") == [(n, n * n) for n in range(1000)]

    def test_when_it_is_interrupted_then_the_commits_before_stay(self, tmp_path: Path) -> None:
        """An interrupt costs what came after the last commit."""

        def interrupt(run: Any) -> None:  # noqa: ANN401  a run
            if run.report.rows.read > 500:
                raise KeyboardInterrupt

        job = a_squares_job(tmp_path, 1000)

        with pytest.raises(KeyboardInterrupt):
            execute_job(job, progress=interrupt)
        seen = landed(tmp_path / "out")
        report = execute_job(job)

        assert seen == [(n, n * n) for n in range(400)]
        assert report.recovered == []
        assert landed(tmp_path / "out") == [(n, n * n) for n in range(1000)]

    def test_when_the_command_fails_then_its_exit_code_is_the_errors(self, tmp_path: Path) -> None:
        """Commits before do not make a failure a success."""
        job = a_job_file(tmp_path, a_squares_job(tmp_path, 1000, contract=a_limit(720)))

        done = headrace_ends("run", job, "--json")

        assert (done.code, done.report["status"]) == (2, "failed")
        assert done.report["rows"]["written"] == 600


class TestGivenACrash:
    @pytest.mark.parametrize(
        ("moment", "commits"),
        [
            ("after:begin:3", 2),
            ("before:journal:2", 1),
            ("after:journal:2", 2),
            ("after:rename:2", 2),
            ("before:manifest:2", 2),
            ("before:state:2", 2),
            ("before:finish:2", 2),
        ],
    )
    def test_when_it_was_in_a_later_commit_then_only_that_one_is_settled(
        self, moment: str, commits: int, tmp_path: Path
    ) -> None:
        """A commit that stands is no matter of recovery; each row lands once."""
        job = a_job_file(tmp_path, a_squares_job(tmp_path, 900))

        killed(moment, "run", job)
        recovered = recover_job(job)
        settled = len(landed(tmp_path / "out"))
        report = execute_job(job)

        assert settled == commits * 200
        assert recovered["state"] == {"squares": settled}
        assert report.rows.read == 900 - settled
        assert landed(tmp_path / "out") == [(n, n * n) for n in range(900)]
        assert leftovers(tmp_path / "out") == []


class TestGivenACheckAcrossCommits:
    def test_when_columns_evolve_then_they_stay_evolved_in_the_next_commit(
        self, tmp_path: Path
    ) -> None:
        """What a run has learned of its columns outlives a commit."""
        extract = """
for n in range(6):
    yield [{"n": n} if n != 2 else {"n": n, "m": 2 * n}]
    state.advance("test", n)
"""
        reader = a_plugin_reader(tmp_path, extract)
        job = a_job(tmp_path, reader=reader, state=True, batch={"checkpoint": {"rows": 2}})
        job |= {"drift": {"new_column": "evolve"}}

        report = execute_job(job)

        with duckdb.connect() as connection:
            query = "select n, m from read_parquet(?, union_by_name=true) order by n"
            rows = connection.execute(query, [read_manifest(tmp_path / "out")]).fetchall()
        assert rows == [(n, 4 if n == 2 else None) for n in range(6)]
        assert [change["column"] for change in report.drift] == ["m"]
        assert len({Path(file.path).parts[0] for file in report.files}) == 3

    def test_when_a_field_is_unique_then_it_is_over_the_whole_run(self, tmp_path: Path) -> None:
        """A commit does not make a run forget the keys that it has seen."""
        job = a_streams_job(tmp_path, [("a", 3), ("a", 3), ("b", 3)], streams={"a": {}, "b": {}})
        plugin = Path(job["reader"]["type"].rpartition(":")[0])
        plugin.write_text(plugin.read_text().replace('{"n": n}', '{"n": n % 4}'))
        (tmp_path / "c.json").write_text(json.dumps(a_contract(a_property("n", unique=True))))
        text = (tmp_path / "c.json").read_text().replace('"string"', '"integer"')
        (tmp_path / "c.json").write_text(text)
        job |= {"contract": str(tmp_path / "c.json"), "batch": {"checkpoint": {"rows": 1}}}
        job["state"] = {"type": "local", "path": str(tmp_path / "state")}

        report = failed_report(job, ContractError)

        assert report.error is not None
        assert (report.error.where["rule"], report.error.where["row"]) == ("unique", 5)
        assert numbers_of(tmp_path, "a", "b") == {"a": [0, 1, 2], "b": []}

    def test_when_rows_are_quarantined_then_each_commit_has_its_own(self, tmp_path: Path) -> None:
        """Bad rows become visible with the good ones beside them."""
        job = a_squares_job(
            tmp_path, 500, contract=a_limit(98), validation={"mode": "quarantine"}, mode="append"
        )

        report = execute_job(job)

        rows = report.rows
        assert (rows.read, rows.written, rows.quarantined) == (500, 99, 401)
        assert [file.rows for file in report.quarantine_files] == [101, 200, 100]
        assert len({Path(file.path).parts[1] for file in report.quarantine_files}) == 3

    @pytest.mark.parametrize(
        ("severity", "mode"), [("warning", "strict"), ("info", "strict"), ("error", "warn")]
    )
    def test_when_a_quality_rule_may_not_hold_then_it_is_told_of_the_whole(
        self, severity: str, mode: str, tmp_path: Path
    ) -> None:
        """A rule that fails nothing is judged at the end, over all commits."""
        contract = a_limit(10_000, quality=[{"metric": "rowCount", "mustBe": 0}])
        contract["schema"][0]["properties"][0]["quality"][0]["severity"] = severity

        report = execute_job(
            a_squares_job(tmp_path, 500, contract=contract, validation={"mode": mode})
        )

        assert [(q["measured"], q["passed"]) for q in report.quality] == [(500, False)]
        assert report.status == "partial"


class TestGivenACheckpointThatCannotBe:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"state": None}, "batch.checkpoint: needs a state"),
            ({"mode": "fail"}, "could not go on where the target's mode is fail"),
            ({"mode": "replace"}, "replace would keep only that"),
            ({"quality": True}, r"schema\[0\].*rowCount.*judged at the end"),
            ({"batch": {"checkpoint": {"rows": 0}}}, "batch.checkpoint.rows"),
            ({"batch": {"checkpoint": {"row": 5}}}, "did you mean 'rows'"),
        ],
    )
    def test_when_resolved_then_it_is_refused_with_the_reason(
        self, change: dict[str, Any], said: str, tmp_path: Path
    ) -> None:
        """What a commit in mid-run would make untrue is told before anything runs."""
        job = a_squares_job(tmp_path, 10)
        if "mode" in change:
            job["target"] |= change
        elif "quality" in change:
            contract = a_limit(10, quality=[{"metric": "rowCount", "mustBeGreaterThan": 0}])
            job = a_squares_job(tmp_path, 10, contract=contract)
        else:
            job |= change

        with pytest.raises(ConfigError, match=said):
            resolve_job({key: value for key, value in job.items() if value is not None})

    def test_when_the_loop_is_made_by_hand_then_it_is_refused(self, tmp_path: Path) -> None:
        """A loop by hand commits once, and is not left to believe otherwise."""
        with pytest.raises(ConfigError, match="made by execute_job"):
            create_extractor(a_squares_job(tmp_path, 10))

        assert visible(tmp_path / "out") == []


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[tuple[str, int]], str, int, int]:
    """Batches of streams, when the reader advances, the interval [rows] and where it breaks."""
    batches = draw(
        st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 5)), min_size=1, max_size=12)
    )
    advance = draw(st.sampled_from(["each", "even", "all", "never"]))
    return batches, advance, draw(st.integers(1, 12)), draw(st.integers(0, 2))


class TestGivenStreams:
    @given(runs())
    @settings(max_examples=20, deadline=None)
    def test_when_a_run_breaks_then_prefix_and_rest_are_the_whole(
        self, run: tuple[list[tuple[str, int]], str, int, int]
    ) -> None:
        """Wherever streams are cut, whenever they advance, no row is lost and none is doubled."""
        batches, advance, rows, prefetch = run
        # In memory, where there is such a place: every commit waits for its disk.
        shm = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  a folder below it
        with TemporaryDirectory(dir=shm) as folder:
            job = a_streams_job(
                Path(folder),
                batches,
                streams={name: {} for name in "abc"},
                reader={"advance": advance},
                state=True,
                batch={"checkpoint": {"rows": rows}, "prefetch": prefetch},
            )
            broken = {**job, "reader": {**job["reader"], "fail": True}}

            report = failed_report(broken, PluginError)
            seen = numbers_of(Path(folder), *"abc")
            execute_job(job)

            whole = {"a": [], "b": [], "c": []} | wholes(batches)
            assert numbers_of(Path(folder), *"abc") == whole
            for name, numbers in seen.items():
                assert numbers == whole[name][: len(numbers)]
            assert report.rows.written == sum(map(len, seen.values()))
