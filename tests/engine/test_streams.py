"""Several streams in one job: each in its own place, under its own contract, by one commit."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from headrace import (
    CommitUnknownError,
    ConfigError,
    ContractError,
    HeadraceError,
    PluginError,
    RunReport,
    WriteError,
    execute_job,
    read_manifest,
    recover_job,
    resolve_job,
)
from headrace.loop.writer import JobWriter

from tests.builders import WRITERS, a_contract, a_property, a_reader, landed, visible
from tests.iceberg import a_catalog
from tests.runs import a_job_file, headrace_ends, leftovers
from tests.streams import a_streams_job, numbers_of, wholes

INTERLEAVED = [("a", 3), ("b", 2), ("a", 4), ("c", 1), ("b", 5), ("a", 2)]


def failure_of(job: dict[str, Any]) -> RunReport:
    """The report of a run that fails."""
    failed: list[RunReport] = []
    with suppress(HeadraceError):
        execute_job(job, on_failure=failed.append)
    return failed[0]


class TestGivenStreamsThatInterleave:
    @pytest.mark.parametrize("writer", WRITERS)
    def test_when_run_then_each_lands_in_its_place_in_its_order(
        self, writer: str, tmp_path: Path
    ) -> None:
        """No row of a stream is lost, doubled, reordered or found in another's place."""
        report = execute_job(a_streams_job(tmp_path, INTERLEAVED, writer={"type": writer}))

        assert numbers_of(tmp_path, "a", "b", "c") == wholes(INTERLEAVED)
        assert report.streams == {
            "a": {"read": 9, "written": 9},
            "b": {"read": 7, "written": 7},
            "c": {"read": 1, "written": 1},
        }
        assert (report.rows.read, report.rows.written) == (17, 17)
        assert {file.stream for file in report.files} == {"a", "b", "c"}
        assert (
            len({json.loads(m.read_text())["runs"][0]["run_id"] for m in manifests(tmp_path)}) == 1
        )

    def test_when_many_are_open_then_their_files_share_the_budget_of_row_groups(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What all writers hold back together is bounded as for one."""
        batches = [(f"s{n % 20}", 500) for n in range(100)]
        job = a_streams_job(tmp_path, batches, writer={"type": "rust", "row_group_bytes": "4MiB"})
        monkeypatch.setattr("headrace.commit.directory.BUFFER_BYTES", 1 << 14)
        seen: list[int] = []
        write = JobWriter.write_batch

        def watched(self: JobWriter, *batch: Any) -> Any:  # noqa: ANN401  as the method
            files = write(self, *batch)
            seen.append(sum(writer.buffered_bytes for writer in self.by_stream.values()))
            return files

        monkeypatch.setattr(JobWriter, "write_batch", watched)
        execute_job(job)

        assert 0 < max(seen) <= 1 << 14
        assert numbers_of(tmp_path, "s7") == {"s7": list(range(2500))}

    def test_when_a_stream_has_no_rows_then_its_checkpoint_moves_all_the_same(
        self, tmp_path: Path
    ) -> None:
        """Every stream's target says which commit it is of."""
        job = a_streams_job(tmp_path, INTERLEAVED, streams={n: {} for n in "abcd"}, state=True)

        report = execute_job(job)

        stands = {m.parent.parent.name: json.loads(m.read_text()) for m in manifests(tmp_path)}
        assert report.commit is not None
        assert {m["checkpoints"]["test"]["id"] for m in stands.values()} == {report.commit["id"]}
        assert set(stands) == set("abcd")
        assert visible(tmp_path / "out" / "d") == []

    def test_when_run_again_then_each_stream_goes_on_from_its_cursor(self, tmp_path: Path) -> None:
        """State is kept stream by stream."""
        execute_job(a_streams_job(tmp_path, INTERLEAVED[:3], state=True))

        report = execute_job(a_streams_job(tmp_path, INTERLEAVED, state=True))

        assert report.state == {"a": 9, "b": 7, "c": 1}
        assert numbers_of(tmp_path, "a", "b", "c") == wholes(INTERLEAVED)


def manifests(tmp_path: Path) -> list[Path]:
    """The manifests of all streams."""
    return sorted((tmp_path / "out").glob("*/_headrace/manifest.json"))


class TestGivenContractsOfStreams:
    def a_job(self, tmp_path: Path, **sections: Any) -> dict[str, Any]:  # noqa: ANN401
        """`a` may hold numbers below 5; `b` any."""
        small = a_property("n", "integer", logicalTypeOptions={"maximum": 4})
        (tmp_path / "a.json").write_text(json.dumps(a_contract(small)))
        streams = {"a": {"contract": str(tmp_path / "a.json")}, "b": {}}
        return a_streams_job(tmp_path, [("a", 3), ("b", 9), ("a", 6)], streams=streams, **sections)

    def test_when_rows_are_bad_then_they_go_to_their_own_streams_quarantine(
        self, tmp_path: Path
    ) -> None:
        """A stream's contract judges that stream, and rows are counted within it."""
        report = execute_job(self.a_job(tmp_path, validation={"mode": "quarantine"}))

        (file,) = report.quarantine_files
        bad = tmp_path / "out" / "a" / file.path
        import duckdb  # noqa: PLC0415  as the builders

        with duckdb.connect() as connection:
            query = 'select stream, "row" from read_parquet(?) order by all'
            assert connection.execute(query, [str(bad)]).fetchall() == [
                ("a", n) for n in range(6, 10)
            ]
        assert numbers_of(tmp_path, "a", "b") == {"a": [0, 1, 2, 3, 4], "b": list(range(9))}
        assert report.rows.quarantined == 4
        assert report.streams["a"] == {"read": 9, "written": 5}
        assert not (tmp_path / "out" / "b" / "_quarantine").exists()

    def test_when_a_quality_rule_does_not_hold_then_its_stream_is_named(
        self, tmp_path: Path
    ) -> None:
        """Rules count the rows of their stream, and nothing of any stream shows before."""
        rule = {"metric": "rowCount", "mustBeLessThan": 9}
        contract = a_contract(a_property("n", "integer", quality=[rule]))
        (tmp_path / "a.json").write_text(json.dumps(contract))
        streams = {name: {"contract": str(tmp_path / "a.json")} for name in "abc"}

        report = failure_of(a_streams_job(tmp_path, INTERLEAVED, streams=streams))

        assert [(q["stream"], q["measured"], q["passed"]) for q in report.quality] == [
            ("a", 9, False)
        ]
        assert report.error is not None
        assert report.error.where["stream"] == "a"
        assert "stream 'a'" in report.notes[0]
        assert [visible(tmp_path / "out" / name) for name in "abc"] == [[], [], []]

    def test_when_the_run_cannot_begin_then_each_stream_is_reported_all_the_same(
        self, tmp_path: Path
    ) -> None:
        """A report has its streams, however early a run ends."""
        job = a_streams_job(tmp_path, INTERLEAVED)
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "b").write_text("in the way")

        report = failure_of(job)

        assert report.streams == {name: {"read": 0, "written": 0} for name in "abc"}
        assert isinstance(report.error, WriteError)

    def test_when_one_fails_then_nothing_of_any_is_visible(self, tmp_path: Path) -> None:
        """The streams of a run share its fate."""
        report = failure_of(self.a_job(tmp_path))

        assert isinstance(report.error, ContractError)
        assert report.error.where["stream"] == "a"
        for name in ("a", "b"):
            assert visible(tmp_path / "out" / name) == []
            assert leftovers(tmp_path / "out" / name) == []
        assert report.rows.discarded == report.rows.read

    def test_when_the_jobs_contract_has_an_object_for_each_then_they_hold(
        self, tmp_path: Path
    ) -> None:
        """What `discover --contract` writes is a contract of the whole job."""
        job = a_job_file(tmp_path, a_streams_job(tmp_path, INTERLEAVED))

        written = headrace_ends("discover", job, "--contract", "--json")
        (tmp_path / "all.json").write_text(written.out)
        resolved = resolve_job(
            {**json.loads(job.read_text()), "contract": str(tmp_path / "all.json")}
        )
        report = execute_job(resolved)

        assert [o["name"] for o in written.report["schema"]] == ["a", "b", "c"]
        contracts = {s.name: s.contract.name for s in resolved.streams.values() if s.contract}
        assert contracts == {"a": "a", "b": "b", "c": "c"}
        assert report.rows.written == 17


