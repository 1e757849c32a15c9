"""A real connector, `airbyte-source-declarative-manifest`, before the project's own API server."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from headrace import ReaderError, execute_job
from headrace.loop.resolve import resolve_job
from headrace_harness.services.api import Api

from tests.builders import a_job, landed, visible
from tests.runs import a_job_file, headrace_ends

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DECLARATIVE = os.environ.get("HEADRACE_SOURCE_DECLARATIVE", "")

TOKEN = "open, sesame & co"  # noqa: S105  it must appear nowhere

# Of a page: the records of the tests take several.
PAGE_RECORDS = 100

PROPERTIES = {
    "id": {"type": "integer"},
    "name": {"type": ["null", "string"]},
    "at": {"type": "string", "format": "date-time"},
    "more": {"type": "object"},
}

CURSOR = {
    "type": "DatetimeBasedCursor",
    "cursor_field": "at",
    "datetime_format": "%Y-%m-%dT%H:%M:%SZ",
    "start_datetime": "2024-01-01T00:00:00Z",
}

FILTER = "{{ record['at'] >= stream_slice['start_time'] }}"

pytestmark = pytest.mark.skipif(
    not DECLARATIVE, reason="the connector has an environment of its own: `nox -s connectors`"
)


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """A server of this module's own, which asks for a token."""
    server = Api(auth={"type": "bearer", "token": TOKEN})
    server.start()
    yield server
    server.stop()


def records(count: int, *, start: int = 0) -> list[dict[str, Any]]:
    """Records of `PROPERTIES`, one a minute."""
    return [
        {
            "id": n,
            "name": None if n % 7 == 0 else f"row {n}",
            "at": f"2024-01-01T{n // 60:02}:{n % 60:02}:00Z",
            "more": {"n": [n]},
        }
        for n in range(start, start + count)
    ]


def a_manifest() -> dict[str, Any]:
    """A connector of one stream, whose pages follow each other by a cursor."""
    requester = {
        "type": "HttpRequester",
        "url_base": "{{ config['url'] }}",
        "path": "/cursor",
        "http_method": "GET",
        "authenticator": {"type": "BearerAuthenticator", "api_token": "{{ config['token'] }}"},
        "request_parameters": {"limit": str(PAGE_RECORDS)},
    }
    paginator = {
        "type": "DefaultPaginator",
        "page_token_option": {
            "type": "RequestOption",
            "inject_into": "request_parameter",
            "field_name": "after",
        },
        "pagination_strategy": {
            "type": "CursorPagination",
            "cursor_value": "{{ response['next'] }}",
            "stop_condition": "{{ not response['next'] }}",
        },
    }
    # The server does not filter by the cursor; the connector does.
    selector = {
        "type": "RecordSelector",
        "extractor": {"type": "DpathExtractor", "field_path": ["data"]},
        "record_filter": {"type": "RecordFilter", "condition": FILTER},
    }
    people = {
        "type": "DeclarativeStream",
        "name": "people",
        "primary_key": ["id"],
        "retriever": {
            "type": "SimpleRetriever",
            "requester": requester,
            "record_selector": selector,
            "paginator": paginator,
        },
        "incremental_sync": CURSOR,
        "schema_loader": {
            "type": "InlineSchemaLoader",
            "schema": {"type": "object", "properties": PROPERTIES},
        },
    }
    told = {"url": {"type": "string"}, "token": {"type": "string", "airbyte_secret": True}}
    specification = {"type": "object", "required": list(told), "properties": told}
    return {
        "version": "6.5.2",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["people"]},
        "streams": [people],
        "spec": {"type": "Spec", "connection_specification": specification},
    }


def a_declared_job(tmp_path: Path, url: str, *, token: str = TOKEN, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """A job that reads it."""
    config = {"__injected_declarative_manifest": a_manifest(), "url": url, "token": token}
    reader = {"type": "airbyte", "command": [DECLARATIVE], "config": config}
    return a_job(tmp_path, reader=reader, state=True, **more)


class TestGivenTheDeclarativeConnector:
    def test_when_it_is_discovered_then_its_columns_are_those_of_the_manifest(
        self, api: Api, tmp_path: Path
    ) -> None:
        """Words of the manifest are no secrets, though `token` is a property of its spec."""
        job = a_declared_job(tmp_path, api.add("discovered", records(1)))

        done = headrace_ends("discover", a_job_file(tmp_path, job), "--json")

        assert {field["name"]: field["type"] for field in done.report["streams"]["people"]} == {
            "id": "int64",
            "name": "string",
            "at": "timestamp[us, tz=UTC]",
            "more": "json",
        }

    def test_when_it_is_run_then_every_record_of_every_page_lands(
        self, api: Api, tmp_path: Path
    ) -> None:
        """What the API serves, page by page, is what is written."""
        given = records(5 * PAGE_RECORDS + 1)
        job = a_declared_job(tmp_path, api.add("paged", given))
        before = api.counts().get("pages", 0)

        report = execute_job(job)

        assert report.status == "succeeded"
        assert api.counts()["pages"] - before == 6
        found = landed(tmp_path / "out", 'id, name, epoch("at")::bigint, more')
        first = 1_704_067_200  # 2024-01-01
        assert found == [
            (row["id"], row["name"], first + 60 * row["id"], f'{{"n":[{row["id"]}]}}')
            for row in given
        ]
        assert TOKEN not in str(report.to_dict())

    def test_when_it_is_run_again_then_it_reads_on_from_its_state(
        self, api: Api, tmp_path: Path
    ) -> None:
        """The connector's own state comes back to it; only what is new is read."""
        execute_job(a_declared_job(tmp_path, api.add("first", records(150))))

        report = execute_job(a_declared_job(tmp_path, api.add("second", records(250))))

        # The record at the cursor itself comes again, by the connector's own rule.
        assert report.rows.read == 101
        found = {row for (row,) in landed(tmp_path / "out", "id")}
        assert found == set(range(250))

    def test_when_the_api_refuses_the_token_then_the_check_says_so(
        self, api: Api, tmp_path: Path
    ) -> None:
        """A failed check exits 0, and is an error all the same."""
        wrong = "wrong-" + TOKEN
        job = a_declared_job(tmp_path, api.add("refused", records(1)), token=wrong)

        with pytest.raises(ReaderError, match="the connector's check failed") as caught:
            resolve_job(job).create_reader().check()

        assert "Unauthorized" in caught.value.message
        assert wrong not in str(caught.value)

    def test_when_the_api_fails_between_pages_then_the_run_does(
        self, api: Api, tmp_path: Path
    ) -> None:
        """What the connector reports in a TRACE is the run's error, and nothing is visible."""
        job = a_declared_job(tmp_path, api.add("broken", records(5 * PAGE_RECORDS)))
        api.ask_for({"kind": "status", "status": 403, "body": "{}", "after": 2})

        with pytest.raises(ReaderError, match="the connector failed") as caught:
            execute_job(job)

        assert caught.value.where["stream"] == "people"
        assert TOKEN not in str(caught.value)
        assert visible(tmp_path / "out") == []
