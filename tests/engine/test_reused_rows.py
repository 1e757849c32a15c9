"""A reader may use its list and its rows again: what it has yielded is the engine's."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from headrace import execute_job

from tests.builders import a_job, landed
from tests.runs import a_plugin_reader

ROWS = 2000

REUSED_LIST = f"""
rows = []
for n in range({ROWS}):
    rows.append({{"n": n}})
    if len(rows) == 50:
        yield rows
        rows.clear()
"""

REUSED_ROW = f"""
row = {{}}
for n in range({ROWS}):
    row["n"] = n
    yield [row]
"""


class TestGivenAReaderThatUsesItsListAgain:
    @pytest.mark.parametrize("prefetch", [0, 1, 2])
    @pytest.mark.parametrize("extract", [REUSED_LIST, REUSED_ROW])
    def test_when_it_runs_ahead_then_every_row_lands_once(
        self, extract: str, prefetch: int, tmp_path: Path
    ) -> None:
        """Batches in flight do not change under the writer, however slow it is."""
        job = a_job(
            tmp_path, reader=a_plugin_reader(tmp_path, extract), batch={"prefetch": prefetch}
        )

        execute_job(job, progress=lambda _: time.sleep(0.0005))

        assert landed(tmp_path / "out") == [(n,) for n in range(ROWS)]
