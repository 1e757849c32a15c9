"""After a crash at any step of a commit of several streams: all of them, or none."""

from __future__ import annotations

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from headrace import FencedError, StateError, create_extractor, execute_job, recover_job
from headrace.commit import FileLock

from tests.builders import a_job, visible
from tests.runs import a_job_file, headrace_ends, killed, leftovers
from tests.streams import a_streams_job, numbers_of, wholes

BATCHES = [("a", 3), ("b", 2), ("a", 4), ("c", 1), ("b", 5), ("a", 2)]
WHOLE = wholes(BATCHES)
NOTHING: dict[str, list[int]] = {"a": [], "b": [], "c": []}

# In the order of the protocol: three journals, three renames and manifests, one state, three
# cleanings. Before the second publish one stream of three is visible.
ROLLED_BACK = ["after:begin:2", "before:journal:1", "before:journal:3", "before:replace:2"]
COMMITTED = ["after:journal:3", "before:rename:1"]
ROLLED_FORWARD = [
    "after:rename:1",
    "before:manifest:1",
    "before:publish:2",
    "after:rename:2",
    "before:manifest:3",
    "before:state:1",
    "after:state:1",
    "after:finish:1",
    "before:finish:3",
]
MOMENTS = ROLLED_BACK + COMMITTED + ROLLED_FORWARD


def a_commit(tmp_path: Path, batches: list[tuple[str, int]] = BATCHES, **sections: Any) -> Path:  # noqa: ANN401
    """A job of three streams whose one cursor spans them all."""
    job = a_streams_job(tmp_path, batches, reader={"advance": "all"}, **sections)
    return a_job_file(tmp_path, job)


def manifest_of(tmp_path: Path, name: str) -> dict[str, Any]:
    """The manifest of a stream."""
    path = tmp_path / "out" / name / "_headrace" / "manifest.json"
    value: dict[str, Any] = json.loads(path.read_text())
    return value


def stored(tmp_path: Path) -> dict[str, Any]:
    """The state file; an empty one where there is none."""
    path = tmp_path / "state" / "test.json"
    value: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"streams": {}}
    return value


def assert_settled(tmp_path: Path) -> None:
    """Nothing is left over, and every stream and the state are of one commit."""
    for name in "abc":
        assert leftovers(tmp_path / "out" / name) == []
    stands = {manifest_of(tmp_path, name)["checkpoints"]["test"]["id"] for name in "abc"}
    assert stands == {stored(tmp_path)["checkpoint"]}


