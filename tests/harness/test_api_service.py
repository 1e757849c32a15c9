"""The API server: each record once however it is paged, its limit kept, its faults as asked."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http.client import HTTPConnection, IncompleteRead
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from headrace_harness.catalog import load_dataset
from headrace_harness.data.cache import Prepared, prepare
from headrace_harness.errors import ServiceError
from headrace_harness.services.api import Api
from headrace_harness.services.apilimits import Bucket
from hypothesis import given
from hypothesis import strategies as st

RECORDS = [{"id": n, "name": f"row {n}, [{n}]"} for n in range(25)]

NULLS = """
schema:
  - name: nulls
    properties:
      - {name: id, physicalType: bigint}
      - {name: name, physicalType: text}
      - {name: price, physicalType: "decimal(5,2)"}
"""


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """A server of this module's own, open to all."""
    server = Api(auth={})
    server.start()
    yield server
    server.stop()


def got(url: str, headers: Mapping[str, str] | None = None) -> tuple[Any, Mapping[str, str]]:
    with urlopen(Request(url, headers=dict(headers or {})), timeout=60) as answer:  # noqa: S310
        return json.load(answer), dict(answer.headers)


def met_at(url: str, body: bytes | None = None) -> tuple[int, str | None]:
    """The status of an answer, and its Retry-After."""
    try:
        with urlopen(url, data=body, timeout=60) as answer:  # noqa: S310
            return answer.status, None
    except HTTPError as error:
        with error:
            return error.code, error.headers["Retry-After"]


def by_page(url: str) -> Iterator[list[Any]]:
    for page in range(1, 100):
        found, _ = got(f"{url}/page?page={page}&size=7")
        yield found["data"]
        if not found["has_more"]:
            return


def by_offset(url: str) -> Iterator[list[Any]]:
    for offset in range(0, 1000, 7):
        found, _ = got(f"{url}/offset?offset={offset}&limit=7")
        yield found["data"]
        if not found["has_more"]:
            return


def by_cursor(url: str) -> Iterator[list[Any]]:
    place = "limit=7"
    while place:
        found, _ = got(f"{url}/cursor?{place}")
        yield found["data"]
        place = f"limit=7&after={found['next']}" if found["next"] else ""


def by_next(url: str) -> Iterator[list[Any]]:
    following = f"{url}/next?limit=7"
    while following:
        found, _ = got(following)
        yield found["data"]
        following = found["next"]


def by_link(url: str) -> Iterator[list[Any]]:
    following = f"{url}/link?limit=7"
    while following:
        found, headers = got(following)
        yield found
        following = headers.get("Link", "").partition(">")[0].removeprefix("<")


class TestGivenACollection:
    @pytest.mark.parametrize("pages", [by_page, by_offset, by_cursor, by_next, by_link])
    def test_when_paged_then_each_record_comes_once_in_order(
        self, api: Api, pages: Callable[[str], Iterator[list[Any]]]
    ) -> None:
        """What a reader misses or repeats is not the server's doing."""
        url = api.add("paged", RECORDS)

        found = list(pages(url))

        assert [len(page) for page in found] == [7, 7, 7, 4]
        assert [record for page in found for record in page] == RECORDS

    def test_when_a_page_is_beyond_the_end_then_it_is_empty(self, api: Api) -> None:
        """A reader that stops at an empty page has one to stop at."""
        url = api.add("short", RECORDS[:3])

        found, _ = got(f"{url}/page?page=2&size=3")

        assert found == {"data": [], "total": 3, "has_more": False, "page": 2, "pages": 1}

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("paged/page?page=0", 400),
            ("paged/offset?offset=-1", 400),
            ("paged/page?size=x", 400),
            ("nowhere/page", 404),
            ("paged/sideways", 404),
            ("..%2fpaged/page", 404),
        ],
    )
    def test_when_a_request_is_wrong_then_it_is_refused(
        self, api: Api, path: str, status: int
    ) -> None:
        """A reader that asks for the wrong thing hears of it."""
        api.add("paged", RECORDS)

        assert met_at(f"{api.url}/{path}") == (status, None)


