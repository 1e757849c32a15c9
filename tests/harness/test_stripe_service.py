"""Stripe's stand-in: who gets in, what is found, and that nobody is led elsewhere."""

from __future__ import annotations

import csv
import socket
import ssl
from contextlib import closing, suppress
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import pytest
from headrace_harness.catalog import load_dataset
from headrace_harness.errors import ServiceError
from headrace_harness.services.stripe import HOST, Stripe

from tests.stripeapi import KINDS, Client, a_stripe_set, asked_of
from tests.waiting import holds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = 130  # more than a page
LIMIT_PER_S = 20


class Prepared(Stripe):
    """As it is, but for the connector, which nobody starts here."""

    def connector(self) -> dict[str, Any]:
        """No program."""
        return {}


@pytest.fixture(scope="module")
def stripe(data: Path) -> Iterator[Stripe]:
    """A server without a limit, and all its collections."""
    server = Prepared()
    server.start()
    for kind in KINDS:
        server.serve(load_dataset(f"stripe-{kind}"), a_stripe_set(kind, data, ROWS))
    yield server
    server.stop()


@pytest.fixture
def limited() -> Iterator[Stripe]:
    """A server that gives a page, and another one seconds later, however busy the machine is."""
    server = Prepared(records_per_s=LIMIT_PER_S, settings={"burst": 100})
    server.start()
    yield server
    server.stop()


class TestGivenAServerWithItsData:
    @pytest.mark.parametrize("kind", KINDS)
    def test_when_it_is_walked_then_its_objects_are_the_records_of_the_data_set(
        self, stripe: Stripe, data: Path, kind: str
    ) -> None:
        """What a connector can read is what the check behind it expects."""
        with a_stripe_set(kind, data, ROWS).path.open(encoding="utf-8", newline="") as file:
            expected = {row["id"]: row for row in csv.DictReader(file)}

        found = Client(stripe).walk(f"/v1/{kind}", limit=100)

        spelled = [{name: as_csv(one[name]) for name in expected[one["id"]]} for one in found]
        assert {one["id"]: one for one in spelled} == expected
        assert len(found) == ROWS
        assert {one["object"] for one in found} == {kind.removesuffix("s")}

    def test_when_one_object_is_asked_for_then_it_is_that_of_the_list(self, stripe: Stripe) -> None:
        """An id names the same object wherever it is met."""
        client = Client(stripe)
        (listed,) = client.get("/v1/customers", limit=1).body["data"]

        found = client.get(f"/v1/customers/{listed['id']}")

        assert (found.status, found.body) == (200, listed)

    def test_when_the_account_is_asked_for_then_it_is_the_one_of_the_config(
        self, stripe: Stripe
    ) -> None:
        """A connector's check finds the account that it was told of."""
        page = Client(stripe).get("/v1/accounts").body

        assert [one["id"] for one in page["data"]] == [stripe.config()["account_id"]]

    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            ("/v1/customers/cus_none", 404, "resource_missing"),
            ("/v1/moons", 404, None),
            ("/v2/customers", 404, None),
            ("/v1/customers?limit=0", 400, None),
            ("/v1/customers?starting_after=cus_none", 400, "resource_missing"),
        ],
    )
    def test_when_there_is_no_such_thing_then_the_error_is_stripes(
        self, stripe: Stripe, path: str, status: int, code: str | None
    ) -> None:
        """Errors have the body that Stripe's clients look into."""
        answer = Client(stripe).get(path)

        assert answer.status == status
        assert answer.body["error"]["type"] == "invalid_request_error"
        assert answer.body["error"].get("code") == code

    @pytest.mark.parametrize("key", ["", "sk_test_somebody", "Ü"])
    def test_when_the_key_is_wrong_then_nothing_is_given(self, stripe: Stripe, key: str) -> None:
        """A stranger learns nothing, not even the key that would do."""
        answer = Client(stripe).get("/v1/customers", key=key)

        assert answer.status == 401
        assert "Invalid API Key" in answer.body["error"]["message"]
        assert stripe.key not in str(answer)

    def test_when_a_data_set_is_none_of_its_own_then_those_it_has_are_named(
        self, stripe: Stripe, data: Path
    ) -> None:
        """Stripe has nothing of a playbook."""
        with pytest.raises(ServiceError, match="it has stripe-customers, stripe-charges"):
            stripe.serve(load_dataset("playbook"), a_stripe_set("invoices", data, 1))


