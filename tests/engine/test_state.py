"""Cursors: they cover what was committed, never more."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from typing import Any

import pytest
from headrace import (
    ReaderError,
    StateManager,
    create_extractor,
    create_state_manager,
    execute_job,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import READERS, a_csv, a_job, a_reader, landed, people, visible
from tests.runs import SQUARES, a_job_file, a_source, headrace_ends


class TestGivenAStateManager:
    @given(
        st.lists(st.one_of(st.just("yield"), st.just("consume"), st.integers(0, 99)), max_size=60),
        st.booleans(),
    )
    def test_when_reader_and_loop_interleave_then_no_cursor_runs_ahead_of_what_was_consumed(
        self,
        steps: list[str | int],
        complete: bool,  # noqa: FBT001  drawn
    ) -> None:
        """A stored cursor is the last advance that everything consumed was yielded before."""
        manager = StateManager({"s": "start"})
        yielded = consumed = 0
        advances: list[tuple[int, object]] = [(0, "start")]

        for step in steps:
            if step == "yield":
                manager.yielded()
                yielded += 1
            elif step == "consume":
                consumed = min(consumed + 1, yielded)
                manager.consumed(consumed, complete=False)
            else:
                manager.advance("s", step)
                advances.append((yielded, step))
        if complete:
            manager.consumed(yielded, complete=True)
            consumed = yielded
        else:
            manager.consumed(consumed, complete=False)

        covered = [cursor for before, cursor in advances if before <= consumed]
        assert manager.snapshot()["s"] == covered[-1]
        assert manager.get("s") == advances[-1][1]

    def test_when_a_cursor_is_changed_from_outside_then_the_stored_one_is_not(self) -> None:
        """Readers keep no hold on what is stored."""
        manager = StateManager()
        cursor = {"n": 1}
        manager.advance("s", cursor)
        cursor["n"] = 2
        manager.get("s")["n"] = 3

        manager.consumed(0, complete=True)

        assert manager.snapshot() == {"s": {"n": 1}}


def squares(count: int) -> Any:  # noqa: ANN401  the example, duck typed
    """The example's reader."""
    spec = importlib.util.spec_from_file_location("squares_example", SQUARES)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SquaresReader({"count": count})


