"""Two jobs in one target, and odd things that are found there."""

from __future__ import annotations

from pathlib import Path

import pytest
from headrace import WriteError, execute_job

from tests.builders import a_csv, a_job, a_reader, landed, people


class TestGivenAJobThatKeepsState:
    def test_when_another_would_replace_its_data_then_it_is_refused(self, tmp_path: Path) -> None:
        """What a job will never read again is not taken away by another."""
        a_csv(tmp_path / "data" / "a.csv", people(3), header=["id", "name"])
        a_csv(tmp_path / "other" / "b.csv", people(2), header=["id", "name"])
        execute_job(a_job(tmp_path, state=True, name="first"))
        other = a_job(
            tmp_path,
            reader=a_reader("rust", str(tmp_path / "other" / "b.csv")),
            mode="replace",
            name="second",
        )

        with pytest.raises(WriteError, match="data of job 'first'"):
            execute_job(other)

        assert len(landed(tmp_path / "out")) == 3


class TestGivenOddThingsInATarget:
    def test_when_a_stray_file_lies_in_staging_then_runs_go_on(self, tmp_path: Path) -> None:
        """What is no run's is swept with what dead runs left."""
        a_csv(tmp_path / "data" / "a.csv", people(3), header=["id", "name"])
        stray = tmp_path / "out" / "_staging" / ".DS_Store"
        stray.parent.mkdir(parents=True)
        stray.touch()

        execute_job(a_job(tmp_path))

        assert not stray.exists()
        assert len(landed(tmp_path / "out")) == 3

    def test_when_a_file_is_named_twice_then_it_is_read_once(self, tmp_path: Path) -> None:
        """Two paths of one file are one file."""
        a_csv(tmp_path / "data" / "a.csv", people(3), header=["id", "name"])
        paths = [str(tmp_path / "data" / "a.csv"), str(tmp_path / "data" / ".." / "data" / "a.csv")]

        execute_job(a_job(tmp_path, reader=a_reader("rust", paths)))

        assert len(landed(tmp_path / "out")) == 3
