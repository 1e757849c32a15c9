"""Several streams of a REST API: each an endpoint, and children of each record of a parent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from headrace import ConfigError, ReaderError, SourceNotFoundError, execute_job, resolve_job

from tests.builders import a_contract, a_property, landed, visible
from tests.httpapi import Api, Asked, Reply, a_streams_job, some_records
from tests.runs import a_job_file, headrace_ends

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SHOPS: dict[str, dict[str, list[int]]] = {
    "a/b": {"o1": [1, 2, 3], "o2": []},
    "ü &": {},
    "c": {"o3": [4], "o4": [5, 6]},
}
"""Orders of shops, and items of orders."""

ORDERS = {
    "path": "shops/{shops.id}/orders",
    "parent": {"stream": "shops", "as": {"shop": "id", "city": "$.address.city"}},
}
ITEMS = {
    "path": "/items?order={orders.id}",
    "parent": {"stream": "orders", "as": {"order": "id"}},
    "params": {"shop": "{shops.id}", "city": "{shops.address.city}", "other": "{not.one}"},
}
ENDPOINTS = {"shops": {"path": "/shops"}, "orders": ORDERS, "items": ITEMS}


def shops(asked: Asked) -> Reply:
    """Pages of two records of `SHOPS`."""
    parts = [unquote(part) for part in asked.raw.split("?")[0].strip("/").split("/")]
    records: list[dict[str, Any]] = []
    match parts:
        case ["v1", "shops"]:
            records = [{"id": id_, "address": {"city": f"in {id_}"}} for id_ in SHOPS]
        case ["v1", "shops", shop, "orders"]:
            records = [{"id": order} for order in SHOPS[shop]]
        case ["v1", "items"]:
            numbers = SHOPS[asked.query["shop"]][asked.query["order"]]
            records = [{"n": n} for n in numbers]
        case _:
            return Reply(status=404, body={})
    start = int(asked.query.get("offset", 0))
    return Reply(body={"data": records[start : start + 2], "total": len(records)})


def a_shops_job(
    tmp_path: Path,
    url: str,
    *streams: str,
    reader: Mapping[str, Any] | None = None,
    **more: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """A job of some of the endpoints."""
    section = {
        "pagination": {"type": "offset", "total": "total"},
        "endpoints": ENDPOINTS,
        **(reader or {}),
    }
    return a_streams_job(tmp_path, f"{url}/v1", streams, section, **more)


ORDER_ROWS = [("o1", "a/b"), ("o2", "a/b"), ("o3", "c"), ("o4", "c")]
ITEM_ROWS = [(1, "o1"), (2, "o1"), (3, "o1"), (4, "o3"), (5, "o4"), (6, "o4")]


class TestGivenEndpoints:
    @pytest.mark.covers(
        "api:endpoints",
        "api:records",
        "api-endpoint:path",
        "api-endpoint:parent",
        "api-endpoint:records",
        "api-endpoint:pagination",
        "api-parent:stream",
        "api-parent:as",
    )
    def test_when_children_are_read_then_each_parents_record_is_asked_for_theirs(
        self, tmp_path: Path
    ) -> None:
        """To any depth, over all pages, whatever characters a value has."""
        with Api(shops) as api:
            job = a_shops_job(tmp_path, api.url, "shops", "orders", "items")
            report = execute_job(job)

        assert landed(tmp_path / "out" / "shops", "id") == [("a/b",), ("c",), ("ü &",)]
        assert landed(tmp_path / "out" / "orders", "id, shop") == ORDER_ROWS
        assert landed(tmp_path / "out" / "orders", "city")[0] == ("in a/b",)
        assert landed(tmp_path / "out" / "items", 'n, "order"') == ITEM_ROWS
        assert {name: rows["read"] for name, rows in report.streams.items()} == {
            "shops": 3,
            "orders": 4,
            "items": 6,
        }
        items = [asked.query for asked in api.asked if asked.path == "/v1/items"]
        assert {(one["city"], one["other"]) for one in items} == {
            ("in a/b", "{not.one}"),
            ("in c", "{not.one}"),
        }

    def test_when_the_parent_is_no_stream_then_it_is_gone_through_and_does_not_land(
        self, tmp_path: Path
    ) -> None:
        """The job's streams say what lands."""
        with Api(shops) as api:
            execute_job(a_shops_job(tmp_path, api.url, "items"))

        assert landed(tmp_path / "out" / "items", 'n, "order"') == ITEM_ROWS
        assert {path.parent.parent.name for path in visible(tmp_path / "out")} == {"items"}

    def test_when_one_says_something_itself_then_that_holds_for_it(self, tmp_path: Path) -> None:
        """What an endpoint does not say is as the section has it."""

        def answer(asked: Asked) -> Reply:
            is_own = asked.path == "/v1/own"
            page = int(asked.query.get("page", 1))
            data = some_records(1) if page == 1 else []
            return Reply(body={"own" if is_own else "data": data, "x": asked.headers.get("x-a")})

        own = {
            "path": "own",
            "records": "$.own",
            "pagination": {"type": "page"},
            "params": {"b": 2},
            "headers": {"X-A": "own"},
        }
        reader = {
            "endpoints": {"own": own, "other": {"path": "other"}},
            "pagination": None,
            "params": {"a": 1, "b": 1},
            "headers": {"X-A": "all"},
        }
        with Api(answer) as api:
            job = a_shops_job(tmp_path, api.url, "own", "other", reader=reader)
            execute_job(job)

        assert [(a.path, a.query, a.headers["x-a"]) for a in api.asked] == [
            ("/v1/own", {"a": "1", "b": "2", "page": "1"}, "own"),
            ("/v1/own", {"a": "1", "b": "2", "page": "2"}, "own"),
            ("/v1/other", {"a": "1", "b": "1"}, "all"),
        ]

    def test_when_contracts_are_given_then_each_stream_has_its_own(self, tmp_path: Path) -> None:
        """A record that breaks its contract is told with page and number."""
        schema = a_contract(a_property("n", "integer", physicalType="int"))
        schema["schema"][0] |= {"name": "items"}
        schema["schema"][0]["properties"].append(a_property("order"))
        schema["schema"][0]["properties"][0]["logicalTypeOptions"] = {"maximum": 5}
        with Api(shops) as api:
            job = a_shops_job(tmp_path, api.url, "items", contract=schema)
            with pytest.raises(ReaderError) as caught:
                execute_job({**job, "reader": {**job["reader"], "records": "$.nothing"}})
            job["validation"] = {"mode": "quarantine"}
            report = execute_job(job)

        assert caught.value.where["stream"] == "shops"
        assert report.rows.quarantined == 1
        bad = landed(tmp_path / "out" / "items" / "_quarantine", "file, line, byte_offset")
        asked = api.asked[-1].raw
        assert bad == [(f"{api.url}{asked} (page 1)", 2, 20)]


