"""Builders of Stripe's stand-in: a client of it, and data sets for it."""

from __future__ import annotations

import json
import ssl
from contextlib import closing, contextmanager
from http.client import HTTPSConnection
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode
from urllib.request import urlopen

from headrace_harness.catalog import load_dataset
from headrace_harness.data.cache import prepare
from headrace_harness.services.stripe import HOST, Stripe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from headrace_harness.data.cache import Prepared

KINDS = ("customers", "charges", "invoices")


class Answer(NamedTuple):
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Client:
    """Asks Stripe's stand-in as the connector does: by its name, through the proxy.

    Args:
        server: Which.
        cafile: Whom the client trusts; the run's own authority if not given.
    """

    def __init__(self, server: Stripe, *, cafile: Path | None = None) -> None:
        self._server = server
        self._trusts = ssl.create_default_context(cafile=str(cafile or server.authority))

    def get(self, path: str, *, key: str | None = None, **asked: Any) -> Answer:  # noqa: ANN401
        """What a path answers; `key` is the server's own if not given."""
        headers = {"Authorization": f"Bearer {self._server.key if key is None else key}"}
        query = f"?{urlencode(asked)}" if asked else ""
        with self.reaching(f"{HOST}:443") as connection:
            connection.request("GET", path + query, headers=headers)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers), json.load(answer))

    @contextmanager
    def reaching(self, target: str) -> Iterator[HTTPSConnection]:
        """A connection by the proxy."""
        connection = HTTPSConnection(
            "127.0.0.1", self._server.proxy_port, context=self._trusts, timeout=30
        )
        connection.set_tunnel(target)
        with closing(connection):
            yield connection

    def walk(self, path: str, **asked: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        """All objects of a collection, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            behind = {"starting_after": found[-1]["id"]} if found else {}
            page = self.get(path, **asked, **behind).body
            found += page["data"]
            if not page["has_more"]:
                return found

    def counts(self) -> dict[str, int]:
        """What the server counted."""
        counted: dict[str, int] = self.get("/_counts").body
        return counted


def asked_of(server: Stripe) -> dict[str, int]:
    """What the proxy was asked for."""
    with urlopen(f"{server.proxy}/_counts") as answer:  # noqa: S310  its own proxy
        counted: dict[str, int] = json.load(answer)
    return counted


def a_stripe_set(kind: str, folder: Path, rows: int) -> Prepared:
    """The first records of a data set."""
    dataset = load_dataset(f"stripe-{kind}")
    size = next(iter(dataset.sizes.values()))
    return prepare(dataset, size, folder, rows=rows, announce=lambda _: None)


__all__ = ["KINDS", "Answer", "Client", "a_stripe_set", "asked_of"]
