"""Full disks and closed doors: a typed error, nothing visible, nothing left behind."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from headrace import CommitUnknownError, WriteError, execute_job

from tests.builders import READERS, WRITERS, a_csv, a_job, a_reader, landed, visible
from tests.faults.disks import BALLAST, free
from tests.faults.launch import FOLDERS
from tests.faults.places import KINDS
from tests.faults.points import disturbed
from tests.faults.scenes import BATCH_ROWS, Scene, a_scene
from tests.runs import (
    Ended,
    a_job_file,
    a_plugin_reader,
    a_source,
    ended,
    headrace_ends,
    leftovers,
    numbers,
    python,
)

if TYPE_CHECKING:
    from tests.faults.attempts import Faults
    from tests.faults.places import Kind

ON_DISK = [name for name, kind in KINDS.items() if not kind.server]
BEFORE_THE_STATE = ("after_read", "after_journal", "before_state")

# The interpreter may not be theirs to start, so the user changes once all is imported.
AS_NOBODY = """
import os, sys
from headrace import HeadraceError, execute_job, resolve_job
import encodings.ascii
job = resolve_job(sys.argv[1])
os.setgid(65534)
os.setuid(65534)
try:
    execute_job(job)
except HeadraceError as error:
    print(f"{type(error).__name__}: {error.exit_code}: {error}")
"""


@pytest.fixture(params=[name for name in KINDS if name != "local"])
def remote(request: pytest.FixtureRequest) -> Kind:
    """Each kind of place that is no folder, but for those who see it so."""
    return KINDS[request.param]


def noise(path: Path, count: int) -> Path:
    """A CSV that does not compress: `count` rows of 160 random digits."""
    source = random.Random(7)  # noqa: S311  not for secrets
    rows = [(n, f"x{source.getrandbits(640):x}") for n in range(count)]
    return a_csv(path, rows, header=["id", "name"])


class TestGivenADiskThatFills:
    @pytest.mark.covers("fault:disk-full")
    @pytest.mark.parametrize("writer", WRITERS)
    @pytest.mark.parametrize("reader", READERS)
    def test_when_it_is_full_then_it_is_a_write_error_and_staging_is_removed(
        self, reader: str, writer: str, faults: Faults, tmp_path: Path, small_disk: Path
    ) -> None:
        """A full disk fails the run, and leaves the disk as it was."""
        source = noise(tmp_path / "data" / "noise.csv", 20_000)
        job = a_job(
            tmp_path,
            reader=a_reader(reader, str(source)),
            writer={"type": writer, "row_group_bytes": "64KiB", "compression": "none"},
        )
        job["target"]["path"] = str(small_disk / "out")

        done = headrace_ends("run", a_job_file(tmp_path, job), "--json")

        assert (done.code, done.report["error"]["type"]) == (2, "WriteError"), done.err
        faults.fired("No space left" in done.report["error"]["message"])
        assert str(small_disk) in done.report["error"]["where"]["file"]
        assert "Exception ignored" not in done.err
        assert visible(small_disk / "out") == []
        assert leftovers(small_disk / "out") == []
        assert used(small_disk) < 100_000

    def test_when_it_is_full_before_the_run_then_it_is_a_write_error(
        self, tmp_path: Path, small_disk: Path
    ) -> None:
        """Not even the bookkeeping has room."""
        (small_disk / "ballast").write_bytes(b"x" * (1 << 20))
        job = a_job(tmp_path, reader=numbers(tmp_path))
        job["target"]["path"] = str(small_disk / "out")

        with pytest.raises(WriteError, match="No space left"):
            execute_job(job)

    def test_when_there_is_room_again_then_the_next_run_succeeds(
        self, tmp_path: Path, small_disk: Path
    ) -> None:
        """A failed run is no obstacle to the next."""
        source = noise(tmp_path / "data" / "noise.csv", 20_000)
        job = a_job(tmp_path, state=True)
        job["target"]["path"] = str(small_disk / "out")
        with pytest.raises(WriteError):
            execute_job(job)
        source.unlink()
        rows = a_source(tmp_path, 100)

        execute_job(job)

        assert landed(small_disk / "out") == rows

    @pytest.mark.covers("fault:disk-full")
    @pytest.mark.long
    @pytest.mark.parametrize("writer", WRITERS)
    @pytest.mark.parametrize("kind", ON_DISK)
    def test_when_it_is_full_from_any_point_on_then_the_next_run_mends_it(
        self, kind: str, writer: str, faults: Faults, small_disk: Path
    ) -> None:
        """Target, catalog and state are on it; not a byte is left for the bookkeeping."""
        for point in KINDS[kind].points:
            with faults.trying(point):
                folder = small_disk / point
                scene = a_scene(folder, KINDS[kind], writer=writer, rows=BATCH_ROWS)

                done = run_on_a_full_disk(scene, point, small_disk, faults)

                scene.assert_told(done, (0, 2, 4))
                scene.assert_recovers(faults)
                shutil.rmtree(folder)

    @pytest.mark.covers("fault:disk-full")
    @pytest.mark.long
    def test_when_the_states_is_full_then_the_outcome_is_unknown_and_recovery_ends_it(
        self, kind: Kind, faults: Faults, tmp_path: Path, small_disk: Path
    ) -> None:
        """The rows are committed; the cursors are in the target, and put where they belong."""
        for point in BEFORE_THE_STATE:
            with faults.trying(f"the state, {point}"):
                scene = a_scene(tmp_path / point, kind, rows=BATCH_ROWS)
                (small_disk / point).mkdir()
                (scene.folder / "state").symlink_to(small_disk / point)

                done = run_on_a_full_disk(scene, point, small_disk, faults)

                scene.assert_told(done, (4,))
                assert scene.place.rows() == scene.source()
                scene.assert_recovers(faults)

    @pytest.mark.covers("fault:disk-full")
    @pytest.mark.long
    def test_when_a_writer_that_knows_only_paths_fills_the_scratch_then_nothing_stays(
        self, remote: Kind, faults: Faults, tmp_path: Path, small_disk: Path
    ) -> None:
        """Its files are on this machine until they are closed."""
        library = {"library": "builtin", "config": {"compression": "none"}}
        scene = a_scene(tmp_path, remote, writer="cabi", files=library)
        noise(scene.folder / "data" / "people.csv", 20_000)

        done = headrace_ends("run", scene.job, "--json", TMPDIR=str(small_disk))

        error = done.report["error"]
        faults.fired("No space left" in error["message"])
        assert (done.code, error["type"]) == (2, "PluginError"), done.err
        assert scene.place.rows() == []
        assert scene.leftovers() == []
        assert list(small_disk.rglob("*")) == []
        scene.assert_ends()


def run_on_a_full_disk(scene: Scene, point: str, disk: Path, faults: Faults) -> Ended:
    """A run whose disk is full from a point on; there is room again."""
    found = disturbed(f"fill={point}", "run", scene.job, "--json", **{FOLDERS: str(disk)})
    faults.fired(found.at == point and (disk / BALLAST).stat().st_size > 0)
    free(disk)
    return found.ended


def used(path: Path) -> int:
    """Bytes in use on a file system."""
    status = os.statvfs(path)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


class TestGivenAClosedDoor:
    @pytest.mark.skipif(os.getuid() != 0, reason="only root can run a job as somebody else")
    def test_when_the_target_may_not_be_written_then_it_is_a_write_error(
        self,
    ) -> None:
        """A target without permission is told as such, and nothing is made."""
        folder = Path("/tmp") / f"headrace-{os.urandom(4).hex()}"  # noqa: S108  open to all users
        folder.mkdir(mode=0o755)
        try:
            source = a_csv(folder / "a.csv", [(1, "a")], header=["id", "name"])
            job = a_job(folder, reader=a_reader("rust", str(source)))

            done = ended(python(AS_NOBODY, a_job_file(folder, job)))

            assert done.out.split(": ")[:2] == ["WriteError", "2"], done.err
            assert "Permission denied" in done.out
            assert not (folder / "out").exists()
        finally:
            for path in sorted(folder.rglob("*"), reverse=True):
                path.unlink() if path.is_file() else path.rmdir()
            folder.rmdir()

    def test_when_the_target_is_a_file_then_it_is_a_write_error(self, tmp_path: Path) -> None:
        """What stands in the way is named, and left alone."""
        (tmp_path / "out").write_text("mine")

        with pytest.raises(WriteError) as caught:
            execute_job(a_job(tmp_path, reader=numbers(tmp_path)))

        assert str(tmp_path / "out") in caught.value.where["file"]
        assert (tmp_path / "out").read_text() == "mine"


class TestGivenAStateThatCannotBeStored:
    # After its last row the reader puts a file where the state's folder should be made.
    EXTRACT = """
