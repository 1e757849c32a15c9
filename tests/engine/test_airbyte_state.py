"""The states of Airbyte connectors: kept with their rows, given back as they came, counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from headrace import HeadraceError, execute_job

from tests.builders import landed, visible
from tests.connectors import an_airbyte_job

if TYPE_CHECKING:
    from pathlib import Path


class TestGivenStates:
    def test_when_a_run_follows_then_it_is_given_what_the_connector_gave(
        self, tmp_path: Path
    ) -> None:
        """The next `--state` is exactly the last state of each stream."""
        read = """
Path(sys.argv[0]).with_name("asked.json").write_text(json.dumps(asked.get("state")))
for stream in ("a", "b"):
    record(stream, id=1)
    state(stream, {"at": 1, "deep": [None, 1.5]}, count=1)
    record(stream, id=2)
    state(stream, {"at": 2}, count=1)
"""
        job = an_airbyte_job(tmp_path, read, streams=("a", "b"), state=True)
        execute_job(job)
        first = json.loads((tmp_path / "asked.json").read_text())

        execute_job(job)

        second = json.loads((tmp_path / "asked.json").read_text())
        assert first is None
        assert [entry["stream"]["stream_descriptor"]["name"] for entry in second] == ["a", "b"]
        assert second[0]["stream"]["stream_state"] == {"at": 2}
        assert second[0]["sourceStats"] == {"recordCount": 1.0}

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            (
                {"type": "GLOBAL", "global": {"shared_state": {"lsn": 1}, "stream_states": []}},
                [{"type": "GLOBAL", "global": {"shared_state": {"lsn": 1}, "stream_states": []}}],
            ),
            ({"data": {"people": {"at": 1}}}, {"people": {"at": 1}}),
        ],
    )
    def test_when_a_state_is_of_all_streams_then_it_comes_back_as_it_was(
        self,
        tmp_path: Path,
        given: dict[str, Any],
        expected: Any,  # noqa: ANN401
    ) -> None:
        """GLOBAL and LEGACY states are opaque too."""
        read = f"""
Path(sys.argv[0]).with_name("asked.json").write_text(json.dumps(asked.get("state")))
record("people", id=1)
say("STATE", state={given!r})
"""
        job = an_airbyte_job(tmp_path, read, state=True)
        execute_job(job)

        execute_job(job)

        assert json.loads((tmp_path / "asked.json").read_text()) == expected

    def test_when_the_last_state_is_empty_then_the_one_before_stays(self, tmp_path: Path) -> None:
        """An empty final state never wipes a cursor."""
        read = """
Path(sys.argv[0]).with_name("asked.json").write_text(json.dumps(asked.get("state")))
record("people", id=1)
state("people", {"at": 1})
state("people", {})
"""
        job = an_airbyte_job(tmp_path, read, state=True)
        report = execute_job(job)

        execute_job(job)

        asked = json.loads((tmp_path / "asked.json").read_text())
        assert asked[0]["stream"]["stream_state"] == {"at": 1}
        assert any("an empty state" in note for note in report.notes)

    def test_when_a_run_breaks_off_then_what_was_committed_is_not_read_again(
        self, tmp_path: Path
    ) -> None:
        """Prefix and rest are the whole, whichever state the run broke off behind."""
        read = """
start = asked["state"][0]["stream"]["stream_state"]["at"] if "state" in asked else 0
for n in range(start, 10):
    record("people", id=n)
    if n == 5 and start == 0:
        sys.exit(1)
    state("people", {"at": n + 1})
status("people", "COMPLETE")
"""
        job = an_airbyte_job(
            tmp_path, read, state=True, batch={"checkpoint": {"rows": 1}, "prefetch": 0}
        )
        with pytest.raises(HeadraceError, match="exit code 1"):
            execute_job(job)
        between = landed(tmp_path / "out", "id")

        report = execute_job(job)

        assert between
        assert report.status == "succeeded"
        assert landed(tmp_path / "out", "id") == [(n,) for n in range(10)]

    def test_when_a_stream_cannot_be_read_on_then_its_state_is_not_kept(
        self, tmp_path: Path
    ) -> None:
        """A full refresh is one every time."""
        read = 'record("people", id=1)\nstate("people", {"done": True})\n'
        read += 'Path(sys.argv[0]).with_name("asked.json").write_text(json.dumps(asked))'
        job = an_airbyte_job(tmp_path, read, state=True, modes=("full_refresh",))
        execute_job(job)

        execute_job(job)

        assert "state" not in json.loads((tmp_path / "asked.json").read_text())

    def test_when_fewer_records_arrive_than_were_given_then_the_run_fails(
        self, tmp_path: Path
    ) -> None:
        """The connector's own counts are compared, stream by stream, at the end."""
        read = 'record("people", id=1)\nstate("people", {"at": 1}, count=2)'
        job = an_airbyte_job(tmp_path, read)

        with pytest.raises(HeadraceError, match="says it gave 2 records, 1 arrived"):
            execute_job(job)

        assert visible(tmp_path / "out") == []

    def test_when_a_state_of_all_streams_counts_then_the_sum_is_compared(
        self, tmp_path: Path
    ) -> None:
        """What a GLOBAL state counts are the records of all streams since the one before."""
        read = """
for stream, count in (("a", 2.0), ("b", FEWER)):
    record(stream, id=1)
    record(stream, id=2)
    shared = {"shared_state": {"lsn": 1}, "stream_states": []}
    say("STATE", state={"type": "GLOBAL", "global": shared, "sourceStats": {"recordCount": count}})
"""
        whole = an_airbyte_job(tmp_path, read.replace("FEWER", "2.0"), streams=("a", "b"))
        report = execute_job(whole)
        short = an_airbyte_job(tmp_path, read.replace("FEWER", "3.0"), streams=("a", "b"))

        with pytest.raises(HeadraceError, match="says it gave 5 records, 4 arrived"):
            execute_job(short)

        assert report.rows.written == 4
        assert report.notes == []

    def test_when_more_arrive_then_the_report_says_so(self, tmp_path: Path) -> None:
        """A state may be behind the records that came before it."""
        read = 'record("people", id=1)\nrecord("people", id=2)\nstate("people", {"at": 1}, 1)'
        job = an_airbyte_job(tmp_path, read)

        report = execute_job(job)

        assert report.status == "succeeded"
        assert any("says it gave 1 records, 2 arrived" in note for note in report.notes)
