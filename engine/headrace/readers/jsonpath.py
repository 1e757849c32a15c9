"""JSONPath (RFC 9535): where in a document of JSON something stands.

A path that goes by keys alone is all that most sources need, and is followed without the library.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec

from headrace.plugins import require

_KEY: Final = r"""\.?([A-Za-z_\u0080-\uffff][\w]*)|\['([^'\\]*)'\]|\["([^"\\]*)"\]"""
_STEP = re.compile(_KEY)
_KEYS = re.compile(rf"\$?(?:{_KEY})*")


class JsonPath:
    """A path, read.

    Args:
        text: As RFC 9535 has it; `a.b` is short for `$.a.b`.

    Raises:
        ValueError: It is none.
        PluginError: It goes by more than keys, and the library that reads those is not installed.

    Attributes:
        text: As it was given.
        keys: The keys that it goes by, where it goes by nothing else; else None.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.keys: tuple[str, ...] | None = None
        self._compiled: Any = None
        if not (text.startswith(("$", "_")) or text[:1].isalpha()):
            message = "is no JSONPath: it begins with $, or with a key"
            raise ValueError(message)
        if _KEYS.fullmatch(text):
            steps = text.removeprefix("$")
            self.keys = tuple(next(filter(None, m.groups()), "") for m in _STEP.finditer(steps))
            return
        library = require(
            "jsonpath_rfc9535",
            extra="api",
            needed_by=f"the path {text!r}, which is no list of keys,",
        )
        try:
            self._compiled = library.compile(text if text.startswith("$") else f"$.{text}")
        except library.JSONPathError as error:
            message = f"is no JSONPath: {str(error).splitlines()[0]}"
            raise ValueError(message) from error

    def __repr__(self) -> str:
        """As it was given."""
        return f"JsonPath({self.text!r})"

    def values(self, document: object) -> list[Any]:
        """Everything that it finds in a decoded document, in order."""
        if self.keys is None:
            return [node.value for node in self._compiled.find(document)]
        for key in self.keys:
            if not isinstance(document, dict) or key not in document:
                return []
            document = document[key]
        return [document]

    def texts(self, data: bytes) -> list[bytes]:
        """The JSON of everything that it finds in a document, in order.

        Raises:
            msgspec.DecodeError: The document is no JSON.
        """
        nodes = self._compiled.find(msgspec.json.decode(data)) if self._compiled else []
        places = [node.location for node in nodes] if self._compiled else [self.keys or ()]
        steps = _Steps(data)
        found = (steps.text(tuple(place)) for place in places)
        return [text for text in found if text is not None]


class _Steps:
    """Texts of a document's parts, near ones one after the other."""

    def __init__(self, data: bytes) -> None:
        self._place: tuple[str | int, ...] = ()
        # The document, and what stands at each step of the place.
        self._texts: list[bytes | msgspec.Raw] = [data]
        self._parts: list[Any] = []

    def text(self, place: Sequence[str | int]) -> bytes | None:
        """What stands at a place; None where nothing does."""
        shared = 0
        for one, other in zip(self._place, place, strict=False):
            if one != other:
                break
            shared += 1
        del self._texts[shared + 1 :]
        del self._parts[shared + 1 :]
        for depth in range(shared, len(place)):
            if depth == len(self._parts):
                self._parts.append(_parts(self._texts[depth]))
            parts, step = self._parts[depth], place[depth]
            is_there = step in parts if isinstance(parts, dict) else step in range(len(parts))
            if not is_there:
                self._place = tuple(place[:depth])
                return None
            self._texts.append(parts[step])
        self._place = tuple(place)
        return bytes(self._texts[-1])


def _parts(text: bytes | msgspec.Raw) -> dict[str, msgspec.Raw] | list[msgspec.Raw]:
    """The members or elements of a value, as texts; of one that has none, nothing."""
    with suppress(msgspec.ValidationError):
        return msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    with suppress(msgspec.ValidationError):
        return msgspec.json.decode(text, type=list[msgspec.Raw])
    return []


__all__ = ["JsonPath"]
