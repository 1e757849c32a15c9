"""What a run from a CSV file holds, whatever the file's size, by each reader."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.builders import READERS, a_job, a_reader
from tests.growth import GROWTH_BYTES, MOST_BYTES, peaks_by_size
from tests.runs import a_job_file

if TYPE_CHECKING:
    from pathlib import Path


def a_file_job(folder: Path, count: int, *, reader: str) -> Path:
    """The file of a job that reads so many rows."""
    path = folder / "data.csv"
    with path.open("w") as file:
        file.write("id,name\n")
        file.writelines(f"{n},{n:064}\n" for n in range(count))
    return a_job_file(folder, a_job(folder, reader=a_reader(reader, str(path))))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's peak")
class TestGivenFilesOfAnySize:
    @pytest.mark.parametrize("reader", READERS)
    def test_when_there_is_four_times_as_much_then_no_more_is_held(
        self, tmp_path: Path, reader: str
    ) -> None:
        """Memory is that of batches and row groups in flight, never of the rows."""
        peaks = peaks_by_size(tmp_path, partial(a_file_job, reader=reader))

        assert max(peaks) - min(peaks) < GROWTH_BYTES
        assert max(peaks) < MOST_BYTES
