"""Pages of a collection: records of a file, cut as a request asks for them.

A collection is a file of JSON objects, one a line, each line but the last ended by a comma, so that
the records of a page are one piece of it.
"""

import json
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Final

DEFAULT_RECORDS: Final = 1000
"""Of a page, where a request does not say."""

STYLES: Final = ("page", "offset", "cursor", "next", "link")
"""The ways to ask for the page behind one; the last part of a path."""


class BadRequestError(ValueError):
    """The request is not understood; its text is the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An answer.

    Attributes:
        body: Its JSON.
        records: How many it holds.
        link: What its `Link` header says; empty where it has none.
    """

    body: bytes
    records: int
    link: str = ""


class Collection:
    """The records of a file, found by their number.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._starts = array("Q", [0])
        for line in self._file:
            self._starts.append(self._starts[-1] + len(line))

    def __len__(self) -> int:
        """Records."""
        return len(self._starts) - 1

    def records(self, start: int, count: int) -> bytes:
        """The JSON of some of them, commas between, as many as there are."""
        end = min(start + count, len(self))
        if start >= end:
            return b""
        first, last = self._starts[start], self._starts[end]
        self._file.seek(first)
        return self._file.read(last - first).rstrip(b",\n")


def page_of(
    collection: Collection, style: str, asked: Mapping[str, str], url: str, *, total: int
) -> Page:
    """What a request gets.

    Args:
        collection: Whose records.
        style: One of `STYLES`.
        asked: The request's parameters: `size` or `limit`, and `page` (from 1), `offset` or
            `after`, the number of the record to begin with.
        url: Of the collection in that style, for the URL of the next page.
        total: What it says of the number of all records.

    Raises:
        BadRequestError: A parameter is no number, or not in its range.
    """
    size = _number(asked, "limit" if "limit" in asked else "size", DEFAULT_RECORDS, least=1)
    page = _number(asked, "page", 1, least=1)
    start = {
        "page": (page - 1) * size,
        "offset": _number(asked, "offset", 0, least=0),
    }.get(style, _number(asked, "after", 0, least=0))
    found = collection.records(start, size)
    count = max(0, min(start + size, len(collection)) - start)
    end = start + count
    following = f"{url}?after={end}&limit={size}" if end < len(collection) else None
    if style == "link":
        link = f'<{following}>; rel="next"' if following else ""
        return Page(body=b"[" + found + b"]", records=count, link=link)
    told: dict[str, Any] = {"total": total, "has_more": end < len(collection)}
    if style == "page":
        told |= {"page": page, "pages": ceil(len(collection) / size)}
    elif style == "cursor":
        told["next"] = str(end) if following else None
    elif style == "next":
        told["next"] = following
    body = b'{"data":[' + found + b"]," + json.dumps(told).encode()[1:]
    return Page(body=body, records=count)


def _number(asked: Mapping[str, str], key: str, default: int, *, least: int) -> int:
    text = asked.get(key, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < least:
        message = f"{key} is a whole number of at least {least}, not {text!r}"
        raise BadRequestError(message)
    return int(text)


__all__ = ["DEFAULT_RECORDS", "STYLES", "BadRequestError", "Collection", "Page", "page_of"]
