"""A proxy between a client and a server, with faults that a test asks for and sees fire.

It speaks HTTP/1.1 as far as clients of object stores do: a head, a body of a known length or in
chunks, one request after another on a connection.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import socket
import struct
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from headrace_harness.services.s3 import REGION
from minio.credentials import Credentials
from minio.signer import sign_v4_s3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headrace_harness.services.s3 import Access

Action = Literal[
    "busy",
    "slow_down",
    "limit",
    "reset",
    "cut",
    "lose",
    "hold",
    "delay",
    "strip",
    "deny",
    "drop",
    "forbid",
    "overdue",
    "mislead",
    "defer",
]

_CONFLICT = b'{"error":{"message":"was not there","type":"CommitFailedException","code":409}}'
_DENIAL = (
    b"HTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(_CONFLICT), _CONFLICT)
)
_BUSY = "<Error><Code>{code}</Code><Message>{code}</Message></Error>"


@dataclass(kw_only=True)
class Fault:
    """What goes wrong, and when.

    Attributes:
        action: `busy` answers `status`; `slow_down` 503 with S3's code SlowDown; `limit` 429;
            `forbid` 403; `reset` breaks the connection in the middle of the request's body; `cut`
            in the middle of the answer; `lose` lets the server answer and breaks the connection
            instead of passing it on; `hold` likewise, and keeps silent for `seconds`; `delay` waits
            before the request goes on; `strip` takes the headers `headers` out of it, and signs it
            anew; `deny` lets the server answer and says 409 instead, as an Iceberg catalog does;
            `drop` breaks the connection before the server sees the request; `overdue` likewise, and
            lets the server have it `seconds` later; `mislead` lets the server answer and says
            `status` instead, as a gateway does; `defer` says it at once, and lets the server have
            the request `seconds` later.
        method: Of the requests that are meant.
        path: A regular expression that their path with its query must hold.
        after: How many of them pass unharmed first.
        times: How many it then hits; None for all.
        retry_after: What a refusal says in `Retry-After`; nothing where None.
        fired: How many it has hit.
        settled: How many of those that were overdue the server has answered by now.
        moments: When each of them came, unharmed ones too, by a clock that goes forward [s].
    """

    action: Action
    method: str = ".*"
    path: str = ""
    after: int = 0
    times: int | None = 1
    seconds: float = 0.0
    headers: tuple[str, ...] = ()
    status: int = 503
    retry_after: str | None = None
    fired: int = 0
    settled: int = 0
    moments: list[float] = field(default_factory=list)

    def takes(self, method: str, path: str) -> bool:
        """Whether it hits this request, which is counted."""
        if not re.fullmatch(self.method, method) or not re.search(self.path, path):
            return False
        self.moments.append(time.monotonic())
        if len(self.moments) <= self.after or (self.times is not None and self.fired >= self.times):
            return False
        self.fired += 1
        return True


@dataclass
class FaultProxy:
    """Passes everything on, but for its faults.

    Attributes:
        upstream: How the server is reached.
        faults: The first that takes a request has it.
        requests: Methods and paths of all that came.
        conditional: The paths of those that had a condition.
    """

    upstream: Access
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    conditional: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen."""
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def endpoint(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def access(self) -> Access:
        """The server, reached through the proxy."""
        return replace(self.upstream, endpoint=self.endpoint)

    def fault(self, action: Action, **when: Any) -> Fault:  # noqa: ANN401  as of Fault
        """Have something go wrong from now on."""
        made = Fault(action=action, **when)
        with self._lock:
            self.faults.append(made)
        return made

    def close(self) -> None:
        """Refuse connections from now on."""
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._converse, args=(client,), daemon=True).start()

    def _converse(self, client: socket.socket) -> None:
        url = urlsplit(self.upstream.endpoint)
        with client, contextlib.suppress(OSError, _EndedError):
            address = (url.hostname or "", url.port or 80)
            with socket.create_connection(address) as server:
                for side in (client, server):  # else small pieces wait for each other
                    side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                _Conversation(client, server, self.upstream, self._fault_of).go_on()

    def _fault_of(self, method: str, path: str, is_conditional: bool) -> Fault | None:  # noqa: FBT001
        with self._lock:
            self.requests.append((method, path))
            self.conditional += [path] if is_conditional else []
            return next((fault for fault in self.faults if fault.takes(method, path)), None)


