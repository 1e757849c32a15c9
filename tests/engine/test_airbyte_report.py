"""What a run's report says of a connector, beside its records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace import execute_job

from tests.connectors import an_airbyte_job

if TYPE_CHECKING:
    from pathlib import Path


class TestGivenAConnector:
    def test_when_nothing_comes_then_the_report_says_so(self, tmp_path: Path) -> None:
        """Nothing new is common; nothing at all is what a connector makes of a refusal, too."""
        read = """
if "state" not in options:
    state("people", {"at": 1})
status("people", "COMPLETE")
"""
        job = an_airbyte_job(tmp_path, read, state=True)

        notes = [execute_job(job).notes for _ in range(2)]

        nothing = "test: complete, with no records"
        refused = "some connectors end so where the source refuses them (HTTP 400, 403)"
        assert notes == [[f"{nothing}; {refused}"], [nothing]]

    def test_when_it_takes_its_time_then_the_report_says_how_long_it_was_waited_for(
        self, tmp_path: Path
    ) -> None:
        """The time of the source is not taken for the reader's own."""
        # Far more than may pass until the run waits for it.
        job = an_airbyte_job(tmp_path, 'time.sleep(2)\nrecord("people", id=1)')

        report = execute_job(job)

        assert report.source_wait_s is not None
        assert 0.5 <= report.source_wait_s <= report.wall_s
        assert report.to_dict()["source_wait_s"] == round(report.source_wait_s, 6)
