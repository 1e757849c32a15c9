"""Runs that meet on a bucket: the second is refused, and one that was overtaken never commits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from headrace import CommitUnknownError, FencedError, execute_job, recover_job

from tests.builders import people
from tests.engine.test_s3_target import a_run, landed
from tests.iceberg import at, once
from tests.s3 import SERVERS, Place, a_place

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=SERVERS)
def place(request: pytest.FixtureRequest) -> Place:
    """A prefix of the test's own, on each server."""
    return a_place(request.param)


class TestGivenAnotherRun:
    def test_when_it_is_at_work_then_the_second_is_refused(
        self, place: Place, tmp_path: Path
    ) -> None:
        """It names who is at work, and harms nothing."""
        job = a_run(tmp_path, place)
        refused: list[str] = []

        def second(_run: object) -> None:
            with pytest.raises(FencedError) as caught:
                execute_job(job)
            refused.append(caught.value.message)

        first = execute_job(job, progress=second)

        assert first.run_id in refused[0]
        assert landed(place, tmp_path / "fetched") == people(1000)

    def test_when_it_overtook_a_run_then_that_one_never_commits(
        self, place: Place, tmp_path: Path
    ) -> None:
        """Whoever claimed the target last may commit; of the other nothing becomes visible."""
        job = a_run(tmp_path, place, 10, state=True)

        with pytest.raises(FencedError):
            execute_job(job, progress=lambda _: overtake(place, job))

        assert place.visible() == []
        execute_job(job)
        assert landed(place, tmp_path / "fetched") == people(10)


class TestGivenARunThatIsOvertakenInItsCommit:
    @pytest.mark.parametrize("point", ["before_commit", "after_complete"])
    def test_when_its_files_were_committed_for_it_then_it_takes_nothing_back(
        self, point: str, place: Place, tmp_path: Path
    ) -> None:
        """Recovery elsewhere found its intent and committed it: no row is lost, and none twice."""
        job = a_run(tmp_path, place, 10, state=True)

        with at(point, once(lambda: overtake(place, job))), pytest.raises(CommitUnknownError):
            execute_job(job)

        assert landed(place, tmp_path / "fetched") == people(10)
        assert execute_job(job).rows.read == 0
        assert landed(place, tmp_path / "again") == people(10)

    def test_when_recovery_died_over_them_then_it_leaves_them_to_the_next(
        self, place: Place, tmp_path: Path
    ) -> None:
        """Whoever adopted its intent may be about to commit: its files are no longer its own."""
        job = a_run(tmp_path, place, 10, state=True)

        def half_settled() -> None:
            with at("after_complete", once(interrupt)), pytest.raises(KeyboardInterrupt):
                overtake(place, job)

        with at("before_commit", once(half_settled)), pytest.raises(FencedError):
            execute_job(job)

        report = execute_job(job)
        assert ([r["outcome"] for r in report.recovered], report.rows.read) == (["committed"], 0)
        assert landed(place, tmp_path / "fetched") == people(10)

    def test_when_it_gave_its_files_up_first_then_nobody_commits_them(
        self, place: Place, tmp_path: Path
    ) -> None:
        """An intent whose run has given it up is removed by whoever finds it."""
        job = a_run(tmp_path, place, 10, state=True)
        found: list[Any] = []

        with at("after_journal", once(interrupt)), pytest.raises(KeyboardInterrupt):
            execute_job(job)
        found += recover_job(job)["recovered"]

        assert (found, place.visible()) == ([], [])
        assert execute_job(job).rows.read == 10


def interrupt() -> None:
    """End whoever is here."""
    raise KeyboardInterrupt


def overtake(place: Place, job: dict[str, Any]) -> None:
    """Settle a run as somebody else would who took it for dead."""
    record = json.loads(place.get("_headrace/owner.json"))
    place.put("_headrace/owner.json", json.dumps({**record, "run_id": "gone"}).encode())
    recover_job(job)
