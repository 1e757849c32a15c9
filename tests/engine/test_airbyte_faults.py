"""Airbyte connectors that fail: each a typed error, bounded in time, and nobody left behind."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from headrace import (
    HeadraceError,
    PluginError,
    ReaderConnectionError,
    ReaderError,
    create_extractor,
    execute_job,
)

from tests.builders import landed, visible
from tests.connectors import SECRET, an_airbyte_job
from tests.harness.owners import processes_of
from tests.runs import a_command, a_job_file, environment
from tests.waiting import WITHIN_S, holds

# Says where its processes are, so that a test can look for them.
LEAVES_PIDS = """
def leave(name, pid):
    Path(sys.argv[0]).with_name(name).write_text(str(pid))
leave("pid", os.getpid())
"""


def pid_of(tmp_path: Path, name: str = "pid") -> int:
    """The process that a connector named; waits until it has."""
    path = tmp_path / name
    assert holds(lambda: path.exists() and path.read_text()), name
    return int(path.read_text())


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def is_gone(pid: int) -> bool:
    """Whether a process has ended, or does within a moment."""
    return holds(lambda: not is_alive(pid))


def are_gone(tmp_path: Path) -> bool:
    """Whether every process of a connector has, one that was ended before it said a word too."""
    return holds(lambda: not processes_of(str(tmp_path)))


def failed(tmp_path: Path, read: str, **options: Any) -> HeadraceError:  # noqa: ANN401
    """What a run of a connector failed with; nothing of it is visible."""
    with pytest.raises(HeadraceError) as caught:
        execute_job(an_airbyte_job(tmp_path, read, reader=options))
    assert visible(tmp_path / "out") == []
    assert are_gone(tmp_path)
    return caught.value


class TestGivenAConnectorThatFails:
    @pytest.mark.parametrize("last", ["INCOMPLETE", "RUNNING"])
    def test_when_it_exits_0_with_a_stream_incomplete_then_the_run_fails(
        self, tmp_path: Path, last: str
    ) -> None:
        """Success is exit 0 and every stream complete."""
        read = f'status("people", "STARTED")\nrecord("people", id=1)\nstatus("people", "{last}")'

        error = failed(tmp_path, read)

        assert isinstance(error, ReaderError)
        assert f"its last status is {last}" in error.message

    def test_when_it_exits_1_then_its_last_words_are_told_without_secrets(
        self, tmp_path: Path
    ) -> None:
        """The end of stderr says why, and the config's secrets are not in it."""
        read = 'record("people", id=1)\nsys.exit("no way: " + asked["config"]["key"])'

        error = failed(tmp_path, read)

        assert "exit code 1" in error.message
        assert "no way: ***" in error.message
        assert SECRET not in str(error)

    def test_when_its_spec_is_not_asked_for_then_no_text_of_its_config_is_told(
        self, tmp_path: Path
    ) -> None:
        """Only the spec says which of them are secret, and a job with a catalog does not ask."""
        command = an_airbyte_job(tmp_path, "pass")["reader"]["command"]
        printed = subprocess.run([*command, "discover"], capture_output=True, check=True).stdout
        (tmp_path / "catalog.jsonl").write_bytes(printed)
        config = {"key": SECRET, "nested": [{"phrase": "swordfish", "pin": 4711}]}

        error = failed(
            tmp_path,
            'sys.exit("no way: %(phrase)s, %(pin)s" % asked["config"]["nested"][0])',
            catalog=str(tmp_path / "catalog.jsonl"),
            config=config,
        )

        assert "no way: ***, ***" in error.message

    def test_when_a_manifest_marks_a_secret_then_it_is_not_told(self, tmp_path: Path) -> None:
        """A connector that is told by its config what it is has a `spec` of its manifest alone."""
        specification = {"properties": {"phrase": {"type": "string", "airbyte_secret": True}}}
        manifest = {"type": "Source", "spec": {"connection_specification": specification}}
        config = {"key": SECRET, "phrase": "swordfish", "__injected_declarative_manifest": manifest}

        error = failed(
            tmp_path, 'sys.exit("no Source: " + asked["config"]["phrase"])', config=config
        )

        assert "no Source: ***" in error.message

    @pytest.mark.parametrize(
        ("failure", "cls"),
        [
            ("transient_error", ReaderConnectionError),
            ("config_error", ReaderError),
            ("system_error", ReaderError),
        ],
    )
    def test_when_it_reports_an_error_then_that_is_the_runs(
        self, tmp_path: Path, failure: str, cls: type[HeadraceError]
    ) -> None:
        """The connector's message, its failure type, and whether it is worth retrying."""
        read = f'error("denied to " + asked["config"]["key"], "{failure}")\nsys.exit(1)'

        error = failed(tmp_path, read)

        assert type(error) is cls
        assert error.message == "the connector failed: denied to ***"
        assert error.where["failure_type"] == failure
        assert error.retryable is (failure == "transient_error")

    def test_when_it_dies_of_a_signal_then_that_is_told(self, tmp_path: Path) -> None:
        """An end that nobody chose is not an end of the data."""
        error = failed(tmp_path, 'record("people", id=1)\nos.kill(os.getpid(), signal.SIGKILL)')

        assert "signal 9" in error.message

    def test_when_a_records_line_is_broken_then_it_is_not_passed_over(self, tmp_path: Path) -> None:
        """A record is never lost as a line that is no message."""
        read = 'record("people", id=1)\nprint(\'{"type": "RECORD", "record": {"stream": "peo\')'

        error = failed(tmp_path, read)

        assert error.where["line"] == 2

    def test_when_a_record_is_of_another_stream_then_it_is_not_passed_over(
        self, tmp_path: Path
    ) -> None:
        """What nobody asked for may be what somebody misses."""
        error = failed(tmp_path, 'record("others", id=1)')

        assert isinstance(error, PluginError)
        assert "'others'" in error.message or '"others"' in error.message

    @pytest.mark.parametrize(
        "read",
        [
            'say("STATE")',
            'say("STATE", state={"type": "STREAM"})',
            'say("STATE", state={"type": "GLOBAL", "global": {}, "sourceStats": [1]})',
            'say("TRACE", trace={"type": "STREAM_STATUS"})',
            'say("LOG")',
            'print(\'{"type": "LOG", "log": nonsense}\')',
        ],
    )
    def test_when_a_message_is_malformed_then_it_is_a_plugin_error(
        self, tmp_path: Path, read: str
    ) -> None:
        """A connector that does not speak the protocol is named."""
        assert isinstance(failed(tmp_path, read), PluginError)

    def test_when_there_is_no_such_program_then_it_is_a_plugin_error(self, tmp_path: Path) -> None:
        """The message says what is not there."""
        job = an_airbyte_job(tmp_path, "", reader={"command": "no-such-connector --x"})

        with pytest.raises(PluginError, match="'no-such-connector'"):
            execute_job(job)


