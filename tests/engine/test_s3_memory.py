"""What a run into a bucket holds, whatever the rows, with one file open or with several."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.builders import a_job, a_reader
from tests.growth import GROWTH_BYTES, MOST_BYTES, peak_of
from tests.runs import a_job_file
from tests.s3 import a_place

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 240_000
"""Of a kilobyte each; of eight partitions each has several parts, even of half of them."""


def peak_of_rows(folder: Path, count: int, *, partitions: int) -> int:
    """The peak of a run that uploads so many rows, in turn one for each partition [bytes]."""
    folder.mkdir()
    path = folder / "data.csv"
    with path.open("w") as file:
        file.write("id,part,text\n")
        file.writelines(f"{n},{n % partitions},{n:01000}\n" for n in range(count))
    # Bytes leave as they come, so that parts fill as fast as rows do.
    writer = {"type": "rust", "compression": "none"}
    if partitions > 1:
        writer["partition_by"] = ["part"]
    place = a_place()
    job = a_job(folder, reader=a_reader("rust", str(path)), writer=writer)
    rows, peak = peak_of(a_job_file(folder, job | {"target": place.section()}))
    path.unlink()
    assert rows == count
    assert len({key.rpartition("/")[0] for key in place.visible()}) == partitions
    return peak


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's peak")
class TestGivenManyRows:
    @pytest.mark.parametrize("partitions", [1, 4, 8])
    def test_when_uploaded_then_no_more_is_held_than_of_fewer(
        self, tmp_path: Path, partitions: int
    ) -> None:
        """What all files hold for their parts is bounded together, and so are their rows."""
        few = peak_of_rows(tmp_path / "few", ROWS // 2, partitions=partitions)

        many = peak_of_rows(tmp_path / "many", ROWS, partitions=partitions)

        assert many - few < GROWTH_BYTES
        assert many < MOST_BYTES
