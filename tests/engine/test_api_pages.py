"""Pages of a REST API: every record once, in order, whatever leads from one page to the next."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from headrace import ReaderError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.httpapi import (
    PAGINATION,
    Api,
    Asked,
    Reply,
    failure,
    paged,
    queries,
    read,
    some_records,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def one_by_one(*bodies: Mapping[str, Any]) -> Any:  # noqa: ANN401  a function
    """Answers with these bodies, by `page`."""

    def answer(asked: Asked) -> Reply:
        return Reply(body=bodies[int(asked.query.get("page", 1)) - 1])

    return answer


class TestGivenAnyPagination:
    @pytest.mark.parametrize("kind", PAGINATION)
    @settings(max_examples=15, deadline=None)
    @given(count=st.integers(0, 23), size=st.integers(1, 8), rows=st.integers(1, 9))
    @pytest.mark.covers("api-pagination:type", "api-pagination:path", "api:url", "api:pagination")
    def test_when_read_then_every_record_comes_once_in_order(
        self,
        kind: str,
        count: int,
        size: int,
        rows: int,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> None:
        """How records are cut into pages and batches does not show."""
        tmp_path = tmp_path_factory.mktemp("any")
        records = some_records(count)

        with Api(paged(kind, records, size=size)) as api:
            reader = {"pagination": PAGINATION[kind]}
            found = read(tmp_path, api.url, reader, batch={"rows": rows})

        assert found == records
        assert len(api.asked) >= -(-count // size)

    def test_when_there_is_none_then_there_is_one_page(self, tmp_path: Path) -> None:
        """A page alone is the whole source."""
        with Api(paged("page", some_records(5), size=3)) as api:
            found = read(tmp_path, f"{api.url}/x?page=2", {})

        assert [row["id"] for row in found] == [3, 4]
        assert len(api.asked) == 1


class TestGivenPagesByNumber:
    @pytest.mark.covers(
        "api-pagination:param",
        "api-pagination:start",
        "api-pagination:size_param",
        "api-pagination:size",
    )
    def test_when_named_then_the_parameters_are_these(self, tmp_path: Path) -> None:
        """Names, the first number and the size are the source's own."""
        pages = {0: some_records(2), 1: some_records(2, start=2), 2: []}
        pagination = {"type": "page", "param": "p", "start": 0, "size_param": "n", "size": 2}

        with Api(lambda asked: Reply(body={"data": pages[int(asked.query["p"])]})) as api:
            found = read(tmp_path, api.url, {"pagination": pagination})

        assert found == some_records(4)
        assert queries(api) == [{"p": str(n), "n": "2"} for n in range(3)]

    @pytest.mark.covers("api-pagination:pages")
    def test_when_their_number_is_told_then_none_is_asked_for_behind_the_last(
        self, tmp_path: Path
    ) -> None:
        """A page without records among them is not the last."""
        data: list[list[Any]] = [some_records(2), [], some_records(1, start=2)]
        bodies = [{"data": part, "meta": {"pages": 3}} for part in data]
        pagination = {"type": "page", "pages": "$.meta.pages"}

        with Api(one_by_one(*bodies)) as api:
            found = read(tmp_path, api.url, {"pagination": pagination})

        assert found == some_records(3)
        assert len(api.asked) == 3

    @pytest.mark.covers("api-pagination:has_more")
    @pytest.mark.parametrize("kind", ["page", "link", "cursor"])
    def test_when_they_say_whether_there_is_more_then_that_decides(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Whatever else a page has, its own word ends the read."""

        def answer(asked: Asked) -> Reply:
            number = int(asked.query.get("page", 1))
            body = {
                "data": some_records(2, start=number * 2) if number != 2 else [],
                "next": number + 1,
                "more": number < 3,
            }
            return Reply(body=body, headers={"Link": f"<?page={number + 1}>; rel=next"})

        pagination = {
            "page": {"type": "page"},
            "link": {"type": "link"},
            "cursor": {"type": "cursor", "param": "page", "path": "next"},
        }[kind]
        with Api(answer) as api:
            found = read(tmp_path, api.url, {"pagination": {**pagination, "has_more": "more"}})

        assert [row["id"] for row in found] == [2, 3, 6, 7]
        assert len(api.asked) == 3

    def test_when_they_do_not_say_it_then_it_is_an_error(self, tmp_path: Path) -> None:
        """A missing word is neither the end nor more."""
        with Api(one_by_one({"data": [], "more": "no"})) as api:
            error = failure(tmp_path, api.url, {"pagination": {"type": "page", "has_more": "more"}})

        assert isinstance(error, ReaderError)
        assert error.message == "the page has no true or false at more"
        assert error.where["page"] == 1

    @pytest.mark.covers("api-pagination:stop_when")
    @pytest.mark.parametrize(("stop_when", "requests"), [("short", 2), ("empty", 4), (None, 4)])
    def test_when_one_is_short_then_it_is_the_last_where_so_told(
        self, stop_when: str | None, requests: int, tmp_path: Path
    ) -> None:
        """A source that leaves records out of a page goes on, unless the job says otherwise."""
        data: list[list[Any]] = [
            some_records(2),
            some_records(1, start=2),
            some_records(1, start=3),
        ]
        pagination = {"type": "page", "size_param": "size", "size": 2, "stop_when": stop_when}

        with Api(one_by_one(*({"data": part} for part in [*data, []]))) as api:
            found = read(tmp_path, api.url, {"pagination": pagination})

        assert len(api.asked) == requests
        assert len(found) == (3 if stop_when == "short" else 4)


class TestGivenOffsets:
    @pytest.mark.covers(
        "api-pagination:offset_param", "api-pagination:limit_param", "api-pagination:limit"
    )
    def test_when_the_server_gives_fewer_than_asked_then_none_is_passed_over(
        self, tmp_path: Path
    ) -> None:
        """The next page begins behind the records that came, not those that were asked for."""

        def answer(asked: Asked) -> Reply:
            start = int(asked.query["skip"])
            return Reply(body={"data": records[start : start + min(3, int(asked.query["take"]))]})

        records = some_records(8)
        pagination = {
            "type": "offset",
            "offset_param": "skip",
            "limit_param": "take",
            "limit": 100,
        }
        with Api(answer) as api:
            found = read(tmp_path, api.url, {"pagination": pagination})

        assert found == records
        assert [asked["skip"] for asked in queries(api)] == ["0", "3", "6", "8"]


class TestGivenCursors:
    @pytest.mark.covers("api-pagination:field")
    def test_when_the_last_record_has_it_then_it_is_taken_from_there(self, tmp_path: Path) -> None:
        """As `starting_after` of many APIs."""
        records = [{"key": {"id": f"k{n}"}} for n in range(7)]

        def answer(asked: Asked) -> Reply:
            after = asked.query.get("starting_after")
            start = 0 if after is None else [r["key"]["id"] for r in records].index(after) + 1
            part = records[start : start + 3]
            return Reply(body={"data": part, "has_more": start + 3 < len(records)})

        pagination = {
            "type": "cursor",
            "param": "starting_after",
            "field": "$.key.id",
            "has_more": "has_more",
        }
        with Api(answer) as api:
            found = read(tmp_path, api.url, {"pagination": pagination}, batch={"rows": 2})

        assert found == records
        assert len(api.asked) == 3

    def test_when_it_is_a_number_of_any_size_then_it_goes_back_as_it_came(
        self, tmp_path: Path
    ) -> None:
        """No digit of a cursor is lost."""
        large = 2**70 + 1

        def answer(asked: Asked) -> Reply:
            is_first = "c" not in asked.query
            body = {"data": some_records(1, start=not is_first), "next": large if is_first else 0}
            return Reply(body=body if is_first else {**body, "next": None})

        pagination = {"type": "cursor", "param": "c", "path": "$.next"}
        with Api(answer) as api:
            read(tmp_path, api.url, {"pagination": pagination})

        assert queries(api)[1] == {"c": str(large)}

    @pytest.mark.covers(
        "api-pagination:where", "api:method", "api:body", "api-endpoint:method", "api-endpoint:body"
    )
    def test_when_the_body_of_a_post_asks_then_it_holds_the_cursor(self, tmp_path: Path) -> None:
        """Searches are asked for by a body, and so are their pages."""

        def answer(asked: Asked) -> Reply:
            start = json.loads(asked.body).get("after", 0)
            more = {"next": start + 2} if start < 4 else {}
            return Reply(body={"data": some_records(2, start=start), **more})

        reader = {
            "body": {"query": {"kind": "all"}},
            "pagination": {"type": "cursor", "param": "after", "path": "next", "where": "body"},
        }
        with Api(answer) as api:
            found = read(tmp_path, api.url, reader)

        assert found == some_records(6)
        assert [json.loads(asked.body) for asked in api.asked] == [
            {"query": {"kind": "all"}},
            {"query": {"kind": "all"}, "after": 2},
            {"query": {"kind": "all"}, "after": 4},
        ]
        assert {asked.method for asked in api.asked} == {"POST"}
        assert api.asked[0].headers["content-type"] == "application/json"

    def test_when_there_is_more_but_no_cursor_then_it_is_an_error(self, tmp_path: Path) -> None:
        """What contradicts itself is not the end."""
        pagination = {"type": "cursor", "param": "c", "path": "next", "has_more": "more"}

        with Api(one_by_one({"data": some_records(1), "more": True})) as api:
            error = failure(tmp_path, api.url, {"pagination": pagination})

        assert "nothing leads there" in str(error)


class TestGivenLinks:
    @pytest.mark.parametrize(
        "header",
        [
            '<{url}/?after=2>; rel="next"',
            "</?after=2>;rel=next",
            '<{url}/?after=0>; rel="prev first", <?after=2>; title="a, b; rel=x"; rel="last next"',
        ],
    )
    def test_when_one_is_next_then_it_is_followed(self, header: str, tmp_path: Path) -> None:
        """However it is written, absolute or relative, among others."""

        def answer(asked: Asked) -> Reply:
            start = int(asked.query.get("after", 0))
            headers = {"Link": header.format(url=api.url)} if start == 0 else {}
            return Reply(body={"data": some_records(2, start=start)}, headers=headers)

        with Api(answer) as api:
            found = read(tmp_path, f"{api.url}/", {"pagination": {"type": "link"}})

        assert found == some_records(4)

    def test_when_the_url_has_what_the_first_had_then_it_is_not_added_again(
        self, tmp_path: Path
    ) -> None:
        """A URL that the server gives is asked for as it is."""
        with Api(paged("next_url", some_records(3), size=2)) as api:
            reader = {"pagination": PAGINATION["next_url"], "params": {"kind": "x"}}
            read(tmp_path, api.url, reader)

        assert queries(api) == [{"kind": "x"}, {"after": "2"}]
