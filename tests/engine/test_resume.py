"""Readers that resume: a run that was cut at any batch goes on where its last commit stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.builders import READERS, a_job, a_reader
from tests.connectors import an_airbyte_job
from tests.engine.resuming import assert_resumes, cuts_of
from tests.runs import SQUARES, a_source
from tests.streams import a_streams_job

# A connector of streams `a` and `b` that goes on from its states, of which there is one for every
# third record; `owner` says whose they are.
GOES_ON = """
if owner == "STREAM":
    told = [entry["stream"] for entry in asked.get("state", ())]
    begin = {one["stream_descriptor"]["name"]: one["stream_state"]["at"] for one in told}
else:
    begin = asked["state"][0]["global"]["shared_state"] if "state" in asked else {}
for n in range(8):
    for name in ("a", "b"):
        if n < begin.get(name, 0):
            continue
        record(name, id=n)
        begin[name] = n + 1
        if n % 3 == 2 and owner == "STREAM":
            state(name, {"at": n + 1})
    if n % 3 == 2 and owner == "GLOBAL":
        say("STATE", state={"type": "GLOBAL", "global": {"shared_state": begin}})
for name in ("a", "b"):
    status(name, "COMPLETE")
"""

INTERLEAVED = [("a", 3), ("b", 2), ("a", 4), ("c", 1), ("b", 5), ("a", 2)]


class TestGivenCsvFiles:
    @pytest.mark.parametrize("reader", READERS)
    def test_when_cut_at_a_batch_then_the_files_before_are_kept_and_the_rest_follows(
        self, reader: str, tmp_path: Path
    ) -> None:
        """The state of CSV files moves file by file, and so do the commits."""
        a_source(tmp_path, 60, files=4)
        section = a_reader(reader, str(tmp_path / "data" / "*.csv"))
        job = a_job(tmp_path, reader=section, batch={"rows": 6})

        whole, cuts = cuts_of(job, tmp_path)

        assert_resumes(whole, cuts)
        assert [len(cut.prefix[""]) for cut in cuts] == [0, 0, 0, 0, 15, 15, 15, 30, 30, 30, 45, 45]

    @pytest.mark.parametrize("reader", READERS)
    def test_when_a_file_grows_and_is_cut_then_it_is_read_on(
        self, reader: str, tmp_path: Path
    ) -> None:
        """Following a file by its offset resumes likewise."""
        a_source(tmp_path, 30, files=2)
        path = str(tmp_path / "data" / "*.csv")
        section = a_reader(reader, path, grown_file="append")

        assert_resumes(
            *cuts_of(a_job(tmp_path, reader=section, state=True, batch={"rows": 4}), tmp_path)
        )


class TestGivenAPlugin:
    def test_when_it_advances_after_each_batch_then_only_the_last_is_read_again(
        self, tmp_path: Path
    ) -> None:
        """What is lost is what came after the last commit."""
        section = {"type": f"{SQUARES}:SquaresReader", "count": 450}

        whole, cuts = cuts_of(a_job(tmp_path, reader=section), tmp_path)

        assert_resumes(whole, cuts)
        assert [cut.second.rows.read for cut in cuts] == [450, 450, 350, 250, 150]


class TestGivenAConnector:
    @pytest.mark.parametrize("owner", ["STREAM", "GLOBAL"])
    def test_when_cut_at_a_batch_then_it_goes_on_from_the_last_state_whose_rows_are_kept(
        self, owner: str, tmp_path: Path
    ) -> None:
        """A state is committed with the rows before it, and given back as it came."""
        read = f"owner = {owner!r}\n{GOES_ON}"
        job = an_airbyte_job(tmp_path, read, streams=("a", "b"), batch={"rows": 2})

        whole, cuts = cuts_of(job, tmp_path)

        assert_resumes(whole, cuts)
        assert {name: len(rows) for name, rows in whole.items()} == {"a": 8, "b": 8}
        assert [cut.second.rows.read for cut in cuts] == [16] * 5 + [10] * 4 + [4]


class TestGivenSeveralStreams:
    @pytest.mark.parametrize("advance", ["each", "all"])
    def test_when_cut_at_a_batch_then_every_stream_goes_on_from_the_same_commit(
        self, advance: str, tmp_path: Path
    ) -> None:
        """One cursor of all streams, or one of each, belongs to all their data."""
        job = a_streams_job(tmp_path, INTERLEAVED, reader={"advance": advance})

        whole, cuts = cuts_of(job, tmp_path)

        assert_resumes(whole, cuts)
        read = [cut.second.rows.read for cut in cuts]
        assert read == [17, 17, 14, 12, 8, 7]

    def test_when_they_never_advance_then_there_is_one_commit_and_a_note(
        self, tmp_path: Path
    ) -> None:
        """Nothing is committed that the next run would read again."""
        job: dict[str, Any] = a_streams_job(tmp_path, INTERLEAVED, reader={"advance": "never"})

        whole, cuts = cuts_of(job, tmp_path)

        assert_resumes(whole, cuts)
        assert all(cut.prefix == {"a": [], "b": [], "c": []} for cut in cuts)
        assert "never covered" in " ".join(cuts[-1].second.notes)
