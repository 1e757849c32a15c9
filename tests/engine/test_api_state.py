"""Runs from a REST API that are broken off, and states that are not of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from headrace import ConfigError, StateError, execute_job, resolve_job

from tests.engine.resuming import assert_resumes, cuts_of
from tests.httpapi import (
    PAGINATION,
    Api,
    Asked,
    Reply,
    a_streams_job,
    an_api_job,
    failure,
    paged,
    some_records,
)

if TYPE_CHECKING:
    from pathlib import Path

CURSOR = {"field": "at", "param": "since"}


def a_cursor_job(tmp_path: Path, url: str, kind: str) -> dict[str, Any]:
    pagination = {**PAGINATION[kind], "total": "total"}
    reader = {"pagination": pagination, "cursor": {"field": "id", "param": "since"}}
    return an_api_job(tmp_path, url, reader, batch={"rows": 2})


class TestGivenRunsThatAreBrokenOff:
    @pytest.mark.parametrize("kind", PAGINATION)
    def test_when_cut_at_a_batch_then_a_prefix_is_there_and_the_next_run_brings_the_rest(
        self, kind: str, tmp_path: Path
    ) -> None:
        """It begins at the page behind the last one that was committed."""
        with Api(paged(kind, some_records(10), size=3)) as api:
            whole, cuts = cuts_of(a_cursor_job(tmp_path, api.url, kind), tmp_path)
            count = len(api.asked)

        assert_resumes(whole, cuts)
        # Pages of three records in batches of two: a commit behind every page.
        assert [len(cut.prefix[""]) for cut in cuts] == [0, 0, 0, 3, 3, 6, 6]
        assert [cut.second.rows.read for cut in cuts] == [10, 10, 10, 7, 7, 4, 4]
        assert count < 7 * 2 * 5  # fewer than if each run read everything

    def test_when_it_is_continued_then_the_state_is_as_if_it_had_not_been_cut(
        self, tmp_path: Path
    ) -> None:
        """The newest is that of both parts, and older records of the rest are no old ones."""
        records = [{"id": n, "at": 9 - n} for n in range(9)]

        with Api(paged("page", records, size=3)) as api:
            reader = {"pagination": {"type": "page"}, "cursor": CURSOR}
            job = an_api_job(tmp_path, api.url, reader)
            whole, cuts = cuts_of(job, tmp_path)
            states = [cut.second.state["test"] for cut in cuts]

        assert_resumes(whole, cuts)
        assert states == [{"field": "at", "since": "9"}] * len(cuts)

    def test_when_there_are_parents_then_the_place_is_within_their_records(
        self, tmp_path: Path
    ) -> None:
        """Children of two depths are continued at the record and page where the run was cut."""
        tree = {f"s{n}": {f"o{n}{m}": list(range(3 * (n ^ m))) for m in range(2)} for n in range(2)}

        def answer(asked: Asked) -> Reply:
            parts = asked.path.strip("/").split("/")
            found: list[dict[str, Any]] = [{"id": key} for key in tree]
            if len(parts) > 1:
                found = [{"id": key} for key in tree[parts[1]]]
            if len(parts) > 3:
                numbers = tree[parts[1]][parts[3]]
                found = [{"id": f"{parts[3]}{n}", "n": n} for n in numbers]
            return paged("offset", found, size=2)(asked)

        endpoints = {
            "shops": {"path": "shops", "cursor": {"field": "id"}},
            "orders": {
                "path": "shops/{shops.id}/orders",
                "parent": {"stream": "shops"},
                "cursor": {"field": "id"},
            },
            "items": {
                "path": "shops/{shops.id}/orders/{orders.id}/items",
                "parent": {"stream": "orders", "as": {"order": "id"}},
                "cursor": {"field": "id"},
            },
        }
        with Api(answer) as api:
            reader = {
                "pagination": {**PAGINATION["offset"], "total": "total"},
                "endpoints": endpoints,
            }
            names = ["orders", "items"]
            job = a_streams_job(tmp_path, api.url, names, reader, batch={"rows": 1})
            whole, cuts = cuts_of(job, tmp_path)

        assert {name: len(rows) for name, rows in whole.items()} == {"orders": 4, "items": 6}
        assert_resumes(whole, cuts)
        assert len(cuts) == 10
        # The page that was cut, and the one behind it.
        assert cuts[-1].second.rows.read == 3

    def test_when_the_parents_have_changed_their_order_then_it_is_an_error(
        self, tmp_path: Path
    ) -> None:
        """Children of the wrong record would be missed."""
        state = {
            "parent": {"next": {}, "pages": 0, "rows": 0},
            "index": 1,
            "record": {"id": '"b"'},
            "next": {},
            "pages": 0,
            "rows": 0,
        }
        endpoints = {
            "p": {"path": "p", "cursor": None},
            "c": {"path": "{p.id}", "parent": {"stream": "p"}, "cursor": {"field": "id"}},
        }
        with Api(lambda _: Reply(body={"data": [{"id": "b"}, {"id": "a"}]})) as api:
            job = a_streams_job(tmp_path, api.url, ["c"], {"endpoints": endpoints}, state=True)
            keep(tmp_path, "c", {"field": "id", "next": state})
            with pytest.raises(StateError, match="not in the order that they had"):
                execute_job(job)

    def test_when_the_place_is_gone_then_the_error_says_what_to_do(self, tmp_path: Path) -> None:
        """Cursors of many servers last a day."""
        keep(
            tmp_path,
            "test",
            {"field": "id", "next": {"next": {"cursor": "x"}, "pages": 1, "rows": 1}},
        )
        reply = Reply(status=400, body={"message": "cursor expired"})

        with Api(lambda _: reply) as api:
            reader = {"pagination": PAGINATION["cursor"], "cursor": {"field": "id"}}
            error = failure(tmp_path, api.url, reader, state=True)

        assert error.message.endswith(
            "cursor expired; the run goes on where an earlier one stopped: if "
            "that place is gone, reset the state"
        )
        assert error.where["page"] == 2


def keep(tmp_path: Path, stream: str, cursor: Any) -> None:  # noqa: ANN401  any JSON value
    """Store a cursor as an earlier run would."""
    path = tmp_path / "state" / "test.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"schema_version": 1, "job": "test", "streams": {stream: cursor}}))


class TestGivenAStateOfAnother:
    @pytest.mark.parametrize(
        "cursor",
        [
            {"field": "other", "since": "1"},
            {"field": "id", "since": 1},
            {"field": "id", "next": []},
            {"field": "id", "next": {"next": {"offset": 3}, "pages": 1, "rows": 1}},
            {"field": "id", "next": {"next": {"page": "3"}, "pages": 1, "rows": 1}},
            {"field": "id", "next": {"next": {"page": True}, "pages": 1, "rows": 1}},
            {"field": "id", "next": {"next": {"page": 3}}},
            {"field": "id", "since": "1", "max": "2024-05-01"},
            "x",
            7,
        ],
    )
    def test_when_run_then_it_is_refused_and_nothing_is_asked(
        self, cursor: object, tmp_path: Path
    ) -> None:
        """A place that means nothing is not the first page."""
        keep(tmp_path, "test", cursor)

        with Api(paged("page", some_records(3), size=2)) as api:
            reader = {"pagination": {"type": "page"}, "cursor": {"field": "id"}}
            error = failure(tmp_path, api.url, reader, state=True)

        assert type(error) is StateError
        assert api.asked == []

    def test_when_there_is_no_cursor_then_a_state_is_refused(self, tmp_path: Path) -> None:
        """Every run would read everything, and append it again."""
        with pytest.raises(ConfigError) as caught:
            resolve_job(an_api_job(tmp_path, "https://x.example", state=True))

        (problem,) = caught.value.problems
        assert problem.path == "reader.cursor"
        assert problem.message.startswith("is needed where the job keeps a `state`")
