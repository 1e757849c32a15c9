"""Requests to a REST API that fail: what passes is waited for, what does not is said."""

from __future__ import annotations

import threading
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest
from headrace import (
    AuthError,
    DecodeError,
    HeadraceError,
    RateLimitError,
    ReaderConnectionError,
    ReaderError,
    SourceNotFoundError,
    create_extractor,
    execute_job,
)
from headrace.readers.apiconfig import RetryConfig
from headrace.readers.apiconnection import Answer
from headrace.readers.apiretry import Retries, Stop
from headrace.retryafter import retry_after_s

from tests.builders import landed
from tests.httpapi import (
    QUICK,
    Api,
    Reply,
    after_faults,
    an_api_job,
    failure,
    paged,
    some_records,
)
from tests.waiting import WITHIN_S, a_dead_port, holds

if TYPE_CHECKING:
    from pathlib import Path

PAGES = {"pagination": {"type": "page"}}
ONCE = {**PAGES, "retry": {"budget_s": 0}}
LARGE = Reply(body={"data": [{"id": n, "name": "x" * 1000} for n in range(200)]})


def faulty(fault: str, **more: Any) -> Reply:  # noqa: ANN401
    return Reply(body=LARGE.body, fault=fault, **more)


PASSING = {
    "429": Reply(status=429, body={}),
    "429 in seconds": Reply(status=429, headers={"Retry-After": "1"}),
    "408": Reply(status=408),
    "500": Reply(status=500, body=b"oops"),
    "502 with a page of its own": Reply(status=502, body=b"<html>bad gateway</html>"),
    "503 until a date": Reply(status=503, headers={"Retry-After": formatdate(0, usegmt=True)}),
    "403 with Retry-After": Reply(status=403, headers={"Retry-After": "0"}),
    "reset": faulty("reset"),
    "short": faulty("short"),
    "short, compressed": faulty("short", is_zipped=True),
    "between chunks": faulty("chunk"),
    "without a length": faulty("open"),
    "no gzip": Reply(body=b"no gzip", headers={"Content-Encoding": "gzip"}),
}


class TestGivenAFaultThatPasses:
    @pytest.mark.parametrize("name", PASSING)
    @pytest.mark.covers("api:retry", "api-retry:budget_s")
    def test_when_asked_again_then_every_page_comes_whole(self, name: str, tmp_path: Path) -> None:
        """No part of an answer that broke off is ever a page."""
        answer = after_faults([PASSING[name]] * 2, paged("page", some_records(25), size=10))

        with Api(answer) as api:
            report = execute_job(an_api_job(tmp_path, api.url, PAGES))

        assert landed(tmp_path / "out") == [(n, f"name {n}") for n in range(25)]
        assert report.rows.read == 25
        # Two of them met the fault.
        assert [asked.query["page"] for asked in api.asked] == ["1", "1", "1", "2", "3", "4"]

    def test_when_the_server_says_how_long_then_so_long_is_waited(self, tmp_path: Path) -> None:
        """A client that comes earlier is refused again, or shut out."""
        slow = [Reply(status=429, headers={"Retry-After": "1"})]

        with Api(after_faults(slow, paged("page", some_records(1), size=10))) as api:
            execute_job(an_api_job(tmp_path, api.url, PAGES))

        assert api.asked[1].at - api.asked[0].at >= 1


