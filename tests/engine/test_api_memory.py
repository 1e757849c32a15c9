"""What a run from a REST API holds, how far it reads ahead, and how fast it asks."""

from __future__ import annotations

import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from headrace import create_extractor, execute_job
from headrace.readers.apiconfig import RateLimitConfig
from headrace.readers.apirate import RateLimit

from tests.growth import MEGABYTE, MOST_BYTES, peak_of
from tests.httpapi import Api, Asked, Reply, an_api_job, paged, some_records
from tests.runs import a_job_file
from tests.waiting import WITHIN_S, holds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PAGE_RECORDS = 50_000


def a_page(number: int) -> bytes:
    """About 10 MB of records."""
    start = number * PAGE_RECORDS
    records = (
        b'{"id": %d, "name": "%064d", "value": %d.5, "at": "2024-05-01T00:00:00Z", "more": {"a": '
        b'[1, 2, 3], "b": "%032d"}}' % (n, n, n, n)
        for n in range(start, start + PAGE_RECORDS)
    )
    return b'{"data": [%b]' % b",".join(records)


def peak_of_pages(tmp_path: Path, pages: int, **reader: Any) -> tuple[int, int]:  # noqa: ANN401
    """Rows written and the peak of a run of so many pages, in a process of its own [bytes]."""
    bodies = [a_page(n) for n in range(4)]
    assert 9 * MEGABYTE < len(bodies[0]) < 12 * MEGABYTE

    def answer(asked: Asked) -> Reply:
        number = int(asked.query.get("page", 0))
        end = b', "next": %d}' % (number + 1) if number < pages - 1 else b"}"
        body = bodies[number % len(bodies)] + end
        return Reply(body=body, is_zipped=bool(reader.get("zips")))

    options = {
        "pagination": {"type": "cursor", "param": "page", "path": "next"},
        **{key: value for key, value in reader.items() if key != "zips"},
    }
    with Api(answer) as api:
        job = a_job_file(
            tmp_path, an_api_job(tmp_path, api.url, options, state="cursor" in options)
        )
        return peak_of(job)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's peak")
class TestGivenLargePages:
    @pytest.mark.parametrize("reader", [{}, {"cursor": {"field": "id"}}, {"zips": True}])
    def test_when_there_are_four_times_as_many_then_no_more_is_held(
        self, reader: dict[str, Any], tmp_path: Path
    ) -> None:
        """Pages of 10 MB are decoded batch by batch, each let go of before the next comes."""
        peaks = {}
        for pages in (2, 8):
            (folder := tmp_path / str(pages)).mkdir()
            rows, peaks[pages] = peak_of_pages(folder, pages, **reader)
            assert rows == pages * PAGE_RECORDS

        # Three pages more would be 30 MB, and their records as Python objects far more.
        assert peaks[8] - peaks[2] < 10 * MEGABYTE
        assert peaks[8] < MOST_BYTES

    def test_when_a_page_is_cut_then_no_batch_is_larger_than_it_may_be(
        self, tmp_path: Path
    ) -> None:
        """By rows and by bytes of the source, whichever fills first."""
        page = a_page(0) + b"}"
        with Api(lambda _: Reply(body=page)) as api:
            job = an_api_job(tmp_path, api.url, {}, batch={"rows": 7_000, "bytes": "1MiB"})
            by_bytes = [len(batch) for batch in create_extractor(job).extract()]
            job = an_api_job(tmp_path / "b", api.url, {}, batch={"rows": 1_000, "bytes": "1MiB"})
            by_rows = [len(batch) for batch in create_extractor(job).extract()]

        assert sum(by_bytes) == sum(by_rows) == PAGE_RECORDS
        assert max(by_bytes) < 7_000
        assert set(by_rows) == {1_000}


def has_asked(api: Api, pages: int) -> bool:
    """Whether so many pages were asked for."""
    return len(api.asked) >= pages


