"""Postgres in a container: read as any other, and gone with whoever started it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING

import pytest
from headrace_harness.errors import ServiceError
from headrace_harness.services.dockerpostgres import DockerPostgres
from headrace_harness.services.postgres import EmbeddedPostgres

from tests.containers import a_postgres_image, docker, need_testcontainers
from tests.harness.builders import bench_run
from tests.postgresql import a_name, a_reading, a_section, a_table
from tests.waiting import holds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STARTS_AND_WAITS = """
import sys, time
from headrace_harness.services.dockerpostgres import DockerPostgres
server = DockerPostgres(image=sys.argv[1])
server.start()
print(server.name, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    """An image of a server, made here: no registry is asked."""
    need_testcontainers()
    tag = f"headrace-test-postgres:{uuid.uuid4().hex[:12]}"
    a_postgres_image(tag)
    yield tag
    docker("rmi", "--force", tag)


@pytest.fixture(scope="module")
def server(image: str) -> Iterator[DockerPostgres]:
    """A server of this module's own."""
    server = DockerPostgres(image=image)
    server.start()
    yield server
    server.stop()


def containers(name: str) -> list[str]:
    """The containers of that name, whatever their state."""
    return docker("ps", "--all", "--quiet", "--filter", f"name={name}").split()


class TestGivenAServerInAContainer:
    def test_when_read_then_it_gives_what_an_embedded_one_gives(
        self, server: DockerPostgres
    ) -> None:
        """The reader is not told where its server runs, and need not be."""
        columns = "id bigint primary key, n numeric(9, 3), at timestamptz, tags text[], j jsonb"
        rows = [
            "1, 1.5, '2000-02-29 12:00+02', array['a', null], '{\"a\": [1]}'",
            "2, null, null, null, null",
            "3, -999999.999, '1970-01-01Z', '{}', 'null'",
        ]
        name = a_name("anywhere")
        embedded = EmbeddedPostgres()
        embedded.start()

        try:
            found = [
                a_reading(a_section(one, table=a_table(one, columns, *rows, name=name)))
                for one in (embedded, server)
            ]
        finally:
            embedded.stop()

        assert found[0].failure is None
        assert found[1] == found[0]
        assert found[1].values("id") == [1, 2, 3]

    def test_when_a_cell_is_run_then_its_output_is_the_source(
        self, image: str, data: Path, tmp_path: Path
    ) -> None:
        """A run's own container is loaded and read, and nothing of it stays."""
        chosen = ["--reader", "postgres", "--writer", "rust"]
        before = containers("headrace-postgres-")

        done = bench_run(data, tmp_path, *chosen, "--provider", f"postgres=docker:{image}")

        assert done.returncode == 0, done.stderr
        assert [cell["status"] for cell in json.loads(done.stdout)["cells"]] == ["ok"]
        assert containers("headrace-postgres-") == before

    def test_when_its_starter_is_killed_then_it_is_gone(self, image: str) -> None:
        """It ends with who started it, even by SIGKILL."""
        starter = subprocess.Popen(
            [sys.executable, "-c", STARTS_AND_WAITS, image], stdout=subprocess.PIPE, text=True
        )
        assert starter.stdout is not None
        with starter.stdout:
            name = starter.stdout.readline().strip()
        assert containers(name)

        os.kill(starter.pid, signal.SIGKILL)
        starter.wait()

        assert holds(lambda: not containers(name))


class TestGivenNoSuchImage:
    def test_when_started_then_the_error_names_it(self) -> None:
        """What cannot be had is said, and nothing is left."""
        need_testcontainers()
        server = DockerPostgres(image="localhost:1/headrace/none:0")

        with pytest.raises(ServiceError, match="no Postgres container of localhost:1/headrace"):
            server.start()

        assert not containers(server.name)
