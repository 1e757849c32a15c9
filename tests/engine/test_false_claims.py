"""What plugins claim is checked when it counts: at the commit, and when it is stored."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from headrace import PluginError, StateManager, execute_job

from tests.builders import a_job, landed, visible
from tests.runs import a_plugin, a_plugin_reader, numbers

WRITER = """
import os, pathlib

class Plugin:
    def __init__(self, config):
        self.root = pathlib.Path(config["output_path"])

    def write_batch(self, batch, file_counter):
        path = self.root / "{name}"
        {write}
        return [{{"path": str(path), "rows": len(batch), "bytes": path.stat().st_size}}]

    def close(self):
        {close}
        return []
"""


def a_writer(tmp_path: Path, *, name: str, write: str, close: str = "pass") -> dict[str, str]:
    body = WRITER.format(name=name, write=write, close=close)
    return {"type": a_plugin(tmp_path, body, name="writer")}


class TestGivenAWriterWhoseFilesChange:
    @pytest.mark.parametrize(
        ("name", "write", "close", "said"),
        [
            ("a.txt", "path.write_text('x')", "os.truncate(self.root / 'a.txt', 0)", "has 0"),
            ("a.txt", "path.write_text('x')", "os.remove(self.root / 'a.txt')", "not there"),
            ("a.txt", "path.symlink_to(__file__)", "pass", "a link that leads out"),
            ("_a.txt", "path.write_text('x')", "pass", "hidden"),
        ],
    )
    def test_when_committed_then_the_claim_must_be_true(
        self, name: str, write: str, close: str, said: str, tmp_path: Path
    ) -> None:
        """A file that is not what was reported, or that readers would not find, is refused."""
        writer = a_writer(tmp_path, name=name, write=write, close=close)
        job = a_job(tmp_path, reader=numbers(tmp_path, [2]), writer=writer)

        with pytest.raises(PluginError, match=said):
            execute_job(job)

        assert visible(tmp_path / "out") == []


class TestGivenAWriterThatAsksForOutput:
    def test_when_it_writes_by_name_then_its_files_land(self, tmp_path: Path) -> None:
        """`output.open(name)` is a file of the run."""
        body = """
class Plugin:
    def __init__(self, config, output):
        self.output = output

    def write_batch(self, batch, file_counter):
        with self.output.open("folder/a.txt") as file:
            size = file.write(b"x" * len(batch))
        return [{"path": "folder/a.txt", "rows": len(batch), "bytes": size}]
"""
        writer = {"type": a_plugin(tmp_path, body, name="writer")}

        report = execute_job(a_job(tmp_path, reader=numbers(tmp_path, [3]), writer=writer))

        (file,) = visible(tmp_path / "out")
        assert file.read_bytes() == b"xxx"
        assert report.files[0].path == f"{report.run_id}/folder/a.txt"

    def test_when_it_leads_out_then_it_is_refused(self, tmp_path: Path) -> None:
        """A name is a name below the run's directory."""
        body = """
class Plugin:
    def __init__(self, config, output):
        output.open("../elsewhere.txt")

    def write_batch(self, batch, file_counter):
        return []
"""
        writer = {"type": a_plugin(tmp_path, body, name="writer")}

        with pytest.raises(PluginError, match="outside of its directory"):
            execute_job(a_job(tmp_path, reader=numbers(tmp_path), writer=writer))


class TestGivenAReaderThatIsCancelled:
    @pytest.mark.parametrize("prefetch", [0, 1])
    def test_when_it_raises_what_is_no_exception_then_it_is_blamed(
        self, prefetch: int, tmp_path: Path
    ) -> None:
        """`asyncio.CancelledError` is a BaseException, and a plugin's fault all the same."""
        extract = "import asyncio\nyield [{'n': 1}]\nraise asyncio.CancelledError"
        job = a_job(
            tmp_path, reader=a_plugin_reader(tmp_path, extract), batch={"prefetch": prefetch}
        )

        with pytest.raises(PluginError, match="CancelledError"):
            execute_job(job)

        assert landed(tmp_path / "out") == []


class TestGivenACursorThatJsonWouldAlter:
    @pytest.mark.parametrize(
        "cursor",
        [object(), float("nan"), (1, 2), {1: 2}, b"ab", dt.datetime(2024, 1, 1, tzinfo=dt.UTC)],
    )
    def test_when_advanced_then_it_is_refused(self, cursor: object) -> None:
        """A cursor comes back as it went, or not at all."""
        with pytest.raises(PluginError, match="cursor"):
            StateManager().advance("s", cursor)

    @pytest.mark.parametrize("cursor", [None, 1, 1.5, "x", [1, {"a": [None, True]}], {}])
    def test_when_it_is_json_then_it_is_kept(self, cursor: object) -> None:
        """Any JSON value is a cursor."""
        state = StateManager()

        state.advance("s", cursor)

        assert state.get("s") == cursor
