"""After a crash at any step: nothing partial before, exactly the source's rows after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from headrace import (
    FencedError,
    StateError,
    create_extractor,
    execute_job,
    read_manifest,
    recover_job,
)

from tests.builders import a_contract, a_csv, a_property, landed, people, visible
from tests.runs import a_job_file, a_source, headrace_ends, killed, leftovers

if TYPE_CHECKING:
    from collections.abc import Callable

# In the order of the protocol; the three replacements are those of journal, manifest and state.
MOMENTS = [
    "after:begin",
    "before:journal",
    "before:replace:1",
    "after:journal",
    "after:rename",
    "before:replace:2",
    "after:manifest",
    "before:replace:3",
    "after:state",
    "after:finish",
]
STAGED = MOMENTS[:3]

# So that a part of a run could be visible at all.
MANY_FILES: dict[str, Any] = {
    "writer": {"type": "rust", "file_bytes": 512, "row_group_bytes": 512},
    "batch": {"rows": 40},
}


def stored_state(tmp_path: Path) -> dict[str, Any]:
    """The state file of the job."""
    value: dict[str, Any] = json.loads((tmp_path / "state" / "test.json").read_text())
    return value


class TestGivenACrash:
    @pytest.mark.parametrize("moment", MOMENTS)
    def test_when_the_job_runs_again_then_each_row_is_there_once(
        self, moment: str, tmp_path: Path
    ) -> None:
        """Before, all or nothing is visible; after, exactly the source, and nothing is left."""
        rows = a_source(tmp_path, 200, files=2)
        job = a_job_file(tmp_path, state=True, **MANY_FILES)

        killed(moment, "run", job)
        seen = landed(tmp_path / "out")
        report = execute_job(job)

        assert seen in ([], rows)
        assert landed(tmp_path / "out") == rows
        assert leftovers(tmp_path / "out") == []
        assert leftovers(tmp_path / "state") == []
        assert stored_state(tmp_path)["checkpoint"] == report.commit["id"]
        assert {str(path) for path in visible(tmp_path / "out")} == set(
            read_manifest(tmp_path / "out")
        )

    @pytest.mark.parametrize("moment", MOMENTS)
    def test_when_recovered_by_hand_then_the_next_run_adds_only_what_is_missing(
        self, moment: str, tmp_path: Path
    ) -> None:
        """`headrace recover` does what the next run would, without reading anything."""
        rows = a_source(tmp_path, 200)
        job = a_job_file(tmp_path, state=True, **MANY_FILES)

        killed(moment, "run", job)
        recover_job(job)
        recovered = landed(tmp_path / "out")
        left = leftovers(tmp_path / "out")
        execute_job(job)

        assert recovered == ([] if moment in STAGED else rows)
        assert left == []
        assert landed(tmp_path / "out") == rows

    @pytest.mark.parametrize("moment", ["before:publish", "before:manifest", "before:finish"])
    def test_when_recovery_is_killed_too_then_the_next_one_finishes(
        self, moment: str, tmp_path: Path
    ) -> None:
        """Recovery is a commit like any other: it may be broken off anywhere."""
        rows = a_source(tmp_path, 200)
        job = a_job_file(tmp_path, state=True, **MANY_FILES)

        killed("after:journal", "run", job)
        killed(moment, "recover", job)
        seen = landed(tmp_path / "out")
        done = headrace_ends("recover", job, "--json")

        assert seen in ([], rows)
        assert done.code == 0
        assert landed(tmp_path / "out") == rows
        assert done.report["state"] == stored_state(tmp_path)["streams"]
        assert leftovers(tmp_path / "out") == []

    @pytest.mark.parametrize("moment", ["after:journal", "before:manifest", "before:finish"])
    def test_when_it_was_replacing_then_readers_of_the_manifest_see_one_data_set(
        self, moment: str, tmp_path: Path
    ) -> None:
        """The manifest names the old data or the new, at every step and after recovery."""
        old = a_source(tmp_path, 100)
        job = a_job_file(tmp_path, mode="replace", **MANY_FILES)
        execute_job(job)
        new = people(150, start=1000)
        a_csv(tmp_path / "data" / "part-0.csv", new, header=["id", "name"])

        killed(moment, "run", job)
        seen = of_manifest(tmp_path / "out")
        execute_job(job)

        assert seen in (old, new)
        assert of_manifest(tmp_path / "out") == landed(tmp_path / "out") == new
        assert leftovers(tmp_path / "out") == []

    def test_when_rows_were_quarantined_then_they_share_the_commits_fate(
        self, tmp_path: Path
    ) -> None:
        """Bad rows of a run that was rolled back are gone with it."""
        rows: list[tuple[object, str]] = [*people(20), ("x", "bad")]
        a_csv(tmp_path / "data" / "a.csv", rows, header=["id", "name"])
        contract = a_contract(a_property("id", "integer"), a_property("name"))
        job = a_job_file(tmp_path, contract=contract, validation={"mode": "quarantine"})

        for moment in ("after:journal", "after:rename"):
            killed(moment, "run", job)
        execute_job(job)

        # The first left an intent of a job without state: rolled back. The second was visible.
        quarantined = sorted(p.name for p in (tmp_path / "out" / "_quarantine").iterdir())
        runs = sorted({p.relative_to(tmp_path / "out").parts[0] for p in visible(tmp_path / "out")})
        assert len(runs) == 2
        assert quarantined == runs
        assert leftovers(tmp_path / "out") == []

    def test_when_all_rows_were_bad_then_the_crash_leaves_no_quarantine_behind(
        self, tmp_path: Path
    ) -> None:
        """A commit without data files has its point in the manifest."""
        a_csv(tmp_path / "data" / "a.csv", [("x", "bad")], header=["id", "name"])
        contract = a_contract(a_property("id", "integer"), a_property("name"))
        job = a_job_file(tmp_path, contract=contract, validation={"mode": "quarantine"})

        killed("before:manifest", "run", job)
        execute_job(job)

        assert len(list((tmp_path / "out" / "_quarantine").iterdir())) == 1
        assert leftovers(tmp_path / "out") == []


def of_manifest(root: Path) -> list[tuple[Any, ...]]:
    """The rows of the files that the manifest names."""
    import duckdb  # noqa: PLC0415  as the builders

    with duckdb.connect() as connection:
        query = "select * from read_parquet(?) order by all"
        return connection.execute(query, [read_manifest(root)]).fetchall()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def garbled(path: Path) -> None:
    path.write_bytes(b"\xff\xfe" + path.read_bytes())


def newer(path: Path) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema_version": 99}))


BREAKERS = [cut, emptied, garbled, newer]


class TestGivenABrokenRecord:
    @pytest.mark.parametrize("broken", BREAKERS)
    @pytest.mark.parametrize("record", ["manifest", "state", "journal"])
    def test_when_run_or_recovered_then_it_is_a_state_error_and_the_data_are_unharmed(
        self, record: str, broken: Callable[[Path], None], tmp_path: Path
    ) -> None:
        """A record that cannot be read is never taken as absent."""
        rows = a_source(tmp_path, 50)
        job = a_job_file(tmp_path, state=True)
        execute_job(job)
        control = tmp_path / "out" / "_headrace"
        path = {
            "manifest": control / "manifest.json",
            "state": tmp_path / "state" / "test.json",
            "journal": control / "journal" / "x.json",
        }[record]
        if record == "journal":
            a_csv(tmp_path / "data" / "more.csv", people(5, start=90), header=["id", "name"])
            killed("before:publish", "run", job)
            (path,) = (control / "journal").iterdir()
        broken(path)

        for action in (execute_job, recover_job):
            with pytest.raises(StateError, match=r"corrupt|newer than") as caught:
                action(job)
            assert caught.value.where["file"] == str(path)

        assert landed(tmp_path / "out") == rows

    def test_when_the_state_is_another_jobs_then_it_is_refused(self, tmp_path: Path) -> None:
        """A state file belongs to one job."""
        a_source(tmp_path, 50)
        job = a_job_file(tmp_path, state=True)
        execute_job(job)
        path = tmp_path / "state" / "test.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "job": "other"}))

        with pytest.raises(StateError, match="state of job 'other'"):
            execute_job(job)


class TestGivenAStateThatParted:
    def test_when_it_was_deleted_then_it_comes_back_from_the_target(self, tmp_path: Path) -> None:
        """The target's record holds the cursors that belong to its data."""
        rows = a_source(tmp_path, 50)
        job = a_job_file(tmp_path, state=True)
        execute_job(job)
        before = stored_state(tmp_path)
        (tmp_path / "state" / "test.json").unlink()

        report = execute_job(job)

        assert report.rows.read == 0
        assert landed(tmp_path / "out") == rows
        assert stored_state(tmp_path)["streams"] == before["streams"]

    def test_when_it_is_ahead_of_the_data_then_the_run_is_refused(self, tmp_path: Path) -> None:
        """A target that was restored from a backup does not silently miss rows."""
        a_source(tmp_path, 50)
        job = a_job_file(tmp_path, state=True)
        execute_job(job)
        a_csv(tmp_path / "data" / "more.csv", people(5, start=90), header=["id", "name"])
        manifest = tmp_path / "out" / "_headrace" / "manifest.json"
        old = manifest.read_text()
        execute_job(job)
        manifest.write_text(old)

        with pytest.raises(StateError, match="the target is at"):
            execute_job(job)

    def test_when_the_target_was_emptied_then_the_run_is_refused(self, tmp_path: Path) -> None:
        """A state without its data is not taken as the truth."""
        rows = a_source(tmp_path, 50)
        job = a_job_file(tmp_path, state=True)
        execute_job(job)
        (tmp_path / "out").rename(tmp_path / "gone")

        with pytest.raises(StateError, match="which the target does not have"):
            execute_job(job)
        reset = headrace_ends("state", "reset", job)
        execute_job(job)

        assert reset.code == 0
        assert landed(tmp_path / "out") == rows


class TestGivenTwoRunsAtOnce:
    def test_when_the_first_is_alive_then_the_second_ends_with_exit_code_2(
        self, tmp_path: Path
    ) -> None:
        """One run owns a target; recovery leaves a living run alone."""
        a_source(tmp_path, 50)
        job = a_job_file(tmp_path)
        owner = create_extractor(job)

        second = headrace_ends("run", job, "--json")
        with pytest.raises(FencedError):
            recover_job(job)
        rows = sum(len(batch) for batch in owner.extract(None))

        assert (second.code, second.report["error"]["type"]) == (2, "FencedError")
        assert rows == 50