class TestGivenAFaultThatStays:
    @pytest.mark.parametrize(
        ("reply", "cls", "told"),
        [
            (Reply(status=429, headers={"Retry-After": "7"}), RateLimitError, "429"),
            (Reply(status=500, body={"message": "no disk"}), ReaderConnectionError, "no disk"),
            (faulty("reset"), ReaderConnectionError, "broke off"),
            (faulty("short"), ReaderConnectionError, "broke off"),
            (faulty("chunk"), ReaderConnectionError, "broke off"),
            (faulty("open"), ReaderConnectionError, "closed in the middle"),
        ],
    )
    def test_when_the_budget_is_used_up_then_the_error_is_worth_retrying(
        self, reply: Reply, cls: type[HeadraceError], told: str, tmp_path: Path
    ) -> None:
        """Whoever runs the job may try again later: exit code 3."""
        retry = {**QUICK, "budget_s": 0.3}

        with Api(lambda _: reply) as api:
            error = failure(tmp_path, api.url, {**PAGES, "retry": retry})

        assert type(error) is cls
        assert error.exit_code == 3
        assert error.to_dict()["retryable"] is True
        assert told in error.message
        assert error.where["url"] == f"{api.url}?page=1"
        assert error.where["page"] == 1
        assert error.where["attempts"] == len(api.asked)
        if cls is RateLimitError:
            # It is not waited for what is longer than the budget.
            assert (len(api.asked), error.where["retry_after_s"]) == (1, 7)
        else:
            assert len(api.asked) > 1

    def test_when_nobody_listens_then_it_is_not_reached(self, tmp_path: Path) -> None:
        """A server that is down may come up."""
        with a_dead_port() as port:
            error = failure(tmp_path, f"http://localhost:{port}", ONCE)

        assert type(error) is ReaderConnectionError
        assert error.message == "the server was not reached: Connection refused; asked once"

    @pytest.mark.covers("api:timeout_s")
    def test_when_it_is_silent_then_it_is_given_up(self, tmp_path: Path) -> None:
        """A server that neither answers nor breaks off does not hold a run for ever."""
        with Api(lambda _: faulty("silent")) as api:
            error = failure(tmp_path, api.url, {**ONCE, "timeout_s": 0.2})

        assert type(error) is ReaderConnectionError
        assert "silent for 0.2 s" in error.message

    @pytest.mark.covers("api:page_timeout_s")
    def test_when_it_drips_then_it_is_given_up(self, tmp_path: Path) -> None:
        """A server that sends a little now and then is never silent, and never done."""
        drip = Reply(body=LARGE.body, pause_s=0.1)

        with Api(lambda _: drip) as api:
            reader = {**ONCE, "timeout_s": WITHIN_S, "page_timeout_s": 0.3}
            error = failure(tmp_path, api.url, reader)

        assert type(error) is ReaderConnectionError
        assert "longer than page_timeout_s, 0.3 s" in error.message

    def test_when_it_is_slow_within_bounds_then_it_is_waited_for(self, tmp_path: Path) -> None:
        """Slowness alone is no fault."""
        with Api(lambda _: Reply(body=LARGE.body, pause_s=0.05)) as api:
            report = execute_job(an_api_job(tmp_path, api.url, {"timeout_s": WITHIN_S}))

        assert report.rows.written == 200


class TestGivenARefusal:
    @pytest.mark.parametrize(
        ("status", "cls"),
        [
            (400, ReaderError),
            (401, AuthError),
            (403, AuthError),
            (404, SourceNotFoundError),
            (410, SourceNotFoundError),
            (422, ReaderError),
        ],
    )
    def test_when_asked_then_it_is_final_with_the_servers_words(
        self, status: int, cls: type[HeadraceError], tmp_path: Path
    ) -> None:
        """What would be refused again is not asked again."""
        reply = Reply(status=status, body={"error": {"code": 7, "message": "no such\x00 thing"}})

        with Api(lambda _: reply) as api:
            error = failure(tmp_path, api.url, PAGES)

        assert type(error) is cls
        assert error.exit_code == 2
        assert error.where["status"] == status
        assert error.message.endswith(": no such thing")
        assert len(api.asked) == 1

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            ({"errors": [{"detail": "bad id"}]}, "bad id"),
            ({"error": "invalid", "error_description": "bad id"}, "bad id"),
            (b"<html><style>a{}</style><h1>bad</h1> id</html>", "bad id"),
            (b"bad\n  id", "bad id"),
            (b"\xff\xfe", "\ufffd\ufffd"),
            (b"", ""),
            ({"code": 7}, ""),
        ],
    )
    def test_when_it_says_why_in_any_form_then_that_is_told(
        self, body: object, told: str, tmp_path: Path
    ) -> None:
        """The message that a person needs, and no page of HTML."""
        with Api(lambda _: Reply(status=400, body=body)) as api:
            error = failure(tmp_path, api.url, PAGES)

        head = "the server answered 400 Bad Request"
        assert error.message == (f"{head}: {told}" if told else head)


