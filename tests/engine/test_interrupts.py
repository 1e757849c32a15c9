"""Ctrl-C and SIGTERM: an orderly end, with nothing visible and the report still printed."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import a_job, landed, visible
from tests.runs import (
    LISTENING,
    a_command,
    a_job_file,
    a_plugin_reader,
    a_source,
    ended,
    environment,
    interrupted,
    leftovers,
    numbers,
)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"]
)
class TestGivenASignal:
    @pytest.mark.parametrize("prefetch", [0, 1])
    def test_when_it_comes_in_mid_run_then_the_code_tells_and_nothing_is_visible(
        self, number: signal.Signals, code: int, prefetch: int, tmp_path: Path
    ) -> None:
        """An interrupted run prints its report and leaves nothing."""
        extract = """
for n in range(60_000):
    yield [{"n": n}]
    if n == 5:
        Path(self.config["mark"]).touch()
    time.sleep(0.002)
"""
        mark = tmp_path / "mark"
        reader = a_plugin_reader(tmp_path, extract) | {"mark": str(mark)}
        job = a_job_file(tmp_path, reader=reader, batch={"prefetch": prefetch}, state=True)

        done = interrupted(job, number, mark.exists)

        report = done.report
        assert done.code == code, done.err
        assert report["status"] == "failed"
        assert report["error"]["type"] == "Interrupted"
        assert report["rows"]["read"] == report["rows"]["discarded"] > 0
        assert visible(tmp_path / "out") == []
        assert leftovers(tmp_path / "out") == []
        assert not (tmp_path / "state").exists()
        assert "Traceback" not in done.err

    def test_when_the_source_is_blocked_then_the_run_ends_all_the_same(
        self, number: signal.Signals, code: int, tmp_path: Path
    ) -> None:
        """A source that never answers does not keep an interrupted run alive."""
        extract = """
yield [{"n": 1}]
Path(self.config["mark"]).touch()
time.sleep(600)
"""
        mark = tmp_path / "mark"
        reader = a_plugin_reader(tmp_path, extract) | {"mark": str(mark)}
        job = a_job_file(tmp_path, reader=reader)

        done = interrupted(job, number, mark.exists)

        assert done.code == code, done.err
        assert visible(tmp_path / "out") == []
        assert leftovers(tmp_path / "out") == []

    def test_when_it_comes_during_the_commit_then_it_comes_too_late(
        self, number: signal.Signals, code: int, tmp_path: Path
    ) -> None:
        """A code that promises that nothing is visible is not given once something is."""
        rows = a_source(tmp_path, 20)
        job = a_job_file(tmp_path, state=True)
        script = f"""
import os
from headrace.targets.local import LocalTarget
publish = LocalTarget.publish
def interrupted(self, intent):
    publish(self, intent)
    os.kill(os.getpid(), {int(number)})
LocalTarget.publish = interrupted
{LISTENING}"""
        done = subprocess.run(
            [sys.executable, "-c", script, "run", str(job), "--json"],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

        assert done.returncode == 0 != code, done.stderr
        assert json.loads(done.stdout)["status"] == "succeeded"
        assert landed(tmp_path / "out") == rows
        assert leftovers(tmp_path / "out") == []


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"]
)
class TestGivenASignalThatIsDropped:
    def test_when_the_next_batch_comes_then_the_run_ends_all_the_same(
        self, number: signal.Signals, code: int, tmp_path: Path
    ) -> None:
        """Whatever is raised in a finalizer goes nowhere, and a signal may arrive in one."""
        extract = f"""
import signal
class Dropped:
    def __del__(self):
        signal.raise_signal({int(number)})
yield [{{"n": 1}}]
Dropped()
yield [{{"n": 2}}]
yield [{{"n": 3}}]
"""
        reader = a_plugin_reader(tmp_path, extract)
        job = a_job_file(tmp_path, reader=reader, batch={"prefetch": 0}, state=True)

        done = ended([sys.executable, "-c", LISTENING, "run", str(job), "--json"])

        assert "Exception ignored" in done.err  # the fault has fired
        assert done.code == code
        assert done.report["error"]["type"] == "Interrupted"
        assert visible(tmp_path / "out") == []
        assert leftovers(tmp_path / "out") == []
        assert not (tmp_path / "state").exists()


class TestGivenATerminal:
    def seen(self, job: Path, *arguments: str) -> str:
        """What a run shows on a terminal."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            a_command("run", job, *arguments),
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=theirs,
        )
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # Linux: the other end is closed
                break
            if not part:
                break
            shown += part
        os.close(ours)
        assert process.wait(timeout=300) == 0, shown
        return shown.decode()

    def slow(self, tmp_path: Path) -> Path:
        """A job that takes long enough to be shown."""
        extract = "for n in range(8):\n    time.sleep(0.03)\n    yield [{'n': n}]"
        return a_job_file(tmp_path, a_job(tmp_path, reader=a_plugin_reader(tmp_path, extract)))

    def test_when_there_is_one_then_progress_is_redrawn_in_place(self, tmp_path: Path) -> None:
        """Rows, speed, memory and the stages' shares, on one line."""
        shown = self.seen(self.slow(tmp_path))

        drawn = [part for part in shown.split("\r\x1b[2K") if " rows/s · " in part]
        assert drawn
        assert "MB/s" in drawn[-1]
        assert "peak" in drawn[-1]
        assert "read " in drawn[-1]
        assert "8 rows read, 8 written" in shown

    def test_when_it_is_to_be_quiet_then_nothing_is_shown(self, tmp_path: Path) -> None:
        """`--quiet` means it."""
        assert self.seen(self.slow(tmp_path), "--quiet") == ""

    def test_when_there_is_none_then_no_line_is_drawn(self, tmp_path: Path) -> None:
        """A log file is not redrawn."""
        job = a_job_file(tmp_path, reader=numbers(tmp_path))

        done = subprocess.run(
            a_command("run", job), env=environment(), capture_output=True, text=True, check=True
        )

        assert "\x1b" not in done.stderr
        assert "6 rows read" in done.stderr