class TestGivenStreamsThatCannotBe:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"target": {"type": "local", "path": "out"}}, "'a' and 'b' land in the same place"),
            ({"streams": {"a": {}, "b": {"target": {"path": "out/a/x"}}}}, "one within the other"),
            ({"streams": {"a": {}, "b/c": {}}}, "'b/c' cannot be part of a place"),
            ({"streams": {"a": {}, "..": {}}}, "'..' cannot be part of a place"),
            ({"streams": {"a": {"target": {"type": "s3"}}}}, "land in one kind of target"),
            ({"streams": {"a": {"contract": "no.yaml"}}}, "there is no such file"),
            ({"streams": {"a": {"cursors": "x"}}}, "did you mean 'cursor'"),
            ({"streams": {"a": {"target": {"mod": "fail"}}}}, "streams.a.target.mod"),
            ({"streams": {"a": {"target": {"mode": "merge"}}}}, "merge is not a mode of this"),
            ({"streams": {"a": {"target": {"path": 5}}}}, "streams.a.target.path: expected `str`"),
            ({"streams": {"a": {"target": {"mode": [1]}}}}, "streams.a.target.mode"),
            ({"streams": ["a"]}, "streams: expected `object`"),
            ({"streams": {"a": None}}, "streams.a: expected a mapping"),
            ({"reader": a_reader("csv", "x.csv")}, "reader csv reads one stream"),
        ],
    )
    def test_when_resolved_then_it_is_refused_before_anything_runs(
        self, change: dict[str, Any], said: str, tmp_path: Path
    ) -> None:
        """What cannot work is told with its key."""
        job = {**a_streams_job(tmp_path, [("a", 1), ("b", 1)]), **change}
        if "target" not in change:
            job["target"] = {"type": "local", "path": "out/{stream}"}

        with pytest.raises(ConfigError, match=said):
            resolve_job(job, base_dir=tmp_path)

    @pytest.mark.parametrize(("name", "said"), [("z", "stream 'z'"), ("", "stream ''")])
    def test_when_the_reader_yields_another_then_it_is_named(
        self, name: str, said: str, tmp_path: Path
    ) -> None:
        """A batch is never put where it does not belong."""
        job = a_streams_job(tmp_path, [("a", 1), (name, 1)], streams={"a": {}, "b": {}})

        with pytest.raises(PluginError, match=f"yielded {said}; the job has 'a', 'b'"):
            execute_job(job)

        assert visible(tmp_path / "out" / "a") == []

    def test_when_a_stream_has_its_own_target_then_it_lands_there(self, tmp_path: Path) -> None:
        """A stream's target overrides keys of the job's."""
        streams = {"a": {}, "b": {"target": {"path": str(tmp_path / "elsewhere")}}, "c": {}}

        execute_job(a_streams_job(tmp_path, INTERLEAVED, streams=streams))

        assert landed(tmp_path / "elsewhere") == [(n,) for n in range(7)]
        assert len(read_manifest(tmp_path / "elsewhere")) == 1

    @pytest.mark.parametrize("key", ["table", "location", "control"])
    def test_when_the_places_of_a_table_have_a_slot_then_each_stream_has_its_own(
        self, key: str, tmp_path: Path
    ) -> None:
        """Two streams with one journal or one folder would be in each other's way."""
        target = {"type": "iceberg", "table": "raw.{stream}", "catalog": a_catalog(tmp_path)}
        job = a_streams_job(tmp_path, [("a", 1), ("b", 1)])
        job["target"] = {**target, key: {"table": "x.{stream}"}.get(key, "/place/{stream}")}

        found = [stream.target.config[key] for stream in resolve_job(job).streams.values()]

        assert [value[-1] for value in found] == ["a", "b"]


