"""Tables and clocks that go back: readers refuse a log of snapshots that does."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

from headrace import execute_job

from tests.builders import PEOPLE, people
from tests.iceberg import a_table_job, rows_of, the_table
from tests.runs import a_source

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def set_back(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """Have the clock go back, by which PyIceberg dates snapshots, and the table itself."""
    now = time.time

    class Late(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return dt.datetime.now(tz) - dt.timedelta(seconds=seconds)

    monkeypatch.setattr(time, "time", lambda: now() - seconds)
    monkeypatch.setattr("pyiceberg.table.update.datetime", Late)


class TestGivenAClockThatGoesBack:
    def test_when_committed_again_then_no_snapshot_is_older_than_the_one_before(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The log, the snapshots and the table's own time only go forwards."""
        a_source(tmp_path, 3)
        job = a_table_job(tmp_path, contract=PEOPLE)
        execute_job(job)
        set_back(monkeypatch, 7200)

        execute_job(job)

        table = the_table(tmp_path)
        assert table is not None
        first, second = (entry.timestamp_ms for entry in table.history())
        assert first <= second
        assert [s.timestamp_ms for s in table.snapshots()] == [first, second]
        assert table.metadata.last_updated_ms >= second
        assert rows_of(table) == sorted(people(3) * 2)
