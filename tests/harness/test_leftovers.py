"""What killed runs leave: found by its owner, removed by the next who looks, and nothing else."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from headrace_harness.services.leftovers import sweep_leftovers
from headrace_harness.services.owner import Owner, environment
from headrace_harness.services.scratch import (
    claim,
    dead_folders,
    new_folder,
    release,
    remove_folder,
)
from headrace_harness.services.seaweedfs import SeaweedFS
from headrace_harness.services.seaweedsockets import keep_ports, remove_sockets
from headrace_harness.services.tied import tied

from tests.harness.owners import (
    a_dead_owner,
    began,
    folders_of,
    killed,
    left_of,
    owner_of,
    ports_of,
    processes_of,
)
from tests.length import at_length
from tests.waiting import holds

STARTS_ALL = """
import sys, time
from headrace_harness.catalog import Part
from headrace_harness.services import Services
names = sys.argv[1:]
with Services() as services:
    parts = [Part(name=name, title=name, job={}, service=name) for name in names]
    errors = services.start(parts, announce=lambda text: None)
    print(sorted(errors), flush=True)
    time.sleep(600)
"""

CHECKS = """
import sys
from headrace_harness.verify.checksum import TableSpec
from headrace_harness.verify.process import checksum_table
print(checksum_table(TableSpec(format="csv", paths=[sys.argv[1]], columns=[("k", "BIGINT")])))
"""

SOCKETS = Path("/tmp")  # noqa: S108  where SeaweedFS makes them

EMBEDDED = ("airbyte", "api", "iceberg", "postgres", "s3")


WAITS = "import time; time.sleep(600)"


def a_waiting_process(owner: str, **more: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, "HEADRACE_OWNER": owner}
    return subprocess.Popen([sys.executable, "-c", WAITS], env=env, **more)  # type: ignore[call-overload,no-any-return]


class TestGivenFoldersOfTheDead:
    def test_when_swept_then_they_are_gone_and_those_of_the_living_stay(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The living still need theirs."""
        # Another run of this machine would remove them, too.
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        dead = a_dead_owner()
        mine = new_folder("test")
        left = Path(str(mine).replace(str(Owner.here()), dead))
        (left / "below").mkdir(parents=True)

        removed = sweep_leftovers(asks_docker=False)

        assert f"folder {left}" in removed
        assert not left.exists()
        assert mine.is_dir()
        remove_folder(mine)

    def test_when_output_was_claimed_then_it_goes_with_its_claim(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What a killed run wrote is removed, and what is to be kept is not."""
        monkeypatch.setenv("HEADRACE_CACHE", str(tmp_path))
        folders = [tmp_path / "scratch" / name for name in ("killed", "kept", "running")]
        for folder in folders:
            claim(folder)
            (folder / "data").mkdir(parents=True)
        folders[0].with_name("killed.owner").write_text(a_dead_owner())
        release(folders[1])

        sweep_leftovers(asks_docker=False)

        assert sorted(path.name for path in (tmp_path / "scratch").iterdir()) == [
            "kept",
            "running",
            "running.owner",
        ]

    def test_when_a_claim_is_released_meanwhile_then_the_others_are_seen(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Runs end while another begins."""
        monkeypatch.setenv("HEADRACE_CACHE", str(tmp_path))
        killed = tmp_path / "scratch" / "killed"
        claim(killed)
        killed.with_name("killed.owner").write_text(a_dead_owner())
        for name in ("a.owner", "z.owner"):  # there as it is listed, gone as it is read
            killed.with_name(name).symlink_to("nowhere")

        assert killed in dead_folders()

    @pytest.mark.parametrize("stays", ["folder", "claim"])
    def test_when_one_cannot_be_removed_then_nobody_is_told_that_it_was(
        self, stays: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It may be another user's."""
        monkeypatch.setenv("HEADRACE_CACHE", str(tmp_path))
        killed = tmp_path / "scratch" / "killed"
        claim(killed)
        killed.mkdir()
        killed.with_name("killed.owner").write_text(a_dead_owner())

        def refuse(*_: object, **named: bool) -> None:
            if not named.get("ignore_errors"):
                raise PermissionError

        name = "shutil.rmtree" if stays == "folder" else "release"
        with monkeypatch.context() as patch:
            patch.setattr(f"headrace_harness.services.scratch.{name}", refuse)
            removed = sweep_leftovers(asks_docker=False)

        assert f"folder {killed}" not in removed
        assert killed in dead_folders()


class TestGivenProcessesOfTheDead:
    def test_when_swept_then_they_are_ended_and_others_go_on(self) -> None:
        """A process says whose it is by its environment."""
        left = a_waiting_process(a_dead_owner())
        others = [a_waiting_process(name) for name in (environment()["HEADRACE_OWNER"], "somebody")]

        removed = sweep_leftovers(asks_docker=False)

        try:
            assert [name for name in removed if f" {left.pid} " in name]
            assert holds(lambda: left.poll() is not None)
            assert [other.poll() for other in others] == [None, None]
        finally:
            for process in (left, *others):
                process.kill()
                process.wait()

    def test_when_they_run_in_a_folder_of_the_dead_then_they_are_ended(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Postgres's own processes overwrite their environment."""
        # Another run of this machine would end them, too.
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        folder = Path(str(new_folder("test")))
        left = Path(str(folder).replace(str(Owner.here()), a_dead_owner()))
        folder.rename(left)
        process = subprocess.Popen([sys.executable, "-c", WAITS], cwd=left, start_new_session=True)

        sweep_leftovers(asks_docker=False)

        try:
            assert holds(lambda: process.poll() is not None)
            assert not left.exists()
        finally:
            process.kill()
            process.wait()


class TestGivenAStarterThatIsGone:
    def test_when_its_server_comes_to_be_then_it_does_not_begin(self) -> None:
        """Whoever dies between a fork and a tie leaves no server."""
        begun = tied([sys.executable, "-c", "print('begun')"], number=9)
        own = str(os.getpid())
        late = ["1" if word == own else word for word in begun]

        told = [subprocess.run(one, capture_output=True, check=False) for one in (begun, late)]

        assert [one.stdout for one in told] == [b"begun\n", b""]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to another")
class TestGivenARunThatIsKilled:
    def test_when_its_servers_run_then_nothing_of_it_stays(self) -> None:
        """Its servers end with it, and what they kept is removed by the next who looks."""
        run, owner = began(STARTS_ALL, *EMBEDDED)
        assert run.stdout is not None
        assert run.stdout.readline() == "[]\n"
        assert len(processes_of(owner)) >= 3
        assert len(ports_of(owner)) >= 3
        assert len(folders_of(owner)) == 4  # SeaweedFS is two services

        killed(run)

        assert holds(lambda: not ports_of(owner))
        sweep_leftovers()
        assert left_of(owner) == []

    @pytest.mark.parametrize("seed", at_length(range(8)))
    def test_when_it_is_starting_them_then_nothing_of_it_stays(self, seed: int) -> None:
        """Whenever the signal comes, between a fork and a tie too."""
        run, owner = began(STARTS_ALL, *EMBEDDED)
        # A start takes two seconds, and most happens at its beginning.
        time.sleep(2.5 * random.Random(seed).random() ** 2)  # noqa: S311  no secret

        killed(run)

        sweep_leftovers()
        assert holds(lambda: sweep_leftovers() == [] and not left_of(owner))


class TestGivenSeaweedFS:
    def test_when_it_is_stopped_then_it_leaves_no_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It makes sockets and logs outside of its folder."""
        new_folder("test").rmdir()  # where they are is known, before it is changed for the server
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        others = ports_of(str(Owner.here()))
        server = SeaweedFS()

        server.start()
        ports = [port for port in ports_of(str(Owner.here())) if port not in others]
        server.stop()

        assert server.ports["s3"] in ports
        assert sockets_of(ports) == []
        assert [*tmp_path.iterdir()] == []

    def test_when_its_run_is_killed_then_the_next_removes_its_files(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Sockets say nothing of an owner: the folder of the dead does."""
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        run, owner = began(STARTS_ALL, "s3", TMPDIR=str(tmp_path))
        assert run.stdout is not None
        assert run.stdout.readline() == "[]\n"
        ports = ports_of(owner)
        made = sockets_of(ports)

        killed(run)

        assert holds(lambda: not ports_of(owner))
        sweep_leftovers(asks_docker=False)
        assert made
        assert sockets_of(ports) == []
        assert [*tmp_path.iterdir()] == []

    def test_when_a_port_is_anothers_by_now_then_its_socket_stays(self, tmp_path: Path) -> None:
        """Somebody listens there."""
        path = SOCKETS / f"seaweedfs-test-grpc-{os.getpid()}.sock"
        keep_ports(tmp_path, [os.getpid()])

        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path))
            listening.listen()
            remove_sockets(tmp_path)
            is_kept = path.exists()
        remove_sockets(tmp_path)

        assert is_kept
        assert not path.exists()


def sockets_of(ports: list[int]) -> list[Path]:
    """What SeaweedFS makes beside its folder."""
    return [path for port in ports for path in SOCKETS.glob(f"seaweedfs-*-{port}.sock")]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to another")
class TestGivenACheckThatIsUnderWay:
    def test_when_its_run_is_killed_then_it_ends(self, tmp_path: Path) -> None:
        """It bears the name of its run, and reads no table for nobody."""
        os.mkfifo(tmp_path / "table.csv")
        run, owner = began(CHECKS, str(tmp_path / "table.csv"))
        is_marked = holds(lambda: len(processes_of(owner)) == 1)

        killed(run)

        assert is_marked
        assert holds(lambda: not processes_of(owner))


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to another")
class TestGivenABenchThatIsKilled:
    @pytest.mark.parametrize("seed", range(4))
    def test_when_it_measures_then_the_doctor_leaves_nothing_of_it(
        self, seed: int, data: Path, tmp_path: Path
    ) -> None:
        """Neither servers nor workers, nor what they wrote, whenever the signal comes."""
        command = ["bench", "run", "--dataset", "playbook", "--samples", "20"]
        command += ["--reader", "postgres,airbyte,api", "--writer", "rust,custom"]
        environment = os.environ | {"HEADRACE_CACHE": str(data)}
        run = subprocess.Popen(
            [sys.executable, "-m", "headrace", *command],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # A dozen samples a second begin when data set and servers are there, in a few seconds.
        time.sleep(1 + 7 * random.Random(seed).random())  # noqa: S311  no secret
        owner = owner_of(run.pid)

        run.kill()
        run.wait()

        subprocess.run(
            [sys.executable, "-m", "headrace", "bench", "doctor"],
            env=environment,
            capture_output=True,
            check=False,
        )
        assert holds(lambda: not left_of(owner))  # what was about to begin ends by itself
        assert [*(data / "scratch").glob("*")] == []
