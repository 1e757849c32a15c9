"""Servers of the S3 kind: answering once started, on their data again, gone whatever happens."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import urllib3
from headrace_harness.errors import ServiceError
from headrace_harness.services.leftovers import sweep_leftovers
from headrace_harness.services.seaweedfs import SeaweedFS

from tests.s3 import SERVERS, a_place, server
from tests.waiting import holds

STARTS_AND_WAITS = """
import sys, time
from headrace_harness.services.seaweedfs import SeaweedFS
server = SeaweedFS()
server.start()
print(server._server.pid, server._server.folder, flush=True)
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

    @pytest.mark.long
    def test_when_its_port_is_taken_then_one_error_says_so_and_it_starts_when_it_is_free(
        self, name: str
    ) -> None:
        """Who holds a port and never answers is not waited for."""
        place, made = a_place(name), server(name)
        place.put("a", b"content")
        made.halt()
        port = int(place.access.endpoint.rpartition(":")[2])

        with socket.create_server(("127.0.0.1", port)), pytest.raises(ServiceError) as caught:
            made.start()
        made.start()

        assert re.search("already in use|is not available|already allocated", str(caught.value))
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

    @pytest.mark.long
    def test_when_its_starter_is_killed_then_nothing_of_it_stays(self) -> None:
        """The server dies with whoever started it, and the next one removes its folder."""
        command = [sys.executable, "-c", STARTS_AND_WAITS]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
            assert starter.stdout is not None
            pid, folder = starter.stdout.readline().split()

            starter.send_signal(signal.SIGKILL)
            starter.wait()

            assert holds(lambda: not psutil.pid_exists(int(pid)) or _is_zombie(int(pid)))
        sweep_leftovers()
        assert not Path(folder).exists()


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True  # it was one
