"""Servers of the S3 kind: answering once started, on their data again, gone whatever happens."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import urllib3
from headrace_harness.errors import ServiceError
from headrace_harness.services.external import ExternalS3
from headrace_harness.services.s3 import Access
from headrace_harness.services.scratch import sweep
from headrace_harness.services.seaweedfs import SeaweedFS

from tests.harness.builders import bench_run
from tests.s3 import SERVERS, a_place, server
from tests.waiting import holds

STARTS_AND_WAITS = """
import sys, time
from headrace_harness.services.seaweedfs import SeaweedFS
server = SeaweedFS()
server.start()
print(server._process.pid, server._folder, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("name", SERVERS)
class TestGivenARunningServer:
    @pytest.mark.parametrize("end", ["halt", "kill"])
    def test_when_it_ends_and_starts_again_then_it_has_its_data(self, name: str, end: str) -> None:
        """It is the same server afterwards: same address, same objects."""
        place = a_place(name)
        place.put("a", b"content")

        getattr(server(name), end)()
        server(name).start()

        assert place.get("a") == b"content"

    def test_when_two_places_are_made_then_neither_sees_the_other(self, name: str) -> None:
        """Tests that share a server do not share what is on it."""
        place, other = a_place(name), a_place(name)

        place.put("a", b"content")

        assert (place.list(), other.list()) == (["a"], [])


class TestGivenSeaweedFS:
    def test_when_asked_then_it_is_a_catalog_too(self) -> None:
        """Its Iceberg REST catalog answers by the catalog's own protocol."""
        seaweedfs: SeaweedFS = server("seaweedfs")

        answer = urllib3.request("GET", f"{seaweedfs.catalog_uri}/v1/config")

        assert answer.status in {200, 401, 403}
        assert isinstance(answer.json(), dict)

    def test_when_its_starter_is_killed_then_nothing_of_it_stays(self) -> None:
        """The server dies with whoever started it, and the next one removes its folder."""
        command = [sys.executable, "-c", STARTS_AND_WAITS]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
            assert starter.stdout is not None
            pid, folder = starter.stdout.readline().split()

            starter.send_signal(signal.SIGKILL)
            starter.wait()

            assert holds(lambda: not Path(f"/proc/{pid}").exists() or _is_zombie(int(pid)))
        sweep("headrace-seaweedfs-")
        assert not Path(folder).exists()


class TestGivenAServerThatRunsElsewhere:
    def test_when_a_cell_is_run_there_then_it_is_left_as_it_was(
        self, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The environment says where; nothing of a run stays, and the server goes on."""
        access = server("minio").access
        say_where(access, monkeypatch)
        chosen = ["--reader", "rust", "--writer", "rust", "--target", "s3"]
        before = keys_of(access)

        done = bench_run(data, tmp_path, *chosen, "--provider", "s3=external")

        assert done.returncode == 0, done.stderr
        assert [cell["status"] for cell in json.loads(done.stdout)["cells"]] == ["ok"]
        assert keys_of(access) == before

    def test_when_nothing_says_where_then_every_variable_is_named(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """All that is missing is told at once."""
        monkeypatch.setenv("HEADRACE_S3_BUCKET", "raw")
        for name in ("ENDPOINT", "ACCESS_KEY", "SECRET_KEY"):
            monkeypatch.delenv(f"HEADRACE_S3_{name}", raising=False)

        with pytest.raises(ServiceError) as caught:
            ExternalS3()

        wanted = "HEADRACE_S3_ENDPOINT, HEADRACE_S3_ACCESS_KEY, HEADRACE_S3_SECRET_KEY"
        assert str(caught.value) == f"no external S3 server: set {wanted}"

    @pytest.mark.parametrize("wrong", ["secret_key", "bucket"])
    def test_when_it_cannot_be_used_then_the_error_says_so_without_the_key(
        self, wrong: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is found out before the first cell, and no secret is printed."""
        access = replace(server("seaweedfs").access, **{wrong: "no-such-thing"})
        say_where(access, monkeypatch)

        with pytest.raises(ServiceError, match="does not answer, has no bucket") as caught:
            ExternalS3().start()

        assert access.endpoint in str(caught.value)
        assert access.secret_key not in str(caught.value) + repr(access)


def say_where(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the variables of `s3=external`."""
    for name in ("endpoint", "bucket", "access_key", "secret_key", "region"):
        monkeypatch.setenv(f"HEADRACE_S3_{name.upper()}", getattr(access, name))


def keys_of(access: Access) -> list[str | None]:
    """All that the bucket holds."""
    found = access.client().list_objects(access.bucket, recursive=True)
    return [item.object_name for item in found]


def _is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
