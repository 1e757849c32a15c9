"""Each system call of a run fails, or is the last: native code's too."""

from __future__ import annotations

import itertools
import random
import signal
from typing import TYPE_CHECKING

import pytest

from tests.builders import WRITERS
from tests.faults.calls import READING, REFUSALS, Calls
from tests.faults.places import KINDS
from tests.faults.points import killed_at
from tests.faults.scenes import BATCH_ROWS, NOTHING, Scene, a_scene
from tests.runs import ended, python

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.attempts import Faults

LOCAL = KINDS["local"]
LINKING = "import os, sys; os.link(sys.executable, os.path.join(sys.argv[1], 'link'))"
pytestmark = pytest.mark.long


def a_broken_scene(folder: Path, writer: str) -> tuple[Scene, Calls]:
    """A job of one batch, and the calls that it makes below its target and its state."""
    scene = a_scene(folder, LOCAL, writer=writer, rows=BATCH_ROWS)
    calls = Calls(below=[folder / "out", folder / "state"], log=folder / "calls.log")
    return scene, calls


def calls_of(tmp_path: Path, writer: str) -> list[str]:
    """The names of the calls that an undisturbed run makes, in their order."""
    scene, calls = a_broken_scene(tmp_path / "undisturbed", writer)
    assert scene.run(**calls.environment()).code == 0
    return [line.partition(" ")[0] for line in calls.made]


class TestGivenACallThatFails:
    @pytest.mark.covers("fault:call-fails")
    @pytest.mark.parametrize(
        ("writer", "refusals"),
        [("parquet", REFUSALS), *(("rust", (refusal,)) for refusal in REFUSALS)],
    )
    def test_when_it_was_any_of_a_run_then_the_error_tells_and_the_next_run_mends_it(
        self, writer: str, refusals: tuple[str, ...], faults: Faults, tmp_path: Path
    ) -> None:
        """Where the code says that nothing is visible nothing is; no row is lost or doubled."""
        several = itertools.cycle(refusals)
        for nth, name in enumerate(calls_of(tmp_path, writer), 1):
            refusal = next(several)
            if refusal not in READING.get(name, REFUSALS):
                continue
            with faults.trying(f"{name}, the {nth}. call"):
                scene, calls = a_broken_scene(tmp_path / str(nth), writer)

                done = scene.run(**calls.environment(f"any:{nth}={refusal}"))

                faults.fired(calls.fired)
                scene.assert_told(done, (0, 2, 4))
                scene.assert_ends()

    @pytest.mark.covers("fault:calls-fail")
    @pytest.mark.parametrize("writer", WRITERS)
    def test_when_all_after_it_fail_too_then_the_error_tells_and_the_next_run_mends_it(
        self, writer: str, faults: Faults, tmp_path: Path
    ) -> None:
        """A disk that is gone for good leaves no time to tidy up."""
        refusals = itertools.cycle(REFUSALS)
        for nth, name in enumerate(calls_of(tmp_path, writer), 1):
            refusal = next(refusals)
            with faults.trying(f"{name}, the {nth}. call, from then on {refusal}"):
                scene, calls = a_broken_scene(tmp_path / str(nth), writer)

                done = scene.run(**calls.environment(f"any:{nth}+={refusal}"))

                faults.fired(calls.fired)
                scene.assert_told(done, (0, 2, 4))
                scene.assert_recovers(faults)

    @pytest.mark.covers("fault:recovery-call-fails")
    @pytest.mark.parametrize(
        ("point", "refusal"),
        [("after_journal", "EIO"), ("after_journal", "EACCES"), ("after_rename", "EACCES")],
    )
    def test_when_it_was_any_of_recovery_then_the_next_one_finishes(
        self, refusal: str, point: str, faults: Faults, tmp_path: Path
    ) -> None:
        """What recovery cannot see it does not take for absent."""
        for nth in itertools.count(1):
            scene, calls = a_broken_scene(tmp_path / str(nth), "rust")
            killed_at(point, "run", scene.job)

            done = scene.recover(**calls.environment(f"any:{nth}={refusal}"))

            if not calls.fired:
                break  # there are no more calls
            with faults.trying(f"{calls.fired[0]}, the {nth}. call"):
                faults.fired(calls.fired)
                assert "Traceback" not in done.err
                assert done.code in (0, 2, 4)
                scene.assert_recovers(faults)


class TestGivenAKillAtACall:
    @pytest.mark.covers("fault:kill-calls")
    @pytest.mark.parametrize("writer", WRITERS)
    def test_when_it_was_before_any_then_recovery_is_killed_at_one_too_and_the_next_finishes(
        self, writer: str, faults: Faults, tmp_path: Path
    ) -> None:
        """Between any two calls all or nothing is visible."""
        drawn = random.Random(writer)  # noqa: S311  not for secrets
        for nth, name in enumerate(calls_of(tmp_path, writer), 1):
            with faults.trying(f"{name}, the {nth}. call"):
                scene, calls = a_broken_scene(tmp_path / str(nth), writer)

                first = scene.run(**calls.environment(f"any:{nth}=kill"))
                faults.fired(calls.fired and first.code == -signal.SIGKILL)
                seen = scene.place.rows()
                scene.run(**calls.environment(f"any:{drawn.randint(1, 60)}=kill"))

                assert seen in (NOTHING, scene.source())
                assert scene.place.rows() in (NOTHING, scene.source())
                scene.assert_recovers(faults)


class TestGivenAFileSystemWithoutLinks:
    @pytest.mark.covers("fault:no-links")
    @pytest.mark.parametrize("writer", WRITERS)
    def test_when_a_run_lands_there_then_it_needs_none(
        self, writer: str, faults: Faults, tmp_path: Path
    ) -> None:
        """FAT and exFAT have neither hard nor symbolic links; a refused one is the proof."""
        scene, calls = a_broken_scene(tmp_path, writer)
        environment = calls.environment("link:1+=EPERM")
        refused = ended(python(LINKING, tmp_path / "out"), **environment)

        faults.fired("Operation not permitted" in refused.err and calls.fired)
        done = scene.run(**calls.environment("link:1+=EPERM"))

        assert done.code == 0
        assert [call for call in calls.made if call.startswith("link ")] == []
        scene.assert_ends()
