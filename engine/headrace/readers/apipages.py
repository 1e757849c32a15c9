"""Pagination: what is asked for a page, and what follows it.

A place is what of a request differs from page to page, as JSON, so that a state can keep it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from headrace.errors import ReaderError, StateError
from headrace.readers.apiendpoint import Endpoint, Request, Values, spelled
from headrace.readers.apipage import Page
from headrace.readers.apipagesconfig import (
    DEFAULT_FIRST_OFFSET,
    DEFAULT_FIRST_PAGE,
    DEFAULT_LIMIT_PARAM,
    DEFAULT_OFFSET_PARAM,
    DEFAULT_PAGE_PARAM,
    PaginationConfig,
)
from headrace.readers.apiurl import following

Place = Mapping[str, Any]
"""`{"page": 3}`, `{"offset": 200}`, `{"cursor": "x"}`, `{"url": "…"}`; empty of the first page."""

FIRST: Final[Place] = {}

_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "page": (int,),
    "offset": (int,),
    "cursor": (str, int),
    "url": (str,),
}

_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:"[^"]*"|[^\s";,]*))?)*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s";,]*))', re.IGNORECASE)


class Pagination:
    """How the pages of an endpoint follow one another.

    Args:
        endpoint: It.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._config = endpoint.pagination
        config = endpoint.pagination
        kind = config.type if config is not None else None
        self._key = {"next_url": "url", "link": "url"}.get(kind or "", kind or "")

    def checked(self, place: object) -> Place:
        """A place that a state has kept.

        Raises:
            StateError: It is another pagination's.
        """
        if isinstance(place, Mapping):
            if not place:
                return FIRST
            if set(place) == {self._key} and type(place[self._key]) in _KINDS[self._key]:
                return place
        message = "the state was kept with another pagination: have it again, or reset the state"
        raise StateError(message, stream=self._endpoint.name or None)

    def request(self, place: Place, values: Values, since: str | None) -> Request:
        """What is asked for the page at a place.

        Args:
            place: The page's.
            values: The fields of parents' records.
            since: What the parameter of the cursor is; None where it has none.
        """
        if "url" in place:
            return self._endpoint.request(values, url=place["url"])
        query: dict[str, Any] = {}
        body: dict[str, Any] = {}
        cursor, config = self._endpoint.cursor, self._config
        if cursor is not None and cursor.param is not None and since is not None:
            (body if cursor.where == "body" else query)[cursor.param] = since
        if config is not None:
            (body if config.where == "body" else query).update(self._params(config, place))
        pairs = [(name, spelled(value)) for name, value in query.items()]
        return self._endpoint.request(values, query=pairs, body=body)

    def after(
        self, place: Place, page: Page, *, url: str, last: str | None, rows: int
    ) -> Place | None:
        """The place behind a page; None where it was the last.

        Args:
            place: The page's.
            page: It.
            url: What was asked, whole.
            last: The last record's field that is the cursor; None where there is none.
            rows: Records so far, the page's included.

        Raises:
            ReaderError: The page does not say what it should, or leads to another origin.
        """
        config = self._config
        if config is None or self._ends(config, page):
            return None
        if config.type == "page":
            return self._page_after(config, place, page, rows)
        if config.type == "offset":
            return self._offset_after(config, place, page, rows)
        value = self._found(config, page, last)
        if value is None:
            if config.has_more is not None:
                message = (
                    f"{config.has_more} says that there is another page, and nothing leads there"
                )
                raise ReaderError(message, **page.where)
            return None
        if config.type == "cursor":
            return {"cursor": value}
        return {"url": following(url, str(value), what=f"the page's {config.type}")}

    def total(self, page: Page) -> int | None:
        """How many records the source has, as a page tells it; None where it is not to tell.

        Raises:
            ReaderError: The page does not say it.
        """
        path = self._config.total if self._config is not None else None
        return _count(page, path) if path is not None else None

    @property
    def last_field(self) -> str | None:
        """The field of the last record that is the cursor; None where there is none such."""
        return self._config.field if self._config is not None else None

    def _params(self, config: PaginationConfig, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if config.type == "page":
            found[config.param or DEFAULT_PAGE_PARAM] = place.get("page", _first(config))
        elif config.type == "offset":
            found[config.offset_param or DEFAULT_OFFSET_PARAM] = place.get("offset", _first(config))
            if config.limit is not None:
                found[config.limit_param or DEFAULT_LIMIT_PARAM] = config.limit
        elif config.type == "cursor" and "cursor" in place:
            found[config.param or ""] = place["cursor"]
        if config.size_param is not None:
            found[config.size_param] = config.size
        return found

    def _ends(self, config: PaginationConfig, page: Page) -> bool:
        """Whether the page says that it is the last."""
        if config.has_more is None:
            return False
        more = page.value(config.has_more)
        if not isinstance(more, bool):
            message = f"the page has no true or false at {config.has_more}"
            raise ReaderError(message, **page.where)
        return not more

    def _page_after(
        self, config: PaginationConfig, place: Place, page: Page, rows: int
    ) -> Place | None:
        number = place.get("page", _first(config))
        if config.pages is not None:
            pages = _count(page, config.pages)
            if number - _first(config) + 1 >= pages:
                return None
        elif self._is_last(config, page, rows, config.size):
            return None
        return {"page": number + 1}

    def _offset_after(
        self, config: PaginationConfig, place: Place, page: Page, rows: int
    ) -> Place | None:
        if self._is_last(config, page, rows, config.limit):
            return None
        # By the records that came: a server that gives fewer than it was asked for skips none.
        return {"offset": place.get("offset", _first(config)) + page.num_records}

    def _is_last(self, config: PaginationConfig, page: Page, rows: int, size: int | None) -> bool:
        """Whether a page is the last by its records."""
        if config.has_more is not None:
            return False
        if config.total is not None and rows >= _count(page, config.total):
            return True
        is_short = config.stop_when == "short" and size is not None and page.num_records < size
        return is_short or page.num_records == 0

    def _found(self, config: PaginationConfig, page: Page, last: str | None) -> str | int | None:
        """The cursor or URL that a page gives; None where it gives none."""
        if config.field is not None:
            return last
        target: Any
        if config.type == "link":
            target = next_link(page.headers.get("link", ""))
        else:
            target = page.value(config.path or "$")
        if target is None or target == "":
            return None
        if isinstance(target, str):
            return target
        if config.type == "cursor" and isinstance(target, int) and not isinstance(target, bool):
            return target
        message = f"what the page has at {config.path} is no {config.type.replace('_', ' ')}"
        raise ReaderError(message, **page.where)


def _first(config: PaginationConfig) -> int:
    if config.start is not None:
        return config.start
    return DEFAULT_FIRST_PAGE if config.type == "page" else DEFAULT_FIRST_OFFSET


def _count(page: Page, path: str) -> int:
    """A number of records or pages that a page tells.

    Raises:
        ReaderError: It does not.
    """
    value = page.value(path)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if type(value) is not int or value < 0:
        message = f"the page has no count at {path}"
        raise ReaderError(message, **page.where)
    return value


def next_link(header: str) -> str | None:
    """The target of a `Link` header's link of relation `next`; None where it has none.

    Source:
        RFC 8288, section 3.
    """
    for target, params in _LINK.findall(header):
        for quoted, bare in _REL.findall(params):
            if "next" in (quoted or bare).lower().split():
                return str(target)
    return None


__all__ = ["FIRST", "Pagination", "Place", "next_link"]