class _Conversation:
    """One connection of a client, and the one to the server that stands for it."""

    def __init__(
        self,
        client: socket.socket,
        server: socket.socket,
        access: Access,
        fault_of: Callable[[str, str, bool], Fault | None],
    ) -> None:
        self._client, self._server = client, server
        self._asked, self._said = client.makefile("rb"), server.makefile("rb")
        self._access = access
        self._fault_of = fault_of

    def go_on(self) -> None:
        """Pass requests on until a fault or a side ends it."""
        while True:
            head = _head(self._asked)
            method, path, _ = head[0].decode("latin-1").split(" ", 2)
            is_conditional = any(line.lower().startswith(b"if-") for line in head)
            fault = self._fault_of(method, path, is_conditional) or Fault(action="delay")
            if fault.action in ("busy", "slow_down", "limit", "forbid"):
                for _ in _body(head, self._asked):
                    pass
                self._client.sendall(_refusal(fault))
                continue
            if fault.action == "drop":
                for _ in _body(head, self._asked):
                    pass
                self._end()
            if fault.action in ("overdue", "defer"):
                pieces = [b"\r\n".join(head) + b"\r\n\r\n", *_body(head, self._asked)]
                if fault.action == "defer":
                    self._client.sendall(_refusal(fault))
                self._client.shutdown(socket.SHUT_RDWR)  # at once: its file is open still
                time.sleep(fault.seconds)
                self._server.sendall(b"".join(pieces))
                _head(self._said)
                fault.settled += 1
                raise _EndedError
            self._pass_request(head, fault)
            self._pass_answer(method, fault)

    def _pass_request(self, head: list[bytes], fault: Fault) -> None:
        if fault.action == "strip":
            head = self._signed_without(fault.headers, head)
        if fault.action == "delay":
            time.sleep(fault.seconds)
        self._server.sendall(b"\r\n".join(head) + b"\r\n\r\n")
        for piece in _body(head, self._asked):
            if fault.action == "reset":
                self._server.sendall(piece[: len(piece) // 2])
                break
            self._server.sendall(piece)
        if fault.action == "reset":
            _reset(self._server)
            self._end()

    def _pass_answer(self, method: str, fault: Fault) -> None:
        answer = _head(self._said)
        while _status(answer) == 100:
            answer = _head(self._said)
        has_body = method != "HEAD" and _status(answer) not in (204, 304)
        pieces = _body(answer, self._said) if has_body else iter(())
        if fault.action in ("lose", "hold"):
            for _ in pieces:
                pass
            time.sleep(fault.seconds)
            self._end()
        if fault.action in ("deny", "mislead"):
            for _ in pieces:
                pass
            self._client.sendall(_DENIAL if fault.action == "deny" else _refusal(fault))
            return
        self._client.sendall(b"\r\n".join(answer) + b"\r\n\r\n")
        for piece in pieces:
            if fault.action == "cut":
                self._client.sendall(piece[: len(piece) // 2])
                self._end()
            self._client.sendall(piece)

    def _signed_without(self, headers: tuple[str, ...], head: list[bytes]) -> list[bytes]:
        """A request without some of its headers, signed as if it had never had them."""
        method, path, version = head[0].decode("latin-1").split(" ", 2)
        fields = dict(line.decode("latin-1").split(": ", 1) for line in head[1:])
        gone = {name.lower() for name in (*headers, "authorization")}
        fields = {name: value for name, value in fields.items() if name.lower() not in gone}
        named = {name.lower(): value for name, value in fields.items()}
        url = urlsplit(f"http://{named['host']}{path}")
        said = dt.datetime.strptime(named["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
        credentials = Credentials(self._access.access_key, self._access.secret_key)
        body = named["x-amz-content-sha256"]
        signed = sign_v4_s3(
            method=method,
            url=url,
            region=REGION,
            headers=dict(fields),
            credentials=credentials,
            content_sha256=body,
            date=said,
        )
        lines = [f"{name}: {value}".encode("latin-1") for name, value in signed.items()]
        return [f"{method} {path} {version}".encode("latin-1"), *lines]

    def _end(self) -> None:
        _reset(self._client)
        raise _EndedError


class _EndedError(Exception):
    """A side has closed the connection."""


def _status(answer: list[bytes]) -> int:
    return int(answer[0].split(b" ")[1])


def _head(stream: Any) -> list[bytes]:  # noqa: ANN401  a file
    lines = []
    while True:
        line = stream.readline()
        if not line:
            raise _EndedError
        if line == b"\r\n":
            return lines
        lines.append(line.rstrip(b"\r\n"))


def _body(head: list[bytes], stream: Any) -> Iterator[bytes]:  # noqa: ANN401  a file
    """A message's body as it stands on the wire, in pieces."""
    fields = {}
    for line in head[1:]:
        name, _, value = line.partition(b":")
        fields[name.strip().lower()] = value.strip().lower()
    if fields.get(b"transfer-encoding") == b"chunked":
        while True:
            size = stream.readline()
            piece = size + stream.read(int(size.split(b";")[0], 16) + 2)
            yield piece
            if int(size.split(b";")[0], 16) == 0:
                return
    left = int(fields.get(b"content-length", 0))
    while left:
        piece = stream.read(min(left, 1 << 16))
        if not piece:
            raise _EndedError
        left -= len(piece)
        yield piece


def _refusal(fault: Fault) -> bytes:
    status, code = {
        "slow_down": (503, "SlowDown"),
        "limit": (429, "TooManyRequests"),
        "forbid": (403, "ExpiredToken"),
    }.get(fault.action, (fault.status, "ServiceUnavailable"))
    text = _BUSY.format(code=code)
    head = f"HTTP/1.1 {status} {code}\r\nContent-Type: application/xml\r\n"
    if fault.retry_after is not None:
        head += f"Retry-After: {fault.retry_after}\r\n"
    return f"{head}Content-Length: {len(text)}\r\n\r\n{text}".encode()


def _reset(connection: socket.socket) -> None:
    """Reset it, rather than end it in order."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RD)
    connection.close()
