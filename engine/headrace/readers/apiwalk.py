"""The way through an endpoint: page by page, for each record of its parent where it has one.

Every page comes with the entries by which a later run begins at it, or behind it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from headrace.errors import HeadraceError, ReaderError, SourceNotFoundError, StateError
from headrace.readers.apiclient import Client
from headrace.readers.apiendpoint import Endpoint, Parent, Values, plain
from headrace.readers.apifields import fields_of
from headrace.readers.apiloops import Loops
from headrace.readers.apipage import Page, Pager
from headrace.readers.apipages import FIRST, Pagination, Place

NEXT: Final = "next"
"""Key of an entry: the place of the page. Beside it, how many pages and rows came before."""

PARENT: Final = "parent"
"""Key of an entry: that of the parent's page. Beside it the record's index and fields in it."""

_GONE: Final = (400, 404, 410, 422)

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A page on the way.

    Attributes:
        page: It.
        values: The fields of parents' records.
        here: Where a run begins that is to read it again.
        after: Where one begins that is not; None behind the last page.
    """

    page: Page
    values: Values
    here: Entry
    after: Entry | None


class Walk:
    """Goes through endpoints.

    Args:
        client: Who asks.
        batch_rows: Records of a part of a page at most.
        batch_bytes: Size of a part, about [bytes].

    Attributes:
        notes: What a run's report says of it.
    """

    def __init__(self, client: Client, *, batch_rows: int, batch_bytes: int) -> None:
        self._client = client
        self._rows = batch_rows
        self._bytes = batch_bytes
        self.notes: list[str] = []

    def pages(
        self, endpoint: Endpoint, *, since: str | None = None, entry: Entry | None = None
    ) -> Iterator[Visit]:
        """Yield the pages of an endpoint, in order; each is let go of before the next is asked for.

        Args:
            endpoint: It.
            since: What the parameter of its cursor is; None where it has none.
            entry: Where to begin, as an earlier run kept it; None at the first page.

        Raises:
            ReaderError: A page is not had, or the server leads in circles or has other records than
                it says.
            DecodeError: A page is not JSON.
            StateError: The entry leads nowhere.
        """
        yield from self._visits(endpoint, endpoint.fields, since, entry)

    def _visits(
        self,
        endpoint: Endpoint,
        fields: Mapping[tuple[str, str], bool],
        since: str | None,
        entry: Entry | None,
    ) -> Iterator[Visit]:
        """The same, with what is needed of the records of all parents."""
        try:
            if endpoint.parent is None:
                yield from self._pass(endpoint, {}, since, entry)
            else:
                yield from self._children(endpoint, endpoint.parent, fields, since, entry)
        except HeadraceError as error:
            if endpoint.name:
                error.where.setdefault("stream", endpoint.name)
            raise

    def _children(
        self,
        endpoint: Endpoint,
        parent: Parent,
        fields: Mapping[tuple[str, str], bool],
        since: str | None,
        entry: Entry | None,
    ) -> Iterator[Visit]:
        name = parent.endpoint.name
        wanted = {field: is_asked for (one, field), is_asked in fields.items() if one == name}
        num_missing = 0
        for visit in self._visits(parent.endpoint, fields, None, _part(entry, PARENT)):
            records = fields_of(visit.page, wanted)
            outer, here, after = visit.values, visit.here, visit.after
            del visit  # its page is as large as those of its children
            for index in range(_index(entry, records, endpoint), len(records)):
                at = {PARENT: here, "index": index, "record": records[index]}
                behind: Entry | None = None
                if index + 1 < len(records):
                    behind = {PARENT: here, "index": index + 1, "record": records[index + 1]}
                elif after is not None:
                    behind = {PARENT: after, "index": 0, "record": None}
                values = {**outer, name: records[index]}
                own = entry if entry is not None and NEXT in entry else None
                entry, is_there = None, False
                try:
                    for found in self._pass(endpoint, values, since, own):
                        is_there = True
                        yield Visit(
                            page=found.page,
                            values=values,
                            here={**at, **found.here},
                            after=behind if found.after is None else {**at, **found.after},
                        )
                        del found
                except SourceNotFoundError:
                    if is_there or not parent.skips_missing:
                        raise
                    num_missing += 1
            entry = None
        if num_missing:
            self.notes.append(f"{endpoint.name}: not found for {num_missing} records of {name!r}")

    def _pass(
        self, endpoint: Endpoint, values: Values, since: str | None, entry: Entry | None
    ) -> Iterator[Visit]:
        """The pages of an endpoint for one record of its parent."""
        pagination = Pagination(endpoint)
        loops = Loops(endpoint.pagination)
        pager = Pager(endpoint.records, batch_rows=self._rows, batch_bytes=self._bytes)
        place: Place | None = pagination.checked((entry or {}).get(NEXT, FIRST))
        number, rows = _counts(entry)
        first_number = number
        totals: list[int] = []
        while place is not None:
            request = pagination.request(place, values, since)
            here = {NEXT: place, "pages": number, "rows": rows}
            number += 1
            url = self._client.conceal.url(request.url)
            try:
                loops.ask(request, number)
                answer = self._client.answer(request)
            except ReaderError as error:
                error.where = {"url": url, "page": number} | error.where
                if entry is not None and number == first_number + 1:
                    _hint(error)
                raise
            page = pager.page(answer, url=url, number=number)
            loops.take(page)
            rows += page.num_records
            self._client.limit.took(page.num_records)
            last = self._last(pagination, page)
            place = pagination.after(place, page, url=answer.url, last=last, rows=rows)
            if place is not None and "url" in place:
                place = {"url": self._client.bare(place["url"])}
            _note_total(totals, pagination.total(page))
            if place is None:
                self._check_total(endpoint, totals, rows, page)
            after = None if place is None else {NEXT: place, "pages": number, "rows": rows}
            visit = Visit(page=page, values=values, here=here, after=after)
            del page, answer
            yield visit
            del visit

    def _last(self, pagination: Pagination, page: Page) -> str | None:
        """The field of a page's last record that is the cursor of the next."""
        field = pagination.last_field
        if field is None or not page.num_records:
            return None
        return plain(fields_of(page, {field: True}, last_only=True)[-1][field])

    def _check_total(self, endpoint: Endpoint, totals: list[int], rows: int, page: Page) -> None:
        """Compare what the server says it has with what came.

        Raises:
            ReaderError: They differ, and the server said the same all along.
        """
        if not totals or totals[-1] == rows:
            return
        told = f"the server says it has {totals[-1]} records, {rows} came"
        if len(totals) == 1:
            raise ReaderError(told, **page.where)
        name = f"{endpoint.name}: " if endpoint.name else ""
        self.notes.append(f"{name}{told}; it said {totals[0]} before")


