"""The options of `pagination`: how one page leads to the next, and which is the last."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal

import msgspec

from headrace.errors import ConfigError, Problem
from headrace.job.struct import Struct
from headrace.readers.jsonpath import JsonPath
from headrace.readers.section import means

DEFAULT_PAGE_PARAM: Final = "page"
DEFAULT_FIRST_PAGE: Final = 1
DEFAULT_OFFSET_PARAM: Final = "offset"
DEFAULT_FIRST_OFFSET: Final = 0
DEFAULT_LIMIT_PARAM: Final = "limit"

_TAKEN: Final[Mapping[str, tuple[str, ...]]] = {
    "page": ("param", "start", "size_param", "size", "where", "has_more", "pages", "stop_when"),
    "offset": (
        "offset_param",
        "limit_param",
        "limit",
        "start",
        "where",
        "has_more",
        "stop_when",
    ),
    "cursor": ("param", "path", "field", "where", "has_more", "size_param", "size"),
    "next_url": ("path", "has_more"),
    "link": ("has_more",),
}
_ANY: Final = ("type", "total", "max_pages", "repeated_page")
_PATHS: Final = ("path", "has_more", "pages", "total")


class PaginationConfig(Struct, frozen=True, kw_only=True):
    """The keys of `pagination`; each type takes its own."""

    type: Annotated[
        Literal["page", "offset", "cursor", "next_url", "link"],
        means(
            "`page`: a number; `offset`: how many records are passed over; `cursor`: what the page "
            "before gave; `next_url`: a URL in the page before; `link`: its header `Link` with "
            "`rel=next` (RFC 8288)"
        ),
    ]
    param: Annotated[
        str | None,
        means("`page`, `cursor`: the parameter; `page` where none is given, required for `cursor`"),
    ] = None
    start: Annotated[
        Annotated[int, msgspec.Meta(ge=0)] | None,
        means("`page`: the first page's number, `1` where none is given; `offset`: the first, `0`"),
    ] = None
    size_param: Annotated[
        str | None, means("`page`, `cursor`: the parameter that holds `size`")
    ] = None
    size: Annotated[
        Annotated[int, msgspec.Meta(ge=1)] | None, means("`page`, `cursor`: records a page")
    ] = None
    offset_param: Annotated[
        str | None, means("`offset`: the parameter; `offset` where none is given")
    ] = None
    limit_param: Annotated[
        str | None,
        means("`offset`: the parameter that holds `limit`; `limit` where none is given"),
    ] = None
    limit: Annotated[
        Annotated[int, msgspec.Meta(ge=1)] | None, means("`offset`: records a page")
    ] = None
    path: Annotated[
        str | None, means("`cursor`, `next_url`: JSONPath of it in the page before")
    ] = None
    field: Annotated[
        str | None,
        means("`cursor`: the field of the last record that is the cursor, in place of `path`"),
    ] = None
    where: Annotated[
        Literal["query", "body"] | None,
        means("where the parameters stand: in the `query`, or in the `body` of a POST"),
    ] = None
    has_more: Annotated[
        str | None, means("JSONPath of true or false: whether there is another page")
    ] = None
    pages: Annotated[str | None, means("`page`: JSONPath of the number of pages")] = None
    total: Annotated[
        str | None,
        means(
            "JSONPath of the number of records: `page` and `offset` end with them; it is an error "
            "if others were read"
        ),
    ] = None
    stop_when: Annotated[
        Literal["empty", "short"] | None,
        means(
            "`page`, `offset`: which page is the last where nothing else tells: the `empty` one, "
            "or one `short` of `size` or `limit`; none given: `empty`"
        ),
    ] = None
    max_pages: Annotated[
        Annotated[int, msgspec.Meta(ge=1)] | None,
        means("more pages than these are an error"),
    ] = None
    repeated_page: Annotated[
        Literal["error", "accept"],
        means("a page with the very records of the page before: an `error`, or `accept` it"),
    ] = "error"

    def __post_init__(self) -> None:
        """Refuse what the type lacks, and what it does not take.

        Raises:
            ConfigError: Every such option.
        """
        problems = [Problem(path=key, message=why) for key, why in self._problems()]
        if problems:
            raise ConfigError(problems=problems)

    def _problems(self) -> Iterator[tuple[str, str]]:
        taken = (*_ANY, *_TAKEN[self.type])
        for name in self.__struct_fields__:
            if name not in taken and getattr(self, name) is not None:
                yield name, f"is no key of {self.type}"
        yield from self._lacking()
        for name in _PATHS:
            yield from _problem_of_path(name, getattr(self, name))
        if self.field is not None and not JsonPath(self.field).keys:
            yield "field", "is not a path of keys"

    def _lacking(self) -> Iterator[tuple[str, str]]:
        if self.type == "cursor":
            if self.param is None:
                yield "param", "is required for cursor and missing"
            if (self.path is None) == (self.field is None):
                yield "path", "is required for cursor, or `field`, and not both"
        if self.type == "next_url" and self.path is None:
            yield "path", "is required for next_url and missing"
        if self.size_param is not None and self.size is None:
            yield "size", "is needed: `size_param` holds it"
        if self.limit_param is not None and self.limit is None:
            yield "limit", "is needed: `limit_param` holds it"
        is_sized = self.size is not None or self.limit is not None
        if self.stop_when == "short" and not is_sized:
            yield "size" if self.type == "page" else "limit", "is needed: a page is short of it"
        elif self.size is not None and self.size_param is None and self.stop_when != "short":
            yield "size_param", "is needed to ask for pages of `size`"


def _problem_of_path(name: str, path: str | None) -> Iterator[tuple[str, str]]:
    try:
        if path is not None:
            JsonPath(path)
    except ValueError as error:
        yield name, str(error)


__all__ = [
    "DEFAULT_FIRST_OFFSET",
    "DEFAULT_FIRST_PAGE",
    "DEFAULT_LIMIT_PARAM",
    "DEFAULT_OFFSET_PARAM",
    "DEFAULT_PAGE_PARAM",
    "PaginationConfig",
]