class TestGivenACrash:
    @pytest.mark.parametrize("moment", MOMENTS)
    def test_when_recovered_then_all_streams_are_there_or_none_and_the_next_run_ends_it(
        self, moment: str, tmp_path: Path
    ) -> None:
        """A cursor that spans streams is never ahead of a part of its data, nor behind it."""
        job = a_commit(tmp_path, state=True)

        killed(moment, "run", job)
        seen = numbers_of(tmp_path, *"abc")
        ahead = stored(tmp_path)["streams"].get("@all", {})
        recovered = recover_job(job)
        settled = numbers_of(tmp_path, *"abc")
        report = execute_job(job)

        assert all(seen[name] == WHOLE[name] for name in ahead)
        assert settled == (NOTHING if moment in ROLLED_BACK else WHOLE)
        assert recovered["state"] == ({} if moment in ROLLED_BACK else {"@all": lengths(WHOLE)})
        assert report.rows.read == (17 if moment in ROLLED_BACK else 0)
        assert numbers_of(tmp_path, *"abc") == WHOLE
        assert_settled(tmp_path)

    @pytest.mark.parametrize("moment", ["before:journal:3", "after:journal:3", "after:rename:1"])
    def test_when_no_state_is_kept_then_all_streams_are_there_as_often(
        self, moment: str, tmp_path: Path
    ) -> None:
        """Without a state a run reads everything, into streams that agree."""
        job = a_commit(tmp_path)

        killed(moment, "run", job)
        execute_job(job)

        copies = 2 if moment in ROLLED_FORWARD else 1
        expected = {name: sorted(numbers * copies) for name, numbers in WHOLE.items()}
        assert numbers_of(tmp_path, *"abc") == expected

    @pytest.mark.parametrize("moment", ["before:journal:3", "after:rename:2", "before:finish:2"])
    def test_when_they_were_being_replaced_then_all_are_old_or_all_are_new(
        self, moment: str, tmp_path: Path
    ) -> None:
        """After recovery no stream is of another data set than the others."""
        old = [("a", 2), ("b", 1), ("c", 4)]
        execute_job(a_commit(tmp_path, old, mode="replace"))
        job = a_commit(tmp_path, mode="replace")

        killed(moment, "run", job)
        recover_job(job)
        settled = numbers_of(tmp_path, *"abc")
        execute_job(job)

        assert settled == (wholes(old) if moment in ROLLED_BACK else WHOLE)
        assert numbers_of(tmp_path, *"abc") == WHOLE

    @pytest.mark.parametrize("again", ["before:publish:2", "before:finish:1", "after:finish:2"])
    def test_when_recovery_is_killed_too_then_the_next_one_finishes(
        self, again: str, tmp_path: Path
    ) -> None:
        """Recovery of several streams may be broken off anywhere."""
        job = a_commit(tmp_path, state=True)

        killed("after:rename:1", "run", job)
        killed(again, "recover", job)
        recover_job(job)

        assert numbers_of(tmp_path, *"abc") == WHOLE
        assert_settled(tmp_path)

    @pytest.mark.parametrize(
        ("moment", "commits"),
        [("after:journal:4", 1), ("before:publish:6", 2), ("before:state:2", 2)],
    )
    def test_when_it_was_in_mid_run_then_the_commits_before_stay_and_this_one_is_all_or_nothing(
        self, moment: str, commits: int, tmp_path: Path
    ) -> None:
        """Every commit of a run is one decision by itself."""
        job = a_commit(tmp_path, state=True, batch={"checkpoint": {"rows": 5}, "prefetch": 0})
        parts = [NOTHING, wholes([*BATCHES[:2], ("c", 0)]), wholes(BATCHES[:4])]

        killed(moment, "run", job)
        recover_job(job)
        settled = numbers_of(tmp_path, *"abc")
        execute_job(job)

        assert settled == parts[commits]
        assert numbers_of(tmp_path, *"abc") == WHOLE
        assert_settled(tmp_path)


def lengths(streams: dict[str, list[int]]) -> dict[str, int]:
    return {name: len(numbers) for name, numbers in streams.items()}


class TestGivenACommitThatSpansMore:
    def test_when_the_job_has_lost_a_stream_then_it_is_told_to_recover_as_it_was(
        self, tmp_path: Path
    ) -> None:
        """A commit of three streams is not settled by a job of two."""
        job = a_commit(tmp_path, state=True)
        killed("after:rename:1", "run", job)
        lost = json.loads(job.read_text())
        del lost["streams"]["c"]

        for action in (execute_job, recover_job):
            with pytest.raises(StateError, match="spans other targets too"):
                action(lost)
        recover_job(job)

        assert numbers_of(tmp_path, *"abc") == WHOLE

    def test_when_another_job_finds_it_then_it_leaves_it_alone(self, tmp_path: Path) -> None:
        """Whoever shares one of the targets does not decide for all."""
        job = a_commit(tmp_path, state=True)
        killed("after:journal:3", "run", job)
        other = a_job(tmp_path, name="other", reader={"type": "csv", "path": "none.csv"})
        other["target"]["path"] = str(tmp_path / "out" / "b")

        with pytest.raises(StateError, match="a commit of job 'test' that spans other targets"):
            execute_job(other)
        execute_job(job)

        assert numbers_of(tmp_path, *"abc") == WHOLE


