"""An HTTP API over collections of records: `python -m headrace_harness.services.apiserver`.

It takes its settings as a JSON object on standard input, prints `{"port": N}` once it listens, and
serves until it is ended. It is loopback's alone, in plain HTTP.

```
GET  /NAME/STYLE?…   a page of the collection in the file FOLDER/NAME.records
POST /oauth/token    a token, for client credentials
GET  /_counts        requests, pages and records so far, and what went wrong
POST /_faults        a list of faults for the pages to come
```
"""

import base64
import json
import re
import secrets
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.utils import formatdate
from http import HTTPStatus
from math import ceil
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from headrace_harness.services.apilimits import Bucket, Faults
from headrace_harness.services.apipages import STYLES, BadRequestError, Collection, Page, page_of
from headrace_harness.services.ownserver import JsonHandler, OwnServer, serve, told

TOKEN_S: Final = 3600
"""How long a token of OAuth2 holds, where the settings do not say [s]."""

_NAME = re.compile(r"[a-z0-9_.-]+", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a server is told.

    Attributes:
        folder: Where the collections' files are.
        auth: `{}` for none, or `type` `bearer` (`token`), `basic` (`username`, `password`),
            `api_key` (`name`, `value`, `in` header or query) or `oauth2` (`client_id`,
            `client_secret`, and `token_s`, how long a token holds).
        records_per_s: The limit of all clients together; None for no limit.
        burst: Records that may come at once after a pause; none given: those of a second.
        refuses: Whether what is beyond the limit is refused by 429, rather than late.
        retry_after: Whether such an answer says how many `seconds`, until what `date`, or nothing.
    """

    folder: str
    auth: Mapping[str, Any] = field(default_factory=dict)
    records_per_s: float | None = None
    burst: float | None = None
    refuses: bool = False
    retry_after: str = "seconds"


class ApiServer(OwnServer):
    """The server.

    Args:
        settings: What it is told.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(Handler)
        self.settings = settings
        self.faults = Faults()
        self.tokens: dict[str, float] = {}
        self.last: Page | None = None
        per_s = settings.records_per_s
        self.bucket = Bucket(per_s, settings.burst or per_s) if per_s else None
        self._collections: dict[str, Collection] = {}

    def page(self, path: str, asked: Mapping[str, str], total: int | None) -> Page:
        """A page; as `page_of`.

        Raises:
            BadRequestError: A parameter is wrong.
            FileNotFoundError: There is no such collection.
        """
        _, name, style, *rest = [*path.split("/"), "", ""]
        if not _NAME.fullmatch(name) or style not in STYLES or any(rest):
            raise FileNotFoundError(path)
        url = f"http://127.0.0.1:{self.port}/{name}/{style}"
        with self.lock:
            if name not in self._collections:
                file = Path(self.settings.folder, f"{name}.records")
                self._collections[name] = Collection(file)
            found = self._collections[name]
            return page_of(found, style, asked, url, total=len(found) if total is None else total)

    def is_known(self, headers: Message, asked: dict[str, str]) -> bool:
        """Whether a request brings what the settings ask for; a key is taken off its parameters."""
        auth = self.settings.auth
        given = headers.get("Authorization") or ""
        match auth.get("type"):
            case None:
                return True
            case "bearer":
                return bool(given == f"Bearer {auth['token']}")
            case "basic":
                pair = f"{auth['username']}:{auth['password']}".encode()
                return given == f"Basic {base64.b64encode(pair).decode()}"
            case "api_key" if auth["in"] == "query":
                return bool(asked.pop(auth["name"], None) == auth["value"])
            case "api_key":
                return bool(headers.get(auth["name"]) == auth["value"])
        return time.monotonic() < self.tokens.get(given.removeprefix("Bearer "), 0.0)

    def new_token(self) -> dict[str, Any]:
        """A token of OAuth2."""
        token, seconds = secrets.token_urlsafe(16), self.settings.auth.get("token_s", TOKEN_S)
        self.tokens[token] = time.monotonic() + seconds
        return {"access_token": token, "token_type": "Bearer", "expires_in": seconds}


class Handler(JsonHandler):
    """One connection."""

    server: ApiServer

    def get(self) -> None:
        """A page, or the counts."""
        parts = urlsplit(self.path)
        if parts.path == "/_counts":
            return self.say(HTTPStatus.OK, dict(self.server.counts))
        self.server.count("requests")
        asked = dict(parse_qsl(parts.query, keep_blank_values=True))
        if not self.server.is_known(self.headers, asked):
            self.server.count("unauthorized")
            return self.say(HTTPStatus.UNAUTHORIZED, {"error": "who are you?"})
        fault = self.server.faults.next() or {}
        if fault:
            self.server.count(f"fault {fault['kind']}")
        if fault.get("kind") == "status":
            headers = {"Retry-After": fault["retry_after"]} if "retry_after" in fault else {}
            return self.say(HTTPStatus(fault["status"]), fault.get("body", {}), headers)
        try:
            page = self.server.page(parts.path, asked, fault.get("total"))
        except FileNotFoundError:
            return self.say(HTTPStatus.NOT_FOUND, {"error": f"there is no {parts.path}"})
        except BadRequestError as error:
            return self.say(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        return self._send(page, fault) if self._may_have(page) else None

    def post(self) -> None:
        """A token, or faults."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/_faults":
            try:
                self.server.faults.ask_for(json.loads(body))
            except ValueError as error:
                return self.say(HTTPStatus.BAD_REQUEST, {"error": str(error)})
            return self.say(HTTPStatus.OK, {})
        if self.path != "/oauth/token":
            return self.say(HTTPStatus.NOT_FOUND, {"error": f"there is no {self.path}"})
        self.server.count("token requests")
        asked, auth = dict(parse_qsl(body.decode())), self.server.settings.auth
        pair = f"{auth.get('client_id')}:{auth.get('client_secret')}".encode()
        by_header = self.headers.get("Authorization") == f"Basic {base64.b64encode(pair).decode()}"
        by_body = (asked.get("client_id"), asked.get("client_secret")) == (
            auth.get("client_id"),
            auth.get("client_secret"),
        )
        if auth.get("type") != "oauth2" or not (by_header or by_body):
            return self.say(HTTPStatus.UNAUTHORIZED, {"error": "invalid_client"})
        if asked.get("grant_type") != "client_credentials":
            return self.say(HTTPStatus.BAD_REQUEST, {"error": "unsupported_grant_type"})
        return self.say(HTTPStatus.OK, self.server.new_token())

    def _may_have(self, page: Page) -> bool:
        """Whether the limit lets a page pass, now or after a pause; the refusal is sent."""
        bucket, settings = self.server.bucket, self.server.settings
        if bucket is None:
            return True
        if not settings.refuses:
            time.sleep(bucket.take(page.records))
            return True
        wait = bucket.try_take(page.records)
        if not wait:
            return True
        self.server.count("limited")
        said = {
            "seconds": str(ceil(wait)),
            "date": formatdate(time.time() + wait + 1, usegmt=True),
        }.get(settings.retry_after)
        headers = {"Retry-After": said} if said else {}
        self.say(HTTPStatus.TOO_MANY_REQUESTS, {"error": "slow down"}, headers)
        return False

    def _send(self, page: Page, fault: Mapping[str, Any]) -> None:
        kind = fault.get("kind")
        if kind == "repeat":
            page = self.server.last or page
        self.server.last = page
        body, half = page.body, len(page.body) // 2
        if kind == "garbage":
            body = body[:half]
        self.head(HTTPStatus.OK, len(body), {"Link": page.link} if page.link else {})
        if kind in {"reset", "truncate", "stall"}:
            self.wfile.write(body[:half])
            if kind != "stall":
                return self._hang_up(with_reset=kind == "reset")
            time.sleep(fault["seconds"])
            body = body[half:]
        self.wfile.write(body)
        self.server.count("pages")
        self.server.count("records", page.records)
        return None

    def _hang_up(self, *, with_reset: bool) -> None:
        self.wfile.flush()
        if with_reset:
            # Closed without lingering, what is unsent is dropped and the peer is told so.
            now = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
            self.connection.close()
        self.close_connection = True


def main() -> None:
    """Serve what standard input says."""
    serve(ApiServer(Settings(**told())))


if __name__ == "__main__":
    main()
