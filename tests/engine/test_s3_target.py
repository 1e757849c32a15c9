"""S3 as a target, on each server: all of a run or nothing, streamed, and nothing left behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from headrace import (
    ContractError,
    HeadraceError,
    execute_job,
    read_manifest,
)
from headrace.errors import WriteError

from tests.builders import PEOPLE, a_csv, a_job, people
from tests.iceberg import at
from tests.runs import a_plugin
from tests.s3 import SERVERS, Place, a_place, open_uploads
from tests.streams import a_streams_job

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "_headrace"
LINES = """
class Plugin:
    def __init__(self, config, output):
        self.file, self.rows = output.open("folder/lines.txt"), 0

    def write_batch(self, batch, file_counter):
        for _ in batch:
            self.file.write(b"1\\n")
            self.rows += 1
        return []

    def close(self):
        self.file.close()
        return [{"path": "folder/lines.txt", "rows": self.rows, "bytes": 2 * self.rows}]
"""
CONTROL = [f"_headrace/{name}.json" for name in ("manifest", "owner", "probe")]


@pytest.fixture(params=SERVERS)
def place(request: pytest.FixtureRequest) -> Place:
    """A prefix of the test's own, on each server."""
    return a_place(request.param)


def a_run(
    tmp_path: Path,
    place: Place,
    rows: int = 1000,
    **sections: Any,  # noqa: ANN401  any section of a job
) -> dict[str, Any]:
    """A job that reads `rows` people from a file and lands them below the place."""
    a_csv(tmp_path / "data" / "people.csv", people(rows), header=["id", "name"])
    mode = sections.pop("mode", "append")
    target = sections.pop("target", {})
    job = a_job(tmp_path, contract=PEOPLE, **sections)
    job["target"] = place.section(mode=mode, **target)
    return job


def landed(place: Place, folder: Path) -> list[tuple[Any, ...]]:
    """The rows of the visible Parquet files, sorted, by DuckDB."""
    files = [str(path) for path in place.fetch(folder)]
    if not files:
        return []
    with duckdb.connect() as connection:
        query = "select id, name from read_parquet(?, hive_partitioning=false) order by all"
        return connection.execute(query, [files]).fetchall()


