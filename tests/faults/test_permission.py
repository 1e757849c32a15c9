"""Permissions that are lost in mid-run: of the target, and of the state."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

import pytest

from tests.builders import WRITERS
from tests.faults.disks import open_again, shut
from tests.faults.launch import FOLDERS
from tests.faults.places import KINDS, IcebergPlace, LocalPlace
from tests.faults.points import Struck, disturbed
from tests.faults.scenes import BATCH_ROWS, Scene, a_scene

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.faults.attempts import Faults
    from tests.faults.places import Kind

ON_DISK = [name for name, kind in KINDS.items() if not kind.server]
BEFORE_THE_STATE = ("after_read", "after_journal", "before_state")

pytestmark = pytest.mark.long


def doors_of(scene: Scene) -> dict[str, list[Path]]:
    """What a target on a disk consists of, by parts and as a whole."""
    place = scene.place
    if isinstance(place, IcebergPlace):
        warehouse, catalog = place.folder / "warehouse", place.folder / "catalog.db"
        return {"catalog": [catalog], "warehouse": [warehouse], "both": [warehouse, catalog]}
    assert isinstance(place, LocalPlace)
    return {"folder": [place.root]}


def run_with_doors_shut(
    scene: Scene, point: str, folders: Sequence[Path], faults: Faults
) -> Struck:
    """A run that may not write to some folders any more from a point on; they are open again."""
    variables = {FOLDERS: os.pathsep.join(map(str, folders))}
    found = disturbed(f"shut={point}", "run", scene.job, "--json", **variables)
    shut_ones = [folder for folder in folders if not folder.stat().st_mode & 0o200]
    for folder in folders:
        open_again(folder)
    faults.fired(found.at == point and shut_ones == list(folders))
    return found


class TestGivenATargetThatMayNotBeWrittenAnyMore:
    @pytest.mark.covers("fault:permission")
    @pytest.mark.parametrize("writer", WRITERS)
    @pytest.mark.parametrize("kind", ON_DISK)
    def test_when_it_was_from_any_point_on_then_the_error_tells_and_the_next_run_mends_it(
        self, kind: str, writer: str, faults: Faults, tmp_path: Path
    ) -> None:
        """No tidying up is possible either; whoever may write again settles it."""
        doors = doors_of(a_scene(tmp_path / "unused", KINDS[kind]))
        for point, door in itertools.product(KINDS[kind].points, doors):
            with faults.trying(f"{door}, {point}"):
                folder = tmp_path / f"{point}-{door}"
                scene = a_scene(folder, KINDS[kind], writer=writer, rows=BATCH_ROWS)

                found = run_with_doors_shut(scene, point, doors_of(scene)[door], faults)

                scene.assert_told(found.ended, (0, 2, 4))
                scene.assert_recovers(faults)


class TestGivenAStateThatMayNotBeWrittenAnyMore:
    @pytest.mark.covers("fault:permission")
    def test_when_the_rows_are_visible_then_the_outcome_is_unknown_and_recovery_ends_it(
        self, kind: Kind, faults: Faults, tmp_path: Path
    ) -> None:
        """The rows are committed; the cursors are in the target, and put where they belong."""
        for point in BEFORE_THE_STATE:
            with faults.trying(f"the state, {point}"):
                scene = a_scene(tmp_path / point, kind, rows=BATCH_ROWS)
                state = scene.folder / "state"
                state.mkdir()

                found = run_with_doors_shut(scene, point, [state], faults)

                scene.assert_told(found.ended, (4,))
                assert scene.place.rows() == scene.source()
                scene.assert_recovers(faults)


class TestGivenTheFaultItself:
    def test_when_a_door_is_shut_then_it_is_for_everybody(self, tmp_path: Path) -> None:
        """A run of root's is bound by permissions, too."""
        scene = a_scene(tmp_path, KINDS["local"], rows=BATCH_ROWS)
        state = scene.folder / "state"
        state.mkdir()
        shut(state)

        found = disturbed("shut=after_read", "run", scene.job, "--json", **{FOLDERS: str(state)})

        assert "Permission denied" in found.ended.err
