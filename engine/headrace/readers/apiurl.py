"""URLs of the REST API reader: put together, compared by origin, filled with a parent's values."""

import ipaddress
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from headrace.errors import ReaderError

_PORTS: Final = {"http": 80, "https": 443}
_PLACEHOLDER = re.compile(r"\{([\w-]+)\.([^{}]+)\}")

Params = Sequence[tuple[str, str]]


def problem_of(url: str) -> str | None:
    """What is wrong with a URL of the job; None where nothing is.

    It holds nothing of the URL, which may have a password in it.
    """
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in _PORTS and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        is_whole = False
    if not is_whole:
        return "is no URL: it begins with https:// or http:// and a host"
    if parts.username is not None or parts.password is not None:
        return "holds credentials: give them in `auth`"
    if parts.fragment:
        return "has a fragment (#…), which servers never see"
    return None


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: who is given the credentials.

    Raises:
        ValueError: It is no URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        message = "is no URL of a server"
        raise ValueError(message)
    return parts.scheme, parts.hostname.lower(), parts.port or _PORTS[parts.scheme]


def is_in_clear(url: str) -> bool:
    """Whether others may read what is sent there: it is not encrypted, and leaves the machine."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def joined(base: str, path: str | None) -> str:
    """The URL of a path below another URL, whose own path stays."""
    if path is None:
        return base
    parts = urlsplit(base)
    below, _, query = path.partition("?")
    whole = f"{parts.path.rstrip('/')}/{below.lstrip('/')}"
    queries = "&".join(part for part in (parts.query, query) if part)
    return urlunsplit((parts.scheme, parts.netloc, whole, queries, ""))


def with_params(url: str, params: Params) -> str:
    """The URL with parameters behind those that it has."""
    if not params:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(params, quote_via=quote)}"


def without_params(url: str, names: Collection[str]) -> str:
    """The URL without the parameters of these names; untouched where it has none of them."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [pair for pair in pairs if pair[0] not in names]
    if len(kept) == len(pairs):
        return url
    return urlunsplit(parts._replace(query=urlencode(kept, quote_via=quote)))


def following(url: str, target: str, *, what: str) -> str:
    """Where `target`, which a server gave as an answer to `url`, leads.

    Args:
        url: What was asked.
        target: A URL, or a part of one.
        what: What it is, for the error.

    Raises:
        ReaderError: Another origin, which must not be given the credentials.
    """
    try:
        whole = urljoin(url, target)
        found, own = origin_of(whole), origin_of(url)
        is_userless = "@" not in urlsplit(whole).netloc
    except ValueError:
        found, own, is_userless = None, None, False
    if found is None or not is_userless:
        message = f"{what} is no URL"
        raise ReaderError(message)
    if found != own:
        message = (
            f"{what} leads to another origin, {_spelled(found)} in place of {_spelled(own)}, which "
            "is not given the credentials"
        )
        raise ReaderError(message)
    return urlsplit(whole)._replace(fragment="").geturl()


def _spelled(origin: tuple[str, str, int] | None) -> str:
    scheme, host, port = origin or ("", "", 0)
    return f"{scheme}://{host}:{port}"


def placeholders(text: str) -> list[tuple[str, str]]:
    """The placeholders of a text: endpoint and field of each."""
    return [(match[1], match[2]) for match in _PLACEHOLDER.finditer(text)]


def has_braces(text: str) -> bool:
    """Whether a text has braces that are no placeholder."""
    return bool(set(_PLACEHOLDER.sub("", text)) & set("{}"))


def filled(
    text: str, value: Callable[[str, str], str], *, names: Iterable[str], is_path: bool = False
) -> str:
    """A text with its placeholders replaced.

    Args:
        text: With placeholders; those of other endpoints than `names` are left as they are.
        value: Gives what stands for endpoint and field.
        names: The endpoints whose fields are known.
        is_path: Whether it is a path, in which values are percent-encoded and whole segments.

    Raises:
        ReaderError: A value would be another path.
    """
    known = frozenset(names)

    def found(match: re.Match[str]) -> str:
        if match[1] not in known:
            return match[0]
        given = value(match[1], match[2])
        if is_path and given in {"", ".", ".."}:
            message = f"{match[1]!r} has a record whose {match[2]!r} is {given!r}: no part of a URL"
            raise ReaderError(message)
        return quote(given, safe="") if is_path else given

    return _PLACEHOLDER.sub(found, text)


__all__ = [
    "Params",
    "filled",
    "following",
    "has_braces",
    "is_in_clear",
    "joined",
    "origin_of",
    "placeholders",
    "problem_of",
    "with_params",
    "without_params",
]
