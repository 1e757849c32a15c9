"""Files become visible once, all together, and in the order that survives a crash."""

from __future__ import annotations

import json
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from headrace import (
    FencedError,
    RunReport,
    WriteError,
    create_committer,
    create_extractor,
    create_writer,
    execute_job,
    read_manifest,
)
from headrace.targets.local import LocalTarget

from tests.builders import (
    WRITERS,
    a_contract,
    a_csv,
    a_job,
    a_property,
    landed,
    people,
    visible,
)
from tests.runs import a_job_file, a_source, killed, leftovers, numbers
from tests.waiting import WITHIN_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.commit import Intent

RULES = a_contract(a_property("id", "integer", required=True), a_property("name"))


def found(tmp_path: Path) -> dict[str, bool]:
    """Which traces of the protocol there are."""
    control = tmp_path / "out" / "_headrace"
    return {
        "journal": any((control / "journal").glob("*.json")),
        "data": visible(tmp_path / "out") != [],
        "manifest": (control / "manifest.json").exists(),
        "state": (tmp_path / "state" / "test.json").exists(),
    }


class TestGivenTheProtocol:
    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            ("before:journal", set()),
            ("after:journal", {"journal"}),
            ("after:rename", {"journal", "data"}),
            ("after:manifest", {"journal", "data", "manifest"}),
            ("after:state", {"journal", "data", "manifest", "state"}),
            ("after:finish", {"data", "manifest", "state"}),
        ],
    )
    def test_when_stopped_after_a_step_then_the_steps_before_it_are_done_and_no_other(
        self, moment: str, expected: set[str], tmp_path: Path
    ) -> None:
        """Intent, data, manifest, state, in this order; the intent goes last."""
        a_source(tmp_path, 50)

        killed(moment, "run", a_job_file(tmp_path, state=True))

        assert {name for name, is_there in found(tmp_path).items() if is_there} == expected

    def test_when_a_run_is_at_work_then_nothing_of_it_is_visible(self, tmp_path: Path) -> None:
        """Files under way are where no reader looks."""
        a_source(tmp_path, 2000)
        writer = {"type": "rust", "file_bytes": 2048, "row_group_bytes": 2048}
        job = a_job(tmp_path, writer=writer, batch={"rows": 200})
        seen: list[Path] = []
        staged: list[Path] = []

        def look(_run: object) -> None:
            seen.extend(visible(tmp_path / "out"))
            staged.extend((tmp_path / "out" / "_staging").rglob("*.parquet"))

        execute_job(job, progress=look)

        assert seen == []
        assert staged != []
        assert len(visible(tmp_path / "out")) > 1

    @pytest.mark.parametrize("writer", WRITERS)
    def test_when_committed_then_the_manifest_tells_true_sizes_and_rows(
        self, writer: str, tmp_path: Path
    ) -> None:
        """Manifest, report and disk agree on every file."""
        a_source(tmp_path, 3000)
        section = {"type": writer, "file_bytes": 4096, "row_group_bytes": 4096}
        job = a_job(tmp_path, writer=section, batch={"rows": 500})

        report = execute_job(job)

        root = tmp_path / "out"
        (entry,) = json.loads((root / "_headrace" / "manifest.json").read_text())["runs"]
        told = {root / file["path"]: (file["bytes"], file["rows"]) for file in entry["files"]}
        on_disk = {path: (path.stat().st_size, count_of(path)) for path in visible(root)}
        assert told == on_disk
        assert {root / f.path: (f.bytes, f.rows) for f in report.files} == on_disk
        assert len(on_disk) > 1


def count_of(path: Path) -> int:
    """A Parquet file's rows, by DuckDB."""
    with duckdb.connect() as connection:
        row = connection.execute("select count(*) from read_parquet(?)", [str(path)]).fetchone()
    return int(row[0]) if row else 0


