"""What a server says is wrong, as headrace's errors."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

import msgspec

from headrace.errors import (
    AuthError,
    RateLimitError,
    ReaderConnectionError,
    ReaderError,
    SourceNotFoundError,
)
from headrace.readers.apiconnection import Answer

_CHARACTERS: Final = 500
_READ_BYTES: Final = 64 << 10
_KEYS: Final = ("message", "error_description", "detail", "error", "errors", "title", "reason")
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def fault_of(answer: Answer, conceal: Callable[[str], str]) -> ReaderError:
    """The error of an answer that is none.

    Args:
        answer: Of a status from 300 on.
        conceal: Takes secrets out of a text.
    """
    said = conceal(_said(answer.body))[:_CHARACTERS]
    reason = conceal(answer.reason)[:_CHARACTERS]
    told = f"the server answered {answer.status}{f' {reason}' if reason else ''}"
    facts: dict[str, Any] = {"status": answer.status}
    return _class_of(answer)(f"{told}: {said}" if said else told, **facts)


def _class_of(answer: Answer) -> type[ReaderError]:
    """By its status; the class says whether the same request may be answered another way later."""
    status = answer.status
    # Some say by 403 that there were too many, and when to come again.
    if status == HTTPStatus.TOO_MANY_REQUESTS or (
        status == HTTPStatus.FORBIDDEN and "retry-after" in answer.headers
    ):
        return RateLimitError
    if status in (
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
    ):
        return AuthError
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return SourceNotFoundError
    if status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ReaderConnectionError
    return ReaderError


def _said(body: bytes) -> str:
    """What a body says in words: a message within JSON, or the text itself."""
    try:
        text = _message(msgspec.json.decode(body)) or ""
    except msgspec.DecodeError:
        text = _TAGS.sub(" ", body[:_READ_BYTES].decode("utf-8", errors="replace"))
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _message(value: object) -> str | None:
    """The first message in what a server answers, by the keys that most of them use."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, list):
        return next(filter(None, map(_message, value)), None)
    if isinstance(value, dict):
        return next(filter(None, (_message(value.get(key)) for key in _KEYS)), None)
    return None


__all__ = ["fault_of"]
