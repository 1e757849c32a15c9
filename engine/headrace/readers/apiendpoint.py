"""Endpoints of the REST API reader, ready to be asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

import msgspec

from headrace.readers.apiconfig import ApiConfig
from headrace.readers.apiendpointconfig import CursorConfig, EndpointConfig
from headrace.readers.apipagesconfig import PaginationConfig
from headrace.readers.apiurl import Params, filled, joined, placeholders, with_params
from headrace.readers.jsonpath import JsonPath

Values = Mapping[str, Mapping[str, str]]
"""The fields of parents' records, as JSON, by endpoint and field."""

SINGLE: Final = ""
"""The name of the only endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of the server, without who asks.

    Attributes:
        method: GET or POST.
        url: With its query.
        headers: More than those of every request.
        body: JSON; None where there is none.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None

    @property
    def key(self) -> bytes:
        """Equal for equal requests alone."""
        return b" ".join((self.method.encode(), self.url.encode(), self.body or b""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The endpoint whose records are gone through.

    Attributes:
        endpoint: It.
        columns: Columns that each record gets, with the field of the parent's.
        skips_missing: Whether an endpoint that is not found for one of them is passed over.
    """

    endpoint: "Endpoint"
    columns: Mapping[str, str]
    skips_missing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An endpoint.

    Attributes:
        name: Its name, "" of the only one.
        url: What is asked, with placeholders for parents' fields.
        method: GET or POST.
        headers: Of every request.
        params: Of every first request.
        body: Of a POST.
        records: Where the records of a page stand.
        pagination: How it goes on; None where there is one page.
        cursor: How new records are asked for; None where all are read.
        cursor_field: Keys of the field that tells what is new.
        parent: Whose records are gone through; None where it is asked once.
    """

    name: str
    url: str
    method: Literal["GET", "POST"]
    headers: Mapping[str, str]
    params: Params
    body: Mapping[str, Any] | None
    records: JsonPath
    pagination: PaginationConfig | None
    cursor: CursorConfig | None
    cursor_field: str | None
    parent: Parent | None

    @property
    def fields(self) -> dict[tuple[str, str], bool]:
        """Endpoint and field of everything that it needs of its parents' records.

        With each stands whether it is part of a request, and not only of a column.
        """
        texts = [self.url, *(value for _, value in self.params), *_texts(self.body)]
        names = {one.name for one in self.ancestors}
        asked = {one for text in texts for one in placeholders(text) if one[0] in names}
        if self.parent is None:
            return {}
        parent = self.parent.endpoint
        columns = {(parent.name, field) for field in self.parent.columns.values()}
        return dict.fromkeys(columns, False) | parent.fields | dict.fromkeys(asked, True)

    @property
    def ancestors(self) -> list["Endpoint"]:
        """Its parent, and that one's, and so on."""
        found = []
        at = self.parent
        while at is not None:
            found.append(at.endpoint)
            at = at.endpoint.parent
        return found

    def request(
        self,
        values: Values,
        *,
        url: str | None = None,
        query: Params = (),
        body: Mapping[str, Any] | None = None,
    ) -> Request:
        """What is asked of the server.

        Args:
            values: The parents' fields.
            url: What the page before gave; None where the endpoint's own is asked.
            query: More parameters of the query.
            body: More members of the body.

        Raises:
            ReaderError: A parent's field is no part of a URL.
        """
        if url is None:
            names = values.keys()
            said = {name for name, _ in query}
            given = [(name, value) for name, value in self.params if name not in said]

            def fill(text: str, *, is_path: bool = False) -> str:
                return filled(text, partial(_value, values), names=names, is_path=is_path)

            params = [*((name, fill(value)) for name, value in given), *query]
            url = with_params(fill(self.url, is_path=True), params)
        sent = None
        if self.method == "POST":
            sent = msgspec.json.encode({**_filled(self.body or {}, values), **(body or {})})
        return Request(method=self.method, url=url, headers=self.headers, body=sent)


def endpoints_of(config: ApiConfig) -> dict[str, Endpoint]:
    """Every endpoint of a section, by name."""
    everything = config.everything()
    found: dict[str, Endpoint] = {}

    def of(name: str) -> Endpoint:
        if name not in found:
            found[name] = _endpoint(name, everything[name], config, parent_of(everything[name]))
        return found[name]

    def parent_of(own: EndpointConfig) -> Parent | None:
        if own.parent is None:
            return None
        return Parent(
            endpoint=of(own.parent.stream),
            columns=own.parent.columns,
            skips_missing=own.parent.missing == "skip",
        )

    return {name: of(name) for name in everything}


def _endpoint(name: str, own: EndpointConfig, config: ApiConfig, parent: Parent | None) -> Endpoint:
    return Endpoint(
        name=name,
        url=joined(config.url, own.path or None),
        method=own.method or ("GET" if own.body is None else "POST"),
        headers=own.headers,
        params=_pairs(own.params),
        body=own.body,
        records=JsonPath(own.records or "$"),
        pagination=own.pagination,
        cursor=own.cursor,
        cursor_field=config.cursor_field(name),
        parent=parent,
    )


def _pairs(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    listed = ((name, one if isinstance(one, list) else [one]) for name, one in params.items())
    return [(name, spelled(value)) for name, values in listed for value in values]


def spelled(value: object) -> str:
    """A scalar as a parameter has it: as JSON does, texts as they are."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def plain(text: str) -> str:
    """The JSON of a scalar as a parameter has it."""
    return str(msgspec.json.decode(text)) if text.startswith('"') else text


def _value(values: Values, name: str, field: str) -> str:
    return plain(values[name][field])


def _texts(value: object) -> Iterator[str]:
    """Every text within a body."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _filled(value: Any, values: Values) -> Any:  # noqa: ANN401  any JSON value
    """A body with its placeholders replaced."""
    if isinstance(value, str):
        return filled(value, partial(_value, values), names=values.keys())
    if isinstance(value, Mapping):
        return {key: _filled(part, values) for key, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, values) for part in value]
    return value


__all__ = ["SINGLE", "Endpoint", "Parent", "Request", "Values", "endpoints_of", "plain", "spelled"]
