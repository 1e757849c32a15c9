"""What every server of the harness's own is: a program that is told, listens, and counts."""

import json
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any


class OwnServer(ThreadingTCPServer):
    """A server on a free port of 127.0.0.1.

    Args:
        handler: Of a connection.

    Attributes:
        counts: What was done, by what it was.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, handler: type[BaseRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.counts: Counter[str] = Counter()
        self.lock = threading.Lock()

    @property
    def port(self) -> int:
        """Of its own."""
        return int(self.server_address[1])

    def count(self, what: str, by: int = 1) -> None:
        """Count something that was done."""
        with self.lock:
            self.counts[what] += by


class JsonHandler(BaseHTTPRequestHandler):
    """A connection that is answered by JSON."""

    protocol_version = "HTTP/1.1"
    # An answer is written in two pieces, and nobody waits for the acknowledgement of the first.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """As its class says."""
        self.get()

    def do_POST(self) -> None:
        """As its class says."""
        self.post()

    def get(self) -> None:
        """Answer a GET."""
        raise NotImplementedError

    def post(self) -> None:
        """Answer a POST."""
        raise NotImplementedError

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name above
        """Nothing: a query may hold a key, and who asked is counted."""

    def say(
        self, status: HTTPStatus, value: object, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer."""
        body = json.dumps(value).encode()
        self.head(status, len(body), headers or {})
        self.wfile.write(body)

    def head(self, status: HTTPStatus, length: int, headers: Mapping[str, str]) -> None:
        """Begin an answer of so many bytes."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


def told() -> dict[str, Any]:
    """The settings: a JSON object, a line of standard input."""
    settings: dict[str, Any] = json.loads(sys.stdin.readline())
    return settings


def serve(server: OwnServer) -> None:
    """Say where it listens, `{"port": N}`, and serve until it is ended."""
    sys.stdout.write(json.dumps({"port": server.port}) + "\n")
    sys.stdout.flush()
    server.serve_forever()
