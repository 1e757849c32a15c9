"""Servers for readers: answering once started, loaded from the very file, gone whatever happens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from headrace_harness.catalog import Part, load_dataset
from headrace_harness.data.cache import Prepared, prepare
from headrace_harness.errors import ServiceError, UsageError
from headrace_harness.services import Services, check_providers
from headrace_harness.services import postgres as postgres_service
from headrace_harness.services.dockerpostgres import IMAGE, DockerPostgres
from headrace_harness.services.leftovers import sweep_leftovers
from headrace_harness.services.postgres import EmbeddedPostgres
from headrace_harness.services.providers import PROVIDERS, provide

from tests.engine.documents import rows_of, text_of
from tests.harness.builders import bench_run
from tests.harness.owners import processes_of
from tests.waiting import holds

NULLS = """
schema:
  - name: nulls
    properties:
      - {name: id, physicalType: bigint}
      - {name: name, physicalType: text}
      - {name: seen, physicalType: boolean}
"""

STARTS_AND_WAITS = """
import sys, time
from headrace_harness.services.postgres import EmbeddedPostgres
server = EmbeddedPostgres()
server.start()
print(server.pid, server._folder, flush=True)
time.sleep(600)
"""


def a_reader(service: str, **serving: float) -> Part:
    return Part(name=service, title=service, job={}, service=service, serving=serving)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def is_gone(pid: int) -> bool:
    return holds(lambda: not is_running(pid))


class TestGivenAPostgresServer:
    def test_when_asked_then_it_answers_by_its_own_protocol(
        self, postgres: EmbeddedPostgres
    ) -> None:
        """A service that has started can be used."""
        assert postgres.execute("select 6 * 7") == "42"

    def test_when_the_password_is_wrong_then_it_refuses(self, postgres: EmbeddedPostgres) -> None:
        """Its credentials are its own, not anybody's."""
        stranger = EmbeddedPostgres()
        stranger.port, stranger._folder = postgres.port, postgres._folder  # noqa: SLF001

        with pytest.raises(ServiceError, match="password authentication failed"):
            stranger.execute("select 1")

    def test_when_a_statement_fails_then_it_is_an_error(self, postgres: EmbeddedPostgres) -> None:
        """No failure of a server is passed over."""
        with pytest.raises(ServiceError, match="does not exist"):
            postgres.execute("select * from nowhere")

    def test_when_a_data_set_is_served_then_its_rows_and_nulls_are_those_of_the_file(
        self, postgres: EmbeddedPostgres, data: Path
    ) -> None:
        """A reader that reads from a service has the same source as one that reads the file."""
        contract = data / "nulls.yaml"
        contract.write_text(NULLS)
        source = data / "nulls.csv"
        source.write_text('id,name,seen\n1,NA,true\n2,,NA\n3,"",\n4,"a,b\n",false\n')
        prepared = Prepared(path=source, sha256="0" * 64, size_bytes=0, rows=4)
        dataset = replace(load_dataset("playbook"), contract=contract, null_values=("NA", ""))

        section = postgres.serve(dataset, prepared)

        rows = postgres.execute(
            f"select id, quote_nullable(name), quote_nullable(seen) from {section['table']}"  # noqa: S608
        )
        assert rows == "1|NULL|'true'\n2|NULL|NULL\n3|''|NULL\n4|'a,b\n'|'false'"
        assert section["dsn"] == postgres.dsn


