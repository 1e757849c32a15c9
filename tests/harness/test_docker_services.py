"""Servers in containers: read and written as any other, and gone with whoever started them."""

from __future__ import annotations

import gc
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import uuid
from typing import TYPE_CHECKING, NamedTuple

import pytest
from headrace_harness.errors import ServiceError
from headrace_harness.measure.cores import pinned
from headrace_harness.services.container import gateway_of
from headrace_harness.services.dockerminio import DockerMinio
from headrace_harness.services.dockerpostgres import DockerPostgres
from headrace_harness.services.leftovers import sweep_leftovers
from headrace_harness.services.owner import Owner
from headrace_harness.services.postgres import EmbeddedPostgres

from tests.containers import a_minio_image, a_postgres_image, docker, need_testcontainers, running
from tests.harness.builders import bench_run
from tests.harness.owners import began, containers_of, killed, left_of
from tests.postgresql import a_name, a_reading, a_section, a_table
from tests.s3 import a_place, minio_program
from tests.waiting import holds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STARTS_AND_WAITS = """
import sys, time
from headrace_harness.services.dockerminio import DockerMinio
from headrace_harness.services.dockerpostgres import DockerPostgres
server = {"minio": DockerMinio, "postgres": DockerPostgres}[sys.argv[1]](image=sys.argv[2])
server.start()
print(server.name, flush=True)
time.sleep(600)
"""


STARTS_BOTH = """
import sys, time
from headrace_harness.catalog import Part
from headrace_harness.services import Services
images = {"postgres": f"docker:{sys.argv[1]}", "s3": f"docker:{sys.argv[2]}"}
with Services(images) as services:
    parts = [Part(name=name, title=name, job={}, service=name) for name in images]
    print(sorted(services.start(parts, announce=lambda text: None)), flush=True)
    time.sleep(600)
"""


class Kind(NamedTuple):
    """What is in the container.

    Attributes:
        name: Of the program.
        service: What the harness calls it.
        cell: The options of a run that needs it.
        image: Made here: no registry is asked.
    """

    name: str
    service: str
    cell: list[str]
    image: str


@pytest.fixture(scope="module")
def postgres() -> Iterator[Kind]:
    """Postgres."""
    need_testcontainers()
    tag = f"headrace-test-postgres:{uuid.uuid4().hex[:12]}"
    a_postgres_image(tag)
    yield Kind("postgres", "postgres", ["--reader", "postgres", "--writer", "rust"], tag)
    docker("rmi", "--force", tag)


@pytest.fixture(scope="module")
def minio() -> Iterator[Kind]:
    """MinIO."""
    need_testcontainers()
    tag = f"headrace-test-minio:{uuid.uuid4().hex[:12]}"
    a_minio_image(tag, minio_program())
    cell = ["--reader", "rust", "--writer", "rust", "--target", "s3"]
    yield Kind("minio", "s3", cell, tag)
    docker("rmi", "--force", tag)