class TestGivenAMode:
    def test_when_it_is_append_then_runs_add_up(self, tmp_path: Path) -> None:
        """A later run takes nothing away."""
        job = a_job(tmp_path, reader=numbers(tmp_path, [3]))

        execute_job(job)
        execute_job(job)

        assert landed(tmp_path / "out") == [(0,), (0,), (1,), (1,), (2,), (2,)]

    def test_when_it_is_replace_then_the_last_run_stands_alone(self, tmp_path: Path) -> None:
        """Old files leave manifest and disk."""
        execute_job(a_job(tmp_path, reader=numbers(tmp_path, [3])))
        reader = numbers(tmp_path, [2], type=f"{tmp_path}/other.py:Plugin")
        (tmp_path / "reader.py").rename(tmp_path / "other.py")

        execute_job(a_job(tmp_path, reader=reader, mode="replace"))

        assert landed(tmp_path / "out") == [(0,), (1,)]
        assert len(read_manifest(tmp_path / "out")) == 1
        assert leftovers(tmp_path / "out") == []

    def test_when_it_is_replace_and_the_run_fails_then_the_old_data_stand(
        self, tmp_path: Path
    ) -> None:
        """Nothing is taken away before its successor is in place."""
        rows = a_source(tmp_path, 10)
        execute_job(a_job(tmp_path, contract=RULES))
        a_csv(tmp_path / "data" / "part-0.csv", [("x", "bad")], header=["id", "name"])

        with pytest.raises(Exception, match="column 'id'"):
            execute_job(a_job(tmp_path, contract=RULES, mode="replace"))

        assert landed(tmp_path / "out") == rows

    def test_when_it_is_fail_then_data_are_never_added_to(self, tmp_path: Path) -> None:
        """The first run is taken, the second refused, whoever put the data there."""
        job = a_job(tmp_path, reader=numbers(tmp_path, [3]), mode="fail")
        execute_job(job)

        with pytest.raises(WriteError, match="holds data and its mode is fail"):
            execute_job(job)

        assert landed(tmp_path / "out") == [(0,), (1,), (2,)]

    def test_when_it_is_replace_then_readers_of_the_manifest_see_old_or_new(
        self, tmp_path: Path
    ) -> None:
        """A reader that polls while runs replace each other never sees a part."""
        rows_each, runs = 400, 8
        writer = {"type": "rust", "file_bytes": 1024, "row_group_bytes": 1024}
        job = a_job(tmp_path, mode="replace", writer=writer, batch={"rows": 100})
        seen: list[tuple[int, int, int]] = []
        is_over = threading.Event()

        def poll() -> None:
            while not is_over.is_set():
                files = read_manifest(tmp_path / "out")
                if files:
                    seen.extend(generations(files))

        poller = threading.Thread(target=poll)
        poller.start()
        try:
            for n in range(runs):
                rows = people(rows_each, start=n * rows_each)
                a_csv(tmp_path / "data" / "a.csv", rows, header=["id", "name"])
                execute_job(job)
                before = len(seen)
                while len(seen) == before and poller.is_alive():
                    time.sleep(0.001)  # the next run begins while it reads on
        finally:
            is_over.set()
            poller.join()

        whole = {(rows_each, n * rows_each, (n + 1) * rows_each - 1) for n in range(runs)}
        assert seen
        assert set(seen) <= whole


def generations(files: list[str]) -> list[tuple[int, int, int]]:
    """Count, least and greatest id of the files; nothing where one is gone by now."""
    with duckdb.connect() as connection:
        query = "select count(*), min(id), max(id) from read_parquet(?)"
        try:
            return [connection.execute(query, [files]).fetchone() or (0, 0, 0)]
        except duckdb.IOException:
            return []  # replaced since the manifest was read: the reader asks again


