"""The documents' main loop, by hand, from the public names."""

from __future__ import annotations

import runpy
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest
from headrace import (
    CommitError,
    ContractError,
    FencedError,
    PluginError,
    SchemaValidator,
    StateManager,
    create_committer,
    create_extractor,
    create_state_manager,
    create_writer,
    execute_job,
)

from tests.builders import (
    PEOPLE,
    READERS,
    ROOT,
    WRITERS,
    a_csv,
    a_job,
    a_reader,
    landed,
    people,
    visible,
)
from tests.runs import a_job_file, a_source, leftovers

# The loop as the documents print it.
GOLDEN = """\
for batch_records in extractor.extract(state_manager):
    valid_records, errors = validator.validate_batch(batch_records)
    if valid_records:
        file_metadata = writer.write_batch(valid_records, file_counter)
        all_files.extend(file_metadata)
        file_counter += len(file_metadata)
committer.commit_files(all_files)
"""


def loop(job: Any, *, state: StateManager | None = None, ignore: bool = False) -> None:  # noqa: ANN401
    """The loop; with `ignore`, errors of the validator are caught and forgotten."""
    extractor = create_extractor(job)
    validator = SchemaValidator(PEOPLE)
    writer = create_writer(job)
    committer = create_committer(job, writer)
    all_files: list[Any] = []
    for batch in extractor.extract(state):
        try:
            valid, _ = validator.validate_batch(batch)
        except ContractError:
            if not ignore:
                raise
            continue
        if valid:
            all_files.extend(writer.write_batch(valid, len(all_files)))
    committer.commit_files(all_files)


class TestGivenTheDocumentsLoop:
    def test_when_the_example_is_read_then_it_has_the_loop_verbatim(self) -> None:
        """What the documents print is what runs."""
        example = (ROOT / "examples" / "main_loop.py").read_text()

        assert textwrap.indent(GOLDEN, "    ") in example

    @pytest.mark.parametrize("writer", WRITERS)
    @pytest.mark.parametrize("reader", READERS)
    def test_when_it_runs_then_every_row_lands(
        self, reader: str, writer: str, tmp_path: Path
    ) -> None:
        """Any reader, any writer, one commit."""
        rows = a_source(tmp_path, 300, files=2)
        job = a_job_file(
            tmp_path,
            reader=a_reader(reader, "data/*.csv"),
            writer={"type": writer},
            contract=PEOPLE,
            batch={"rows": 70},
        )
        main = runpy.run_path(str(ROOT / "examples" / "main_loop.py"))["main"]

        main(str(job), str(tmp_path / "contract.json"))

        assert landed(tmp_path / "out") == rows
        assert leftovers(tmp_path / "out") == []


