"""What is new in a REST API: each record once, run after run, by what its cursor is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from headrace import ReaderError, execute_job
from headrace.readers.apicursor import place_of
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import landed
from tests.httpapi import (
    Api,
    Asked,
    Reply,
    a_streams_job,
    an_api_job,
    failure,
    paged,
    queries,
    some_records,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

CURSOR = {"field": "at", "param": "since"}


def dated(*moments: str) -> list[dict[str, Any]]:
    return [{"id": n, "at": moment} for n, moment in enumerate(moments)]


def since(
    records: Sequence[Mapping[str, Any]], kind: str = "page", *, size: int = 2, field: str = "at"
) -> Callable[[Asked], Reply]:
    """Pages of the records from a cursor on, itself included."""

    def answer(asked: Asked) -> Reply:
        first = asked.query.get("since")
        found = [one for one in records if first is None or str(one[field]) >= first]
        return paged(kind, found, size=size)(asked)

    return answer


def stored(tmp_path: Path, stream: str = "test") -> Any:  # noqa: ANN401  any JSON value
    """What the state holds of a stream."""
    return json.loads((tmp_path / "state" / "test.json").read_text())["streams"].get(stream)


def ran(tmp_path: Path, url: str, cursor: Mapping[str, Any] = CURSOR, **reader: Any) -> list[int]:  # noqa: ANN401
    """The ids that have landed after one more run."""
    section = {"pagination": {"type": "page"}, "cursor": cursor, **reader}
    execute_job(an_api_job(tmp_path, url, section, state=True))
    return [n for (n,) in landed(tmp_path / "out", "id")]


class TestGivenACursor:
    @pytest.mark.covers("api:cursor", "api-cursor:field", "api-cursor:param", "api-endpoint:cursor")
    def test_when_run_again_then_only_what_is_new_is_asked_for_and_written(
        self, tmp_path: Path
    ) -> None:
        """The order of the records does not matter; what ties with the last does not come twice."""
        records = dated("2024-05-03", "2024-05-01", "2024-05-03", "2024-05-02")

        with Api(since(records)) as api:
            first = ran(tmp_path, api.url)
            state = stored(tmp_path)
            again = ran(tmp_path, api.url)
            records += [{"id": 9, "at": "2024-05-04"}]
            third = ran(tmp_path, api.url)

        assert first == again == [0, 1, 2, 3]
        assert state == {"field": "at", "since": "2024-05-03"}
        assert third == [0, 1, 2, 3, 9]
        assert {query.get("since") for query in queries(api)} == {None, "2024-05-03"}

    def test_when_records_are_left_out_then_a_note_says_how_many(self, tmp_path: Path) -> None:
        """A server that does not know the parameter gives everything, and that is told."""
        with Api(paged("page", dated("2024-05-01", "2024-05-02"), size=2)) as api:
            ran(tmp_path, api.url)
            job = an_api_job(
                tmp_path, api.url, {"pagination": {"type": "page"}, "cursor": CURSOR}, state=True
            )
            report = execute_job(job)

        assert report.rows.read == 0
        assert report.notes == ["test: 2 records were left out that are not newer than the state"]

    @pytest.mark.covers("api-cursor:inclusive")
    def test_when_inclusive_then_those_that_tie_with_the_last_come_again(
        self, tmp_path: Path
    ) -> None:
        """Twice rather than never: records of the same moment that came later."""
        records = dated("2024-05-01", "2024-05-02")

        with Api(since(records)) as api:
            ran(tmp_path, api.url, {**CURSOR, "inclusive": True})
            records += [{"id": 9, "at": "2024-05-02"}]
            second = ran(tmp_path, api.url, {**CURSOR, "inclusive": True})

        assert second == [0, 1, 1, 9]

    @pytest.mark.covers("api-cursor:start")
    def test_when_there_is_a_start_then_the_first_run_asks_from_there(self, tmp_path: Path) -> None:
        """What the start includes is the server's to say: nothing of it is left out."""
        records = dated("2024-05-01", "2024-05-02", "2024-05-03")

        with Api(since(records)) as api:
            found = ran(tmp_path, api.url, {**CURSOR, "start": "2024-05-02"})

        assert found == [1, 2]

    @pytest.mark.covers("api-cursor:format")
    @pytest.mark.parametrize(
        ("spelling", "moment", "asked"),
        [
            ("epoch_s", "2024-05-01T02:00:00.5+02:00", "1714521600"),
            ("epoch_ms", "2024-05-01T00:00:00Z", "1714521600000"),
            ("%Y/%m/%d %H", "2024-05-01T00:59:59", "2024/05/01 00"),
            ("epoch_s", "2024-05-01", "1714521600"),
            ("epoch_s", "Wed, 01 May 2024 00:00:00 GMT", "1714521600"),
            (None, "2024-05-01T02:00:00.5+02:00", "2024-05-01T02:00:00.5+02:00"),
        ],
    )
    def test_when_the_server_spells_it_its_own_way_then_it_is_asked_so(
        self, spelling: str | None, moment: str, asked: str, tmp_path: Path
    ) -> None:
        """Never later than the state: what is cut off would be missed."""
        with Api(paged("page", dated(moment), size=1)) as api:
            for _ in range(2):
                ran(tmp_path, api.url, {**CURSOR, "format": spelling})

        assert queries(api)[-1]["since"] == asked

    @pytest.mark.covers("api-cursor:where")
    def test_when_the_body_asks_then_it_holds_the_cursor(self, tmp_path: Path) -> None:
        """Beside what the job puts there."""
        with Api(lambda _: Reply(body={"data": dated("2024-05-01")})) as api:
            for _ in range(2):
                cursor = {**CURSOR, "where": "body"}
                ran(tmp_path, api.url, cursor, body={"a": 1}, pagination=None)

        assert [json.loads(asked.body) for asked in api.asked] == [
            {"a": 1},
            {"a": 1, "since": "2024-05-01"},
        ]

    @pytest.mark.covers("api-cursor:nulls")
    def test_when_records_have_none_then_it_is_an_error_or_they_are_skipped(
        self, tmp_path: Path
    ) -> None:
        """Which is counted: no run would tell whether they are new."""
        records = [*dated("2024-05-01"), {"id": 7}, {"id": 8, "at": None}]

        with Api(paged("page", records, size=9)) as api:
            reader = {"pagination": {"type": "page"}, "cursor": CURSOR}
            error = failure(tmp_path, api.url, reader)
            job = an_api_job(tmp_path, api.url, {**reader, "cursor": {**CURSOR, "nulls": "skip"}})
            report = execute_job(job)

        assert error.where["record"] == 2
        assert "set cursor.nulls: skip" in error.message
        assert report.rows.read == 1
        assert report.notes == ["test: 2 records without 'at' skipped"]

    def test_when_it_is_nested_then_it_is_found(self, tmp_path: Path) -> None:
        """By a path of keys."""
        records = [{"id": n, "meta": {"at": n}} for n in range(3)]

        with Api(lambda _: Reply(body={"data": records})) as api:
            found = ran(tmp_path, api.url, {"field": "$.meta.at"}, pagination=None)

        assert found == [0, 1, 2]
        assert stored(tmp_path) == {"field": "$.meta.at", "since": "2"}

    @pytest.mark.parametrize(
        ("values", "told"),
        [
            ([1, "x"], "is a text, where one before is a number"),
            (["2024-05-01T00:00:00Z", "2024-05-01T00:00:00"], "a time, where one before is a"),
            ([True], "neither a text nor a number"),
            (["31/12/2024"], "a date whose characters have not its order"),
        ],
    )
    def test_when_cursors_have_no_order_then_it_is_an_error(
        self, values: list[Any], told: str, tmp_path: Path
    ) -> None:
        """The newest of what cannot be compared would be any of them."""
        records = [{"id": n, "at": value} for n, value in enumerate(values)]

        with Api(lambda _: Reply(body={"data": records})) as api:
            error = failure(tmp_path, api.url, {"cursor": CURSOR})

        assert type(error) is ReaderError
        assert told in error.message
        assert error.where["record"] == len(values)

    def test_when_the_job_names_a_streams_cursor_then_that_is_the_field(
        self, tmp_path: Path
    ) -> None:
        """In `streams`, as for every reader."""
        endpoints = {"a": {"path": "a", "cursor": {"param": "since"}}}
        with Api(since(some_records(3), field="id")) as api:
            reader = {"endpoints": endpoints, "pagination": {"type": "page"}}
            job = a_streams_job(tmp_path, api.url, ["a"], reader, state=True)
            job["streams"]["a"]["cursor"] = "id"
            execute_job(job)

        assert stored(tmp_path, "a") == {"field": "id", "since": "2"}


