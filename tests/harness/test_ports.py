"""Ports of servers: free, each another, and nobody else's by chance."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from headrace_harness.services import scratch
from headrace_harness.services.scratch import free_port, free_ports

if TYPE_CHECKING:
    from collections.abc import Callable

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
HIGHER = 10_000


def first_given() -> int:
    """The first port that the system gives to who asks for any."""
    return int(RANGE.read_text().split()[0])


class TestGivenServersThatNeedPorts:
    @pytest.mark.skipif(not RANGE.exists(), reason="only Linux says which ports it gives")
    @pytest.mark.parametrize("and_plus", [0, HIGHER])
    def test_when_chosen_then_the_system_gives_them_to_nobody_else(self, and_plus: int) -> None:
        """A server that ends and starts again finds its port as it left it."""
        found = [free_port(and_plus=and_plus) for _ in range(50)]

        assert max(found) + and_plus < first_given()

    @pytest.mark.parametrize("given", ["1024 65535", "32768 60999", "of no use"])
    def test_when_chosen_then_all_are_free_and_different(
        self, given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """So are those that are so much higher, whatever the system gives to others."""
        told = tmp_path / "range"
        told.write_text(given)
        monkeypatch.setattr(scratch, "_GIVEN", told)

        found = free_ports(20, and_plus=HIGHER)

        assert len({port + plus for port in found for plus in (0, HIGHER)}) == 40
        assert [port for port in found if not is_free(port) or not is_free(port + HIGHER)] == []

    @pytest.mark.parametrize("plus", [0, HIGHER])
    def test_when_one_is_taken_then_another_is_chosen(
        self, plus: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Neither it nor the one below that which is taken."""
        wanted = free_port(and_plus=HIGHER)
        monkeypatch.setattr(scratch.random, "randrange", always(wanted))

        with socket.create_server(("127.0.0.1", wanted + plus)):
            found = free_port(and_plus=HIGHER)

        assert found != wanted
        assert free_port(and_plus=HIGHER) == wanted


def always(value: int) -> Callable[..., int]:
    """A choice that is made already."""
    return lambda *_: value


def is_free(port: int) -> bool:
    """Whether somebody could listen there."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
