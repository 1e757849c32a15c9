"""Somebody else's snapshot, who knows nothing of headrace, at each point before a run's own."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from tests.faults.places import KINDS, IcebergPlace, RestPlace
from tests.faults.points import killed_at, stopped_at
from tests.faults.scenes import BATCH_ROWS, Scene, a_scene

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.attempts import Faults
    from tests.faults.places import Kind

TABLES = [name for name, kind in KINDS.items() if kind.is_table]
FOREIGN = (-1, "somebody else's")
POINTS = (
    "after_read",
    "after_upload_begun",
    "after_write",
    "before_journal",
    "after_journal",
    "before_commit",
    "after_complete",
    "before_snapshot",
    "after_snapshot",
)
"""From the first row that is read to the commit."""

pytestmark = pytest.mark.long


def a_table(folder: Path, kind: Kind) -> Scene:
    """A job whose table holds rows, and whose source has more by now."""
    scene = a_scene(folder, kind, rows=BATCH_ROWS)
    assert scene.run().code == 0
    scene.grow(BATCH_ROWS)
    return scene


def commit_to(scene: Scene) -> int:
    """Add a row by PyIceberg's own means; the snapshot."""
    assert isinstance(scene.place, IcebergPlace | RestPlace)
    with scene.place.opened() as table:
        row = dict(zip(table.schema().column_names, FOREIGN, strict=True))
        table.append(pa.Table.from_pylist([row], schema=table.schema().as_arrow()))
        snapshot = table.current_snapshot()
    assert snapshot is not None
    return snapshot.snapshot_id


def assert_both_are_there(scene: Scene, snapshot: int) -> None:
    """Nothing of either is lost, and nothing is twice."""
    assert isinstance(scene.place, IcebergPlace | RestPlace)
    assert scene.place.rows() == sorted([FOREIGN, *scene.source()])
    assert snapshot in [entry.snapshot_id for entry in scene.place.loaded().history()]
    assert scene.leftovers() == []


@pytest.mark.parametrize("kind", TABLES, indirect=True)
class TestGivenAForeignSnapshot:
    @pytest.mark.covers("fault:foreign-snapshot")
    def test_when_it_comes_between_write_and_commit_then_both_are_there(
        self, kind: Kind, faults: Faults, tmp_path: Path
    ) -> None:
        """The commit is built anew on whatever the table is by then."""
        for point in POINTS:
            with faults.trying(point):
                scene = a_table(tmp_path / point, kind)
                with stopped_at(point, "run", scene.job, "--json") as process:
                    snapshot = commit_to(scene)
                    faults.fired(snapshot)
                    process.send_signal(signal.SIGCONT)
                    out, err = process.communicate(timeout=60)

                assert process.returncode == 0, err
                assert json.loads(out)["rows"]["written"] == BATCH_ROWS
                assert_both_are_there(scene, snapshot)

    @pytest.mark.covers("fault:foreign-snapshot")
    def test_when_it_comes_between_a_crash_and_recovery_then_both_are_there(
        self, kind: Kind, faults: Faults, tmp_path: Path
    ) -> None:
        """What a dead run was about to commit is committed on top of it, and once."""
        for point in POINTS:
            with faults.trying(point):
                scene = a_table(tmp_path / point, kind)
                killed_at(point, "run", scene.job)
                snapshot = commit_to(scene)
                faults.fired(snapshot)

                with faults.recovering():
                    recovered = scene.recover()
                done = scene.run()

                assert (recovered.code, done.code) == (0, 0), recovered.err + done.err
                assert_both_are_there(scene, snapshot)
