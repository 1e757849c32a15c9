"""Builders of REST APIs: a real server in this process, with pages, faults, and what was asked."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlsplit

import pytest
from headrace import HeadraceError, create_extractor, execute_job

from tests.builders import a_job, visible

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request that a server was given; `raw` is its path and query as they came."""

    method: str
    raw: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a server answers.

    Attributes:
        body: Bytes, or what is sent as JSON.
        status: HTTP's.
        headers: More than those of every answer.
        fault: `reset`: the connection is reset in the middle of the body; `short`: it is closed
            there, with a Content-Length that promises more; `open`: closed there, without one;
            `chunk`: closed there, between chunks; `silent`: nothing more comes there.
        pause_s: Before each of ten parts of the body [s].
        is_zipped: Whether it is compressed by gzip.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None
    pause_s: float = 0
    is_zipped: bool = False

    @property
    def data(self) -> bytes:
        """The body as it is sent."""
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return gzip.compress(body) if self.is_zipped else body


class Api:
    """A server on a port of its own while the block lasts.

    Attributes:
        asked: Every request, in order.
        released: Set when the block ends; what waits for it goes on.
    """

    def __init__(
        self, answer: Callable[[Asked], Reply], *, context: ssl.SSLContext | None = None
    ) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.released = threading.Event()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                _serve(api, self)

            do_POST = do_GET  # noqa: N815  http.server's name

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  clients go away
        self._scheme = "http" if context is None else "https"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self._scheme}://localhost:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Start it."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it; answers that are under way are broken off."""
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _serve(api: Api, handler: BaseHTTPRequestHandler) -> None:
    parts = urlsplit(handler.path)
    length = int(handler.headers.get("Content-Length") or 0)
    asked = Asked(
        method=handler.command,
        raw=handler.path,
        path=parts.path,
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers={name.lower(): value for name, value in handler.headers.items()},
        body=handler.rfile.read(length),
    )
    api.asked.append(asked)
    reply = api.answer(asked)
    data = reply.data
    handler.send_response(reply.status)
    for name, value in {"Content-Type": "application/json", **reply.headers}.items():
        handler.send_header(name, value)
    if reply.is_zipped:
        handler.send_header("Content-Encoding", "gzip")
    if reply.fault == "chunk":
        handler.send_header("Transfer-Encoding", "chunked")
    elif reply.fault != "open":
        handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    if reply.fault is None:
        _write(handler, data, reply.pause_s)
        return
    half = data[: len(data) // 2]
    handler.wfile.write(b"%x\r\n%b\r\n" % (len(half), half) if reply.fault == "chunk" else half)
    handler.wfile.flush()
    handler.close_connection = True
    if reply.fault == "silent":
        api.released.wait()
    if reply.fault == "reset":
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.connection.close()


def _write(handler: BaseHTTPRequestHandler, data: bytes, pause_s: float) -> None:
    if not pause_s:
        handler.wfile.write(data)
        return
    size = -(-len(data) // 10)
    for start in range(0, len(data), size):
        time.sleep(pause_s)
        handler.wfile.write(data[start : start + size])
        handler.wfile.flush()


def some_records(count: int, *, start: int = 0) -> list[dict[str, Any]]:
    """Records of `id` and `name`."""
    return [{"id": n, "name": f"name {n}"} for n in range(start, start + count)]


def paged(kind: str, records: Sequence[Any], *, size: int) -> Callable[[Asked], Reply]:
    """Answers of a kind of pagination, for which `PAGINATION[kind]` asks."""

    def answer(asked: Asked) -> Reply:
        query = asked.query
        if kind == "page":
            start = (int(query["page"]) - 1) * size
        elif kind == "offset":
            start = int(query["offset"])
        else:
            start = int(query.get("after", 0))
        end = start + size
        body: dict[str, Any] = {"data": list(records[start:end]), "total": len(records)}
        headers = {}
        if end < len(records):
            following = f"{asked.path}?after={end}"
            body |= {"next": str(end), "next_url": following}
            headers["Link"] = f'<{asked.path}>; rel="first", <{following}>; rel="next"'
        return Reply(body=body, headers=headers)

    return answer


PAGINATION: dict[str, dict[str, Any]] = {
    "page": {"type": "page"},
    "offset": {"type": "offset"},
    "cursor": {"type": "cursor", "param": "after", "path": "$.next"},
    "next_url": {"type": "next_url", "path": "$.next_url"},
    "link": {"type": "link"},
}
"""How the pages of `paged` are asked for."""


def after_faults(
    faults: Sequence[Reply], answer: Callable[[Asked], Reply]
) -> Callable[[Asked], Reply]:
    """Answers of which the first are these."""
    left: Iterator[Reply] = iter(faults)
    lock = threading.Lock()

    def first(asked: Asked) -> Reply:
        with lock:
            fault = next(left, None)
        return answer(asked) if fault is None else fault

    return first


QUICK = {"budget_s": 20, "first_wait_s": 0.01, "longest_wait_s": 0.05}
"""Retries that do not keep a test waiting."""


def an_api_section(url: object, **options: Any) -> dict[str, Any]:  # noqa: ANN401
    """The reader's section for what `paged` answers."""
    section = {"type": "api", "url": url, "records": "$.data", "retry": QUICK}
    return {**section, **options}


def an_api_job(
    tmp_path: Path,
    url: object,
    reader: Mapping[str, Any] | None = None,
    **sections: Any,  # noqa: ANN401  as `a_job`
) -> dict[str, Any]:
    """A job that reads an API."""
    return a_job(tmp_path, reader=an_api_section(url, **(reader or {})), **sections)


def a_streams_job(
    tmp_path: Path,
    url: str,
    streams: Sequence[str],
    reader: Mapping[str, Any] | None = None,
    **sections: Any,  # noqa: ANN401  as `a_job`
) -> dict[str, Any]:
    """A job that reads several streams of an API, which land in `out/<stream>`."""
    job = an_api_job(tmp_path, url, reader, **sections)
    if streams:
        job["target"]["path"] = str(tmp_path / "out" / "{stream}")
        job["streams"] = {name: {} for name in streams}
    return job


def read(
    tmp_path: Path,
    url: str,
    reader: Mapping[str, Any],
    **sections: Any,  # noqa: ANN401  as `a_job`
) -> list[Any]:
    """The rows that the reader of a job yields, in order."""
    extractor = create_extractor(an_api_job(tmp_path, url, reader, **sections))
    return [dict(row) for batch in extractor.extract() for row in batch]


def failure(
    tmp_path: Path,
    url: str,
    reader: Mapping[str, Any],
    **sections: Any,  # noqa: ANN401  as `a_job`
) -> HeadraceError:
    """The error with which a run ends."""
    with pytest.raises(HeadraceError) as caught:
        execute_job(an_api_job(tmp_path, url, reader, **sections))
    assert visible(tmp_path / "out") == []
    return caught.value


def queries(api: Api) -> list[dict[str, str]]:
    """The parameters of each request, in order."""
    return [asked.query for asked in api.asked]
