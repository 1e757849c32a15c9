"""Servers by hand: up until they are asked to go, and gone whatever ended who held them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from headrace_harness.cli import services
from headrace_harness.services.holder import Held
from headrace_harness.services.owner import Owner

from tests.harness.builders import bench_run
from tests.harness.owners import left_of
from tests.waiting import holds

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of one's own, so that nobody else's servers are seen."""
    monkeypatch.setenv("HEADRACE_CACHE", str(tmp_path))
    return tmp_path


def called(*words: str) -> subprocess.CompletedProcess[str]:
    """What `headrace services` did."""
    return subprocess.run(
        [sys.executable, "-m", "headrace", "services", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def told(*words: str) -> dict[str, Any]:
    """What it told as JSON."""
    found: dict[str, Any] = json.loads(called(*words, "--json").stdout)
    return found


@contextmanager
def a_process() -> Iterator[subprocess.Popen[bytes]]:
    """One that waits, and is no holder."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def held_by(owner: Owner, cache: Path) -> Path:
    """The folder of servers that somebody says that they hold."""
    folder = cache / "scratch" / f"services-{owner.pid}"
    folder.mkdir(parents=True)
    held = Held(owner=str(owner), since="2026", providers={"s3": "embedded"})
    (folder / "state.json").write_text(json.dumps(held.to_dict()))
    return folder


def owners_in(cache: Path) -> list[str]:
    """Of the servers that are up."""
    return [json.loads(path.read_text())["owner"] for path in cache.glob("scratch/*/state.json")]


class TestGivenServersOfAnother:
    @pytest.mark.parametrize(("began", "place"), [("", "000000"), ("1", ""), ("none", "")])
    def test_when_all_are_ended_then_a_process_of_the_same_number_here_goes_on(
        self, began: str, place: str, cache: Path
    ) -> None:
        """Machines share a cache, and numbers come again."""
        here = Owner.here()
        with a_process() as process:
            own = Path(f"/proc/{process.pid}/stat").read_text().split()[21]
            when = {"": own, "none": ""}.get(began, began)
            folder = held_by(Owner(process.pid, when, place or here.place), cache)

            status, down = called("status"), told("down")

            ending = process.poll()
        assert status.returncode == 1
        assert down["ended"] == []
        assert ending is None
        assert folder.exists()

    def test_when_one_ends_but_not_its_folder_then_its_number_is_not_killed(
        self, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between asking and killing the number may become another's."""
        with a_process() as process:
            own = Path(f"/proc/{process.pid}/stat").read_text().split()[21]
            owner = replace(Owner.here(), pid=process.pid, began=own)
            held_by(owner, cache)
            sent, kill = [], os.kill

            def recorded(pid: int, number: int) -> None:
                if number:
                    sent.append(number)
                kill(pid, number)
                if number:
                    process.wait()  # however long it takes, it is gone before it is looked for

            monkeypatch.setattr(os, "kill", recorded)
            monkeypatch.setattr(services, "ENDS_S", 0.5)
            services.end_holder(str(owner))

        assert sent == [signal.SIGTERM]


@pytest.mark.long
@pytest.mark.usefixtures("cache")
class TestGivenServersThatAreUp:
    def test_when_their_environment_is_pasted_then_a_run_takes_them(
        self, data: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A person has the same servers as a run, and a run takes a person's."""
        up = called("up", "postgres", "s3", "--services", "embedded")
        (owner,) = owners_in(cache)
        try:
            for line in up.stdout.splitlines():
                name, _, value = line.removeprefix("export ").partition("=")
                monkeypatch.setenv(name, value.strip("'"))
            chosen = ["--writer", "rust", "--provider", "s3=external"]
            chosen += ["--provider", "postgres=external"]
            done = [
                bench_run(data, tmp_path, "--reader", reader, "--target", target, *chosen)
                for reader, target in (("postgres", "local"), ("rust", "s3"))
            ]
            again = called("up", "postgres")
            status = told("status")
        finally:
            down = called("down")

        assert [one.returncode for one in done] == [0, 0], done[0].stderr + done[1].stderr
        assert up.returncode == again.returncode == down.returncode == 0
        assert again.stdout == up.stdout
        assert [one["service"] for one in status["services"]] == ["postgres", "s3"]
        assert set(status["environment"]) >= {"HEADRACE_POSTGRES_DSN", "HEADRACE_S3_SECRET_KEY"}
        assert left_of(owner) == []
        assert list((cache / "scratch").iterdir()) == []
        assert called("status").returncode == 1

    def test_when_a_catalog_is_wanted_with_buckets_then_both_are_of_one_server(self) -> None:
        """One set of variables names one server."""
        up = told("up", "iceberg", "s3")
        down = told("down")

        assert {one["provider"] for one in up["services"]} == {"embedded"}
        assert up["environment"]["HEADRACE_ICEBERG_CREDENTIAL"].startswith(
            up["environment"]["HEADRACE_S3_ACCESS_KEY"]
        )
        assert sorted(down["ended"]) == ["iceberg", "s3"]

    def test_when_their_keeper_is_killed_then_the_next_who_looks_removes_all(
        self, cache: Path
    ) -> None:
        """What holds credentials does not lie about either."""
        told("up", "s3", "--services", "embedded")
        (owner,) = owners_in(cache)
        (state,) = cache.glob("scratch/*/state.json")
        modes = [path.stat().st_mode & 0o777 for path in (state.parent, state)]

        os.kill(int(owner.partition("-")[0]), signal.SIGKILL)

        assert holds(lambda: told("status")["services"] == [])
        down = told("down")
        assert modes == [0o700, 0o600]
        assert down["ended"] == down["left"] == []
        assert [text for text in down["removed"] if str(state.parent) in text]
        assert left_of(owner) == []
        assert list((cache / "scratch").iterdir()) == []


@pytest.mark.long
@pytest.mark.usefixtures("cache")
class TestGivenAServerThatCannotBeStarted:
    def test_when_it_is_wanted_then_it_is_said_and_the_other_is_up(self) -> None:
        """One broken server does not take the others along."""
        done = called("up", "s3", "postgres", "--provider", "s3=docker:none:0", "--json")
        down = told("down")

        assert done.returncode == 1
        assert "docker" in json.loads(done.stdout)["errors"]["s3"].lower()
        assert down["ended"] == ["postgres"]

    def test_when_it_is_of_no_use_by_hand_then_those_that_are_are_named(self) -> None:
        """An API without a data set serves nothing."""
        done = called("up", "api")

        assert done.returncode == 2
        assert "iceberg, postgres, s3 are" in done.stderr
