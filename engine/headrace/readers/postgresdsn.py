"""A `dsn` as libpq writes it, a URL or `key=value`.

What libpq reads beside it, environment variables and files in the home directory, is not read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

DEFAULT_PORT: Final = 5432

DEFAULT_SSLMODE: Final = "prefer"
"""TLS where the server has it, as libpq."""

SSLMODES: Final = ("disable", "prefer", "require", "verify-ca", "verify-full")

PARAMETERS: Final[Mapping[str, str]] = {
    "host": "a name, an address, or the folder of a local socket",
    "port": "5432 where absent",
    "user": "who; required",
    "password": "in a URL, characters that mean something there are written as `%…`",
    "dbname": "the user's name where absent",
    "sslmode": "`disable`, `prefer` (default), `require`, `verify-ca`, `verify-full`",
    "sslrootcert": (
        "PEM file of trusted certificates, relative to the job file; `system`, or none: those of "
        "the operating system"
    ),
    "sslcert": "PEM file of a certificate of one's own",
    "sslkey": "PEM file of its key",
    "connect_timeout": "until the session must stand [s]; instead of `connect_timeout_s`",
    "application_name": "`headrace` where absent",
}
"""Every parameter that a dsn may have, and what it means."""

_PAIR = re.compile(r"\s*(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)*)\s*")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Dsn:
    """Where and how to connect; without a repr, for it holds a password."""

    host: str
    port: int
    user: str
    password: str | None
    database: str
    sslmode: str
    root_cert: str | None
    own_cert: tuple[str, str] | None
    connect_timeout_s: float | None
    application_name: str

    @property
    def place(self) -> str:
        """For messages: host, port and database."""
        return f"{self.host}:{self.port}/{self.database}"


def parse_dsn(text: str, *, base_dir: str) -> Dsn:
    """Read a dsn.

    Args:
        text: `postgresql://user:password@host:port/database?sslmode=require`, or the same as
            `host=… user=…`.
        base_dir: What relative paths of certificates resolve against.

    Raises:
        ValueError: It is none; the message holds no part of it but names of parameters.
    """
    given = _of_url(text) if "://" in text else _of_pairs(text)
    unknown = [name for name in given if name not in PARAMETERS]
    if unknown:
        # A password with an unescaped `?` or `&` must not come back as the name of a parameter.
        message = f"has a parameter that is not known; those known are {', '.join(PARAMETERS)}"
        raise ValueError(message)
    host = given.get("host") or "localhost"
    if "," in host or "," in given.get("port", ""):
        message = "names several hosts: give one"
        raise ValueError(message)
    if not given.get("user"):
        message = "names no user"
        raise ValueError(message)
    sslmode = given.get("sslmode") or DEFAULT_SSLMODE
    if sslmode not in SSLMODES:
        message = f"has another sslmode than {', '.join(SSLMODES)}"
        raise ValueError(message)
    cert, key = (given.get(name) for name in ("sslcert", "sslkey"))
    if bool(cert) != bool(key):
        message = "needs both sslcert and sslkey, or none"
        raise ValueError(message)
    root = given.get("sslrootcert")
    base = Path(base_dir)
    return Dsn(
        host=host,
        port=_number(given.get("port") or DEFAULT_PORT, "port", at_most=65_535),
        user=given["user"],
        password=given.get("password"),
        database=given.get("dbname") or given["user"],
        sslmode=sslmode,
        root_cert=str(base / root) if root and root != "system" else None,
        own_cert=(str(base / cert), str(base / key)) if cert and key else None,
        connect_timeout_s=(
            _number(given["connect_timeout"], "connect_timeout", at_most=86_400)
            if given.get("connect_timeout")
            else None
        ),
        application_name=given.get("application_name") or "headrace",
    )


def _of_url(text: str) -> dict[str, str]:
    try:
        parts = urlsplit(text)
        port = parts.port
        queried = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True))
    except ValueError:
        # Its own message would repeat a part of the text.
        message = "is no URL: characters of a password that mean something there are written as %…"
        raise ValueError(message) from None
    if parts.scheme not in {"postgres", "postgresql"}:
        message = "is no URL of Postgres: it begins with postgresql://"
        raise ValueError(message)
    found = {
        "host": unquote(parts.hostname or ""),
        "port": str(port) if port is not None else "",
        "user": unquote(parts.username or ""),
        "dbname": unquote(parts.path.removeprefix("/")),
    }
    if parts.password is not None:
        found["password"] = unquote(parts.password)
    return {name: value for name, value in found.items() if value} | queried


def _of_pairs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None:
            message = "is neither a URL nor key=value pairs"
            raise ValueError(message)
        name, value = pair[1], pair[2]
        if value.startswith("'"):
            value = value[1:-1]
        found[name] = re.sub(r"\\(.)", r"\1", value)
        at = pair.end()
    return found


def _number(text: object, name: str, *, at_most: int) -> int:
    try:
        number = int(str(text))
    except ValueError:
        number = 0
    if not 1 <= number <= at_most:
        message = f"has a {name} that is no number from 1 to {at_most}"
        raise ValueError(message)
    return number