class TestGivenBadRows:
    def test_when_quarantined_then_they_land_by_the_same_commit_with_their_place(
        self, tmp_path: Path
    ) -> None:
        """Each bad record: where it stood, what it broke, and its own text."""
        source = a_csv(
            tmp_path / "data" / "a.csv",
            [(1, "a"), ("x", "b"), (3, "c"), ("", "d")],
            header=["id", "name"],
        )
        job = a_job(tmp_path, contract=RULES, validation={"mode": "quarantine"})

        report = execute_job(job)

        (file,) = report.quarantine_files
        assert Path(file.path).parts[:2] == ("_quarantine", report.run_id)
        columns = "row, field, rule, value, file, line, byte_offset, record"
        with duckdb.connect() as connection:
            query = f"select {columns} from read_parquet(?) order by row"  # noqa: S608  our own
            rows = connection.execute(query, [str(tmp_path / "out" / file.path)]).fetchall()
        text = source.read_text()
        assert [row[:7] for row in rows] == [
            (2, "id", "type", "x", str(source), 3, text.index("x,b")),
            (4, "id", "required", None, str(source), 5, text.index(",d")),
        ]
        assert all("b" in r[7] or "d" in r[7] for r in rows)
        assert landed(tmp_path / "out") == [(1, "a"), (3, "c")]


class TestGivenATargetThatMovedOn:
    def test_when_a_stale_run_commits_then_it_is_fenced(self, tmp_path: Path) -> None:
        """A run whose lock was lost does not commit over its successor."""
        a_source(tmp_path, 20)
        job = a_job(tmp_path)
        extractor, writer = create_extractor(job), create_writer(job)
        for batch in extractor.extract(None):
            writer.write_batch(batch, 0)
        manifest = tmp_path / "out" / "_headrace" / "manifest.json"
        manifest.write_text(json.dumps({"schema_version": 1, "version": 7}))

        with pytest.raises(FencedError, match="somebody else committed"):
            create_committer(job, writer).commit_files([])

        assert visible(tmp_path / "out") == []
        assert leftovers(tmp_path / "out") == []

    def test_when_a_run_waits_then_it_commits_after_the_owner(self, tmp_path: Path) -> None:
        """`concurrent_run: wait` queues instead of failing."""
        a_source(tmp_path, 20)
        job = a_job(tmp_path)
        extractor, writer = create_extractor(job), create_writer(job)
        reports: list[RunReport] = []
        waiting = {**job, "target": {**job["target"], "concurrent_run": "wait"}}
        second = threading.Thread(target=lambda: reports.append(execute_job(waiting)))
        second.start()

        for batch in extractor.extract(None):
            writer.write_batch(batch, 0)
        is_waiting = second.is_alive()
        create_committer(job, writer).commit_files([])
        second.join(timeout=WITHIN_S)

        assert is_waiting
        assert [r.status for r in reports] == ["succeeded"]
        assert len(landed(tmp_path / "out")) == 40


@pytest.fixture
def hears_ctrl_c() -> Iterator[None]:
    """Python's own handler: a test run that was started in the background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class TestGivenAnInterruptDuringTheCommit:
    @pytest.mark.usefixtures("hears_ctrl_c")
    def test_when_it_comes_after_the_rename_then_the_commit_is_finished_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An interrupt never parts data, manifest and state."""
        rows = a_source(tmp_path, 20)
        publish = LocalTarget.publish

        def interrupted(self: LocalTarget, intent: Intent) -> None:
            publish(self, intent)
            signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(LocalTarget, "publish", interrupted)
        failed: list[RunReport] = []

        with pytest.raises(KeyboardInterrupt):
            execute_job(a_job(tmp_path, state=True), on_failure=failed.append)

        assert landed(tmp_path / "out") == rows
        assert found(tmp_path) == {"journal": False, "data": True, "manifest": True, "state": True}
        assert failed[0].status == "succeeded"

    def test_when_something_else_breaks_after_the_rename_then_the_intent_is_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What may be visible is left to recovery, never removed."""
        rows = a_source(tmp_path, 20)
        publish = LocalTarget.publish

        def broken(self: LocalTarget, intent: Intent) -> None:
            publish(self, intent)
            message = "unforeseen"
            raise RuntimeError(message)

        with monkeypatch.context() as patched:
            patched.setattr(LocalTarget, "publish", broken)
            with pytest.raises(RuntimeError):
                execute_job(a_job(tmp_path, state=True))
        report: Any = execute_job(a_job(tmp_path, state=True))

        assert landed(tmp_path / "out") == rows
        assert [r["outcome"] for r in report.recovered] == ["rolled forward"]
        assert report.rows.read == 0
