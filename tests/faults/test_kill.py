"""SIGKILL at twenty moments spread over a run: nothing partial before, every row once after."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.builders import WRITERS
from tests.faults.launch import VARIABLE
from tests.faults.scenes import NOTHING, Scene, a_scene
from tests.runs import environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.attempts import Faults
    from tests.faults.places import Kind

MOMENTS = 20
ROWS = 50_000
ATTEMPTS = 10
FILES = {"file_bytes": 1 << 16, "row_group_bytes": 1 << 16}
"""So that some are closed while others are open."""


@dataclass(frozen=True, kw_only=True)
class Life:
    """How a run went.

    Attributes:
        wall_s: From its first rows to its end [s].
        code: Its exit code, negative for a signal.
    """

    wall_s: float
    code: int


def life(scene: Scene, *, kill_after_s: float | None = None) -> Life:
    """Run a job; with `kill_after_s`, kill it that long after it has read its first rows."""
    mark = scene.folder / "begun"
    command = [sys.executable, "-W", "error", "-m", "tests.faults.launch", "pass=after_read"]
    with subprocess.Popen(
        [*command, "run", str(scene.job), "--quiet"],
        env=environment(**{VARIABLE: str(mark)}),
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None and not mark.exists():
            time.sleep(0.001)
        begun = time.perf_counter()
        if kill_after_s is not None:
            try:
                process.wait(timeout=kill_after_s)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
        code = process.wait(timeout=60)
    return Life(wall_s=time.perf_counter() - begun, code=code)


def a_long_scene(folder: Path, kind: Kind, writer: str) -> Scene:
    """A job of many batches and several files."""
    batch = {"rows": 1000}
    return a_scene(folder, kind, writer=writer, rows=ROWS, files=FILES, batch=batch)


class TestGivenTwentyMoments:
    @pytest.mark.covers("fault:kill-moments")
    @pytest.mark.long
    @pytest.mark.parametrize("writer", WRITERS)
    def test_when_killed_there_then_nothing_partial_shows_and_the_next_run_has_all(
        self, writer: str, kind: Kind, faults: Faults, tmp_path: Path
    ) -> None:
        """Visible are no rows or all, and after the next run exactly the source's."""
        unkilled = [a_long_scene(tmp_path / f"unkilled-{n}", kind, writer) for n in range(2)]
        duration = min(life(scene).wall_s for scene in unkilled)

        for moment in range(MOMENTS):
            for attempt in range(ATTEMPTS):
                scene = a_long_scene(tmp_path / f"{moment}-{attempt}", kind, writer)
                run = life(scene, kill_after_s=(moment + 0.5) / MOMENTS * duration)
                is_there = (scene.place.rows() == NOTHING, scene.place.rows() == scene.source())

                assert run.code in (0, -signal.SIGKILL)
                assert any(is_there), f"moment {moment}: a part is visible"
                if run.code == -signal.SIGKILL:
                    with faults.trying(f"moment {moment}"):
                        faults.fired(run.code == -signal.SIGKILL)
                        scene.assert_ends()
                    break
                # Quicker than those that were measured: take its measure, and try the moment again.
                duration = min(duration, run.wall_s)
            else:
                pytest.fail(f"moment {moment}: no run of {ATTEMPTS} lived that long")
