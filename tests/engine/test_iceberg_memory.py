"""What a run into a table holds: bounded, and hardly more with many files than with few."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import PEOPLE
from tests.growth import GROWTH_BYTES, MOST_BYTES, peak_of
from tests.iceberg import a_table_job, files_of, the_table
from tests.runs import a_job_file, a_source

if TYPE_CHECKING:
    from pathlib import Path

ROWS_OF_A_FILE = 20


def peak_of_files(folder: Path, files: int) -> int:
    """The peak of a run that commits so many files at once, by the native path [bytes]."""
    folder.mkdir()
    a_source(folder, files * ROWS_OF_A_FILE)
    job = a_table_job(
        folder,
        contract=PEOPLE,
        writer={"type": "rust", "file_bytes": 1},
        batch={"rows": ROWS_OF_A_FILE},
    )
    _, peak = peak_of(a_job_file(folder, job))
    assert len(files_of(the_table(folder))) == files
    return peak


class TestGivenManyFiles:
    def test_when_committed_then_a_run_holds_hardly_more_than_of_few(self, tmp_path: Path) -> None:
        """A file costs a commit a few kilobytes; PyIceberg itself is most of what is held."""
        few = peak_of_files(tmp_path / "few", 10)

        many = peak_of_files(tmp_path / "many", 300)

        assert many - few < GROWTH_BYTES
        assert many < MOST_BYTES

    @pytest.mark.long
    def test_when_they_are_a_thousand_then_it_is_within_what_a_run_may_hold(
        self, tmp_path: Path
    ) -> None:
        """The whole of the run, the commit included."""
        peak = peak_of_files(tmp_path / "thousand", 1000)

        assert peak < MOST_BYTES
