"""The services of a run, started at once: each answers or says why not, and none outlives it."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest
from headrace_harness.catalog import Part
from headrace_harness.errors import ServiceError
from headrace_harness.services import Services, service
from headrace_harness.services import launch as launching
from headrace_harness.services.launch import Launch
from headrace_harness.services.postgres import EmbeddedPostgres

from tests.harness.builders import quietly
from tests.harness.owners import began, left_of
from tests.length import at_length
from tests.waiting import holds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

INTERRUPTED = """
import os, signal, sys, threading, time
from headrace_harness.catalog import Part
from headrace_harness.errors import InterruptedRunError
from headrace_harness.services import Services, service
from headrace_harness.suite.interruption import signals_raise
names = ("airbyte", "api", "postgres", "s3")
try:
    with signals_raise() as signals:
        interrupt = lambda: os.kill(os.getpid(), signal.SIGINT)
        threading.Timer(float(sys.argv[1]), interrupt).start()
        with Services() as services:
            parts = [Part(name=n, title=n, job={}, service=n) for n in names]
            services.start(parts, announce=print)
            while True:  # as a run looks between its samples, where a finalizer dropped it
                signals.check()
                time.sleep(0.1)
except InterruptedRunError:
    print("interrupted", flush=True)
time.sleep(600)
"""


def a_part(service: str, name: str = "", **serving: Any) -> Part:  # noqa: ANN401  any key
    return Part(name=name or service, title=service, job={}, service=service, serving=serving)


class Broken:
    """A service that fails as it starts."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.stops = 0

    def start(self) -> None:
        """Fail."""
        raise self.error

    def stop(self) -> None:
        """Count."""
        self.stops += 1

    def log(self) -> str:
        """What it said until it was stopped."""
        return "no room" if not self.stops else ""


class Quiet(Broken):
    """A service that starts."""

    def __init__(self) -> None:
        super().__init__(ServiceError("none"))

    def start(self) -> None:
        """Nothing is to be done."""


class Meeting:
    """A service that starts only while another one does."""

    def __init__(self, barrier: threading.Barrier) -> None:
        self._barrier = barrier

    def start(self) -> None:
        """Meet."""
        self._barrier.wait(30)

    def stop(self) -> None:
        """Nothing is kept."""


class TestGivenServicesThatAreNeeded:
    def test_when_started_then_all_of_them_answer_and_are_found_running(self) -> None:
        """What was started at once is not started again."""
        said: list[str] = []
        parts = [a_part("postgres"), a_part("s3"), a_part("iceberg"), a_part("api"), a_part("")]

        with Services() as services:
            errors = services.start(parts, announce=said.append)
            postgres = services.reach(parts[0], announce=said.append)
            s3, iceberg = (services.reach(part, announce=said.append) for part in parts[1:3])
            assert isinstance(postgres, EmbeddedPostgres)
            answer = postgres.execute("select 1")

        assert errors == {}
        assert answer == "1"
        assert s3 is iceberg
        assert said == ["starting postgres", "starting s3", "starting api"]

    def test_when_started_then_none_waits_for_another(self) -> None:
        """Two that wait for each other meet."""
        barrier = threading.Barrier(2)

        meetings = [Meeting(barrier), Meeting(barrier)]

        launches = [Launch(str(n), meeting) for n, meeting in enumerate(meetings)]
        for launch in launches:
            launch.begin()

        assert [launch.wait() for launch in launches] == meetings
        assert not barrier.broken
        for launch in launches:
            launch.end()

    @pytest.mark.long
    def test_when_a_thread_starts_them_then_they_outlive_it(self) -> None:
        """The kernel ends what is tied to a thread with that thread."""
        part = a_part("postgres")
        with Services() as services:
            thread = threading.Thread(target=services.start, args=[[part]], kwargs=QUIETLY)
            thread.start()
            thread.join()

            server = services.reach(part, announce=quietly)

            assert isinstance(server, EmbeddedPostgres)
            assert not holds(lambda: not is_answering(server), within_s=1)

    @pytest.mark.long
    def test_when_the_run_is_over_then_what_they_printed_is_kept(self, tmp_path: Path) -> None:
        """A report has the servers' own words, of each that said anything."""
        parts = [a_part("postgres"), a_part("airbyte"), a_part("airbyte", "slow", records_per_s=5)]

        with Services() as services:
            services.start(parts, announce=quietly)
            saved = services.save_logs(tmp_path / "logs")

        assert {name: path.name for name, path in saved.items()} == {"postgres": "postgres.log"}
        assert "ready to accept connections" in saved["postgres"].read_text()