class TestGivenADataSet:
    def test_when_served_then_its_rows_and_nulls_are_those_of_the_file(self, data: Path) -> None:
        """A reader of the API has the same source as one that reads the file."""
        contract, source = data / "api-nulls.yaml", data / "api-nulls.csv"
        contract.write_text(NULLS)
        source.write_text('id,name,price\n1,NA,1.50\n2,,NA\n3,"",\n4,"a,b\n",100.00\n')
        prepared = Prepared(path=source, sha256="0" * 64, size_bytes=0, rows=4)
        dataset = replace(load_dataset("playbook"), contract=contract, null_values=("NA", ""))
        server = Api()
        server.start()

        section = server.serve(dataset, prepared)
        found, _ = got(section["url"], {"Authorization": f"Bearer {section['auth']['token']}"})
        server.stop()

        assert found["data"] == [
            {"id": 1, "price": 1.5},
            {"id": 2},
            {"id": 3, "name": ""},
            {"id": 4, "name": "a,b\n", "price": 100.0},
        ]

    def test_when_pages_of_a_size_are_wanted_then_they_have_about_that(self, data: Path) -> None:
        """What a cell says of its pages is so."""
        playbook = load_dataset("playbook")
        prepared = prepare(playbook, playbook.size("100k"), data, rows=500, announce=lambda _: None)
        server = Api(auth={}, page_bytes=10_000)
        server.start()

        section = server.serve(playbook, prepared)
        with urlopen(f"{section['url']}?{urlencode(section['params'])}", timeout=60) as answer:  # noqa: S310
            size = len(answer.read())
        server.stop()

        assert size == pytest.approx(10_000, rel=0.1)


class TestGivenADataSetThatIsNotAsItsContractSays:
    def test_when_served_twice_then_it_is_an_error_twice(self, data: Path) -> None:
        """What was recorded before the fault is never taken for the whole."""
        contract, source = data / "api-broken.yaml", data / "api-broken.csv"
        contract.write_text(NULLS)
        source.write_text("id,name,price\n" + "1,a,1.50\n" * 30_000 + "x,a,1.50\n")
        prepared = Prepared(path=source, sha256="1" * 64, size_bytes=0, rows=30_001)
        dataset = replace(load_dataset("playbook"), contract=contract, null_values=("",))
        server = Api()
        server.start()

        for _ in range(2):
            with pytest.raises(ServiceError, match="cannot be recorded"):
                server.serve(dataset, prepared)
        server.stop()


KEYS = {"type": "api_key", "name": "key", "value": "k"}
CLIENT = {"type": "oauth2", "client_id": "me", "client_secret": "s"}


class TestGivenAServerThatAsksWhoOneIs:
    @pytest.mark.parametrize(
        ("auth", "query", "headers"),
        [
            ({"type": "bearer", "token": "t"}, "", {"Authorization": "Bearer t"}),
            (
                {"type": "basic", "username": "u", "password": "p"},
                "",
                {"Authorization": f"Basic {base64.b64encode(b'u:p').decode()}"},
            ),
            ({**KEYS, "in": "header"}, "", {"key": "k"}),
            ({**KEYS, "in": "query"}, "?key=k", {}),
        ],
    )
    def test_when_one_says_so_then_it_answers_and_else_it_refuses(
        self, auth: dict[str, Any], query: str, headers: dict[str, str]
    ) -> None:
        """No way in without the credentials, and one with them."""
        server = Api(auth=auth)
        server.start()
        url = server.add("guarded", RECORDS)

        found, _ = got(f"{url}/page{query}", headers)
        refused, _ = met_at(f"{url}/page")
        counts = server.counts()
        server.stop()

        assert found["data"] == RECORDS
        assert refused == 401
        assert counts["unauthorized"] == 1

    def test_when_a_token_is_old_then_a_new_one_is_needed(self) -> None:
        """Tokens are given for credentials alone, and hold their time."""
        server = Api(auth={**CLIENT, "token_s": 0})
        server.start()
        url = server.add("guarded", RECORDS)
        asked = urlencode({"grant_type": "client_credentials", "client_id": "me"}).encode()

        stranger, _ = met_at(f"{server.url}/oauth/token", asked)
        with urlopen(f"{server.url}/oauth/token", data=asked + b"&client_secret=s") as answer:  # noqa: S310
            token = json.load(answer)
        with pytest.raises(HTTPError) as late:
            got(f"{url}/page", {"Authorization": f"Bearer {token['access_token']}"})
        late.value.close()
        server.stop()

        assert (stranger, late.value.code, token["expires_in"]) == (401, 401, 0)


