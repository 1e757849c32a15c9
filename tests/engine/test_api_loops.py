"""Servers that lead in circles, or have other records than they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from headrace import DecodeError, ReaderError, execute_job
from headrace.readers.apiconnection import Answer
from headrace.readers.apiendpoint import Request
from headrace.readers.apiloops import MOST_EMPTY, RECENT, Loops
from headrace.readers.apipage import Page, Pager
from headrace.readers.jsonpath import JsonPath
from hypothesis import given
from hypothesis import strategies as st

from tests.httpapi import (
    PAGINATION,
    Api,
    Asked,
    Reply,
    an_api_job,
    failure,
    paged,
    read,
    some_records,
)

if TYPE_CHECKING:
    from pathlib import Path

CURSOR = {"type": "cursor", "param": "c", "path": "next"}


def a_request(number: int) -> Request:
    return Request(method="GET", url=f"http://x/?page={number}", headers={})


def a_page(records: int) -> Page:
    body = str(list(range(records))).encode()
    answer = Answer(url="u", status=200, reason="", headers={}, body=body)
    return Pager(JsonPath("$"), batch_rows=9, batch_bytes=99).page(answer, url="u", number=1)


class TestGivenAServerThatLeadsInACircle:
    @pytest.mark.parametrize("length", [1, 2, 5])
    def test_when_read_then_it_is_an_error_before_anything_comes_twice(
        self, length: int, tmp_path: Path
    ) -> None:
        """The run ends, and names the pages."""

        def answer(asked: Asked) -> Reply:
            at = int(asked.query.get("c", 0))
            body = {"data": some_records(1, start=at), "next": (at + 1) % length or "0"}
            return Reply(body=body)

        with Api(answer) as api:
            # The first page is asked for without a cursor, so that the circle begins behind it.
            reader = {"pagination": {**CURSOR, "repeated_page": "accept"}}
            error = failure(tmp_path, api.url, reader)

        assert type(error) is ReaderError
        assert "by the very request of page 2" in error.message
        assert len(api.asked) == length + 1

    @given(tail=st.integers(0, 60), length=st.integers(RECENT + 1, RECENT + 200))
    def test_when_it_is_longer_than_what_is_kept_then_it_is_found_all_the_same(
        self, tail: int, length: int
    ) -> None:
        """In constant memory, after no more than some times around."""
        loops = Loops(None)

        def go_round() -> None:
            for step in range(4 * (tail + length)):
                at = step if step < tail else tail + (step - tail) % length
                loops.ask(a_request(at), step + 1)

        with pytest.raises(ReaderError, match="leads in a circle"):
            go_round()

    @given(count=st.integers(1, 3 * RECENT))
    def test_when_it_is_none_then_none_is_found_before_it_closes(self, count: int) -> None:
        """However many pages there are."""
        loops = Loops(None)

        for number in range(count):
            loops.ask(a_request(number), number + 1)

        with pytest.raises(ReaderError, match=f"request of page {count} "):
            loops.ask(a_request(count - 1), count + 1)


class TestGivenAServerThatDoesNotGoOn:
    @pytest.mark.covers("api-pagination:repeated_page")
    def test_when_the_same_records_come_again_then_it_is_an_error_unless_accepted(
        self, tmp_path: Path
    ) -> None:
        """A server that does not know the parameter gives the first page for ever."""

        def answer(asked: Asked) -> Reply:
            is_behind = int(asked.query["page"]) > 3
            return Reply(body={"data": [] if is_behind else some_records(2), "at": asked.at})

        with Api(answer) as api:
            error = failure(tmp_path, api.url, {"pagination": {"type": "page"}})
            asked = len(api.asked)
            accepting = {"type": "page", "repeated_page": "accept"}
            found = read(tmp_path, api.url, {"pagination": accepting})

        assert "page 2 has the very records of page 1" in error.message
        assert asked == 2
        assert found == some_records(2) * 3

    def test_when_pages_without_records_never_end_then_it_is_an_error(self) -> None:
        """A promise of more is not believed for ever."""
        page = a_page(0)
        loops = Loops(None)

        for _ in range(MOST_EMPTY):
            loops.take(page)

        with pytest.raises(ReaderError, match="pages without a record"):
            loops.take(page)

    @pytest.mark.covers("api-pagination:max_pages")
    def test_when_there_are_more_pages_than_may_be_then_it_is_an_error(
        self, tmp_path: Path
    ) -> None:
        """A guard for servers that make up records."""

        def answer(asked: Asked) -> Reply:
            return Reply(body={"data": some_records(2, start=2 * int(asked.query["page"]))})

        with Api(answer) as api:
            error = failure(tmp_path, api.url, {"pagination": {"type": "page", "max_pages": 5}})

        assert error.message == "there are more pages than max_pages, 5"
        assert len(api.asked) == 5


class TestGivenATotal:
    @pytest.mark.covers("api-pagination:total")
    @pytest.mark.parametrize("kind", ["page", "offset", "link"])
    def test_when_so_many_came_then_the_read_ends(self, kind: str, tmp_path: Path) -> None:
        """By number and by offset no page is asked for behind them."""
        with Api(paged(kind, some_records(6), size=3)) as api:
            pagination = {**PAGINATION[kind], "total": "$.total"}
            found = read(tmp_path, api.url, {"pagination": pagination})

        assert found == some_records(6)
        assert len(api.asked) == 2

    @pytest.mark.parametrize("kind", PAGINATION)
    @pytest.mark.parametrize("total", [5, 9])
    def test_when_others_came_then_it_is_an_error_that_says_both(
        self, kind: str, total: int, tmp_path: Path
    ) -> None:
        """Records that are missing are not passed over in silence."""
        answer = paged(kind, some_records(6), size=4)

        def lying(asked: Asked) -> Reply:
            return Reply(body={**answer(asked).body, "total": total}, headers=answer(asked).headers)

        with Api(lying) as api:
            pagination = {**PAGINATION[kind], "total": "$.total"}
            error = failure(tmp_path, api.url, {"pagination": pagination})

        assert error.message == f"the server says it has {total} records, 6 came"

    def test_when_it_changes_meanwhile_then_the_last_word_counts_and_a_note_tells(
        self, tmp_path: Path
    ) -> None:
        """Records that are made while others are read are no fault of the server's."""

        def answer(asked: Asked) -> Reply:
            after = int(asked.query.get("c", 0))
            body: dict[str, Any] = {"data": some_records(2, start=after), "total": 4 + after}
            return Reply(body=body if after else {**body, "next": 2})

        with Api(answer) as api:
            reader = {"pagination": {**CURSOR, "total": "total"}}
            report = execute_job(an_api_job(tmp_path, api.url, reader))

        assert report.rows.written == 4
        assert report.notes == ["the server says it has 6 records, 4 came; it said 4 before"]

    def test_when_a_page_does_not_tell_it_then_it_is_an_error(self, tmp_path: Path) -> None:
        """A count that is no count is compared with nothing."""
        with Api(lambda _: Reply(body={"data": [], "total": "many"})) as api:
            error = failure(tmp_path, api.url, {"pagination": {"type": "page", "total": "total"}})

        assert error.message == "the page has no count at total"
        assert not isinstance(error, DecodeError)