class TestGivenARun:
    @pytest.mark.parametrize("writer", ["parquet", "rust", "cabi"])
    def test_when_it_ends_then_each_row_is_there_once(
        self, writer: str, place: Place, tmp_path: Path
    ) -> None:
        """What the report and the manifest list is what is there, and holds the source's rows."""
        section = {"type": writer, **({"library": "builtin"} if writer == "cabi" else {})}

        report = execute_job(a_run(tmp_path, place, writer=section))

        assert landed(place, tmp_path / "fetched") == people(1000)
        assert sorted(file.path for file in report.files) == place.visible()
        (entry,) = json.loads(place.get("_headrace/manifest.json"))["runs"]
        assert [file["path"] for file in entry["files"]] == place.visible()
        assert sum(len(place.get(key)) for key in place.visible()) == sum(
            file.bytes for file in report.files
        )

    def test_when_it_ends_then_nothing_else_stays(self, place: Place, tmp_path: Path) -> None:
        """Neither a journal, nor a record of an upload, nor an upload."""
        execute_job(a_run(tmp_path, place))

        assert [key for key in place.list() if key.startswith("_")] == CONTROL
        assert open_uploads(place) == []

    def test_when_it_is_at_work_then_nothing_is_visible(self, place: Place, tmp_path: Path) -> None:
        """Files are uploads that are not completed before the commit."""
        writer = {"type": "rust", "file_bytes": 4096, "row_group_bytes": 4096}
        seen: list[str] = []
        begun: list[str] = []

        def look(_run: object) -> None:
            seen.extend(place.visible())
            begun.extend(key for key in place.list() if key.startswith("_headrace/uploads/"))

        job = a_run(tmp_path, place, 3000, writer=writer, batch={"rows": 500})
        execute_job(job, progress=look)

        assert (seen, begun != []) == ([], True)
        assert len(place.visible()) > 1

    def test_when_a_writer_knows_only_paths_then_its_files_are_sent_up(
        self, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """They are on this machine's disk meanwhile, which the report says, and not afterwards."""
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(scratch))

        report = execute_job(a_run(tmp_path, place, writer={"type": "cabi", "library": "builtin"}))

        assert [note for note in report.notes if "this machine's disk" in note] != []
        assert list(scratch.iterdir()) == []

    def test_when_files_are_on_this_disk_meanwhile_then_nobody_else_may_read_them(
        self, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Their folder is the user's own, though the one above it is everybody's."""
        scratch = tmp_path / "scratch"
        scratch.mkdir(mode=0o777)
        monkeypatch.setattr("tempfile.tempdir", str(scratch))
        modes: set[int] = set()

        def look() -> None:
            modes.update(path.stat().st_mode & 0o777 for path in scratch.iterdir())

        with at("after_write", look):
            execute_job(a_run(tmp_path, place, writer={"type": "cabi", "library": "builtin"}))

        assert modes == {0o700}

    def test_when_somebody_else_was_there_first_then_nothing_is_written_to_theirs(
        self, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A link that was planted in the temporary folder is not followed."""
        scratch, theirs = tmp_path / "scratch", tmp_path / "theirs"
        scratch.mkdir()
        theirs.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(scratch))
        job = a_run(tmp_path, place, writer={"type": "cabi", "library": "builtin"})
        with at("after_write", lambda: names.extend(scratch.iterdir())):
            names: list[Path] = []
            execute_job(job)
        names[0].symlink_to(theirs)

        with pytest.raises(WriteError, match="somebody else's"):
            execute_job(job)

        assert list(theirs.iterdir()) == []

    @pytest.mark.parametrize("writer", ["parquet", "rust"])
    def test_when_a_writer_takes_an_output_then_no_file_of_this_machine_is_used(
        self, writer: str, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What it writes goes straight to the server."""
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        scratch.chmod(0o500)
        monkeypatch.setattr("tempfile.tempdir", str(scratch))
        seen: list[Path] = []

        job = a_run(tmp_path, place, writer={"type": writer})
        report = execute_job(job, progress=lambda _: seen.extend(scratch.iterdir()))

        assert (seen, report.notes) == ([], [])

    def test_when_it_is_partitioned_then_folders_are_keys(
        self, place: Place, tmp_path: Path
    ) -> None:
        """Hive partitions are what they are on a disk."""
        a_csv(tmp_path / "data" / "a.csv", [(1, "x"), (2, "y"), (3, "x")], header=["id", "name"])
        job = a_job(tmp_path, writer={"type": "rust", "partition_by": ["name"]})
        job["target"] = place.section()

        execute_job(job)

        assert sorted(key.split("/")[1] for key in place.visible()) == ["name=x", "name=y"]

    def test_when_rows_are_bad_then_they_are_set_apart(self, place: Place, tmp_path: Path) -> None:
        """Quarantined rows go up by the same commit, where readers do not look."""
        a_csv(tmp_path / "data" / "a.csv", [(1, "x"), ("?", "y")], header=["id", "name"])
        job = a_job(tmp_path, contract=PEOPLE, validation={"mode": "quarantine"})
        job["target"] = place.section()

        report = execute_job(job)

        assert landed(place, tmp_path / "fetched") == [(1, "x")]
        (file,) = report.quarantine_files
        assert len(place.get(file.path)) == file.bytes
        assert file.path.startswith("_quarantine/")

    def test_when_it_fails_then_nothing_stays(self, place: Place, tmp_path: Path) -> None:
        """Uploads are aborted, and their records removed."""
        a_csv(tmp_path / "data" / "a.csv", [*people(2000), ("?", "y")], header=["id", "name"])
        writer = {"type": "rust", "file_bytes": 4096, "row_group_bytes": 4096}
        job = a_job(tmp_path, contract=PEOPLE, writer=writer, batch={"rows": 200})
        job["target"] = place.section()

        with pytest.raises(ContractError):
            execute_job(job)

        assert (place.list(), open_uploads(place)) == (CONTROL, [])


class TestGivenSeveralCommits:
    def test_when_streams_land_side_by_side_then_all_are_visible(
        self, place: Place, tmp_path: Path
    ) -> None:
        """One commit for all of them, each below a prefix of its own."""
        job = a_streams_job(tmp_path, [("a", 3), ("b", 4), ("a", 2)], state=True)
        job["target"] = {**place.section(), "prefix": f"{place.prefix}/{{stream}}"}

        report = execute_job(job)

        assert report.streams == {"a": {"read": 5, "written": 5}, "b": {"read": 4, "written": 4}}
        assert {key.split("/")[0] for key in place.visible()} == {"a", "b"}
        assert execute_job(job).rows.read == 0

    def test_when_a_run_commits_in_between_then_what_it_committed_stays(
        self, place: Place, tmp_path: Path
    ) -> None:
        """A run that breaks off goes on where its last commit stands."""
        job = a_streams_job(
            tmp_path,
            [("a", 3)] * 4,
            reader={"fail": True},
            state=True,
            batch={"checkpoint": {"rows": 3}},
        )
        job["target"] = {**place.section(), "prefix": f"{place.prefix}/{{stream}}"}

        with pytest.raises(HeadraceError):
            execute_job(job)
        kept = len(place.visible())
        job["reader"]["fail"] = False
        report = execute_job(job)

        assert kept > 0
        assert report.rows.read == 12 - 3 * kept
        assert all(f"/{FOLDER}/uploads" not in key for key in place.list())

    def test_when_a_class_asks_for_an_output_then_what_it_writes_goes_there(
        self, place: Place, tmp_path: Path
    ) -> None:
        """A writer of any format streams to a bucket by names alone."""
        plugin = a_plugin(tmp_path, LINES, name="lines_writer")

        report = execute_job(a_run(tmp_path, place, 3, writer={"type": plugin}))

        (file,) = report.files
        assert place.get(file.path) == b"1\n" * 3
        assert (file.rows, file.bytes, report.notes) == (3, 6, [])


class TestGivenAMode:
    def test_when_it_is_append_then_runs_add_up(self, place: Place, tmp_path: Path) -> None:
        """A later run takes nothing away."""
        job = a_run(tmp_path, place, 3)

        execute_job(job)
        execute_job(job)

        assert landed(place, tmp_path / "fetched") == sorted(people(3) * 2)

    def test_when_it_is_replace_then_the_last_run_stands_alone(
        self, place: Place, tmp_path: Path
    ) -> None:
        """The objects of the run before are removed once the new ones are visible."""
        execute_job(a_run(tmp_path, place, 3))

        execute_job(a_run(tmp_path, place, 2, mode="replace"))

        assert landed(place, tmp_path / "fetched") == people(2)

    def test_when_it_is_fail_then_data_that_are_there_are_an_error(
        self, place: Place, tmp_path: Path
    ) -> None:
        """Nothing is read, and nothing changes."""
        execute_job(a_run(tmp_path, place, 3))

        with pytest.raises(WriteError, match="holds data"):
            execute_job(a_run(tmp_path, place, 2, mode="fail"))

        assert landed(place, tmp_path / "fetched") == people(3)


class TestGivenAManifest:
    def test_when_read_then_it_lists_what_is_visible(self, place: Place, tmp_path: Path) -> None:
        """By URL, of a target section as a job has it."""
        job = a_run(tmp_path, place, 3)
        execute_job(job)

        found = read_manifest(job["target"])

        base = f"s3://{place.access.bucket}/{place.prefix}/"
        assert found == [base + key for key in place.visible()]