class TestGivenALimit:
    @given(
        asks=st.lists(st.tuples(st.floats(0, 5), st.integers(1, 400)), min_size=2, max_size=40),
        burst=st.integers(1, 200),
    )
    def test_when_records_are_taken_then_never_more_than_rate_and_burst(
        self, asks: list[tuple[float, int]], burst: int
    ) -> None:
        """In any span of time a client gets at most rate x span + burst, and one page."""
        now = 0.0
        bucket = Bucket(100.0, burst, clock=lambda: now)
        given: list[tuple[float, int]] = []

        for pause, tokens in asks:
            now += pause
            now += bucket.take(tokens)
            given.append((now, tokens))

        for first in range(len(given)):
            total = 0
            for at, tokens in given[first + 1 :]:
                total += tokens
                span = at - given[first][0]
                assert total <= 100.0 * span + burst + 1e-6
        assert all(before <= after for (before, _), (after, _) in pairwise(given))

    def test_when_it_is_reached_then_the_answer_says_how_long(self) -> None:
        """A server that refuses says when to come again, and then it gives."""
        server = Api(auth={}, records_per_s=0.5, settings={"refuses": True, "burst": 10.0})
        server.start()
        url = server.add("limited", RECORDS)

        met = [met_at(f"{url}/page?size=25") for _ in range(3)]
        counts = server.counts()
        server.stop()

        refused = [int(after or 0) for status, after in met if status == 429]
        assert refused
        assert min(refused) >= 1
        assert counts["limited"] == len(refused)


class TestGivenFaultsThatAreAskedFor:
    @pytest.mark.parametrize("kind", ["reset", "truncate"])
    def test_when_a_connection_breaks_then_half_a_page_came(self, api: Api, kind: str) -> None:
        """The head was sent, so that only the length tells that something is missing."""
        api.add("faulty", RECORDS)
        api.ask_for({"kind": kind})
        connection = HTTPConnection("127.0.0.1", api.port, timeout=60)
        connection.request("GET", "/faulty/page")

        answer = connection.getresponse()
        with pytest.raises((IncompleteRead, ConnectionResetError)):
            answer.read()
        connection.close()

        assert answer.status == 200
        assert api.counts()[f"fault {kind}"] == 1

    def test_when_a_status_is_asked_for_then_it_comes_as_often_and_no_more(self, api: Api) -> None:
        """A test decides what a reader meets, and when."""
        url = api.add("faulty", RECORDS)
        api.ask_for({"kind": "status", "status": 503, "retry_after": "7", "times": 2, "after": 1})

        met = [met_at(f"{url}/page") for _ in range(4)]

        assert met == [(200, None), (503, "7"), (503, "7"), (200, None)]

    def test_when_a_page_is_repeated_then_it_is_the_one_before(self, api: Api) -> None:
        """A server that loops looks like one that goes on."""
        url = api.add("faulty", RECORDS)
        api.ask_for({"kind": "repeat", "after": 1}, {"kind": "total", "total": 99})

        first, second, third = (got(f"{url}/page?size=5&page={n}")[0] for n in (1, 2, 3))

        assert first["data"] == second["data"] == RECORDS[:5]
        assert (third["data"], third["total"]) == (RECORDS[10:15], 99)

    def test_when_a_page_is_garbage_then_it_is_whole_and_no_json(self, api: Api) -> None:
        """HTTP is satisfied, the records are not."""
        url = api.add("faulty", RECORDS)
        api.ask_for({"kind": "garbage"}, {"kind": "stall", "seconds": 0.01})

        with pytest.raises(json.JSONDecodeError):
            got(f"{url}/page")
        found, _ = got(f"{url}/page")

        assert found["data"] == RECORDS

    def test_when_there_is_no_such_fault_then_it_is_refused(self, api: Api) -> None:
        """A test that misspells a fault does not pass because nothing went wrong."""
        with pytest.raises(HTTPError, match="400") as refused:
            api.ask_for({"kind": "rest"})
        refused.value.close()


class TestGivenAServerThatIsStopped:
    def test_when_asked_then_it_says_that_it_has_not_started(self) -> None:
        """A service is used between its start and its stop."""
        server = Api()
        server.start()
        server.stop()

        with pytest.raises(ServiceError, match="has not started"):
            server.add("late", RECORDS)