class TestGivenAConnectorThatPrintsWhatItShouldNot:
    def test_when_it_prints_garbage_then_its_records_land_and_the_lines_are_counted(
        self, tmp_path: Path
    ) -> None:
        """Lines that are no message go to the log."""
        read = """
sys.stdout.buffer.write(b"\\xff\\xfe\\x00\\n{\\n[1]\\n\\n  \\n\\"x\\"\\n{\\"a\\": 1}\\n")
sys.stdout.flush()
record("people", id=1)
"""
        report = execute_job(an_airbyte_job(tmp_path, read))

        assert landed(tmp_path / "out", "id") == [(1,)]
        assert any("5 lines of its output were no messages" in note for note in report.notes)

    def test_when_a_line_has_10_megabytes_then_it_is_read(self, tmp_path: Path) -> None:
        """A long record is a record."""
        size = 10 << 20

        execute_job(an_airbyte_job(tmp_path, f'record("people", id=1, name="x" * {size})'))

        assert landed(tmp_path / "out", "id, length(name)") == [(1, size)]

    def test_when_it_floods_stderr_then_nobody_waits(self, tmp_path: Path) -> None:
        """Stderr is drained while records come."""
        read = """
for n in range(20):
    sys.stderr.write(("e" * 1000 + "\\n") * 1000)
    record("people", id=n)
"""
        execute_job(an_airbyte_job(tmp_path, read))

        assert len(landed(tmp_path / "out", "id")) == 20


class TestGivenAConnectorThatDoesNotEnd:
    @pytest.mark.covers("airbyte:idle_timeout_s")
    def test_when_it_hangs_then_the_idle_timeout_ends_it(self, tmp_path: Path) -> None:
        """A silent connector is given up; that is worth retrying."""
        read = 'record("people", id=1)\ntime.sleep(600)'

        error = failed(tmp_path, read, idle_timeout_s=1)

        assert isinstance(error, ReaderConnectionError)
        assert "printed nothing for 1 s" in error.message

    def test_when_it_closes_stdout_early_and_goes_on_then_it_is_ended(self, tmp_path: Path) -> None:
        """The end of the output is not the end of the connector."""
        read = 'record("people", id=1)\nos.close(1)\ntime.sleep(600)'

        error = failed(tmp_path, read, idle_timeout_s=5)  # until it has printed at all, too

        assert "closed its output and did not end" in error.message

    def test_when_it_ignores_sigterm_then_it_is_killed(self, tmp_path: Path) -> None:
        """SIGKILL follows SIGTERM."""
        read = 'signal.signal(signal.SIGTERM, signal.SIG_IGN)\nrecord("people", id=1)\n'

        error = failed(tmp_path, read + "time.sleep(600)", idle_timeout_s=1)

        assert isinstance(error, ReaderConnectionError)

    def test_when_it_leaves_a_child_that_holds_the_output_then_both_are_gone(
        self, tmp_path: Path
    ) -> None:
        """The output ends with the connector; what it started ends too."""
        read = """
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
leave("child", child.pid)
record("people", id=1)
"""
        job = an_airbyte_job(tmp_path, LEAVES_PIDS + read)

        report = execute_job(job)

        assert report.status == "succeeded"
        assert landed(tmp_path / "out", "id") == [(1,)]
        assert is_gone(pid_of(tmp_path, "child"))

    @pytest.mark.parametrize("prefetch", [0, 1])
    def test_when_the_loop_is_left_early_then_it_is_gone(
        self, tmp_path: Path, prefetch: int
    ) -> None:
        """Nothing of a connector outlives the iterator over its batches."""
        read = LEAVES_PIDS + 'record("people", id=1)\nstate("people", {})\ntime.sleep(600)'
        job = an_airbyte_job(tmp_path, read, batch={"prefetch": prefetch})
        batches = create_extractor(job).extract(None)

        next(batches)
        batches.close()  # type: ignore[attr-defined]  it is a generator

        assert is_gone(pid_of(tmp_path))

    def test_when_the_run_is_interrupted_then_it_is_gone(self, tmp_path: Path) -> None:
        """SIGTERM to the engine ends the connector, which prints nothing meanwhile."""
        read = LEAVES_PIDS + 'record("people", id=1)\ntime.sleep(600)'
        command = a_command("run", a_job_file(tmp_path, an_airbyte_job(tmp_path, read)))
        with subprocess.Popen(
            command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            pid = pid_of(tmp_path)
            assert is_alive(pid)

            os.kill(process.pid, signal.SIGTERM)

            assert process.wait(timeout=WITHIN_S) == 143
        assert is_gone(pid)
        assert visible(tmp_path / "out") == []
