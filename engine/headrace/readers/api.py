"""REST APIs, page by page: records to Arrow by the core, no Python object a record."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from headrace import _native
from headrace._native import translated
from headrace.batch import Batch
from headrace.errors import ConfigError, HeadraceError, Problem
from headrace.readers.apiclient import Client
from headrace.readers.apiconfig import ApiConfig
from headrace.readers.apiendpoint import SINGLE, Endpoint, endpoints_of
from headrace.readers.apirecords import parts_of
from headrace.readers.apistate import Bookmark
from headrace.readers.apiwalk import Entry, Visit, Walk
from headrace.readers.jsonrecords import JsonRecords
from headrace.readers.state import State
from headrace.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stream:
    """What is read of one endpoint.

    Attributes:
        name: The stream's.
        endpoint: Its endpoint.
        wanted: The contract's columns; None where there is no contract.
    """

    name: str
    endpoint: Endpoint
    wanted: Schema | None


class ApiReader:
    """Reads a REST API; each stream of a job that has several is one of its endpoints.

    Args:
        config: The job's reader section.

    Attributes:
        notes: What a run's report says of the reader.
    """

    Config = ApiConfig

    def __init__(self, config: ApiConfig) -> None:
        self._config = config
        self._endpoints = endpoints_of(config)
        self._client: Client | None = None
        self.notes: list[str] = []

    def check(self) -> str:
        """Ask for the first page of each stream, once.

        Raises:
            ReaderError: It is not had.
        """
        told = []
        with self._asking(tries_once=True) as client:
            for stream in self._streams():
                visit = next(self._walk(client).pages(stream.endpoint), None)
                found = visit.page.num_records if visit is not None else 0
                told.append(f"{stream.name}: {found} records on the first page")
        return f"{self._config.url}: {', '.join(told)}"

    def discover(self) -> dict[str, Schema]:
        """Each endpoint, with the columns of the records on its first page that has any.

        Raises:
            ReaderError: It is not had.
        """
        with self._asking() as client:
            return {
                name or self._config.stream or "api": self._sampled(client, endpoint)
                for name, endpoint in self._endpoints.items()
            }

    def schema(self) -> Schema | None:
        """The contract's columns; None where there is no contract, and the records tell."""
        return Schema.wrap(self._config.schema) if self._config.schema else None

    def schemas(self) -> Mapping[str, Schema]:
        """The columns of each stream that has a contract."""
        streams = self._config.streams.items()
        return {name: one.schema for name, one in streams if one.schema is not None}

    def extract(self, state: State | None) -> Iterator[Batch]:
        """Yield the records of each stream, page by page; the state moves behind each page.

        Raises:
            ReaderError: A page is not had, or is not what it should be.
            DecodeError: A page is not JSON.
            StateError: The state is of another cursor, pagination or endpoint.
        """
        with self._asking() as client:
            for stream in self._streams():
                yield from self._read(client, stream, state)

    def cancel(self) -> None:
        """Give up, from another thread: waits and reads end at once."""
        if self._client is not None:
            self._client.cancel()

    def _read(self, client: Client, stream: _Stream, state: State | None) -> Iterator[Batch]:
        endpoint = stream.endpoint
        records = JsonRecords(
            stream.wanted,
            stream=stream.name,
            plain=True,
            new_column=self._config.drift_policy.get("new_column", "fail"),
        )
        walk = self._walk(client)
        bookmark = None
        if endpoint.cursor is not None and endpoint.cursor_field is not None:
            bookmark = Bookmark(state, stream.name, endpoint, endpoint.cursor_field)
        since = bookmark.cursor.param if bookmark is not None else None
        entry = bookmark.entry if bookmark is not None else None
        for visit in walk.pages(endpoint, since=since, entry=entry):
            with _placed(visit, stream):
                for part in parts_of(visit.page):
                    if bookmark is not None:
                        part.keep(bookmark.cursor.take(part.document, part.first))
                    part.add(_members(visit, endpoint))
                    batch = part.batch(records)
                    if batch is not None and batch.num_records:
                        yield batch
                    del part, batch
            if bookmark is not None and _is_storable(client, visit.after):
                bookmark.move(visit.after)
            del visit  # its page is let go of before the next one comes
        if bookmark is not None:
            bookmark.move(None)
            self.notes += bookmark.cursor.notes()
        self.notes += walk.notes

    def _streams(self) -> list[_Stream]:
        """What is read, in order.

        Raises:
            ConfigError: The job does not say which endpoints.
        """
        config = self._config
        if config.streams:
            return [
                _Stream(name=name, endpoint=self._endpoints[name], wanted=one.schema)
                for name, one in config.streams.items()
            ]
        if SINGLE not in self._endpoints:
            known = ", ".join(self._endpoints)
            message = f"the job's `streams` say which of them are read: {known}"
            raise ConfigError(problems=[Problem(path="reader.endpoints", message=message)])
        name = config.stream or "api"
        return [_Stream(name=name, endpoint=self._endpoints[SINGLE], wanted=self.schema())]

    def _sampled(self, client: Client, endpoint: Endpoint) -> Schema:
        for visit in self._walk(client).pages(endpoint):
            for part in parts_of(visit.page):
                part.add(_members(visit, endpoint))
                with _placed(visit, None), translated():
                    return Schema.of(_native.infer_json(part.document))
        return Schema(())

    def _walk(self, client: Client) -> Walk:
        return Walk(
            client, batch_rows=self._config.batch_rows, batch_bytes=self._config.batch_bytes
        )

    @contextmanager
    def _asking(self, *, tries_once: bool = False) -> Iterator[Client]:
        """A client for the block."""
        client = Client(self._config, tries_once=tries_once)
        self._client = client
        try:
            yield client
        finally:
            self._client = None
            client.close()


@contextmanager
def _placed(visit: Visit, stream: _Stream | None) -> Iterator[None]:
    """Say in errors which page it was."""
    try:
        yield
    except HeadraceError as error:
        name = {"stream": stream.name} if stream is not None else {}
        error.where = visit.page.where | name | error.where
        raise


def _members(visit: Visit, endpoint: Endpoint) -> dict[str, bytes]:
    """What each record of a page gets of its parent's, as JSON."""
    if endpoint.parent is None:
        return {}
    record = visit.values[endpoint.parent.endpoint.name]
    return {name: record[field].encode() for name, field in endpoint.parent.columns.items()}


def _is_storable(client: Client, after: Entry | None) -> bool:
    """Whether a place may be kept: a URL that a server gave may have a secret in it."""
    text = msgspec.json.encode(after).decode()
    return client.conceal(text) == text


__all__ = ["ApiConfig", "ApiReader"]