@pytest.fixture(params=["postgres", "minio"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each of them."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Kind)
    return found


def containers(name: str) -> list[str]:
    """The containers of that name, whatever their state."""
    return docker("ps", "--all", "--quiet", "--filter", f"name={name}").split()


class TestGivenAServerInAContainer:
    def test_when_a_cell_is_run_then_its_output_is_the_source(
        self, kind: Kind, data: Path, tmp_path: Path
    ) -> None:
        """A run's own container is loaded or written to, and read, and nothing of it stays."""
        provider = f"{kind.service}=docker:{kind.image}"

        done = bench_run(data, tmp_path, *kind.cell, "--provider", provider)

        assert done.returncode == 0, done.stderr
        assert [cell["status"] for cell in json.loads(done.stdout)["cells"]] == ["ok"]
        assert running(kind.image) == []

    def test_when_its_starter_is_killed_then_it_is_gone(self, kind: Kind) -> None:
        """It ends with who started it, even by SIGKILL."""
        starter = subprocess.Popen(
            [sys.executable, "-c", STARTS_AND_WAITS, kind.name, kind.image],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert starter.stdout is not None
        with starter.stdout:
            name = starter.stdout.readline().strip()
        assert containers(name)

        os.kill(starter.pid, signal.SIGKILL)
        starter.wait()

        assert holds(lambda: not containers(name))


class TestGivenARunThatIsKilled:
    def test_when_its_containers_run_then_they_are_gone_with_their_volumes(
        self, postgres: Kind, minio: Kind
    ) -> None:
        """The next who looks finds nothing of it, on no port and in no volume."""
        run, owner = began(STARTS_BOTH, postgres.image, minio.image)
        assert run.stdout is not None
        assert run.stdout.readline() == "[]\n"
        names = containers_of(owner)
        held = [one for name in names for one in json.loads(docker("inspect", name))]
        volumes = {mount["Name"] for one in held for mount in one["Mounts"]}

        killed(run)

        assert len(names) == len(volumes) == 2
        assert holds(lambda: sweep_leftovers() == [] and not left_of(owner))
        assert holds(lambda: not volumes & set(docker("volume", "ls", "--quiet").split()))

    @pytest.mark.parametrize("seed", range(6))
    def test_when_it_is_starting_them_then_nothing_of_it_stays(
        self, postgres: Kind, minio: Kind, seed: int
    ) -> None:
        """A container that an engine makes for a run that is dead by then is found by its label."""
        run, owner = began(STARTS_BOTH, postgres.image, minio.image)
        time.sleep(3 * random.Random(seed).random())  # noqa: S311  no secret

        killed(run)

        assert holds(lambda: sweep_leftovers() == [] and not left_of(owner))
        time.sleep(1)
        assert left_of(owner) == []


class TestGivenTheEngineOfThisMachine:
    def test_when_a_server_runs_then_only_this_machine_reaches_it_and_its_owner_is_told(
        self, kind: Kind
    ) -> None:
        """Random keys are no reason to be seen by the network, and a killed run must be found."""
        server = {"minio": DockerMinio, "postgres": DockerPostgres}[kind.name](image=kind.image)

        try:
            server.start()
            ports = docker("port", server.name).split("\n")
            labels = json.loads(docker("inspect", server.name))[0]["Config"]["Labels"]
            said = server.log()
        finally:
            server.stop()

        assert [port for port in ports if port and "-> 127.0.0.1:" not in port] == []
        assert Owner.parse(labels["org.headrace.owner"]) == Owner.here()
        assert said


class TestGivenANetworkOfAnEngine:
    @pytest.mark.parametrize(
        ("told", "gateway"),
        [
            ("172.17.0.1 172.17.0.0/16", "172.17.0.1"),
            ("10.1.0.254 10.1.0.0/24", "10.1.0.254"),
            (" 172.17.0.0/16", "172.17.0.1"),
            (" fd00:5::/64", "fd00:5::1"),
        ],
    )
    def test_when_its_gateway_is_wanted_then_it_is_known_though_it_is_not_told(
        self, told: str, gateway: str
    ) -> None:
        """An engine tells it or does not, as it was started the first time or again."""
        assert gateway_of(told) == gateway


class TestGivenARunWithCoresOfItsOwn:
    @pytest.mark.skipif((os.cpu_count() or 1) == 1, reason="there is one core alone")
    def test_when_a_server_runs_then_it_has_no_other(self, minio: Kind) -> None:
        """The engine starts it: what else the run starts inherits its cores."""
        server = DockerMinio(image=minio.image)
        core = min(os.sched_getaffinity(0))

        try:
            with pinned([core]):
                server.start()
            told = docker("inspect", "--format", "{{.HostConfig.CpusetCpus}}", server.name)
        finally:
            server.stop()

        assert told.strip() == str(core)


class TestGivenAnEngineThatIsNotThere:
    @pytest.mark.parametrize("server", [DockerMinio, DockerPostgres])
    def test_when_a_container_is_wanted_then_it_is_said_and_nothing_stays_open(
        self,
        server: type[DockerMinio | DockerPostgres],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """A socket left open would be a warning when it is collected, and so an error here."""
        if shutil.which("docker") is None:
            pytest.skip("there is no docker command")
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody")

        with pytest.raises(ServiceError, match=r"container of \S+: Docker does not answer: \S"):
            server().start()

        gc.collect()


class TestGivenPostgresInAContainer:
    def test_when_read_then_it_gives_what_an_embedded_one_gives(self, postgres: Kind) -> None:
        """The reader is not told where its server runs, and need not be."""
        columns = "id bigint primary key, n numeric(9, 3), at timestamptz, tags text[], j jsonb"
        rows = [
            "1, 1.5, '2000-02-29 12:00+02', array['a', null], '{\"a\": [1]}'",
            "2, null, null, null, null",
            "3, -999999.999, '1970-01-01Z', '{}', 'null'",
        ]
        name = a_name("anywhere")
        servers = (EmbeddedPostgres(), DockerPostgres(image=postgres.image))

        try:
            found = []
            for one in servers:
                one.start()
                table = a_table(one, columns, *rows, name=name)
                found.append(a_reading(a_section(one, table=table)))
        finally:
            for one in servers:
                one.stop()

        assert found[0].failure is None
        assert found[1] == found[0]
        assert found[1].values("id") == [1, 2, 3]


class TestGivenMinioInAContainer:
    def test_when_it_ends_and_starts_again_then_it_has_its_data(self, minio: Kind) -> None:
        """It is the same server afterwards: same address, same objects."""
        server, answers, kept = DockerMinio(image=minio.image), [], []

        try:
            server.start()
            place = a_place(access=server.access)
            place.put("a", b"content")
            for end in (server.halt, server.kill):
                end()
                answers.append(server.access.is_ready())
                server.start()
                kept.append(place.get("a"))
        finally:
            server.stop()

        assert answers == [False, False]
        assert kept == [b"content", b"content"]


@pytest.mark.parametrize("server", [DockerPostgres, DockerMinio])
class TestGivenNoSuchImage:
    def test_when_started_then_the_error_names_it(
        self, server: type[DockerPostgres | DockerMinio]
    ) -> None:
        """What cannot be had is said, and nothing is left."""
        need_testcontainers()
        made = server(image="localhost:1/headrace/none:0")

        with pytest.raises(ServiceError, match=r"no \w+ container of localhost:1"):
            made.start()

        assert not containers(made.name)