class TestGivenAServerThatIsStopped:
    def test_when_looked_for_then_nothing_of_it_is_there(self) -> None:
        """Keys, data and processes are the run's, and end with it."""
        server = Prepared()
        server.start()
        folder, ports = server.trust.parent, (server.port, server.proxy_port)
        is_private = folder.stat().st_mode & 0o077 == 0

        server.stop()

        assert is_private
        assert not folder.exists()
        for port in ports:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port))


class TestGivenAServerWithALimit:
    def test_when_more_is_asked_for_then_it_is_refused_and_had_after_the_wait(
        self, limited: Stripe, data: Path
    ) -> None:
        """Beyond the limit it says 429 and when to come again, and keeps its word."""
        limited.serve(load_dataset("stripe-charges"), a_stripe_set("charges", data, 100))
        client = Client(limited)

        answers = [client.get("/v1/charges", limit=100) for _ in range(3)]

        refused = [one for one in answers if one.status == 429]
        assert refused
        assert refused[0].body["error"]["code"] == "rate_limit"
        assert int(refused[0].headers["Retry-After"]) >= 1
        assert holds(lambda: client.get("/v1/charges", limit=100).status == 200)
        assert client.counts()["limited"] >= len(refused)


class TestGivenItsAuthority:
    def test_when_a_client_trusts_the_public_ones_then_it_does_not_trust_the_server(
        self, stripe: Stripe
    ) -> None:
        """Only who was told of the run's own authority takes the server for Stripe."""
        public = ssl.create_default_context()
        connection = socket.create_connection(("127.0.0.1", stripe.port))

        with closing(connection), pytest.raises(ssl.SSLCertVerificationError):
            public.wrap_socket(connection, server_hostname=HOST)

    def test_when_another_run_has_one_too_then_neither_is_trusted_for_the_other(
        self, stripe: Stripe, limited: Stripe
    ) -> None:
        """An authority is of one run."""
        stranger = Client(stripe, cafile=limited.authority)

        with pytest.raises(ssl.SSLCertVerificationError):
            stranger.get("/v1/accounts")

    def test_when_it_is_plain_http_then_there_is_no_answer_and_the_next_one_has_it(
        self, stripe: Stripe
    ) -> None:
        """Who does not speak TLS is hung up on, and disturbs nobody."""
        with closing(socket.create_connection(("127.0.0.1", stripe.port))) as plain:
            plain.sendall(b"GET /v1/accounts HTTP/1.1\r\n\r\n")
            said = b""
            with suppress(ConnectionResetError):
                said = plain.makefile("rb").read()

        assert b"HTTP/1.1" not in said
        assert Client(stripe).get("/v1/accounts").status == 200


class TestGivenTheProxy:
    def test_when_it_is_asked_for_others_then_it_says_whom_it_leads_to(
        self, stripe: Stripe
    ) -> None:
        """A connector that wants anybody else is refused, and told why."""
        connection = HTTPConnection("127.0.0.1", stripe.proxy_port, timeout=60)

        with closing(connection):
            connection.request("CONNECT", "example.org:443")
            answer = connection.getresponse()
            said = answer.read().decode()

        assert answer.status == 403
        assert said == f"this proxy leads to {HOST}:443, and never to example.org:443"
        assert asked_of(stripe)["example.org:443"] == 1

    @pytest.mark.parametrize("target", [f"{HOST}:80", f"{HOST}", f"x{HOST}:443"])
    def test_when_it_is_asked_for_another_port_or_a_like_name_then_it_refuses(
        self, stripe: Stripe, target: str
    ) -> None:
        """Names are compared whole."""
        connection = HTTPConnection("127.0.0.1", stripe.proxy_port, timeout=60)

        with closing(connection):
            connection.request("CONNECT", target)

            assert connection.getresponse().status == 403

    def test_when_it_is_no_tunnel_that_is_asked_for_then_it_refuses(self, stripe: Stripe) -> None:
        """It passes on nothing that it could read."""
        connection = HTTPConnection("127.0.0.1", stripe.proxy_port, timeout=60)

        with closing(connection):
            connection.request("GET", f"http://{HOST}/v1/accounts")

            assert connection.getresponse().status == 405

    def test_when_the_server_has_gone_then_it_says_so(self) -> None:
        """A tunnel to nobody is no tunnel."""
        server = Prepared()
        server.start()
        connection = HTTPConnection("127.0.0.1", server.proxy_port, timeout=60)

        try:
            server._server.stop()  # noqa: SLF001
            with closing(connection):
                connection.request("CONNECT", f"{HOST}:443")
                status = connection.getresponse().status
        finally:
            server.stop()

        assert status == 502


def as_csv(value: object) -> str:
    """A value as the data set's file spells it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
