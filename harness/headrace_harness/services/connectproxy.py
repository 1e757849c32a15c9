"""A proxy that leads to chosen servers alone: `python -m headrace_harness.services.connectproxy`.

It takes its settings as a JSON object on standard input, prints `{"port": N}` once it listens, and
serves until it is ended. It is loopback's alone. `CONNECT host:port` leads to the server that the
settings name for it, whatever the name means elsewhere; any other is refused. `GET /_counts` says
how often each was asked for.
"""

import json
import select
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from socketserver import StreamRequestHandler
from typing import Final

from headrace_harness.services.ownserver import OwnServer, serve, told

CHUNK_BYTES: Final = 64 << 10
"""Of what is passed on at once [bytes]."""

_LINE_BYTES: Final = 8192
_MOST_LINES: Final = 100


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a proxy is told.

    Attributes:
        routes: By `host:port`, the port on 127.0.0.1 that it leads to.
    """

    routes: Mapping[str, int]


class ConnectProxy(OwnServer):
    """The proxy.

    Args:
        settings: What it is told.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(Handler)
        self.settings = settings


class Handler(StreamRequestHandler):
    """One connection."""

    server: ConnectProxy
    # What follows the request belongs to the server behind, and must not be read with it.
    rbufsize = 0
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Lead to a server, or refuse."""
        with suppress(OSError):  # whoever hangs up has heard enough
            self._answer()

    def _answer(self) -> None:
        method, target, *_ = [*self._request(), "", ""]
        if (method, target) == ("GET", "/_counts"):
            return self._say(HTTPStatus.OK, json.dumps(self.server.counts))
        if method != "CONNECT":
            return self._say(HTTPStatus.METHOD_NOT_ALLOWED, "this proxy takes CONNECT alone")
        self.server.count(target)
        port = self.server.settings.routes.get(target.lower())
        if port is None:
            known = ", ".join(self.server.settings.routes)
            return self._say(
                HTTPStatus.FORBIDDEN, f"this proxy leads to {known}, and never to {target}"
            )
        try:
            behind = socket.create_connection(("127.0.0.1", port))
        except OSError as error:
            return self._say(HTTPStatus.BAD_GATEWAY, f"{target} does not answer: {error}")
        with behind:
            behind.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            pass_on(self.connection, behind)
        return None

    def _request(self) -> list[str]:
        """The words of the first line; the headers are passed over."""
        first = self.rfile.readline(_LINE_BYTES)
        for _ in range(_MOST_LINES):
            if self.rfile.readline(_LINE_BYTES) in (b"\r\n", b"\n", b""):
                break
        return first.decode("latin-1").split()

    def _say(self, status: HTTPStatus, text: str) -> None:
        body = text.encode()
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Length: {len(body)}\r\n"
        self.wfile.write(head.encode() + b"Connection: close\r\n\r\n" + body)


def pass_on(one: socket.socket, other: socket.socket) -> None:
    """Pass on what either side says until both have ended."""
    open_ends = {one: other, other: one}
    while open_ends:
        readable, _, _ = select.select(list(open_ends), [], [])
        for end in readable:
            data = end.recv(CHUNK_BYTES)
            if data:
                open_ends[end].sendall(data)
                continue
            with suppress(OSError):  # that side may have gone
                open_ends[end].shutdown(socket.SHUT_WR)
            del open_ends[end]


def main() -> None:
    """Serve what standard input says."""
    serve(ConnectProxy(Settings(**told())))


if __name__ == "__main__":
    main()