class TestGivenAPageThatIsNoJson:
    @pytest.mark.parametrize(
        ("body", "offset"),
        [
            (b"", 0),
            (b"<html>", 0),
            (b'{"data": [{"id": 1}, {"id": 2,}]}', 30),
            (b'{"data": [{"id": 1}, {"id": 02}]}', 29),
            (b'{"data": [{"id": 1}], "next": x}', 30),
            (b'{"data": [{"id": 1}]', 20),
            (b'{"data": [{"id": 1}', 19),
            (b'{"data": [{"id": "\xff"}]}', 18),
        ],
    )
    def test_when_read_then_url_page_and_byte_are_told(
        self, body: bytes, offset: int, tmp_path: Path
    ) -> None:
        """A broken page fails the run, and is not asked for again: the server means it."""
        good = Reply(body={"data": [{"id": 9}]})

        with Api(after_faults([good], lambda _: Reply(body=body))) as api:
            error = failure(tmp_path, f"{api.url}/x", PAGES)

        assert type(error) is DecodeError
        assert error.where["url"] == f"{api.url}/x?page=2"
        assert (error.where["page"], error.where["byte_offset"]) == (2, offset)
        assert len(api.asked) == 2

    def test_when_it_is_of_another_kind_then_that_is_told(self, tmp_path: Path) -> None:
        """A login page answers with 200, and is no data."""
        login = Reply(body=b"<html>log in</html>", headers={"Content-Type": "text/html; x=y"})

        with Api(lambda _: login) as api:
            error = failure(tmp_path, api.url, PAGES)

        assert error.message.startswith("the page is not JSON but text/html: ")

    @pytest.mark.parametrize(
        ("body", "cls", "told"),
        [
            ({"items": []}, ReaderError, "the page has no records at $.data: see `records`"),
            ({"data": {"a": 1}}, ReaderError, "what stands at $.data is no array of records"),
            ({"data": [{"id": 1}, 7]}, HeadraceError, "a record is no JSON object"),
        ],
    )
    def test_when_its_records_are_none_then_it_is_an_error(
        self, body: object, cls: type[HeadraceError], told: str, tmp_path: Path
    ) -> None:
        """A page of another shape is not one without records."""
        with Api(lambda _: Reply(body=body)) as api:
            error = failure(tmp_path, api.url, PAGES)

        assert isinstance(error, cls)
        assert error.message.startswith(told)
        assert error.where["page"] == 1

    @pytest.mark.parametrize("reply", [Reply(status=204, body=b""), Reply(body={"data": None})])
    def test_when_there_is_nothing_then_there_are_no_records(
        self, reply: Reply, tmp_path: Path
    ) -> None:
        """No content and null are what many servers give for an empty list."""
        with Api(lambda _: reply) as api:
            report = execute_job(an_api_job(tmp_path, api.url, PAGES))

        assert report.rows.read == 0


class TestGivenARunThatIsGivenUp:
    @pytest.mark.parametrize(
        "reply", [Reply(status=429, headers={"Retry-After": "3600"}), faulty("silent")]
    )
    def test_when_it_waits_then_the_wait_ends_at_once(self, reply: Reply, tmp_path: Path) -> None:
        """Neither a rate limit nor a silent server keeps a process from ending."""
        first = Reply(body={"data": some_records(1)})
        with Api(after_faults([first], lambda _: reply)) as api:
            patience = {"timeout_s": 3600, "retry": {"budget_s": 7200}}
            job = an_api_job(tmp_path, api.url, {**PAGES, **patience})
            others = set(threading.enumerate())
            batches = create_extractor(job).extract()
            next(batches)
            assert holds(lambda: len(api.asked) >= 2)
            time.sleep(0.1)
            reading = {one for one in threading.enumerate() if one.name == "headrace-read"} - others
            batches.close()  # type: ignore[attr-defined]  a generator

            is_over = holds(lambda: not any(one.is_alive() for one in reading))

        assert len(reading) == 1
        assert is_over


class TestGivenRetryAfter:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"retry-after": "30"}, 30),
            ({"retry-after": " 0 "}, 0),
            ({"retry-after": formatdate(130, usegmt=True), "date": formatdate(100)}, 30),
            ({"retry-after": formatdate(70), "date": formatdate(100)}, 0),
            ({"retry-after": "soon"}, None),
            ({"retry-after": "-1"}, None),
            ({}, None),
        ],
    )
    def test_when_read_then_it_is_seconds_by_the_servers_own_clock(
        self, headers: dict[str, str], seconds: float | None
    ) -> None:
        """Seconds or a date; clocks differ."""
        assert retry_after_s(headers) == seconds

    @pytest.mark.covers("api-retry:first_wait_s", "api-retry:longest_wait_s")
    def test_when_failures_go_on_then_waits_double_up_to_the_longest(self) -> None:
        """Each is a random part of what doubles, so that clients part company."""
        waits: list[float] = []

        class Noting(Stop):
            def wait(self, seconds: float) -> None:
                waits.append(seconds)

        def fails() -> Answer:
            if len(waits) == 300:
                return Answer(url="", status=200, reason="", headers={}, body=b"")
            message = "down"
            raise ReaderConnectionError(message)

        config = RetryConfig(budget_s=1e9, first_wait_s=1, longest_wait_s=8)
        Retries(config, Noting(), lambda _: ReaderError("")).answer(fails)

        assert all(wait <= most for wait, most in zip(waits, (1, 2, 4, 8), strict=False))
        assert max(waits) <= 8
        assert max(waits[3:]) > 7
        assert min(waits[3:]) < 1
