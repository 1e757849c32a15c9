"""One exchange with a server: a request, and its answer whole, or what kept it from coming.

Nothing here asks twice: that is `apiretry`'s.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

from headrace.errors import ReaderConnectionError, ReaderError
from headrace.plugins import require
from headrace.readers.apiconfig import ApiConfig
from headrace.readers.apiendpoint import Request

if TYPE_CHECKING:
    import ssl

_READ_BYTES: Final = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered.

    Attributes:
        url: What was asked.
        status: HTTP's.
        reason: What the server calls the status.
        headers: By names in lower case; of several of one name, joined by commas.
        body: Decompressed.
    """

    url: str
    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """Connections to servers, kept open from one exchange to the next.

    Args:
        config: The job's reader section.

    Raises:
        PluginError: urllib3 is not installed.
    """

    def __init__(self, config: ApiConfig) -> None:
        self._config = config
        self._urllib3 = require("urllib3", extra="api", needed_by="reader api")
        self._pools: dict[str | None, Any] = {}
        self._reading: Any = None

    def exchange(self, request: Request, headers: Mapping[str, str], url: str) -> Answer:
        """Ask once.

        Args:
            request: What is asked.
            headers: Of the request, and those that tell who asks.
            url: The request's, and what in it tells who asks.

        Raises:
            ReaderConnectionError: The server is not reached, or breaks off, or is silent for too
                long; nothing of what came is kept.
            ReaderError: The answer is larger than a page may be, or TLS does not trust the server.
        """
        errors = self._urllib3.exceptions
        config = self._config
        try:
            response = self._pool(url).urlopen(
                request.method,
                url,
                body=request.body,
                headers=headers,
                timeout=self._urllib3.Timeout(connect=config.timeout_s, read=config.timeout_s),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            self._reading = response
            try:
                body = self._body(response)
            finally:
                self._reading = None
                # One that was read to its end has gone back to its pool by itself.
                if response.connection is not None:
                    response.close()
                    response.release_conn()
        except errors.HTTPError as error:
            raise self._fault(error) from error
        return Answer(
            url=request.url,
            status=response.status,
            reason=response.reason or "",
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body,
        )

    def shut(self) -> None:
        """From another thread: have a read that is under way end at once."""
        reading = self._reading
        if reading is not None:
            # It may have ended meanwhile, which is as good.
            with suppress(ValueError, RuntimeError, OSError):
                reading.shutdown()

    def close(self) -> None:
        """Close the connections that are kept open."""
        for pool in self._pools.values():
            pool.clear()

    def _body(self, response: Any) -> bytes:  # noqa: ANN401  urllib3 is imported late
        most = int(self._config.max_page_bytes)
        # Whether the answer says where it ends; one that does not ends with the connection.
        is_bounded = response.chunked or response.length_remaining is not None
        timeout_s = self._config.page_timeout_s
        until = time.monotonic() + timeout_s
        # What grows in one place is in memory once, and not once more where it is put together.
        kept = BytesIO()
        # `read1` gives what is there: `read` would wait for all of it, however slowly it comes.
        while part := response.read1(_READ_BYTES):
            kept.write(part)
            if kept.tell() > most:
                message = (
                    f"the answer is larger than max_page_bytes, {most}: ask for smaller pages, or "
                    "raise it"
                )
                raise ReaderError(message)
            if time.monotonic() > until:
                message = f"the answer took longer than page_timeout_s, {timeout_s:g} s"
                raise ReaderConnectionError(message)
        body = kept.getvalue()
        if not is_bounded and not _is_json(body):
            message = "the connection was closed in the middle of the answer"
            raise ReaderConnectionError(message)
        return body

    def _pool(self, url: str) -> Any:  # noqa: ANN401  urllib3 is imported late
        proxy = proxy_of(url)
        if proxy not in self._pools:
            options: dict[str, Any] = {"num_pools": 2, "maxsize": 1}
            if url.startswith("https:") or (proxy or "").startswith("https:"):
                options["ssl_context"] = _tls(self._config)
            if proxy is None:
                self._pools[proxy] = self._urllib3.PoolManager(**options)
            else:
                place, headers = self._proxy(proxy)
                self._pools[proxy] = self._urllib3.ProxyManager(
                    place, proxy_headers=headers, **options
                )
        return self._pools[proxy]

    def _proxy(self, proxy: str) -> tuple[str, Mapping[str, str]]:
        """A proxy's URL, and the header that tells it who asks."""
        parts = urlsplit(proxy)
        user, at, place = parts.netloc.rpartition("@")
        bare = urlunsplit(parts._replace(netloc=place))
        if not at:
            return bare, {}
        return bare, self._urllib3.make_headers(proxy_basic_auth=unquote(user))

    def _fault(self, error: Exception) -> ReaderError:
        """What kept an answer from coming; never in the library's words, which may hold the URL."""
        errors, timeout_s = self._urllib3.exceptions, self._config.timeout_s
        if isinstance(error, errors.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
            # No other attempt would change it.
            return ReaderError(f"TLS does not trust the server: {_cause(error)}; see ca_file")
        told = {
            errors.ProxyError: f"the proxy failed: {_cause(error)}",
            errors.SSLError: f"TLS failed: {_cause(error)}",
            errors.NewConnectionError: f"the server was not reached: {_cause(error)}",
            errors.ConnectTimeoutError: f"the server was not reached within {timeout_s:g} s",
            errors.ReadTimeoutError: f"the server was silent for {timeout_s:g} s",
            errors.DecodeError: "the answer is not what its Content-Encoding says",
            errors.ProtocolError: f"the connection broke off: {_cause(error)}",
        }
        message = next((text for kind, text in told.items() if isinstance(error, kind)), None)
        if message is None:
            return ReaderError(f"the server cannot be asked: {type(error).__name__}")
        return ReaderConnectionError(message)


def _cause(error: BaseException) -> str:
    """What the operating system or TLS calls it, below what wraps it."""
    told = [one for one in error.args if isinstance(one, BaseException)]
    below = error.__cause__ or error.__context__ or (told[-1] if told else None)
    if below is not None and type(below).__module__ not in {"socket", "ssl", "builtins"}:
        return _cause(below) if below is not error else type(error).__name__
    if isinstance(below, OSError):
        verified = getattr(below, "verify_message", None)
        return str(verified or below.strerror or type(below).__name__)
    return type(below or error).__name__


def _tls(config: ApiConfig) -> "ssl.SSLContext":
    import ssl  # noqa: PLC0415  4 MB, for servers that speak it

    try:
        return ssl.create_default_context(cafile=config.ca_file)
    except OSError as error:
        message = f"ca_file cannot be read: {error.strerror or error}"
        raise ReaderError(message, file=config.ca_file) from error


def proxy_of(url: str) -> str | None:
    """The proxy that the environment names for a URL; None where it names none.

    `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in small letters too.
    """
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415  only where it is asked

    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


__all__ = ["Answer", "Connection", "proxy_of"]