class TestGivenAServiceThatCannotStart:
    def test_when_started_then_it_is_said_and_the_others_answer(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A broken service fails its own cells, with one sentence, however often it is asked."""
        monkeypatch.delenv("HEADRACE_S3_BUCKET", raising=False)
        parts = [a_part("s3"), a_part("postgres"), a_part("oracle")]

        with Services({"s3": "external"}) as services:
            errors = services.start(parts, announce=quietly)
            server = services.reach(parts[1], announce=quietly)
            assert is_answering(server)
            again = [why_not(services, part) for part in (parts[0], parts[2])]

        assert list(errors) == ["s3", "oracle"]
        assert [str(error) for error in errors.values()] == again
        assert "HEADRACE_S3_BUCKET" in again[0]

    @pytest.mark.parametrize(
        ("error", "says"),
        [(ServiceError("port taken"), "port taken"), (OSError(28, "full"), r"OSError: .*full")],
    )
    def test_when_waited_for_then_its_error_and_last_words_are_had_and_it_is_stopped(
        self, error: Exception, says: str
    ) -> None:
        """Whatever goes wrong is an error of the service, and leaves nothing of it."""
        service = Broken(error)
        launch = Launch("broken", service)
        launch.begin()

        for _ in range(2):
            with pytest.raises(ServiceError, match=says):
                launch.wait()

        assert service.stops == 1
        assert launch.log() == "no room"
        launch.end()


class Leaving(Broken):
    """A service whose server has gone away."""

    def start(self) -> None:
        """It was there."""

    def stop(self) -> None:
        """Fail."""
        raise self.error

    def log(self) -> str:
        """Nothing more."""
        return ""


class BrokenAndLeaving(Leaving):
    """A service that cannot be started, nor ended."""

    def start(self) -> None:
        """Fail."""
        message = "no room"
        raise ServiceError(message)


class TestGivenAServiceThatCannotBeEnded:
    @pytest.mark.parametrize("kind", [Leaving, BrokenAndLeaving])
    @pytest.mark.parametrize("error", [ServiceError("it is\naway"), OSError(28, "full")])
    def test_when_the_run_ends_then_it_ends_and_tells_what_is_left(
        self, kind: type[Broken], error: Exception, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Hours of a report are not lost for a server that went away, nor are the others kept."""
        others = Broken(ServiceError("none"))
        made = {"s3": others, "postgres": kind(error)}
        monkeypatch.setattr(service, "provide", lambda name, *_: made[name])

        with Services() as services:
            services.start([a_part("s3"), a_part("postgres")], announce=quietly)
            saved = others.stops

        (left,) = services.left
        assert left == f"postgres: {type(error).__name__}: {' '.join(str(error).split())}"
        assert others.stops > saved


class TestGivenARunThatIsInterrupted:
    @pytest.mark.parametrize("is_under_way", [True, False])
    def test_when_a_service_is_about_to_begin_then_it_is_ended(
        self,
        is_under_way: bool,  # noqa: FBT001
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """A thread takes its time to begin, and a signal may arrive in it."""
        made = Quiet()
        monkeypatch.setattr(service, "provide", lambda *_: made)
        start = threading.Thread.start

        def interrupted(thread: threading.Thread) -> None:
            if is_under_way:
                start(thread)
            raise KeyboardInterrupt

        monkeypatch.setattr(launching, "GIVES_UP_S", 5.0)  # what never began is not settled
        monkeypatch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt), Services() as services:
            services.start([a_part("s3")], announce=quietly)

        assert made.stops == 1

    @pytest.mark.parametrize("after_s", at_length(["1", "0", "0.3", "4"]))
    def test_when_its_services_start_or_run_then_none_is_left(self, after_s: str) -> None:
        """Ctrl-C leaves nothing for a later run to clean up."""
        run, owner = began(INTERRUPTED, after_s)
        assert run.stdout is not None

        while run.stdout.readline() not in ("interrupted\n", ""):
            pass

        try:
            assert left_of(owner) == []
            assert run.poll() is None
        finally:
            run.send_signal(signal.SIGKILL)
            run.communicate()


QUIETLY: Mapping[str, Any] = {"announce": quietly}


def is_answering(server: Any) -> bool:  # noqa: ANN401  a service
    return bool(server.execute("select 1") == "1")


def why_not(services: Services, part: Part) -> str:
    with pytest.raises(ServiceError) as caught:
        services.reach(part, announce=quietly)
    return str(caught.value)
