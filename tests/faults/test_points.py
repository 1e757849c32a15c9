"""SIGKILL at every named point of a run, of the run after it, and of the recovery."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import WRITERS
from tests.faults.nursery import forked
from tests.faults.places import KINDS
from tests.faults.points import killed_at, points_of_the_engine, struck
from tests.faults.scenes import BATCH_ROWS, NOTHING, a_scene
from tests.runs import a_job_file
from tests.streams import a_streams_job, wholes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.attempts import Faults
    from tests.faults.places import Kind, Place


class TestGivenAKill:
    @pytest.mark.covers("fault:kill")
    @pytest.mark.parametrize("writer", WRITERS)
    def test_when_the_job_runs_again_then_each_row_is_there_once(
        self, writer: str, kind: Kind, faults: Faults, tmp_path: Path
    ) -> None:
        """Before, all or nothing is visible; after, exactly the source, and nothing is left."""
        for point in kind.points:
            with faults.trying(point):
                scene = a_scene(tmp_path / point, kind, writer=writer)

                faults.fired(killed_at(point, "run", scene.job) == point)
                seen = scene.place.rows()

                assert seen in (NOTHING, scene.source())
                scene.assert_ends()

    @pytest.mark.long
    @pytest.mark.parametrize("writer", WRITERS)
    @pytest.mark.parametrize(
        "command",
        [
            pytest.param("run", marks=pytest.mark.covers("fault:kill-twice")),
            pytest.param("recover", marks=pytest.mark.covers("fault:kill-recover")),
        ],
    )
    def test_when_what_mends_it_is_killed_anywhere_too_then_the_next_one_finishes(
        self, command: str, writer: str, kind: Kind, faults: Faults, tmp_path: Path
    ) -> None:
        """Recovery may be broken off at any point, whatever there was to recover."""
        drawn = random.Random(f"{kind.name}{writer}{command}")  # noqa: S311  not for secrets
        for point in kind.points:
            # A server takes its time: there some are drawn.
            some = (
                itertools.count(1) if kind.name == "local" else sorted(drawn.sample(range(1, 9), 3))
            )
            for nth in some:
                scene = a_scene(tmp_path / f"{point}-{nth}", kind, writer=writer, rows=BATCH_ROWS)
                killed_at(point, "run", scene.job)
                again = struck(f"any:{nth}", command, scene.job).at
                if again is None:
                    break  # there are no more points
                with faults.trying(f"{point}, then {again}, the {nth}. point"):
                    faults.fired(again)
                    assert scene.place.rows() in (NOTHING, scene.source())
                    with faults.recovering():
                        assert forked(command, scene.job).code == 0
                    assert scene.leftovers() == []
                    scene.assert_ends()

    @pytest.mark.covers("fault:kill-checkpoints")
    @pytest.mark.long
    @pytest.mark.parametrize("writer", WRITERS)
    def test_when_it_commits_in_mid_run_then_what_is_visible_ends_at_a_commit(
        self, writer: str, kind: Kind, faults: Faults, tmp_path: Path
    ) -> None:
        """What was committed before stays, and each row comes once."""
        for nth in itertools.count(1):
            batch = {"checkpoint": {"rows": BATCH_ROWS}}
            scene = a_scene(tmp_path / str(nth), kind, writer=writer, batch=batch)
            at = struck(f"any:{nth}", "run", scene.job).at
            seen = scene.place.rows()
            if at is None:
                assert seen == scene.source()
                break
            with faults.trying(f"{at}, the {nth}. point"):
                faults.fired(at)
                assert seen in prefixes(scene.source())
                with faults.recovering():
                    assert scene.recover().code == 0
                assert scene.leftovers() == []
                settled = scene.place.rows()
                assert settled in prefixes(scene.source())
                assert len(settled) >= len(seen)
                scene.assert_ends()


def prefixes(rows: list[Any]) -> list[list[Any]]:
    """What may be visible of a run that commits each batch."""
    return [rows[:n] for n in range(0, len(rows) + 1, BATCH_ROWS)]


class TestGivenAKillInACommitOfSeveralStreams:
    BATCHES = (("a", 3), ("b", 2), ("a", 4))

    @pytest.mark.covers("fault:kill-streams")
    @pytest.mark.long
    def test_when_recovered_then_all_streams_are_there_or_none(
        self, kind: Kind, faults: Faults, tmp_path: Path
    ) -> None:
        """Streams share the fate of their commit, at any point."""
        nothing, whole = {"a": [], "b": []}, wholes(self.BATCHES)
        for nth in itertools.count(1):
            folder = tmp_path / str(nth)
            folder.mkdir()
            place = kind.make(folder)
            job = a_streams_job(folder, self.BATCHES, reader={"advance": "all"}, state=True)
            job["target"] = place.of_stream("{stream}").section()
            path = a_job_file(folder, job)
            at = struck(f"any:{nth}", "run", path).at
            if at is None:
                assert numbers_in(place) == whole
                break
            with faults.trying(f"{at}, the {nth}. point"):
                faults.fired(at)
                with faults.recovering():
                    assert forked("recover", path).code == 0
                assert numbers_in(place) in (nothing, whole)
                assert left_of(place) == []
                assert forked("run", path).code == 0
                assert numbers_in(place) == whole
                assert left_of(place) == []


def numbers_in(place: Place) -> dict[str, list[int]]:
    """What is visible of each stream."""
    return {name: [n for (n,) in place.of_stream(name).rows()] for name in "ab"}


def left_of(place: Place) -> list[str]:
    """What is left of runs that have ended, of each stream."""
    return [path for name in "ab" for path in place.of_stream(name).leftovers()]


class TestGivenTheEnginesPoints:
    def test_when_listed_then_each_is_one_at_which_runs_are_killed(self) -> None:
        """A point that no test stops at is a promise that nobody keeps."""
        tried = {point for kind in KINDS.values() for point in kind.points}

        assert tried == points_of_the_engine()