class TestGivenAPostgresServerThatDoesNotAnswerInTime:
    def test_when_it_is_given_up_then_none_of_its_attempts_goes_on(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One that went on would keep the data from the next, and be nobody's to end."""
        monkeypatch.setattr(postgres_service, "START_S", 0.0)
        server = EmbeddedPostgres()

        with pytest.raises(ServiceError, match="does not start"):
            server.start()
        left = processes_of(str(server._folder))  # noqa: SLF001
        server.stop()

        assert left == []


class TestGivenReadersThatAreServedAlike:
    def test_when_they_are_served_then_one_server_is_started_for_them(self, data: Path) -> None:
        """How a reader is served is its own, and a server is shared where that is the same."""
        playbook = load_dataset("playbook")
        prepared = prepare(playbook, playbook.size("100k"), data, rows=50, announce=lambda _: None)
        limits: list[dict[str, float]] = [{}, {"records_per_s": 50}, {"records_per_s": 50}]

        with Services() as services:
            sections = [
                services.serve(
                    a_reader("airbyte", **limit), playbook, prepared, announce=lambda _: None
                )
                for limit in limits
            ]

        configs = [section["config"] for section in sections]
        assert ["records_per_s" in config for config in configs] == [False, True, True]
        assert configs[0]["recording"] != configs[1]["recording"]
        assert configs[1] == configs[2]


class TestGivenServicesOfARun:
    def test_when_the_run_ends_then_they_are_gone(self, data: Path) -> None:
        """No server outlives its run, whatever ended it."""
        playbook = load_dataset("playbook")
        prepared = prepare(playbook, playbook.size("100k"), data, rows=50, announce=lambda _: None)
        said: list[str] = []

        with suppress(ZeroDivisionError), Services() as services:
            for _ in range(2):
                services.serve(a_reader("postgres"), playbook, prepared, announce=said.append)
            server = services.reach(a_reader("postgres"), announce=said.append)
            assert isinstance(server, EmbeddedPostgres)
            pid, folder = server.pid, server._folder  # noqa: SLF001
            raise ZeroDivisionError

        assert said.count("starting postgres") == 1
        assert folder is not None
        assert is_gone(pid)
        assert not folder.exists()

    def test_when_there_is_no_such_service_then_the_error_names_those_there_are(
        self, data: Path
    ) -> None:
        """A name in a scenario that names nothing is an error."""
        playbook = load_dataset("playbook")
        prepared = prepare(playbook, playbook.size("100k"), data, rows=50, announce=lambda _: None)

        with (
            Services() as services,
            pytest.raises(ServiceError, match=r"there are airbyte, .*postgres, s3"),
        ):
            services.serve(a_reader("oracle"), playbook, prepared, announce=lambda _: None)


class TestGivenProviders:
    @pytest.mark.parametrize("name", ["docker", "docker:postgres:17", "embedded"])
    def test_when_there_is_such_a_one_then_it_is_taken(self, name: str) -> None:
        """A container may be of any image."""
        check_providers({"postgres": name})

        provided = provide("postgres", name)

        assert type(provided) is (EmbeddedPostgres if name == "embedded" else DockerPostgres)
        assert getattr(provided, "image", None) == {
            "docker": IMAGE,
            "docker:postgres:17": "postgres:17",
        }.get(name)

    @pytest.mark.parametrize(
        ("service", "name"),
        [("postgres", "moon"), ("postgres", ""), ("postgres", "embedded:x"), ("oracle", "docker")],
    )
    def test_when_there_is_none_then_those_there_are_are_named(
        self, service: str, name: str
    ) -> None:
        """A misspelled provider never means the default."""
        with pytest.raises(UsageError, match="postgres=embedded, postgres=docker"):
            check_providers({service: name})


class TestGivenTheDocuments:
    def test_when_they_list_services_then_every_provider_is_there_and_no_other(self) -> None:
        """Who looks for a server finds each that can be had."""
        listed = rows_of(text_of("docs/services.md").partition("## ")[0])

        found = [(service.strip("`"), provider.strip("`")) for service, provider, *_ in listed]

        assert sorted(found) == sorted(
            (name, one) for name, ones in PROVIDERS.items() for one in ones
        )


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to another")
class TestGivenAServerWhoseStarterIsKilled:
    def test_when_the_starter_is_gone_then_so_is_the_server(self) -> None:
        """A server ends with who started it, even by SIGKILL; the next one removes its files."""
        starter = subprocess.Popen(
            [sys.executable, "-c", STARTS_AND_WAITS], stdout=subprocess.PIPE, text=True
        )
        assert starter.stdout is not None
        with starter.stdout:
            pid, _, folder = starter.stdout.readline().strip().partition(" ")
        assert is_running(int(pid))

        os.kill(starter.pid, signal.SIGKILL)
        starter.wait()

        assert is_gone(int(pid))
        sweep_leftovers()
        assert not Path(folder).exists()


@pytest.mark.long
class TestGivenACellOfAServedReader:
    @pytest.mark.parametrize(
        ("reader", "secret"), [("postgres", "postgresql://"), ("api", "token")]
    )
    def test_when_run_then_its_output_is_the_source_and_no_secret_is_shown(
        self, reader: str, secret: str, data: Path, tmp_path: Path
    ) -> None:
        """A reader behind a service is checked as all are."""
        done = bench_run(data, tmp_path, "--reader", reader, "--writer", "rust,custom")

        assert done.returncode == 0, done.stderr
        cells = {cell["cell"]: cell["status"] for cell in json.loads(done.stdout)["cells"]}
        assert cells == {
            f"{reader}/rust/local/playbook": "ok",
            f"{reader}/custom/local/playbook": "ok",
        }
        assert secret not in done.stdout + done.stderr