class TestGivenValuesOfAParent:
    @pytest.mark.parametrize("value", [".", "..", ""])
    def test_when_one_would_be_another_path_then_it_is_an_error(
        self, value: str, tmp_path: Path
    ) -> None:
        """A record's field never decides which endpoint is asked."""
        with Api(lambda _: Reply(body={"data": [{"id": value}]})) as api:  # and no city
            job = a_shops_job(tmp_path, api.url, "orders", reader={"pagination": None})
            with pytest.raises(ReaderError, match="no part of a URL"):
                execute_job(job)

        assert [asked.path for asked in api.asked] == ["/v1/shops"]

    @pytest.mark.parametrize("record", [{}, {"id": None}, {"id": [1]}])
    def test_when_there_is_none_then_it_is_an_error_with_its_place(
        self, record: dict[str, Any], tmp_path: Path
    ) -> None:
        """A child that nothing leads to is not passed over in silence."""
        with Api(lambda _: Reply(body={"data": [{"id": 1}, record]})) as api:
            reader = {
                "pagination": None,
                "endpoints": {
                    "shops": {"path": "s"},
                    "orders": {**ORDERS, "parent": {"stream": "shops"}},
                },
            }
            job = a_shops_job(tmp_path, api.url, "orders", reader=reader)
            with pytest.raises(ReaderError) as caught:
                execute_job(job)

        assert caught.value.where["record"] == 2
        assert caught.value.where["field"] == "id"

    @pytest.mark.parametrize("value", [7, 2**70, 1.5, True])
    def test_when_it_is_no_text_then_it_keeps_its_type(self, value: object, tmp_path: Path) -> None:
        """In the URL as JSON has it, in the column as it was."""

        def answer(asked: Asked) -> Reply:
            is_shop = asked.path == "/v1/shops"
            return Reply(body={"data": [{"id": value, "address": {}}] if is_shop else [{"x": 1}]})

        orders = {**ORDERS, "parent": {"stream": "shops", "as": {"shop": "id"}}}
        reader = {
            "pagination": None,
            "endpoints": {**ENDPOINTS, "orders": orders, "items": {"path": "i"}},
        }
        with Api(answer) as api:
            execute_job(a_shops_job(tmp_path, api.url, "orders", reader=reader))

        (row,) = landed(tmp_path / "out" / "orders")
        assert float(row[0] if row[1] == 1 else row[1]) == float(value)  # type: ignore[arg-type]
        path = api.asked[1].path
        assert path == f"/v1/shops/{'true' if value is True else value}/orders"

    @pytest.mark.covers("api-parent:missing")
    @pytest.mark.parametrize("missing", ["error", "skip"])
    def test_when_a_child_is_not_found_then_the_job_says_what_that_is(
        self, missing: str, tmp_path: Path
    ) -> None:
        """Records are deleted while others are read."""

        def answer(asked: Asked) -> Reply:
            if "/c/" in asked.path:
                return Reply(status=404, body={"message": "gone"})
            return shops(asked)

        orders = {**ORDERS, "parent": {**ORDERS["parent"], "missing": missing}}  # type: ignore[dict-item]
        reader = {"endpoints": {**ENDPOINTS, "orders": orders}}
        with Api(answer) as api:
            job = a_shops_job(tmp_path, api.url, "orders", reader=reader)
            if missing == "error":
                with pytest.raises(SourceNotFoundError, match="gone"):
                    execute_job(job)
                return
            report = execute_job(job)

        assert landed(tmp_path / "out" / "orders", "id") == [("o1",), ("o2",)]
        assert report.notes == ["orders: not found for 1 records of 'shops'"]


