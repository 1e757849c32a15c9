"""State, manifest and journal that are damaged: an error, and nothing is touched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.faults.points import killed_at
from tests.faults.scenes import Scene, a_scene

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.attempts import Faults
    from tests.faults.places import Kind

STATE = "the state"


def damages(content: bytes) -> dict[str, bytes]:
    """What may have become of a record."""
    newer = {**json.loads(content), "schema_version": 99}
    cuts = {f"cut at {n}/4": content[: len(content) * n // 4] for n in (1, 2, 3)}
    return {
        "empty": b"",
        **cuts,
        "cut before its last byte": content.rstrip()[:-1],
        "overwritten": b"\0" * len(content),
        "of another form": b'{"schema_version": 1, "runs": 7, "streams": 7, "run_id": 7}',
        "newer": json.dumps(newer).encode(),
    }


def state_of(scene: Scene) -> Path:
    """Where a job's cursors are."""
    return scene.folder / "state" / "test.json"


def a_record(scene: Scene, record: str) -> tuple[bytes, Callable[[bytes], object]]:
    """What a record holds, and how to have it hold something else."""
    if record == STATE:
        return state_of(scene).read_bytes(), state_of(scene).write_bytes
    name = next((name for name in scene.place.records() if record in name), None)
    if name is None:
        pytest.skip(f"this target has no {record} of ours")
    return scene.place.read(name), lambda content: scene.place.overwrite(name, content)


class TestGivenADamagedRecord:
    @pytest.mark.covers("fault:records")
    @pytest.mark.parametrize("record", [STATE, "manifest", "journal"])
    def test_when_a_job_finds_it_then_it_is_an_error_and_all_stays_until_it_is_mended(
        self, record: str, kind: Kind, faults: Faults, tmp_path: Path
    ) -> None:
        """What is damaged is never taken for absent, nor for another commit's."""
        scene = a_scene(tmp_path, kind)
        assert scene.run().code == 0
        rows = scene.source()
        scene.grow()
        killed_at("after_journal", "run", scene.job)
        content, overwrite = a_record(scene, record)

        for damage, damaged in damages(content).items():
            with faults.trying(f"{record}, {damage}"):
                overwrite(damaged)
                ends = [scene.run(), scene.recover()]

                for done in ends:
                    assert done.code == 2, done
                    assert "StateError" in done.out + done.err
                    assert "corrupt" in done.err or "newer" in done.err
                faults.fired(a_record(scene, record)[0] == damaged)
                overwrite(content)
                # The state comes after the data, so that a commit may have been finished before.
                assert scene.place.rows() in (rows, scene.source() if record == STATE else rows)

        scene.assert_ends()