class TestGivenPlacesOfCursors:
    @pytest.mark.parametrize(
        ("older", "newer"),
        [
            ("9", "10"),
            ("-2", "-1.5"),
            ("9007199254740993", "9007199254740994"),
            ("2024-05-01T23:00:00-02:00", "2024-05-02T02:00:00+00:30"),
            ("2024-05-01T00:00:00.123456788Z", "2024-05-01T00:00:00.123456789Z"),
            ("2024-05-01T00:00:00Z", "2024-05-01T00:00:00.1Z"),
            ("2024-05-01 00:00", "2024-05-01T00:00:01"),
            ("9999-12-30", "9999-12-31"),
            ("Wed, 01 May 2024 10:00:00 GMT", "Thu, 02 May 2024 10:00:00 +0200"),
            ("2024-13-01", "2024-14-01"),
            ("a", "b"),
        ],
    )
    def test_when_compared_then_by_what_they_are(self, older: str, newer: str) -> None:
        """Numbers, dates and times by value, to the last digit; other texts by characters."""
        kinds = {place_of(older)[0], place_of(newer)[0]}

        assert len(kinds) == 1
        assert place_of(older)[1] < place_of(newer)[1]

    @given(moments=st.lists(st.datetimes(), min_size=2, max_size=2), digits=st.integers(1, 6))
    def test_when_spelled_with_other_digits_then_the_order_is_that_of_time(
        self, moments: list[Any], digits: int
    ) -> None:
        """Trailing zeros of a fraction do not count."""
        one, other = moments
        long, short = one.isoformat(timespec="microseconds"), other.isoformat()
        padded = f"{long}{'0' * digits}Z"
        bare = f"{short.rstrip('0') if '.' in short else short}Z"

        assert (place_of(padded)[1] < place_of(bare)[1]) == (one < other)
        assert (place_of(padded)[1] == place_of(bare)[1]) == (one == other)
