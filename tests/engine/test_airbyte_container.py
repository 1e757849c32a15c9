"""Connectors in containers: what they are given, what nobody sees, and that they are gone."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from headrace import HeadraceError, execute_job

from tests.builders import a_job, landed
from tests.connectors import SECRET, a_program
from tests.containers import an_image, an_interpreter_image, docker, need_engine, running
from tests.runs import a_command, a_job_file, environment, python

WITHIN_S = 60.0

# Whoever runs the tests in the background has them ignore SIGINT, and a child inherits that.
INTERRUPTIBLE = """
import signal, sys
from headrace.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(sys.argv[1:]))
"""

TWO_RECORDS = """
for n in range(2):
    record("people", id=n, name="somebody")
status("people", "COMPLETE")
"""

TELLS_ITS_FILES = """
folder = Path(options["config"]).parent
try:
    (folder / "more").write_text("x")
    can = "can write"
except OSError:
    can = "can not write"
modes = [f"{path.name} {path.stat().st_mode & 0o777:o}" for path in sorted(folder.iterdir())]
who = f"{os.getuid()} {os.access(options['config'], os.R_OK)} {can}"
record("people", id=0, name="; ".join([who, *modes, asked["config"]["key"][:4]]))
status("people", "COMPLETE")
"""

HANGS = """
record("people", id=0, name="first")
time.sleep(600)
"""


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The image of this interpreter."""
    need_engine()
    tag = f"headrace-test-python:{uuid.uuid4().hex[:12]}"
    an_interpreter_image(tag)
    yield tag
    docker("rmi", "--force", tag)


@pytest.fixture
def image(base: str) -> Iterator[Callable[..., str]]:
    """Makes images of connectors."""
    made: list[str] = []

    def make(read: str, **more: Any) -> str:  # noqa: ANN401  as `a_program`
        made.append(f"headrace-test-connector:{uuid.uuid4().hex[:12]}")
        an_image(made[-1], base, a_program(read, **more))
        return made[-1]

    yield make
    for tag in made:
        docker("rmi", "--force", tag)


def a_container_job(tmp_path: Path, image: str, **reader: Any) -> dict[str, Any]:  # noqa: ANN401
    section = {"type": "airbyte", "image": image, "config": {"key": SECRET}, **reader}
    return a_job(tmp_path, reader=section)


