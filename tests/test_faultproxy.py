"""The proxy of the tests' own: it passes everything on, and does what it is asked to."""

from __future__ import annotations

import dataclasses

import pytest
import urllib3
from minio.error import S3Error

from tests.faultproxy import FaultProxy
from tests.s3 import SERVERS, Place, a_place, server

CONTENT = b"0123456789" * 30_000


@pytest.fixture(params=SERVERS)
def proxy(request: pytest.FixtureRequest) -> FaultProxy:
    """A proxy before each server."""
    return FaultProxy(server(request.param).access)


def before(proxy: FaultProxy) -> tuple[Place, Place]:
    """A place as seen directly, and through the proxy."""
    name = next(n for n in SERVERS if server(n).access == proxy.upstream)
    direct = a_place(name)
    return direct, dataclasses.replace(direct, access=proxy.access)


class TestGivenAProxy:
    def test_when_nothing_is_asked_of_it_then_all_passes(self, proxy: FaultProxy) -> None:
        """Bytes come and go as they are."""
        direct, through = before(proxy)

        through.put("a", CONTENT)

        assert (through.get("a"), direct.get("a")) == (CONTENT, CONTENT)
        assert [method for method, _ in proxy.requests] == ["PUT", "GET"]

    @pytest.mark.parametrize("action", ["busy", "slow_down", "reset", "lose"])
    def test_when_a_request_is_hit_then_its_client_fails_and_the_fault_has_fired(
        self, action: str, proxy: FaultProxy
    ) -> None:
        """Only what is lost on the way back has been done by the server."""
        direct, through = before(proxy)
        fault = proxy.fault(action, method="PUT", path="/a$", times=None)

        with pytest.raises((S3Error, urllib3.exceptions.HTTPError)):
            through.put("a", CONTENT)

        assert fault.fired > 0
        assert direct.list() == (["a"] if action == "lose" else [])

    def test_when_an_answer_is_cut_then_its_client_fails(self, proxy: FaultProxy) -> None:
        """Half an object is not taken for a whole one."""
        direct, through = before(proxy)
        direct.put("a", CONTENT)
        fault = proxy.fault("cut", method="GET", path="/a$", times=None)

        with pytest.raises((S3Error, urllib3.exceptions.HTTPError)):
            through.get("a")

        assert fault.fired > 0

    def test_when_a_fault_is_for_the_third_then_the_first_two_pass(self, proxy: FaultProxy) -> None:
        """It counts the requests that are meant."""
        _, through = before(proxy)
        fault = proxy.fault("busy", method="PUT", after=2, times=1)

        for name in ("a", "b", "c", "d"):
            through.put(name, CONTENT)  # the client tries again

        assert (fault.fired, through.list()) == (1, ["a", "b", "c", "d"])