class TestGivenStreamsThatParted:
    def test_when_one_was_removed_alone_then_the_run_is_refused_until_reset(
        self, tmp_path: Path
    ) -> None:
        """A state is not taken for that of data that are gone."""
        job = a_commit(tmp_path, state=True)
        execute_job(job)
        shutil.rmtree(tmp_path / "out" / "b")

        with pytest.raises(StateError, match="not of one commit"):
            execute_job(job)
        reset = headrace_ends("state", "reset", job)
        report = execute_job(job)

        assert reset.code == 0
        assert report.rows.read == 17
        assert numbers_of(tmp_path, "b") == {"b": WHOLE["b"]}

    def test_when_one_is_of_an_older_commit_then_the_run_is_refused(self, tmp_path: Path) -> None:
        """A stream that was restored from a backup does not silently miss rows."""
        execute_job(a_commit(tmp_path, BATCHES[:4], state=True))
        manifest = tmp_path / "out" / "b" / "_headrace" / "manifest.json"
        old = manifest.read_text()
        job = a_commit(tmp_path, state=True)
        execute_job(job)
        manifest.write_text(old)

        with pytest.raises(StateError, match="not of one commit"):
            execute_job(job)

    def test_when_one_is_new_then_it_begins_at_its_beginning(self, tmp_path: Path) -> None:
        """A stream that joins a job is no stream that parted."""
        two = [pair for pair in BATCHES if pair[0] != "c"]
        execute_job(a_commit(tmp_path, two, state=True))

        report = execute_job(a_commit(tmp_path, state=True))

        assert report.rows.read == 1
        assert numbers_of(tmp_path, *"abc") == WHOLE
        assert_settled(tmp_path)

    def test_when_the_state_file_is_lost_then_it_comes_back_from_any_target(
        self, tmp_path: Path
    ) -> None:
        """Every stream's manifest has the cursors of the commit."""
        job = a_commit(tmp_path, state=True)
        execute_job(job)
        (tmp_path / "state" / "test.json").unlink()

        report = execute_job(job)

        assert report.rows.read == 0
        assert stored(tmp_path)["streams"] == {"@all": lengths(WHOLE)}


class TestGivenTwoRunsAtOnce:
    def test_when_a_run_waits_then_it_holds_no_target_that_comes_later(
        self, tmp_path: Path
    ) -> None:
        """Whoever waits has only what comes before: two that wait never do so for each other."""
        names = {"a": tmp_path / "1", "b": tmp_path / "2"}
        locks = {name: path / "_headrace" / "lock" for name, path in names.items()}
        for lock in locks.values():
            lock.parent.mkdir(parents=True)
        first, second = FileLock(locks["a"]), FileLock(locks["b"])
        first.acquire(wait=False)
        streams = {name: {"target": {"path": str(names[name])}} for name in "ba"}
        job = a_streams_job(tmp_path, [("b", 1), ("a", 1)], streams=streams, concurrent_run="wait")

        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(execute_job, job)
            time.sleep(0.5)
            was_free = second.acquire(wait=False)
            second.release()
            first.release()

        assert was_free
        assert waiting.result().rows.written == 2

    def test_when_they_share_one_target_then_the_second_is_fenced_and_owns_none(
        self, tmp_path: Path
    ) -> None:
        """A run owns all of its targets or none."""
        shared = a_job(tmp_path, name="other", reader={"type": "csv", "path": "none.csv"})
        shared["target"]["path"] = str(tmp_path / "out" / "b")
        owner = create_extractor(shared)
        job = a_commit(tmp_path)

        with pytest.raises(FencedError):
            execute_job(job)
        alone = {**shared, "target": {**shared["target"], "path": str(tmp_path / "out" / "a")}}
        free = create_extractor({**alone, "name": "third"})

        assert visible(tmp_path / "out") == []
        assert owner is not free
