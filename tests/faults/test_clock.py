"""A clock that goes back: nothing of a commit depends on what time it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.calls import Calls
from tests.faults.nursery import forked
from tests.faults.places import KINDS, IcebergPlace, RestPlace
from tests.faults.scenes import BATCH_ROWS, a_scene
from tests.runs import a_job_file
from tests.streams import a_streams_job

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.attempts import Faults
    from tests.faults.places import Kind

BACK_S = 600
"""Servers refuse requests that are a quarter of an hour off."""

pytestmark = pytest.mark.long


def a_clock(tmp_path: Path) -> Calls:
    """The calls of runs to `tmp_path`, for their clock."""
    return Calls(below=[tmp_path / "state", tmp_path / "out"], log=tmp_path / "calls.log")


class TestGivenAClockThatGoesBack:
    @pytest.mark.covers("fault:clock")
    def test_when_it_was_between_runs_then_each_row_is_there_once(
        self, kind: Kind, faults: Faults, tmp_path: Path
    ) -> None:
        """What came first is not what has the smaller time in its name."""
        scene, clock = a_scene(tmp_path, kind), a_clock(tmp_path)
        assert scene.run().code == 0
        for back_s in (BACK_S // 2, BACK_S):
            with faults.trying(f"{back_s} s back"):
                scene.grow()
                done = scene.run(**clock.environment(back_s=back_s))

                faults.fired(clock.fired)
                assert done.code == 0, done.err
                assert scene.place.rows() == scene.source()
        scene.grow()
        scene.assert_ends()
        if isinstance(scene.place, IcebergPlace | RestPlace):
            times = [entry.timestamp_ms for entry in scene.place.loaded().history()]
            assert times == sorted(times)

    @pytest.mark.covers("fault:clock")
    def test_when_it_was_after_a_crash_then_recovery_does_not_mind(
        self, kind: Kind, faults: Faults, tmp_path: Path
    ) -> None:
        """A commit that was broken off is older, whatever its name says."""
        for point in ("after_journal", "after_commit"):
            with faults.trying(point):
                folder = tmp_path / point
                scene, clock = a_scene(folder, kind), a_clock(folder)
                forked(
                    "run",
                    scene.job,
                    fault=point,
                    variables={"HEADRACE_FAULT_FIRED": str(folder / "fired")},
                )
                scene.grow()

                done = scene.run(**clock.environment(back_s=BACK_S))

                faults.fired(clock.fired)
                assert done.code == 0, done.err
                scene.assert_ends()

    @pytest.mark.covers("fault:clock")
    def test_when_it_was_in_mid_run_then_commits_stay_in_order(
        self, faults: Faults, tmp_path: Path
    ) -> None:
        """Time that passes twice is no reason to commit less, or twice."""
        batch = {"checkpoint": {"rows": BATCH_ROWS}}
        undisturbed = tmp_path / "undisturbed"
        scene, clock = a_scene(undisturbed, KINDS["local"], batch=batch), a_clock(undisturbed)
        assert scene.run(**clock.environment()).code == 0
        for nth in range(1, len(clock.made), len(clock.made) // 8):
            with faults.trying(f"before the {nth}. call"):
                folder = tmp_path / str(nth)
                scene, clock = a_scene(folder, KINDS["local"], batch=batch), a_clock(folder)

                done = scene.run(**clock.environment(f"any:{nth}=clock", back_s=BACK_S))

                faults.fired(clock.fired)
                assert done.code == 0, done.err
                scene.assert_ends()

    @pytest.mark.covers("fault:clock")
    def test_when_streams_come_and_go_then_the_last_commit_is_the_one_that_came_last(
        self, faults: Faults, tmp_path: Path
    ) -> None:
        """A stream that was away finds the job where it is, not where its own name sorts."""
        batches, clock = [("a", 2), ("b", 2)], a_clock(tmp_path)

        def run(*names: str, back_s: int = 0) -> int:
            wanted = [pair for pair in batches if pair[0] in names]
            job = a_streams_job(tmp_path, wanted, state=True)
            return forked(
                "run", a_job_file(tmp_path, job), variables=clock.environment(back_s=back_s)
            ).code

        codes = [run("a", "b"), run("a", back_s=BACK_S)]
        faults.fired(clock.fired)
        batches[:] = [("a", 3), ("b", 3)]
        codes += [run("a", back_s=BACK_S), run("a", "b"), run("a", "b", back_s=BACK_S)]

        assert codes == [0] * 5
        for name in "ab":
            place = KINDS["local"].make(tmp_path).of_stream(name)
            assert place.rows() == [(0,), (1,), (2,)]
            assert place.leftovers() == []