class TestGivenCommands:
    def test_when_discovered_then_every_endpoint_is_told_with_its_columns(
        self, tmp_path: Path
    ) -> None:
        """Those of the first records that there are."""
        with Api(shops) as api:
            job = a_job_file(tmp_path, a_shops_job(tmp_path, api.url, "orders"))
            done = headrace_ends("discover", job, "--json")
            contract = headrace_ends("discover", job, "--contract", "--json")

        assert done.code == 0, done.err
        found = {
            name: [f["name"] for f in fields] for name, fields in done.report["streams"].items()
        }
        assert found == {
            "shops": ["id", "address"],
            "orders": ["shop", "city", "id"],
            "items": ["order", "n"],
        }
        assert [one["name"] for one in contract.report["schema"]] == ["shops", "orders", "items"]

    def test_when_checked_then_each_streams_first_page_is_asked_for_once(
        self, tmp_path: Path
    ) -> None:
        """Nothing is moved, and a server that fails is not waited for."""
        with Api(shops) as api:
            job = a_job_file(tmp_path, a_shops_job(tmp_path, api.url, "shops", "orders"))
            done = headrace_ends("check", job, "--json")
            asked = len(api.asked)
            api.answer = lambda _: Reply(status=503, body={})
            failed = headrace_ends("check", job, "--json")

        assert done.report["reader"]["ok"] is True
        assert done.report["reader"]["detail"].endswith(
            "shops: 2 records on the first page, orders: 2 records on the first page"
        )
        assert asked == 3
        assert failed.code == 3
        assert len(api.asked) == asked + 1


class TestGivenSectionsThatCannotBeMeant:
    @pytest.mark.parametrize(
        ("streams", "reader", "path"),
        [
            (["none"], {}, "reader.endpoints"),
            (["shops"], {"endpoints": {}}, "reader.endpoints"),
            ([], {}, "reader.endpoints"),
            (["items"], {"endpoints": {"items": ITEMS}}, "reader.endpoints.items.parent.stream"),
        ],
    )
    def test_when_a_stream_is_had_nowhere_then_it_is_refused(
        self, streams: list[str], reader: dict[str, Any], path: str, tmp_path: Path
    ) -> None:
        """Before anything is asked."""
        with Api(shops) as api, pytest.raises(ConfigError) as caught:
            execute_job(a_shops_job(tmp_path, api.url, *streams, reader=reader))

        assert path in [problem.path for problem in caught.value.problems]
        assert api.asked == []

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"shops": {"path": "s", "parent": {"stream": "items"}}}, "shops.parent.stream"),
            ({"shops": {"path": "{orders.id}"}}, "shops.path"),
            ({"orders": {"path": "{id}", "parent": {"stream": "shops"}}}, "orders.path"),
            ({"shops": {"path": "s", "parent": {"stream": "shops"}}}, "shops.parent.stream"),
            (
                {"orders": {**ORDERS, "parent": {"stream": "shops", "as": {"x": "a[0]"}}}},
                "orders.parent.as.x",
            ),
            ({"orders": {**ORDERS, "parent": {"stream": "shops", "of": 1}}}, "orders.parent.of"),
        ],
    )
    def test_when_parents_lead_nowhere_then_it_is_refused(
        self, changes: dict[str, Any], path: str, tmp_path: Path
    ) -> None:
        """Circles, and placeholders that nothing fills."""
        reader = {"endpoints": {**ENDPOINTS, **changes}}

        with pytest.raises(ConfigError) as caught:
            resolve_job(a_shops_job(tmp_path, "https://x.example", "shops", reader=reader))

        assert f"reader.endpoints.{path}" in [problem.path for problem in caught.value.problems]
