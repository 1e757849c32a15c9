"""A Stripe-shaped API over data sets: `python -m headrace_harness.services.stripeserver`.

It takes its settings as a JSON object on standard input, prints `{"port": N}` once it listens, and
serves until it is ended. It is loopback's alone, by TLS.

```
GET /v1/accounts        the account
GET /v1/NAME?…          a page of customers, charges, invoices or events
GET /v1/NAME/ID         one of them
GET /_counts            requests, pages and records so far, and what went wrong
```
"""

import base64
import binascii
import json
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from headrace_harness.services.apilimits import Bucket
from headrace_harness.services.ownserver import JsonHandler, OwnServer, serve, told
from headrace_harness.services.stripeobjects import (
    API_VERSION,
    SINGULAR,
    Object,
    account,
    list_of,
)
from headrace_harness.services.stripepages import BadRequestError, Collection, events_of

HANDSHAKE_S: Final = 30.0
"""How long a client may take to agree on TLS [s]."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a server is told.

    Attributes:
        folder: Where collections are: `customers.json` holds a list of objects, and so on. One that
            is not there is empty.
        certificate: PEM file of its key and its certificates.
        key: What a client must bring, as Stripe's secret key.
        records_per_s: The limit of all clients together; beyond it they are refused. None for none.
        burst: Records that may come at once after a pause; none given: those of a second.
        forbidden: Collections that the key may not read.
    """

    folder: str
    certificate: str
    key: str
    records_per_s: float | None = None
    burst: float | None = None
    forbidden: Sequence[str] = ()


class StripeServer(OwnServer):
    """The server.

    Args:
        settings: What it is told.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(Handler)
        self.settings = settings
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(settings.certificate)
        per_s = settings.records_per_s
        self.bucket = Bucket(per_s, settings.burst or per_s) if per_s else None
        self._collections: dict[str, tuple[int, Collection]] = {}

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  its types
        """Agree on TLS, in the connection's own thread, and answer."""
        request.settimeout(HANDSHAKE_S)
        try:
            secured = self._tls.wrap_socket(request, server_side=True)
        except OSError:  # ssl.SSLError is one
            self.count("handshakes that failed")
            return
        with secured, suppress(OSError):  # whoever hangs up has heard enough
            secured.settimeout(None)
            super().finish_request(secured, client_address)

    def collection(self, name: str) -> Collection:
        """A collection as its file has it now.

        Raises:
            KeyError: There is none of that name.
        """
        if name == "events":
            return events_of(self.collection(kind) for kind in SINGULAR)
        if name not in SINGULAR:
            raise KeyError(name)
        path = Path(self.settings.folder, f"{name}.json")
        with self.lock:
            version = path.stat().st_mtime_ns if path.exists() else 0
            if self._collections.get(name, (None, None))[0] != version:
                objects = json.loads(path.read_text(encoding="utf-8")) if version else []
                self._collections[name] = (version, Collection(name, objects))
            return self._collections[name][1]


class Handler(JsonHandler):
    """One connection."""

    server: StripeServer

    def get(self) -> None:
        """An object, a page, or the counts."""
        parts = urlsplit(self.path)
        if parts.path == "/_counts":
            return self.say(HTTPStatus.OK, dict(self.server.counts))
        self.server.count("requests")
        key = self._key()
        if key != self.server.settings.key:
            self.server.count("unauthorized")
            shown = f"{'*' * 8}{key[-4:]}" if key else "none"
            return self._refuse(HTTPStatus.UNAUTHORIZED, f"Invalid API Key provided: {shown}")
        try:
            found = self._found(parts.path, parse_qs(parts.query, keep_blank_values=True))
        except BadRequestError as error:
            more = {"param": error.param, **({"code": error.code} if error.code else {})}
            return self._refuse(HTTPStatus.BAD_REQUEST, str(error), more)
        if found is None:
            return None
        records = len(found["data"]) if found["object"] == "list" else 1
        wait_s = self.server.bucket.try_take(max(1, records)) if self.server.bucket else 0.0
        if wait_s:
            self.server.count("limited")
            message = "Request rate limit exceeded."
            headers = {"Retry-After": str(ceil(wait_s))}
            return self._refuse(
                HTTPStatus.TOO_MANY_REQUESTS, message, {"code": "rate_limit"}, headers
            )
        self.server.count("pages")
        self.server.count("records", records)
        return self.say(HTTPStatus.OK, found)

    def post(self) -> None:
        """Nothing is made here."""
        self.close_connection = True  # what was sent along is not read
        self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, "This API is for reading.")

    def head(self, status: HTTPStatus, length: int, headers: Mapping[str, str]) -> None:
        """As `JsonHandler.head`, with the version of the API."""
        super().head(status, length, {"Stripe-Version": API_VERSION, **headers})

    def _key(self) -> str:
        """What the client brings, as a bearer or as the name of a user."""
        kind, _, given = (self.headers.get("Authorization") or "").partition(" ")
        if kind.lower() != "basic":
            return given.strip()
        try:
            return base64.b64decode(given, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""

    def _found(self, path: str, asked: Mapping[str, list[str]]) -> Object | None:
        """What a path names; None where there is no such thing, which was said.

        Raises:
            BadRequestError: A parameter is wrong.
        """
        _, version, name, identity, *rest = [*path.split("/"), "", ""]
        if version != "v1" or any(rest):
            self._refuse_path(path)
            return None
        if name == "accounts":
            return list_of("/v1/accounts", [account()], has_more=False)
        try:
            collection = self.server.collection(name)
        except KeyError:
            self._refuse_path(path)
            return None
        if name in self.server.settings.forbidden:
            message = f"The provided key may not read {name}."
            self._refuse(HTTPStatus.FORBIDDEN, message, {"code": "permissions"})
            return None
        if not identity:
            return collection.page(f"/v1/{name}", asked)
        found = collection.get(identity)
        if found is None:
            message = f"No such {SINGULAR.get(name, 'event')}: '{identity}'"
            more = {"code": "resource_missing", "param": "id"}
            self._refuse(HTTPStatus.NOT_FOUND, message, more)
        return found

    def _refuse_path(self, path: str) -> None:
        message = f"Unrecognized request URL (GET: {path})."
        self._refuse(HTTPStatus.NOT_FOUND, message)

    def _refuse(
        self,
        status: HTTPStatus,
        message: str,
        more: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        error = {"type": "invalid_request_error", "message": message, **(more or {})}
        self.say(status, {"error": error}, headers)


def main() -> None:
    """Serve what standard input says."""
    serve(StripeServer(Settings(**told())))


if __name__ == "__main__":
    main()
