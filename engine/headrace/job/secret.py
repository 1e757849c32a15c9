"""Values that print as `***` wherever they turn up."""

import json
import re
from collections.abc import Iterable
from typing import Any

MASK = "***"

# Words of a key whose values are treated as secret even where no type says so: whole words, so that
# neither `passes` nor `max_tokens` is one.
_SECRET_KEY = re.compile(
    r"(?:^|_)(?:pass(?:word|wd|phrase)?|pwd|secret|token|api_?key|access_?key|private_?key"
    r"|credentials?|dsn|authorization)(?:_|$)"
)
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")

PROGRAM_KEYS = frozenset({"__injected_declarative_manifest"})
"""Of values that are programs: `page_token_option` is a word of such a language.

Below them a key names a secret where a text itself is its value, not what a mapping holds.
"""

LEAST_CHARACTERS = 3
"""Shorter secrets are not looked for in texts: what is not one would be masked too [characters]."""


class Secret:
    """A value for `reveal()` alone; its text and repr are `***`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself; never put it into a message."""
        return self._value

    def __repr__(self) -> str:
        """`***`."""
        return MASK

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        """Equal to a secret of the same value."""
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        """By value."""
        return hash(self._value)


def secrets_of(
    value: object, *, under_secret_key: bool = False, in_program: bool = False
) -> frozenset[str]:
    """Every text or number that a document keeps under a key that names a secret.

    Args:
        value: The document, or a part of it.
        under_secret_key: Whether the part stands under such a key.
        in_program: Whether it stands under one of `PROGRAM_KEYS`.
    """
    if isinstance(value, dict):
        parts = []
        for key, part in value.items():
            is_named = is_secret_key(str(key)) and not (
                in_program and isinstance(part, dict | list)
            )
            within = in_program or key in PROGRAM_KEYS
            under = under_secret_key or is_named
            parts.append(secrets_of(part, under_secret_key=under, in_program=within))
        return _union(parts)
    if isinstance(value, list):
        return _union(
            secrets_of(part, under_secret_key=under_secret_key, in_program=in_program)
            for part in value
        )
    if isinstance(value, bool) or value is None or value == "":
        return frozenset()
    if under_secret_key and len(str(value)) >= LEAST_CHARACTERS:
        return frozenset({str(value)})
    return frozenset()


def is_secret_key(key: str) -> bool:
    """Whether a key names a secret."""
    return bool(_SECRET_KEY.search(_WORD_START.sub("_", key).lower()))


def _union(parts: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*parts)


def _spelled(secret: str) -> set[str]:
    """How a message may hold it: as it is, and as Python and JSON spell it."""
    escaped = (json.dumps(secret, ensure_ascii=is_ascii)[1:-1] for is_ascii in (True, False))
    return {secret, repr(secret)[1:-1], *escaped}


def redact(value: Any, secrets: frozenset[str]) -> Any:  # noqa: ANN401  any JSON value
    """The same JSON value with every secret in its texts replaced by `***`."""
    if not secrets:
        return value
    if isinstance(value, str):
        spelled = {spelling for secret in secrets for spelling in _spelled(secret)}
        for secret in sorted(spelled, key=len, reverse=True):
            value = value.replace(secret, MASK)
        return value
    if isinstance(value, dict):
        return {k: redact(v, secrets) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [redact(v, secrets) for v in value]
    return value
