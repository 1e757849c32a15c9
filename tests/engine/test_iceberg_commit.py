"""The commit to an Iceberg table: once, by whoever owns it, whatever others do meanwhile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from headrace import (
    PluginError,
    WriteError,
    execute_job,
    read_manifest,
    recover_job,
)

from tests.builders import PEOPLE, a_csv, people
from tests.iceberg import (
    a_table_job,
    at,
    files_of,
    rows_of,
    stray,
    summaries,
    the_table,
)
from tests.runs import a_plugin, a_source

if TYPE_CHECKING:
    from pathlib import Path


class TestGivenAJob:
    @pytest.mark.parametrize("writer", ["parquet", "rust"])
    def test_when_it_runs_then_its_rows_are_in_one_snapshot(
        self, tmp_path: Path, writer: str
    ) -> None:
        """Files of both writers are registered, and the snapshot says which run brought them."""
        rows = a_source(tmp_path, 10)
        job = a_table_job(tmp_path, contract=PEOPLE, writer={"type": writer})

        report = execute_job(job)

        table = the_table(tmp_path)
        assert rows_of(table) == rows
        (summary,) = summaries(table)
        assert summary["headrace.commit-id"] == report.run_id
        assert summary["headrace.run-id"] == report.run_id
        assert summary["headrace.job"] == "test"
        assert summary["headrace.rows"] == "10"
        assert summary["added-records"] == "10"
        assert stray(tmp_path) == []

    def test_when_it_runs_again_then_the_checkpoint_moves_with_the_rows(
        self, tmp_path: Path
    ) -> None:
        """Where the job stands is in the table, with its cursors, by the same commit."""
        a_source(tmp_path, 3)
        job = a_table_job(tmp_path, contract=PEOPLE, state=True)
        first = execute_job(job)
        a_csv(tmp_path / "data" / "more.csv", people(2, start=3), header=["id", "name"])

        second = execute_job(job)

        table = the_table(tmp_path)
        assert rows_of(table) == people(5)
        checkpoint = json.loads(table.properties["headrace.checkpoint.test"])
        assert (checkpoint["id"], checkpoint["previous"]) == (second.run_id, first.run_id)
        assert checkpoint["state"] == second.state

    def test_when_it_commits_in_mid_run_then_each_commit_is_a_snapshot(
        self, tmp_path: Path
    ) -> None:
        """Snapshots of one run say which run, and which of its commits."""
        rows = a_source(tmp_path, 40, files=4)
        batch = {"rows": 10, "checkpoint": {"rows": 10}}
        job = a_table_job(tmp_path, contract=PEOPLE, state=True, batch=batch)

        report = execute_job(job)

        table = the_table(tmp_path)
        assert rows_of(table) == rows
        found = summaries(table)
        assert len(found) > 1
        assert {s["headrace.run-id"] for s in found} == {report.run_id}
        assert len({s["headrace.commit-id"] for s in found}) == len(found)

    def test_when_rows_are_bad_then_they_are_set_apart_below_the_table(
        self, tmp_path: Path
    ) -> None:
        """The quarantine is of the same commit, and no part of the table."""
        a_csv(tmp_path / "data" / "a.csv", [(1, "a"), ("x", "b")], header=["id", "name"])
        job = a_table_job(tmp_path, contract=PEOPLE, validation={"mode": "quarantine"})

        report = execute_job(job)

        assert report.rows.quarantined == 1
        assert rows_of(the_table(tmp_path)) == [(1, "a")]
        root = tmp_path / "warehouse" / "raw" / "people"
        assert [str(root / f.path) for f in report.quarantine_files] == [
            str(path) for path in (root / "_quarantine").rglob("*.parquet")
        ]

    def test_when_asked_for_then_the_visible_files_are_told(self, tmp_path: Path) -> None:
        """Without a run, as of other targets; those of later commits last."""
        a_source(tmp_path, 3)
        job = a_table_job(tmp_path, contract=PEOPLE)
        runs = [execute_job(job).run_id for _ in range(2)]

        found = read_manifest(job["target"])

        assert sorted(found) == files_of(the_table(tmp_path))
        assert [path.split("/")[-2] for path in found] == runs


class TestGivenModes:
    def test_when_it_replaces_then_the_table_holds_the_last_run(self, tmp_path: Path) -> None:
        """One snapshot takes the old files away and brings the new ones."""
        a_source(tmp_path, 3)
        job = a_table_job(tmp_path, contract=PEOPLE, mode="replace")
        execute_job(job)
        a_csv(tmp_path / "data" / "part-0.csv", [(7, "x")], header=["id", "name"])

        execute_job(job)

        table = the_table(tmp_path)
        assert rows_of(table) == [(7, "x")]
        assert [s["operation"] for s in summaries(table)] == ["append", "overwrite"]
        assert summaries(table)[-1]["deleted-records"] == "3"

    def test_when_it_fails_on_data_then_a_table_with_rows_is_left_alone(
        self, tmp_path: Path
    ) -> None:
        """A table without rows is no data."""
        a_source(tmp_path, 3)
        job = a_table_job(tmp_path, contract=PEOPLE, mode="fail")
        execute_job(job)

        with pytest.raises(WriteError, match="holds data and its mode is fail"):
            execute_job(job)

        assert rows_of(the_table(tmp_path)) == people(3)

    def test_when_another_job_keeps_state_then_its_rows_are_not_replaced(
        self, tmp_path: Path
    ) -> None:
        """It would not read them again."""
        a_source(tmp_path, 3)
        execute_job(a_table_job(tmp_path, contract=PEOPLE, state=True, name="other"))

        with pytest.raises(WriteError, match="take away the data of job 'other'"):
            execute_job(a_table_job(tmp_path, contract=PEOPLE, mode="replace"))

        assert rows_of(the_table(tmp_path)) == people(3)


class TestGivenFilesThatAreNotWhatTheyWere:
    def test_when_one_is_gone_before_the_commit_then_nothing_is_visible(
        self, tmp_path: Path
    ) -> None:
        """No library asks whether the files are there."""
        a_source(tmp_path, 3)
        job = a_table_job(tmp_path, contract=PEOPLE)
        execute_job(job)
        known = files_of(the_table(tmp_path))

        def lost() -> None:
            root = tmp_path / "warehouse" / "raw" / "people" / "data"
            for path in root.rglob("*.parquet"):
                if f"file://{path}" not in known:
                    path.unlink()

        with (
            at("after_complete", lost) as reached,
            pytest.raises(WriteError, match="is gone before it was committed"),
        ):
            execute_job(job)

        assert reached
        assert files_of(the_table(tmp_path)) == known

    def test_when_one_is_no_parquet_then_its_writer_is_blamed_and_it_is_removed(
        self, tmp_path: Path
    ) -> None:
        """A table that names such a file could not be read any more."""
        a_source(tmp_path, 3)
        body = """