def _note_total(totals: list[int], total: int | None) -> None:
    """Keep the first total and, where it differs from that, the last."""
    if total is not None and (not totals or total != totals[-1]):
        totals[1:] = [total]


def _part(entry: Entry | None, key: str) -> Entry | None:
    """An entry's own part.

    Raises:
        StateError: It has none.
    """
    if entry is None:
        return None
    part = entry.get(key)
    if not isinstance(part, Mapping):
        message = "the state was kept of other endpoints: reset it"
        raise StateError(message)
    return part


def _index(entry: Entry | None, records: list[Any], endpoint: Endpoint) -> int:
    """The first of a page's records to be gone through.

    Raises:
        StateError: The parent's page is not as it was.
    """
    if entry is None:
        return 0
    index, record = entry.get("index"), entry.get("record")
    if index == 0 and record is None:
        return 0
    if isinstance(index, int) and 0 <= index < len(records) and records[index] == record:
        return index
    message = "the parent's records are not in the order that they had: reset the state"
    raise StateError(message, stream=endpoint.name)


def _counts(entry: Entry | None) -> tuple[int, int]:
    """Pages and rows before an entry.

    Raises:
        StateError: It has none.
    """
    if entry is None:
        return 0, 0
    found = entry.get("pages"), entry.get("rows")
    if not all(type(count) is int for count in found):
        message = "the state lacks its counts: reset it"
        raise StateError(message)
    return found  # type: ignore[return-value]


def _hint(error: ReaderError) -> None:
    """Say of an error what the state may have to do with it."""
    if error.where.get("status") in _GONE:
        error.message += (
            "; the run goes on where an earlier one stopped: if that place is gone, reset the state"
        )
        error.args = (error.message,)


__all__ = ["Entry", "Visit", "Walk"]