class TestGivenAReaderThatResumes:
    @pytest.mark.parametrize("batches", range(6))
    def test_when_stopped_at_a_batch_then_the_rest_begins_where_the_state_stands(
        self, batches: int
    ) -> None:
        """Covered rows and the rest are all rows, each once, wherever the reader was stopped."""
        manager = StateManager()
        source = squares(450).extract(manager)
        read: list[int] = []
        for n in range(batches):
            batch = next(source, [])
            manager.yielded()
            read += [row["n"] for row in batch]
            manager.consumed(n + 1, complete=False)
        stored = manager.snapshot()
        covered = stored.get("squares", 0)

        rest = [row["n"] for batch in squares(450).extract(StateManager(stored)) for row in batch]

        assert covered <= len(read)
        assert read[:covered] + rest == list(range(450))

    def test_when_run_again_with_more_then_only_the_new_is_read(self, tmp_path: Path) -> None:
        """Run after run, each row lands once."""
        for count in (0, 100, 100, 250, 450):
            reader = {"type": f"{SQUARES}:SquaresReader", "count": count}
            execute_job(a_job(tmp_path, reader=reader, state=True))

        assert landed(tmp_path / "out") == [(n, n * n) for n in range(450)]

    @pytest.mark.parametrize("prefetch", [0, 1, 4])
    def test_when_the_reader_is_ahead_then_its_advances_wait_for_the_loop(
        self, prefetch: int, tmp_path: Path
    ) -> None:
        """Reading ahead moves no cursor past what the loop was given."""
        reader = {"type": f"{SQUARES}:SquaresReader", "count": 2000}
        job = a_job(tmp_path, reader=reader, state=True, batch={"prefetch": prefetch})
        manager = create_state_manager(job)
        assert manager is not None
        given_rows = 0
        leads: list[int] = []

        for batch in create_extractor(job).extract(manager):
            given_rows += len(batch)
            time.sleep(0.002)  # the reader gets as far ahead as it may
            manager.consumed(given_rows // 100, complete=False)
            leads.append(manager.snapshot().get("squares", 0) - given_rows)

        assert max(leads) <= 0
        assert manager.snapshot() == {"squares": 2000}

    def test_when_a_run_fails_then_the_state_stands_still(self, tmp_path: Path) -> None:
        """State moves with the commit or not at all."""
        reader = {"type": f"{SQUARES}:SquaresReader", "count": 250}
        job = a_job(tmp_path, reader=reader, state=True)
        broken = {**job, "validation": {"max_error_ratio": 0.0}, "contract": "contract.yaml"}
        (tmp_path / "contract.yaml").write_text(
            "{apiVersion: v3.1.0, kind: DataContract, id: a, version: 1.0.0, status: draft, "
            "schema: [{name: s, properties: [{name: n, logicalType: integer, "
            "logicalTypeOptions: {maximum: 220}}, {name: square, logicalType: integer}]}]}"
        )

        with pytest.raises(Exception, match="220"):
            execute_job(broken, base_dir=tmp_path)
        execute_job(job)

        assert landed(tmp_path / "out") == [(n, n * n) for n in range(250)]


@pytest.mark.parametrize("kind", READERS)
class TestGivenACsvJobWithState:
    def a_job(self, tmp_path: Path, kind: str, **reader: Any) -> dict[str, Any]:  # noqa: ANN401
        """A job over `data/*.csv` that keeps state."""
        section = a_reader(kind, str(tmp_path / "data" / "*.csv"), **reader)
        return a_job(tmp_path, reader=section, state=True)

    def test_when_files_are_added_then_only_they_are_read(self, kind: str, tmp_path: Path) -> None:
        """A file is read once, however often the job runs."""
        rows = a_source(tmp_path, 100, files=2)
        job = self.a_job(tmp_path, kind)
        execute_job(job)
        more = people(30, start=500)
        a_csv(tmp_path / "data" / "more.csv", more, header=["id", "name"])

        second, third = execute_job(job), execute_job(job)

        assert (second.rows.read, third.rows.read) == (30, 0)
        assert landed(tmp_path / "out") == rows + more

    def test_when_a_read_file_has_changed_then_the_error_names_it(
        self, kind: str, tmp_path: Path
    ) -> None:
        """A changed file is neither skipped nor read twice in silence."""
        rows = a_source(tmp_path, 20)
        job = self.a_job(tmp_path, kind)
        execute_job(job)
        path = a_csv(tmp_path / "data" / "part-0.csv", people(5), header=["id", "name"])

        with pytest.raises(ReaderError, match="has changed") as caught:
            execute_job(job)

        assert caught.value.where["file"] == str(path)
        assert landed(tmp_path / "out") == rows

    @pytest.mark.covers("csv:changed_file")
    def test_when_it_is_told_to_then_a_changed_file_is_read_whole_again(
        self, kind: str, tmp_path: Path
    ) -> None:
        """`changed_file: reread` takes the file anew, and once."""
        rows = a_source(tmp_path, 20)
        execute_job(self.a_job(tmp_path, kind))
        new = people(5, start=100)
        a_csv(tmp_path / "data" / "part-0.csv", new, header=["id", "name"])
        job = self.a_job(tmp_path, kind, changed_file="reread")

        second, third = execute_job(job), execute_job(job)

        assert (second.rows.read, third.rows.read) == (5, 0)
        assert landed(tmp_path / "out") == rows + new

    def test_when_a_file_grows_while_it_is_read_then_the_run_fails(
        self, kind: str, tmp_path: Path
    ) -> None:
        """A file under way is not taken for a whole one."""
        a_source(tmp_path, 1000)
        job = {**self.a_job(tmp_path, kind), "batch": {"rows": 100}}
        path = tmp_path / "data" / "part-0.csv"

        def grow(run: Any) -> None:  # noqa: ANN401  duck typed
            if run.report.rows.read == 100:
                with path.open("a") as file:
                    file.write("5000,late\n")

        with pytest.raises(ReaderError, match="changed while it was read"):
            execute_job(job, progress=grow)

        assert visible(tmp_path / "out") == []

    def test_when_reset_then_everything_is_read_again(self, kind: str, tmp_path: Path) -> None:
        """`state reset` forgets the cursors, not the fence."""
        rows = a_source(tmp_path, 20)
        job = self.a_job(tmp_path, kind)
        execute_job(job)

        done = headrace_ends("state", "reset", a_job_file(tmp_path, job))
        report = execute_job(job)

        assert done.code == 0
        assert report.rows.read == 20
        assert landed(tmp_path / "out") == sorted(rows * 2)

    def test_when_reset_and_the_file_is_lost_then_the_reset_holds(
        self, kind: str, tmp_path: Path
    ) -> None:
        """The target's copy of the cursors is reset with them."""
        a_source(tmp_path, 20)
        job = self.a_job(tmp_path, kind)
        execute_job(job)

        headrace_ends("state", "reset", a_job_file(tmp_path, job))
        for path in (tmp_path / "state").iterdir():
            path.unlink()

        assert execute_job(job).rows.read == 20
