"""Libraries that end their process: the parent says which, and nothing is visible."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from headrace.cli.interrupts import ECHO_S
from headrace.cli.supervision import GRACE_S

from tests.builders import a_job, visible
from tests.libraries import a_cabi, faulty
from tests.runs import (
    a_command,
    a_job_file,
    a_plugin_reader,
    environment,
    headrace_ends,
    leftovers,
    numbers,
    python,
)
from tests.waiting import WITHIN_S, holds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that does what its config says."""
    return faulty(tmp_path_factory.mktemp("crashing"))


# It is patient with who does not let itself be ended: no end of a run is for that it was not.
PATIENT = """
import sys
from headrace.cli import main, supervision
supervision.GRACE_S = 3600.0
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def hanging(library: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A run that is in a call of its writer which does not return, and its end."""
    job = a_job(tmp_path, reader=numbers(tmp_path), writer=a_hanging(library, tmp_path))
    with hung(tmp_path, job, a_command) as process:
        yield process


def a_hanging(library: Path, folder: Path) -> dict[str, Any]:
    """The section of a library whose call does not return, and leaves a mark once it is made."""
    section = a_cabi(library, "hang")
    return section | {"config": section["config"] | {"mark": str(folder / "mark")}}


@contextmanager
def hung(
    folder: Path, job: Mapping[str, Any], command: Callable[..., list[str]]
) -> Iterator[subprocess.Popen[str]]:
    """A run that is in a call which does not return, and what is left of it in the end."""
    process = subprocess.Popen(
        command("run", a_job_file(folder, job), "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert holds((folder / "mark").exists)
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def has_heard(process: subprocess.Popen[str], number: signal.Signals) -> bool:
    """Whether a signal that was sent does not wait for its process any more."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    waiting = re.search(r"ShdPnd:\s+([0-9a-f]+)", status)
    return waiting is not None and not int(waiting[1], 16) >> (number - 1) & 1


def child_of(process: subprocess.Popen[str]) -> psutil.Process | None:
    return next(iter(psutil.Process(process.pid).children()), None)


SLOW = """
for n in range(10_000):
    time.sleep(0.02)
    yield [{"n": n}]
"""
ENDINGS = {
    "segv": "died of SIGSEGV",
    "abort": "died of SIGABRT",
    "exit 0": "ended with exit code 0",
    "exit 7": "ended with exit code 7",
}


class TestGivenALibraryThatEndsItsProcess:
    @pytest.mark.parametrize("do", ENDINGS)
    @pytest.mark.parametrize("part", ["reader", "writer"])
    def test_when_run_then_the_parent_names_it_and_the_next_run_cleans(
        self, do: str, part: str, library: Path, tmp_path: Path
    ) -> None:
        """Which library, in which function, how; a typed error, exit code 2, nothing visible."""
        parts = {"reader": numbers(tmp_path), "writer": {"type": "rust"}}
        job = a_job(tmp_path, **{**parts, part: a_cabi(library, do)})

        done = headrace_ends("run", a_job_file(tmp_path, job), "--json")

        function = {"reader": "extract_batch", "writer": "write_batch"}[part]
        error = json.loads(done.out)["error"]
        assert done.code == 2
        assert error["type"] == "PluginError"
        where = f"in {function} of the {part}'s library {library}"
        assert error["message"].startswith(f"the process {ENDINGS[do]} {where}")
        assert error["where"] == {"plugin": str(library)}
        assert f"PluginError: the process {ENDINGS[do]}" in done.err
        assert visible(tmp_path / "out") == []

        job = a_job(tmp_path, **parts)
        again = headrace_ends("run", a_job_file(tmp_path, job), "--json")
        assert again.code == 0, again.err
        assert [one["outcome"] for one in json.loads(again.out)["recovered"]] == ["removed"]
        assert leftovers(tmp_path / "out") == []

    @pytest.mark.parametrize(
        ("do", "function"), [("segv in create", "create_writer"), ("segv in close", "close_writer")]
    )
    def test_when_it_crashes_at_its_edges_then_the_function_is_named(
        self, do: str, function: str, library: Path, tmp_path: Path
    ) -> None:
        """Making and closing are calls like any other."""
        job = a_job(tmp_path, reader=numbers(tmp_path), writer=a_cabi(library, do))

        done = headrace_ends("run", a_job_file(tmp_path, job))

        assert done.code == 2
        assert f"died of SIGSEGV in {function} of the writer's library {library}" in done.err

    def test_when_checked_then_it_is_named_too(self, library: Path, tmp_path: Path) -> None:
        """A check loads the library as a run does."""
        job = a_job(tmp_path, reader=a_cabi(library, "segv in create"))

        done = headrace_ends("check", a_job_file(tmp_path, job), "--json")

        assert done.code == 2
        assert "create_reader of the reader's library" in json.loads(done.out)["error"]["message"]


class TestGivenALibraryThatBehaves:
    def test_when_run_then_code_output_and_errors_are_the_childs(
        self, library: Path, tmp_path: Path
    ) -> None:
        """The process between is not to be seen."""
        good = a_job(tmp_path, reader=a_cabi(library), writer=a_cabi(library))
        bad = a_job(tmp_path, reader=a_cabi(library, "bad json"))

        done = headrace_ends("run", a_job_file(tmp_path, good), "--json")
        failed = headrace_ends("run", a_job_file(tmp_path, bad), "--json")

        assert (done.code, json.loads(done.out)["status"]) == (0, "succeeded")
        assert failed.code == 2
        assert json.loads(failed.out)["error"]["where"]["plugin"] == str(library)
        assert done.err.count("succeeded") == 1


class TestGivenARunInACall:
    def test_when_its_process_is_killed_then_the_parent_says_where_it_was(
        self, hanging: subprocess.Popen[str], library: Path, tmp_path: Path
    ) -> None:
        """Whoever killed it, the user learns what was under way; no zombie stays."""
        child = child_of(hanging)
        assert child is not None

        child.kill()
        out, _ = hanging.communicate(timeout=WITHIN_S)

        message = json.loads(out)["error"]["message"]
        assert hanging.returncode == 2
        assert f"died of SIGKILL in write_batch of the writer's library {library}" in message
        assert not psutil.pid_exists(child.pid)
        assert visible(tmp_path / "out") == []

    def test_when_the_parent_is_killed_then_the_child_ends_with_it(
        self, hanging: subprocess.Popen[str]
    ) -> None:
        """Nobody is left behind."""
        child = child_of(hanging)
        assert child is not None

        hanging.kill()
        hanging.wait()

        assert holds(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


class TestGivenACallThatDoesNotReturn:
    @pytest.mark.parametrize(
        ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"]
    )
    @pytest.mark.parametrize("part", ["reader", "writer"])
    def test_when_interrupted_twice_then_the_run_ends_by_force(
        self, number: signal.Signals, code: int, part: str, library: Path, tmp_path: Path
    ) -> None:
        """The main thread is in the library and hears nothing; the parent does."""
        parts = {"reader": numbers(tmp_path), "writer": {"type": "rust"}}
        job = a_job(tmp_path, **{**parts, part: a_hanging(library, tmp_path)})
        job["batch"] = {"prefetch": 0}

        with hung(tmp_path, job, partial(python, PATIENT)) as process:
            child = child_of(process)
            process.send_signal(number)
            assert holds(lambda: has_heard(process, number))
            time.sleep(ECHO_S + 0.2)
            assert process.poll() is None
            process.send_signal(number)
            out, err = process.communicate(timeout=WITHIN_S)

        function = {"reader": "extract_batch", "writer": "write_batch"}[part]
        assert process.returncode == code, (out, err)
        error = json.loads(out)["error"]
        assert (error["type"], error["where"]) == ("Interrupted", {"plugin": str(library)})
        assert f"in {function} of the {part}'s library {library}" in error["message"]
        assert f"error: Interrupted: {error['message']}" in err
        assert child is not None
        assert not psutil.pid_exists(child.pid)
        assert visible(tmp_path / "out") == []
        again = headrace_ends("run", a_job_file(tmp_path, a_job(tmp_path, **parts)), "--json")
        assert [one["outcome"] for one in json.loads(again.out)["recovered"]] == ["removed"]

    def test_when_interrupted_once_then_it_ends_after_a_while(
        self, hanging: subprocess.Popen[str]
    ) -> None:
        """Whoever stops a service sends one signal."""
        hanging.send_signal(signal.SIGTERM)
        out, _ = hanging.communicate(timeout=GRACE_S + WITHIN_S)

        assert hanging.returncode == 143
        assert json.loads(out)["error"]["type"] == "Interrupted"


class TestGivenAnInterrupt:
    @pytest.mark.parametrize(
        ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"]
    )
    @pytest.mark.parametrize("sent_to", ["parent", "group"])
    def test_when_it_comes_then_the_run_ends_as_documented(
        self, number: signal.Signals, code: int, sent_to: str, library: Path, tmp_path: Path
    ) -> None:
        """To the parent alone or to both, it interrupts once: the exit code and the report."""
        slow = a_plugin_reader(tmp_path, SLOW)
        job = a_job(tmp_path, reader=slow, writer=a_cabi(library))
        process = subprocess.Popen(
            a_command("run", a_job_file(tmp_path, job), "--json"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
            start_new_session=True,
        )
        assert holds(lambda: list((tmp_path / "out").glob("_staging/*/*")))

        if sent_to == "group":
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        out, err = process.communicate(timeout=WITHIN_S)

        assert process.returncode == code, err
        assert json.loads(out)["error"]["type"] == "Interrupted"
        assert re.search("(?m)^error: ", err)
        assert visible(tmp_path / "out") == []
        assert leftovers(tmp_path / "out") == []