yield [{"n": 1}, {"n": 2}]
state.advance("test", 2)
Path(self.config["in_the_way"]).write_text("")
"""

    def test_when_the_files_are_visible_then_the_outcome_is_unknown_and_recovery_ends_it(
        self, tmp_path: Path
    ) -> None:
        """Exit code 4 says: do not run again blindly, recover."""
        in_the_way = tmp_path / "state"
        reader = a_plugin_reader(tmp_path, self.EXTRACT) | {"in_the_way": str(in_the_way)}
        job = a_job_file(tmp_path, reader=reader, state=True)

        done = headrace_ends("run", job, "--json")
        in_the_way.unlink()
        recovered = headrace_ends("recover", job, "--json")

        error = done.report["error"]
        assert (done.code, error["type"]) == (4, "CommitUnknownError"), done.err
        assert "headrace recover" in done.err
        rows = done.report["rows"]
        assert (rows["read"], rows["written"], rows["discarded"]) == (2, 2, 0)
        assert recovered.code == 0
        assert [r["outcome"] for r in recovered.report["recovered"]] == ["rolled forward"]
        assert recovered.report["state"] == {"test": 2}
        assert landed(tmp_path / "out") == [(1,), (2,)]
        assert leftovers(tmp_path / "out") == []

    def test_when_called_as_a_library_then_the_error_says_that_data_may_be_visible(
        self, tmp_path: Path
    ) -> None:
        """The attribute tells what the exit code tells."""
        reader = a_plugin_reader(tmp_path, self.EXTRACT) | {"in_the_way": str(tmp_path / "state")}

        with pytest.raises(CommitUnknownError) as caught:
            execute_job(a_job(tmp_path, reader=reader, state=True))

        assert caught.value.data_may_be_visible
        assert caught.value.exit_code == 4
