"""What a run from a connector holds, however much it prints."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.connectors import SECRET, an_airbyte_job
from tests.growth import GROWTH_BYTES, MOST_BYTES, peaks_by_size
from tests.runs import a_job_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Records of all streams by turns, and a state behind those of each turn.
READ = """
names = [entry["stream"]["name"] for entry in asked["catalog"]["streams"]]
turn, form = 5_000, '{"type":"RECORD","record":{"stream":"%s","data":%s,"emitted_at":1}}'
for start in range(0, asked["config"]["count"], turn):
    for n in range(start, start + turn):
        data = '{"id":%d,"name":"%064d","more":{"n":[%d]}}' % (n, n, n)
        print(form % (names[n % len(names)], data))
    for name in names:
        state(name, {"at": start}, turn / len(names))
"""


def a_printing_job(folder: Path, count: int, streams: Sequence[str]) -> Path:
    """The file of a job that reads so many records."""
    reader = {"config": {"key": SECRET, "count": count}}
    job = an_airbyte_job(folder, READ, streams=streams, reader=reader, state=True)
    return a_job_file(folder, job)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's peak")
class TestGivenAConnectorThatPrintsAnyAmount:
    @pytest.mark.parametrize("streams", [["people"], ["a", "b"]])
    def test_when_there_is_four_times_as_much_then_no_more_is_held(
        self, tmp_path: Path, streams: Sequence[str]
    ) -> None:
        """Memory is that of batches and row groups in flight, never of the records."""
        job_file = partial(a_printing_job, streams=streams)

        peaks = peaks_by_size(tmp_path, job_file)

        assert max(peaks) - min(peaks) < GROWTH_BYTES
        assert max(peaks) < MOST_BYTES
