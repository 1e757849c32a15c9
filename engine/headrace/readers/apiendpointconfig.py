"""The options of an endpoint: what is asked for, how it goes on, what of it is new."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from headrace.errors import ConfigError, Problem
from headrace.job.struct import Struct
from headrace.readers.apipagesconfig import PaginationConfig
from headrace.readers.apiurl import has_braces, placeholders
from headrace.readers.jsonpath import JsonPath
from headrace.readers.section import means

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")

METHOD: Final = means("`GET`, or `POST` where a `body` asks; a POST is repeated like a GET")
HEADERS: Final = means("headers of every request")
PARAMS: Final = means("parameters of the query; a list is the same one several times")
BODY: Final = means("the body of a POST, sent as JSON")
RECORDS: Final = means(
    "JSONPath of the records in a page: an array, or each record; none given: the page is the array"
)
PAGINATION: Final = means("how one page leads to the next; none given: there is one page")
CURSOR: Final = means("how a run asks for what is new; none given: it asks for everything")

Value: TypeAlias = str | int | float | bool
Params: TypeAlias = Mapping[str, Value | list[Value]]


class CursorConfig(Struct, frozen=True, kw_only=True):
    """How a run asks for what is new."""

    field: Annotated[
        str | None,
        means(
            "the field of a record that tells what is new, by its keys: `updated_at`, "
            "`$.meta.updated_at`; none given: the stream's `cursor` in the job"
        ),
    ] = None
    param: Annotated[
        str | None,
        means(
            "the parameter that asks for records from a cursor on; none given: all are asked for"
        ),
    ] = None
    where: Annotated[
        Literal["query", "body"], means("where `param` stands: in the `query`, or in the `body`")
    ] = "query"
    start: Annotated[
        str | int | None, means("what `param` is in the first run; none given: it is left out")
    ] = None
    inclusive: Annotated[
        bool,
        means(
            "whether records that have the very cursor of the state are read: those that tie with "
            "the last one are then not missed, and come again"
        ),
    ] = False
    format: Annotated[
        str | None,
        means(
            "how `param` is spelled: `epoch_s`, `epoch_ms`, or a format of `strftime` in UTC; none "
            "given: as the record has it"
        ),
    ] = None
    nulls: Annotated[
        Literal["error", "skip"],
        means("records without a cursor, of which none tells what is new: `error`, or `skip`"),
    ] = "error"

    def __post_init__(self) -> None:
        """Refuse a field that is no list of keys."""
        if self.field is not None and not JsonPath(self.field).keys:
            message = "is not a path of keys"
            raise ConfigError(problems=[Problem(path="field", message=message)])


class ParentConfig(Struct, frozen=True, kw_only=True):
    """The endpoint whose records say what is asked for."""

    stream: Annotated[str, means("its name below `endpoints`")]
    columns: Annotated[
        Mapping[str, str],
        means("columns that each record gets: by name, the field of the parent's record"),
    ] = msgspec.field(name="as", default_factory=dict)

    missing: Annotated[
        Literal["error", "skip"],
        means(
            "what it is where the endpoint is not found (404) for one of its records: an `error`, "
            "or `skip` that one"
        ),
    ] = "error"

    def __post_init__(self) -> None:
        """Refuse fields that are no lists of keys."""
        problems = [
            Problem(path=f"as.{name}", message="is not a path of keys")
            for name, field in self.columns.items()
            if not JsonPath(field).keys
        ]
        if problems:
            raise ConfigError(problems=problems)


class EndpointConfig(Struct, frozen=True, kw_only=True):
    """One of several endpoints; what it does not say is as the section has it."""

    path: Annotated[
        str,
        means("below the section's `url`; `{NAME.field}` stands for a field of a parent's record"),
    ]
    parent: Annotated[
        ParentConfig | None,
        means("the endpoint whose records are gone through, and this one asked for each"),
    ] = None
    method: Annotated[Literal["GET", "POST"] | None, METHOD] = None
    headers: Annotated[Mapping[str, str], HEADERS] = msgspec.field(default_factory=dict)
    params: Annotated[Params, PARAMS] = msgspec.field(default_factory=dict)
    body: Annotated[Mapping[str, Any] | None, BODY] = None
    records: Annotated[str | None, RECORDS] = None
    pagination: Annotated[PaginationConfig | None, PAGINATION] = None
    cursor: Annotated[CursorConfig | None, CURSOR] = None


def over(own: EndpointConfig, base: EndpointConfig) -> EndpointConfig:
    """What an endpoint says, and where it says nothing, what the section says."""
    return EndpointConfig(
        path=own.path,
        parent=own.parent,
        method=own.method or base.method,
        headers={**base.headers, **own.headers},
        params={**base.params, **own.params},
        body=base.body if own.body is None else own.body,
        records=own.records or base.records,
        pagination=own.pagination or base.pagination,
        cursor=own.cursor or base.cursor,
    )


def problems_of(name: str, all_of_them: Mapping[str, EndpointConfig]) -> Iterator[Problem]:
    """What is wrong with an endpoint.

    Args:
        name: Which; its keys stand at the section itself where it is "".
        all_of_them: Every endpoint by name, with what the section says.
    """
    own = all_of_them[name]
    found = [*_parent_problems(name, all_of_them), *_request_problems(own)]
    prefix = f"endpoints.{name}." if name else ""
    yield from (Problem(path=f"{prefix}{key}", message=why) for key, why in found)


def _request_problems(own: EndpointConfig) -> Iterator[tuple[str, str]]:
    try:
        JsonPath(own.records or "$")
    except ValueError as error:
        yield "records", str(error)
    for name, value in own.headers.items():
        if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
            yield f"headers.{name}", "is no header: characters that none may have"
    is_get = own.method == "GET" or (own.method is None and own.body is None)
    if is_get and own.body is not None:
        yield "body", "is that of a POST: remove `method`"
    if is_get and own.pagination is not None and own.pagination.where == "body":
        yield "pagination.where", "the body is that of a POST: set `method`"
    if is_get and own.cursor is not None and own.cursor.where == "body":
        yield "cursor.where", "the body is that of a POST: set `method`"


def _parent_problems(
    name: str, all_of_them: Mapping[str, EndpointConfig]
) -> Iterator[tuple[str, str]]:
    ancestors: list[str] = []
    at = name
    while (parent := all_of_them[at].parent) is not None:
        if parent.stream not in all_of_them:
            if at == name:
                yield "parent.stream", f"{parent.stream!r} is none of the endpoints"
            return
        if parent.stream in (name, *ancestors):
            yield "parent.stream", "leads back to itself"
            return
        ancestors.append(at := parent.stream)
    own = all_of_them[name]
    unknown = [one for one, _ in placeholders(own.path) if one not in ancestors]
    if unknown:
        yield "path", f"{unknown[0]!r} in braces is no parent of it"
    if has_braces(own.path):
        yield "path", "has braces that are no placeholder: {NAME.field}, of a parent"


__all__ = [
    "BODY",
    "CURSOR",
    "HEADERS",
    "METHOD",
    "PAGINATION",
    "PARAMS",
    "RECORDS",
    "CursorConfig",
    "EndpointConfig",
    "Params",
    "ParentConfig",
    "over",
    "problems_of",
]
