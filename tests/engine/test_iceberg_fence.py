"""Who may commit to an Iceberg table: others' snapshots, other runs, and tables rolled back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from headrace import (
    CommitConflictError,
    CommitUnknownError,
    FencedError,
    StateError,
    execute_job,
    recover_job,
)

from tests.builders import PEOPLE, a_csv, people
from tests.iceberg import (
    a_foreign_append,
    a_table_job,
    a_takeover,
    at,
    once,
    pyiceberg,
    rows_of,
    stray,
    summaries,
    the_table,
)
from tests.runs import a_source

if TYPE_CHECKING:
    from pathlib import Path


class Clock:
    """A clock on which waiting alone takes time, however long an attempt takes [s]."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        """The time."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Pass it."""
        self._now += seconds


class TestGivenAForeignWriter:
    def test_when_it_commits_between_then_ours_is_built_anew_on_it(self, tmp_path: Path) -> None:
        """Our loop builds again, not PyIceberg's, whatever the table's own properties allow."""
        a_source(tmp_path, 3)
        properties = {"commit.retry.num-retries": "10"}
        job = a_table_job(tmp_path, contract=PEOPLE, properties=properties)
        execute_job(job)
        a_source(tmp_path, 2)

        foreign = once(lambda: a_foreign_append(tmp_path))
        with at("before_snapshot", foreign) as attempts:
            execute_job(job)

        table = the_table(tmp_path)
        assert len(attempts) == 2
        assert rows_of(table) == sorted(people(3) + people(2))
        assert [s.get("headrace.job", "") for s in summaries(table)] == ["test", "", "test"]

    def test_when_it_changes_the_partitions_too_then_the_run_may_be_tried_again(
        self, tmp_path: Path
    ) -> None:
        """Files that were parted by the old spec are none of the new one's; the next run's are."""
        a_source(tmp_path, 3)
        job = a_table_job(tmp_path, contract=PEOPLE)
        execute_job(job)

        def parted() -> None:
            a_foreign_append(tmp_path)
            with pyiceberg(tmp_path) as catalog:
                catalog.load_table("raw.people").update_spec().add_identity("name").commit()

        with at("before_snapshot", once(parted)), pytest.raises(CommitConflictError) as caught:
            execute_job(job)

        assert caught.value.exit_code == 3
        before = rows_of(the_table(tmp_path))
        execute_job(job)
        assert rows_of(the_table(tmp_path)) == sorted(before + people(3))

    def test_when_it_commits_without_end_then_the_run_may_be_tried_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nothing is visible, and nothing of it stays."""
        a_source(tmp_path, 3)
        job = a_table_job(tmp_path, contract=PEOPLE, commit_timeout_s=0.5)
        execute_job(job)
        clock = Clock()
        for module in ("headrace.targets.iceberg.snapshots", "headrace.commit.waits"):
            monkeypatch.setattr(f"{module}.time", clock)

        with (
            at("before_snapshot", lambda: a_foreign_append(tmp_path)) as attempts,
            pytest.raises(CommitConflictError) as caught,
        ):
            execute_job(job)

        assert len(attempts) > 1
        assert caught.value.exit_code == 3
        assert rows_of(the_table(tmp_path)) == people(3)
        assert stray(tmp_path) == []


class TestGivenAnotherRun:
    def test_when_it_takes_the_table_before_the_commit_then_that_is_refused(
        self, tmp_path: Path
    ) -> None:
        """The fence is looked at anew before each attempt, and moves `main`, so none slips by."""
        a_source(tmp_path, 3)
        job = a_table_job(tmp_path, contract=PEOPLE)
        execute_job(job)
        before = len(summaries(the_table(tmp_path)))

        takeover = once(lambda: a_takeover(job))
        with (
            at("before_snapshot", takeover) as attempts,
            pytest.raises(FencedError, match="has taken the table"),
        ):
            execute_job(job)

        assert len(attempts) == 2  # one is the takeover's own
        assert rows_of(the_table(tmp_path)) == people(3)
        assert len(summaries(the_table(tmp_path))) == before + 1  # the takeover's own

    def test_when_its_takeover_and_a_foreign_snapshot_meet_then_the_stale_is_refused(
        self, tmp_path: Path
    ) -> None:
        """To build anew on somebody's snapshot is no way past the fence."""
        a_source(tmp_path, 3)
        job = a_table_job(tmp_path, contract=PEOPLE)
        execute_job(job)

        def both() -> None:
            a_takeover(job)
            a_foreign_append(tmp_path)

        with at("before_snapshot", once(both)) as attempts, pytest.raises(FencedError):
            execute_job(job)

        assert len(attempts) == 2  # one is the takeover's own
        assert rows_of(the_table(tmp_path)) == people(3)

    def test_when_it_has_settled_the_commit_then_the_stale_one_says_so(
        self, tmp_path: Path
    ) -> None:
        """What another run has committed for it is not a success of its own: that one goes on."""
        a_source(tmp_path, 3)
        job = a_table_job(tmp_path, contract=PEOPLE, state=True)
        lost = tmp_path / "warehouse" / "raw" / "people" / "_headrace" / "owner.json"

        def settled() -> None:
            lost.unlink()  # as if this run's sign of life had stayed away
            recover_job(job)

        with (
            at("before_commit", once(settled)),
            pytest.raises(CommitUnknownError, match="committed what this one was about to"),
        ):
            execute_job(job)

        assert rows_of(the_table(tmp_path)) == people(3)
        assert execute_job(job).rows.read == 0
        assert stray(tmp_path) == []

    def test_when_it_has_removed_the_files_then_the_stale_one_cannot_commit_them(
        self, tmp_path: Path
    ) -> None:
        """A run without state reads anew what the dead one had read."""
        a_source(tmp_path, 3)
        job = a_table_job(tmp_path, contract=PEOPLE)
        lost = tmp_path / "warehouse" / "raw" / "people" / "_headrace" / "owner.json"

        def overtaken() -> None:
            lost.unlink()
            execute_job(job)

        with at("before_commit", once(overtaken)), pytest.raises(FencedError):
            execute_job(job)

        assert rows_of(the_table(tmp_path)) == people(3)
        assert stray(tmp_path) == []

    def test_when_it_is_at_work_then_the_second_fails_typed(self, tmp_path: Path) -> None:
        """One run at a time owns the table."""
        a_source(tmp_path, 3)
        job = a_table_job(tmp_path, contract=PEOPLE)
        execute_job(job)

        with (
            at("after_read", once(lambda: execute_job(job))) as reached,
            pytest.raises(FencedError, match="another run owns the target"),
        ):
            execute_job(job)

        assert reached
        assert rows_of(the_table(tmp_path)) == people(3)

    def test_when_the_job_has_committed_elsewhere_then_a_stale_run_is_refused(
        self, tmp_path: Path
    ) -> None:
        """A commit follows the job's last, or is none."""
        a_source(tmp_path, 3)
        job = a_table_job(tmp_path, contract=PEOPLE, state=True)
        execute_job(job)
        a_csv(tmp_path / "data" / "more.csv", people(1, start=3), header=["id", "name"])

        def moved() -> None:
            table = the_table(tmp_path)
            found = json.loads(table.properties["headrace.checkpoint.test"])
            changed = json.dumps({**found, "id": "x"})
            with pyiceberg(tmp_path) as catalog:
                transaction = catalog.load_table("raw.people").transaction()
                transaction.set_properties({"headrace.checkpoint.test": changed})
                transaction.update_snapshot().fast_append().commit()
                transaction.commit_transaction()

        with (
            at("before_snapshot", once(moved)),
            pytest.raises(FencedError, match="another run of job 'test' has committed"),
        ):
            execute_job(job)

        assert rows_of(the_table(tmp_path)) == people(3)


class TestGivenATableThatWasRolledBack:
    def test_when_a_job_with_state_runs_then_it_says_so(self, tmp_path: Path) -> None:
        """Its cursors are past rows that are not there any more."""
        a_source(tmp_path, 3)
        job = a_table_job(tmp_path, contract=PEOPLE, state=True)
        execute_job(job)
        a_csv(tmp_path / "data" / "more.csv", people(1, start=3), header=["id", "name"])
        execute_job(job)
        with pyiceberg(tmp_path) as catalog:
            table = catalog.load_table("raw.people")
            table.manage_snapshots().rollback_to_snapshot(table.snapshots()[0].snapshot_id).commit()

        with pytest.raises(StateError, match="was rolled back to before commit"):
            execute_job(job)

        assert rows_of(the_table(tmp_path)) == people(3)