class TestGivenAPublishThatFails:
    def test_when_others_are_visible_then_the_outcome_is_unknown_and_recovery_ends_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A part of the streams is never a failure with something visible."""
        job = a_streams_job(tmp_path, INTERLEAVED, state=True)
        rename, names = Path.rename, iter("abc")

        def full(self: Path, target: Path) -> Path:
            if next(names) == "b":
                raise OSError(28, "No space left on device")
            return rename(self, target)

        with monkeypatch.context() as patched:
            patched.setattr(Path, "rename", full)
            with pytest.raises(CommitUnknownError, match="other streams are visible") as caught:
                execute_job(job)
        recovered = recover_job(job)

        assert caught.value.where["stream"] == "b"
        assert [r["outcome"] for r in recovered["recovered"]] == ["rolled forward"]
        assert recovered["state"] == {"a": 9, "b": 7, "c": 1}
        assert numbers_of(tmp_path, "a", "b", "c") == wholes(INTERLEAVED)

    def test_when_it_is_the_first_then_nothing_is_visible(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Before the first stream shows, a commit is taken back whole."""
        job = a_streams_job(tmp_path, INTERLEAVED, state=True)

        def full(self: Path, target: Path) -> Path:
            raise OSError(28, "No space left on device", str(self), None, str(target))

        monkeypatch.setattr(Path, "rename", full)
        with pytest.raises(WriteError):
            execute_job(job)

        for name in "abc":
            assert visible(tmp_path / "out" / name) == []
            assert leftovers(tmp_path / "out" / name) == []