from pathlib import Path

class Plugin:
    def __init__(self, config):
        self.path = Path(config["output_path"], "a.txt")

    def write_batch(self, batch, file_counter):
        self.path.write_text("rows as text")
        return [{"path": str(self.path), "rows": len(batch), "bytes": 12}]
"""
        writer = {"type": a_plugin(tmp_path, body, name="text")}
        job = a_table_job(tmp_path, contract=PEOPLE, writer=writer)

        with pytest.raises(PluginError, match="takes Parquet files alone") as caught:
            execute_job(job)

        assert str(caught.value.where["file"]).endswith("a.txt")
        assert files_of(the_table(tmp_path)) == []
        assert not list(tmp_path.glob("warehouse/**/a.txt"))


class TestGivenStateInTheTable:
    def test_when_the_file_is_lost_then_it_is_restored_from_the_table(self, tmp_path: Path) -> None:
        """The cursors are committed with the rows."""
        a_source(tmp_path, 3)
        job = a_table_job(tmp_path, contract=PEOPLE, state=True)
        report = execute_job(job)
        (tmp_path / "state" / "test.json").unlink()

        found = recover_job(job)

        assert found["state"] == report.state
        assert execute_job(job).rows.read == 0
        assert rows_of(the_table(tmp_path)) == people(3)

    def test_when_nothing_is_declared_and_nothing_read_then_a_run_with_state_is_refused(
        self, tmp_path: Path
    ) -> None:
        """There is no table to keep its checkpoint in."""
        body = "class Plugin:\n    def __init__(self, config): ...\n    def extract(self, state):\n"
        reader = {"type": a_plugin(tmp_path, f"{body}        yield from ()\n", name="silent")}
        job = a_table_job(tmp_path, reader=reader, state=True)

        with pytest.raises(WriteError, match="no table to keep the state's checkpoint in"):
            execute_job(job)

        assert not (tmp_path / "state" / "test.json").exists()