class TestGivenASlowWriter:
    @pytest.mark.parametrize("prefetch", [0, 1])
    def test_when_it_holds_a_page_then_one_more_is_fetched_and_no_other(
        self, prefetch: int, tmp_path: Path
    ) -> None:
        """The writer sets the pace of the requests."""
        with Api(paged("page", some_records(12), size=2)) as api:
            job = an_api_job(
                tmp_path, api.url, {"pagination": {"type": "page"}}, batch={"prefetch": prefetch}
            )
            batches = create_extractor(job).extract()
            ahead = []
            for page, _ in enumerate(batches, 1):
                assert holds(partial(has_asked, api, page + prefetch))
                time.sleep(0.1)  # time in which more could be asked for
                ahead.append(len(api.asked) - page)

        assert ahead == [prefetch] * 6

    def test_when_it_writes_then_the_next_page_is_on_its_way(self, tmp_path: Path) -> None:
        """It is asked for while this one is held, not after."""
        came = threading.Event()
        answer = paged("page", some_records(4), size=2)

        def noting(asked: Asked) -> Reply:
            if asked.query["page"] == "2":
                came.set()
            return answer(asked)

        with Api(noting) as api:
            job = an_api_job(tmp_path, api.url, {"pagination": {"type": "page"}})
            batches = create_extractor(job).extract()
            next(batches)
            is_asked = came.wait(WITHIN_S)
            rest = list(batches)

        assert is_asked
        assert len(rest) == 1


class Clock:
    """A clock that is moved by hand [s]."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def moments(config: Mapping[str, float], pauses_s: list[float], records: int) -> list[float]:
    """When requests are made by one who pauses so long before each [s]."""
    clock = Clock()
    limit = RateLimit(RateLimitConfig(**config), clock)
    found = []
    for pause_s in pauses_s:
        clock.now += pause_s
        clock.now += limit.wait_s()
        found.append(clock.now - 100)
        limit.took(records)
    return found


class TestGivenARateLimit:
    @pytest.mark.covers("api-rate-limit:requests_per_s")
    def test_when_the_client_is_quicker_then_it_is_held_to_it(self) -> None:
        """Evenly, from the first request on."""
        found = moments({"requests_per_s": 4}, [0.01] * 9, 100)

        assert found == pytest.approx([0.01 + n / 4 for n in range(9)], abs=0.011)

    @pytest.mark.covers("api-rate-limit:records_per_s")
    def test_when_records_are_limited_then_each_page_pays_for_its_own(self) -> None:
        """A page of many records delays the one behind it."""
        found = moments({"records_per_s": 1000}, [0.0] * 5, 500)

        assert found == pytest.approx([0, 0.5, 1, 1.5, 2])

    @pytest.mark.covers("api-rate-limit:burst_s")
    @pytest.mark.parametrize(("burst_s", "last"), [(0, 11.0), (0.5, 10.5), (100, 10.0)])
    def test_when_less_was_asked_then_so_much_is_made_up_for(
        self, burst_s: float, last: float
    ) -> None:
        """A slow answer costs no rate, but a long pause is no licence for a flood."""
        config = {"requests_per_s": 4, "burst_s": burst_s}

        found = moments(config, [0.0, 10.0, 0, 0, 0, 0], 1)

        assert found[-1] == pytest.approx(last)

    @pytest.mark.covers("api:rate_limit")
    def test_when_a_job_has_one_then_requests_keep_to_it(self, tmp_path: Path) -> None:
        """Retries too: what is asked counts, not what is answered."""
        answer = paged("page", some_records(8), size=2)
        with Api(answer) as api:
            reader = {
                "pagination": {"type": "page"},
                "rate_limit": {"requests_per_s": 5, "burst_s": 0},
            }
            # Of the first one nobody here knows when it was made, only that it was not before.
            began = time.monotonic()
            execute_job(an_api_job(tmp_path, api.url, reader))

        assert len(api.asked) == 5
        assert api.asked[-1].at - began > 3.9 / 5