class TestGivenALoopByHand:
    def test_when_the_state_is_taken_along_then_it_moves_with_the_commit(
        self, tmp_path: Path
    ) -> None:
        """A loop with the job's state reads each file once."""
        rows = a_source(tmp_path, 100)
        job = a_job(tmp_path, contract=PEOPLE, state=True)

        loop(job, state=create_state_manager(job))
        loop(job, state=create_state_manager(job))

        assert landed(tmp_path / "out") == rows

    def test_when_a_strict_error_is_ignored_then_the_committer_refuses(
        self, tmp_path: Path
    ) -> None:
        """Nobody commits past a failure by looking away."""
        rows: list[tuple[object, str]] = [*people(50), ("x", "bad"), *people(50, start=50)]
        a_csv(tmp_path / "data" / "a.csv", rows, header=["id", "name"])
        job = a_job(tmp_path, contract=PEOPLE, batch={"rows": 10})

        with pytest.raises(ContractError, match="column 'id'"):
            loop(job, ignore=True)

        assert visible(tmp_path / "out") == []
        assert leftovers(tmp_path / "out") == []

    def test_when_a_batch_is_not_written_then_the_committer_refuses(self, tmp_path: Path) -> None:
        """A row that was read is written, set apart or filtered, or nothing is committed."""
        a_source(tmp_path, 100)
        job = a_job(tmp_path, batch={"rows": 10})
        extractor, writer = create_extractor(job), create_writer(job)
        files: list[Any] = []
        for n, batch in enumerate(extractor.extract(None)):
            if n != 3:
                files += writer.write_batch(batch, len(files))

        with pytest.raises(PluginError, match="100 rows were read but 90 written"):
            create_committer(job, writer).commit_files(files)

        assert visible(tmp_path / "out") == []

    def test_when_files_are_kept_back_then_the_committer_refuses(self, tmp_path: Path) -> None:
        """Every file that `write_batch` returned is committed, or none."""
        a_source(tmp_path, 2000)
        job = a_job(
            tmp_path,
            writer={"type": "rust", "file_bytes": 2048, "row_group_bytes": 2048},
            batch={"rows": 500},
        )
        extractor, writer = create_extractor(job), create_writer(job)
        files: list[Any] = []
        for batch in extractor.extract(None):
            files += writer.write_batch(batch, len(files))
        assert files

        with pytest.raises(PluginError, match="exactly the files"):
            create_committer(job, writer).commit_files(files[1:])

        assert visible(tmp_path / "out") == []

    def test_when_left_early_then_the_reading_thread_ends(self, tmp_path: Path) -> None:
        """A loop that is broken off leaves no thread behind."""
        a_source(tmp_path, 1000)
        job = a_job(tmp_path, batch={"rows": 10, "prefetch": 4})
        extractor = create_extractor(job)

        for _ in extractor.extract(None):
            break

        assert [t.name for t in threading.enumerate() if t.name == "headrace-read"] == []

    def test_when_one_was_abandoned_then_the_next_works(self, tmp_path: Path) -> None:
        """A loop that was given up holds neither the target nor its files."""
        rows = a_source(tmp_path, 100)
        job = a_job(tmp_path, contract=PEOPLE, batch={"rows": 10})
        abandoned = create_extractor(job)
        stale_writer = create_writer(job)
        batches = abandoned.extract(None)
        stale_writer.write_batch(next(batches), 0)

        loop(job)

        assert landed(tmp_path / "out") == rows
        assert leftovers(tmp_path / "out") == []

    def test_when_an_abandoned_one_commits_after_all_then_it_is_refused(
        self, tmp_path: Path
    ) -> None:
        """A run that was given up never commits."""
        rows = a_source(tmp_path, 100)
        job = a_job(tmp_path, contract=PEOPLE)
        create_extractor(job)
        writer = create_writer(job)
        stale = create_committer(job, writer)
        loop(job)

        with pytest.raises(CommitError, match="over"):
            stale.commit_files([])

        assert landed(tmp_path / "out") == rows

    def test_when_committed_twice_then_the_second_is_refused(self, tmp_path: Path) -> None:
        """A run commits once."""
        rows = a_source(tmp_path, 10)
        job = a_job(tmp_path)
        extractor, writer = create_extractor(job), create_writer(job)
        committer = create_committer(job, writer)
        for batch in extractor.extract(None):
            writer.write_batch(batch, 0)
        committer.commit_files([])

        with pytest.raises(CommitError, match="over"):
            committer.commit_files([])

        assert landed(tmp_path / "out") == rows

    def test_when_another_run_wants_the_target_then_it_is_fenced_and_this_one_goes_on(
        self, tmp_path: Path
    ) -> None:
        """One run owns a target; to be refused does not disturb the owner."""
        rows = a_source(tmp_path, 10)
        job = a_job(tmp_path)
        extractor, writer = create_extractor(job), create_writer(job)

        with pytest.raises(FencedError, match="another run owns the target"):
            execute_job(job)
        committer = create_committer(job, writer)
        for batch in extractor.extract(None):
            writer.write_batch(batch, 0)
        committer.commit_files([])

        assert landed(tmp_path / "out") == rows


class TestGivenALoopLeftEarly:
    def test_when_the_state_cannot_follow_then_the_committer_refuses(self, tmp_path: Path) -> None:
        """What is committed is never read again: a half-read file is not half committed."""
        a_source(tmp_path, 100)
        job = a_job(tmp_path, state=True, batch={"rows": 10})
        state = create_state_manager(job)
        extractor, writer = create_extractor(job), create_writer(job)
        for batch in extractor.extract(state):
            writer.write_batch(batch, 0)
            break

        with pytest.raises(CommitError, match="would read it again"):
            create_committer(job, writer).commit_files([])

        assert visible(tmp_path / "out") == []

    def test_when_no_state_is_kept_then_what_was_written_is_committed(self, tmp_path: Path) -> None:
        """Without a state, how much to take is the caller's choice."""
        rows = a_source(tmp_path, 100)
        job = a_job(tmp_path, batch={"rows": 10})
        extractor, writer = create_extractor(job), create_writer(job)
        for batch in extractor.extract(None):
            writer.write_batch(batch, 0)
            break

        create_committer(job, writer).commit_files([])

        assert landed(tmp_path / "out") == rows[:10]