def wait_for(wanted: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not wanted():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@contextmanager
def started(tmp_path: Path, image: str) -> Iterator[subprocess.Popen[bytes]]:
    """A run whose connector is at its `read`; killed behind the block if it still runs."""
    job = a_job_file(tmp_path, a_container_job(tmp_path, image))
    before = running(image, "read")
    with subprocess.Popen(
        python(INTERRUPTIBLE, "run", job),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as run:
        try:
            wait_for(lambda: len(running(image, "read")) > len(before), "the container runs")
            yield run
        finally:
            run.kill()


class TestGivenAConnectorInAnImage:
    @pytest.mark.covers("airbyte:image")
    def test_when_read_then_its_records_land_and_it_is_gone(
        self, tmp_path: Path, image: Callable[..., str]
    ) -> None:
        """A container is a connector as a process is."""
        connector = image(TWO_RECORDS)

        report = execute_job(a_container_job(tmp_path, connector))

        assert report.rows.written == 2
        assert landed(tmp_path / "out", "id, name") == [(0, "somebody"), (1, "somebody")]
        assert not running(connector)

    def test_when_it_looks_at_its_files_then_they_are_private_and_not_its_to_change(
        self, tmp_path: Path, image: Callable[..., str]
    ) -> None:
        """The config holds secrets: its file is for its owner, who only reads it."""
        execute_job(a_container_job(tmp_path, image(TELLS_ITS_FILES)))

        [(told,)] = landed(tmp_path / "out", "name")
        assert told == f"{os.getuid()} True can not write; catalog.json 600; config.json 600; open"

    @pytest.mark.covers("airbyte:docker_options")
    def test_when_it_has_options_and_variables_then_they_are_the_containers(
        self, tmp_path: Path, image: Callable[..., str]
    ) -> None:
        """A private network's hosts, mounts and proxies are had in a container, too."""
        (tmp_path / "mounted").write_text("mounted")
        read = """
said = Path("/more").read_text() + " " + Path("/etc/hosts").read_text().count("source.test") * "x"
record("people", id=1, name=said + " " + os.environ["ONLY_ITS"])
"""
        options = [f"--volume={tmp_path / 'mounted'}:/more:ro", "--add-host=source.test:10.0.0.1"]
        job = a_container_job(
            tmp_path, image(read), docker_options=options, environment={"ONLY_ITS": "a b"}
        )

        execute_job(job)

        assert landed(tmp_path / "out", "name") == [("mounted x a b",)]

    def test_when_check_fails_then_its_message_is_told(
        self, tmp_path: Path, image: Callable[..., str]
    ) -> None:
        """`headrace check` asks the connector itself."""
        failing = 'say("CONNECTION_STATUS", connectionStatus={"status": "FAILED", "message": "no"})'
        connector = image(TWO_RECORDS, check=failing)
        job = a_job_file(tmp_path, a_container_job(tmp_path, connector))

        done = subprocess.run(
            a_command("check", job), env=environment(), capture_output=True, text=True, check=False
        )

        assert done.returncode == 2
        assert "the connector's check failed: no" in done.stderr
        assert not running(connector)


class TestGivenAConnectorThatFails:
    @pytest.mark.parametrize(
        ("read", "says"),
        [
            ('record("people", id=0)\nsys.exit(3)', "3"),
            ('error("the source is shut", "system_error")\nsys.exit(1)', "the source is shut"),
            ("os.kill(os.getpid(), signal.SIGKILL)", "137"),
        ],
    )
    def test_when_it_ends_badly_then_the_error_is_typed_and_it_is_gone(
        self, tmp_path: Path, image: Callable[..., str], read: str, says: str
    ) -> None:
        """A container that fails is a connector that fails; nothing of it stays."""
        connector = image(read)

        with pytest.raises(HeadraceError, match=says) as failed:
            execute_job(a_container_job(tmp_path, connector))

        assert failed.value.where["plugin"] == connector
        assert not running(connector)

    def test_when_there_is_no_such_image_then_docker_says_so(
        self, tmp_path: Path, base: str
    ) -> None:
        """The user hears what docker has to say."""
        del base
        missing = f"localhost:1/nobody/nothing:{uuid.uuid4().hex[:12]}"

        with pytest.raises(HeadraceError, match="nothing"):
            execute_job(a_container_job(tmp_path, missing))

    def test_when_it_hangs_then_it_is_ended_and_no_secret_was_to_be_seen(
        self, tmp_path: Path, image: Callable[..., str]
    ) -> None:
        """Who may list processes and containers learns no secret from them."""
        connector = image(HANGS)
        job = a_container_job(tmp_path, connector, idle_timeout_s=4)
        raised: list[BaseException] = []

        def run() -> None:
            try:
                execute_job(job)
            except HeadraceError as error:
                raised.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        wait_for(lambda: bool(running(connector, "read")), "the container runs")
        seen = docker("inspect", *running(connector))
        seen += "".join(path.read_text() for path in Path("/proc").glob("[0-9]*/cmdline"))
        thread.join()

        assert "printed nothing for 4 s" in str(raised[0])
        assert "config.json" in seen
        assert SECRET not in seen
        assert not running(connector)


class TestGivenARunThatIsEnded:
    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_when_by_a_signal_then_the_container_is_gone_with_it(
        self, tmp_path: Path, image: Callable[..., str], number: signal.Signals, code: int
    ) -> None:
        """Nobody has to clean up behind Ctrl-C."""
        connector = image(HANGS)

        with started(tmp_path, connector) as run:
            run.send_signal(number)
            run.communicate(timeout=WITHIN_S)

        assert run.returncode == code
        assert not running(connector)

    def test_when_killed_then_the_next_run_removes_the_container_and_no_other(
        self, tmp_path: Path, image: Callable[..., str]
    ) -> None:
        """A killed run cannot clean up; the next one does, and leaves a living run its own."""
        hanging = image(HANGS)
        for name in ("killed", "living"):
            (tmp_path / name).mkdir()

        with started(tmp_path / "killed", hanging) as killed:
            [orphan] = running(hanging)
            with started(tmp_path / "living", hanging) as living:
                owned = [found for found in running(hanging) if found != orphan]
                killed.kill()
                killed.communicate()
                assert orphan in running(hanging)
                report = execute_job(a_container_job(tmp_path, image(TWO_RECORDS)))
                left = running(hanging)
                living.send_signal(signal.SIGTERM)
                living.communicate(timeout=WITHIN_S)

        assert report.rows.written == 2
        assert left == owned != []
        assert not running(hanging)
