"""The options of the REST API reader; each says what it means, for editors and documents."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

from headrace.errors import ConfigError, Problem
from headrace.job import ByteSize
from headrace.job.check import PathText
from headrace.job.struct import Struct
from headrace.readers.apiauthconfig import AuthConfig
from headrace.readers.apiendpointconfig import (
    BODY,
    CURSOR,
    HEADERS,
    METHOD,
    PAGINATION,
    PARAMS,
    RECORDS,
    CursorConfig,
    EndpointConfig,
    Params,
    over,
    problems_of,
)
from headrace.readers.apipagesconfig import PaginationConfig
from headrace.readers.apiurl import is_in_clear, problem_of
from headrace.readers.section import StreamsSection, means

DEFAULT_TIMEOUT_S: Final = 60.0
"""Servers that compute a page are silent meanwhile [s]."""

DEFAULT_PAGE_TIMEOUT_S: Final = 600.0
"""A server that sends a byte now and then is never silent for long, and never done [s]."""

DEFAULT_BUDGET_S: Final = 300.0
"""A restart of a service, and the minute of most rate limits, pass within it [s]."""

DEFAULT_FIRST_WAIT_S: Final = 0.5
DEFAULT_LONGEST_WAIT_S: Final = 60.0

DEFAULT_BURST_S: Final = 1.0
"""Rate limits are counted by the second, most often [s]."""

DEFAULT_PAGE_BYTES: Final = ByteSize("64MiB")
"""A page is held whole; larger ones belong into several pages."""


class RetryConfig(Struct, frozen=True, kw_only=True):
    """How often a request is made again that failed for a reason that may pass."""

    budget_s: Annotated[
        float,
        msgspec.Meta(ge=0),
        means("how long a page may be tried, waits included; 0: once [s]"),
    ] = DEFAULT_BUDGET_S
    first_wait_s: Annotated[
        float, msgspec.Meta(gt=0), means("the longest wait after the first failure; it doubles [s]")
    ] = DEFAULT_FIRST_WAIT_S
    longest_wait_s: Annotated[
        float,
        msgspec.Meta(gt=0),
        means("what it doubles up to, unless the server asks for more by `Retry-After` [s]"),
    ] = DEFAULT_LONGEST_WAIT_S


class RateLimitConfig(Struct, frozen=True, kw_only=True):
    """How fast the source may be asked."""

    requests_per_s: Annotated[
        Annotated[float, msgspec.Meta(gt=0)] | None, means("requests, retries included [1/s]")
    ] = None
    records_per_s: Annotated[
        Annotated[float, msgspec.Meta(gt=0)] | None, means("records [1/s]")
    ] = None
    burst_s: Annotated[
        float,
        msgspec.Meta(ge=0),
        means("how much of the time in which less was asked may be made up for [s]"),
    ] = DEFAULT_BURST_S

    def __post_init__(self) -> None:
        """Refuse a limit that limits nothing."""
        if self.requests_per_s is None and self.records_per_s is None:
            message = "needs requests_per_s, records_per_s or both"
            raise ValueError(message)


class ApiConfig(StreamsSection, frozen=True, kw_only=True):
    """The keys of `reader: {type: api}`."""

    url: Annotated[str, means("what is asked; with `endpoints`, what their paths stand below")]
    method: Annotated[Literal["GET", "POST"] | None, METHOD] = None
    headers: Annotated[Mapping[str, str], HEADERS] = msgspec.field(default_factory=dict)
    params: Annotated[Params, PARAMS] = msgspec.field(default_factory=dict)
    body: Annotated[Mapping[str, Any] | None, BODY] = None
    records: Annotated[str | None, RECORDS] = None
    pagination: Annotated[PaginationConfig | None, PAGINATION] = None
    cursor: Annotated[CursorConfig | None, CURSOR] = None
    endpoints: Annotated[
        Mapping[str, EndpointConfig],
        means("several of them, by name: the job's `streams` are some of these, or all"),
    ] = msgspec.field(default_factory=dict)
    auth: Annotated[AuthConfig | None, means("who asks; none given: anybody may")] = None
    rate_limit: Annotated[
        RateLimitConfig | None, means("how fast the source may be asked; none given: at any speed")
    ] = None
    retry: Annotated[
        RetryConfig, means("how long a request is made again that failed for what may pass")
    ] = RetryConfig()
    timeout_s: Annotated[
        float,
        msgspec.Meta(gt=0),
        means("how long the server may be silent: to connect, to answer, within an answer [s]"),
    ] = DEFAULT_TIMEOUT_S
    page_timeout_s: Annotated[
        float, msgspec.Meta(gt=0), means("how long one answer may take, from its head on [s]")
    ] = DEFAULT_PAGE_TIMEOUT_S
    max_page_bytes: Annotated[
        ByteSize, means("size of a page, decompressed, beyond which it is an error [bytes]")
    ] = DEFAULT_PAGE_BYTES
    ca_file: Annotated[
        PathText | None,
        means(
            "PEM file of trusted certificates; none given: that of `SSL_CERT_FILE`, or those of "
            "the operating system"
        ),
    ] = None
    allow_insecure: Annotated[
        bool, means("whether credentials may be sent without TLS to other machines")
    ] = False

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            ConfigError: Every such option.
        """
        problems = [Problem(path=key, message=why) for key, why in self._problems()]
        everything = self.everything()
        for name in everything:
            problems += problems_of(name, everything)
        if problems:
            raise ConfigError(problems=problems)

    def everything(self) -> dict[str, EndpointConfig]:
        """Every endpoint by name, with what the section says of all; the only one is ""."""
        base = EndpointConfig(
            path="",
            method=self.method,
            headers=self.headers,
            params=self.params,
            body=self.body,
            records=self.records,
            pagination=self.pagination,
            cursor=self.cursor,
        )
        if not self.endpoints:
            return {"": base}
        return {name: over(own, base) for name, own in self.endpoints.items()}

    def cursor_field(self, stream: str) -> str | None:
        """The field of a stream's cursor; None where it has none.

        Args:
            stream: Its name in the job's `streams`; "" where there are none.
        """
        told = self.streams[stream].cursor if stream in self.streams else None
        cursor = self.everything()[stream].cursor
        if isinstance(told, str):
            return told
        return cursor.field if cursor is not None else None

    def _problems(self) -> list[tuple[str, str]]:
        return [*self._clear_problems(), *self._stream_problems()]

    def _clear_problems(self) -> Iterator[tuple[str, str]]:
        if why := problem_of(self.url):
            yield "url", why
        has_header = any(name.lower() == "authorization" for name in self.headers)
        sends = (self.auth is not None or has_header) and not self.allow_insecure
        token_url = self.auth.token_url if self.auth is not None else None
        for key, url in (("url", self.url), ("auth.token_url", token_url)):
            if sends and url and is_in_clear(url):
                yield key, "credentials would be sent in clear: use https, or set allow_insecure"
        if self.auth is not None and self.auth.type != "api_key" and has_header:
            yield "headers.Authorization", "stands beside `auth`: give one of them"

    def _stream_problems(self) -> Iterator[tuple[str, str]]:
        everything = self.everything()
        if self.streams and not self.endpoints:
            yield "endpoints", "is required for the job's `streams`: where each of them is had"
            return
        for name, options in self.streams.items():
            if name not in everything:
                known = ", ".join(map(repr, everything))
                yield (
                    "endpoints",
                    f"has no {name!r}, which the job's `streams` name; it has {known}",
                )
            elif isinstance(options.cursor, list):
                yield f"endpoints.{name}.cursor", "is one field, not several"
            elif options.cursor is not None and everything[name].cursor is None:
                yield (
                    f"endpoints.{name}.cursor",
                    "is needed beside the stream's `cursor` in the job",
                )
        names = [name for name in (self.streams or everything) if name in everything]
        for name in names if self.streams or not self.endpoints else []:
            key = f"endpoints.{name}.cursor" if name else "cursor"
            has_field = bool(self.cursor_field(name))
            if everything[name].cursor is not None and not has_field:
                yield f"{key}.field", "is required and missing"
            elif self.keeps_state and not has_field:
                yield key, "is needed where the job keeps a `state`: a run reads what is new by it"


__all__ = ["ApiConfig", "RateLimitConfig", "RetryConfig"]
