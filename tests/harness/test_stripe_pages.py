"""Laws of Stripe's pages and of what stands on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import pytest
from headrace_harness.catalog import load_dataset
from headrace_harness.contract import read_columns
from headrace_harness.data.stripe import records
from headrace_harness.services.stripeobjects import object_of
from headrace_harness.services.stripepages import BadRequestError, Collection, events_of
from hypothesis import given
from hypothesis import strategies as st

from tests.stripeapi import KINDS

# Few moments, so that some are shared.
MOMENTS = st.integers(min_value=1_700_000_000, max_value=1_700_000_009)
BOUNDS = {
    "created": lambda one, bound: one == bound,
    "created[gt]": lambda one, bound: one > bound,
    "created[gte]": lambda one, bound: one >= bound,
    "created[lt]": lambda one, bound: one < bound,
    "created[lte]": lambda one, bound: one <= bound,
}
WINDOWS = st.dictionaries(st.sampled_from(sorted(BOUNDS)), MOMENTS, max_size=2)


def a_collection(moments: Sequence[int]) -> Collection:
    objects = [
        {"id": f"cus_{number}", "object": "customer", "created": moment}
        for number, moment in enumerate(moments)
    ]
    return Collection("customers", objects)


def walked(
    collection: Collection, asked: Mapping[str, Sequence[str]], *, param: str, end: int
) -> list[list[str]]:
    """The ids of all pages; the next one is asked for by that end of the page before."""
    pages: list[list[str]] = []
    while True:
        place = {param: [pages[-1][end]]} if pages else {}
        page = collection.page("/v1/customers", {**asked, **place})
        pages.append([one["id"] for one in page["data"]])
        if not page["has_more"]:
            return pages


class TestGivenACollection:
    @given(moments=st.lists(MOMENTS, max_size=40), limit=st.integers(1, 100), window=WINDOWS)
    def test_when_walked_then_its_pages_are_all_of_the_window_in_order_and_none_twice(
        self, moments: list[int], limit: int, window: dict[str, int]
    ) -> None:
        """Wherever pages are cut, together they are the collection, newest first."""
        asked = {"limit": [str(limit)]} | {key: [str(at)] for key, at in window.items()}

        pages = walked(a_collection(moments), asked, param="starting_after", end=-1)

        within = [
            number
            for number, moment in enumerate(moments)
            if all(BOUNDS[key](moment, bound) for key, bound in window.items())
        ]
        newest_first = sorted(within, key=lambda number: (moments[number], number), reverse=True)
        assert [name for page in pages for name in page] == [f"cus_{n}" for n in newest_first]
        assert all(len(page) == limit for page in pages[:-1])

    @given(moments=st.lists(MOMENTS, min_size=1, max_size=40), limit=st.integers(1, 100))
    def test_when_walked_backwards_then_its_pages_are_what_lies_before(
        self, moments: list[int], limit: int
    ) -> None:
        """`ending_before` gives the objects in front, in the same order."""
        collection = a_collection(moments)
        names = [one["id"] for one in collection.objects]
        asked = {"limit": [str(limit)], "ending_before": [names[-1]]}

        pages = walked(collection, asked, param="ending_before", end=0)

        assert [name for page in reversed(pages) for name in page] == names[:-1]

    @pytest.mark.parametrize(
        ("asked", "param", "code"),
        [
            ({"limit": "0"}, "limit", None),
            ({"limit": "101"}, "limit", None),
            ({"limit": "many"}, "limit", None),
            ({"created[gte]": "today"}, "created[gte]", None),
            ({"starting_after": "cus_99"}, "starting_after", "resource_missing"),
            ({"starting_after": "cus_0", "ending_before": "cus_0"}, "starting_after", None),
            ({"expand[]": "data.secrets"}, "expand", None),
        ],
    )
    def test_when_asked_for_what_there_is_not_then_the_parameter_is_named(
        self, asked: dict[str, str], param: str, code: str | None
    ) -> None:
        """A wrong parameter is never passed over, even where there is nothing to list."""
        wrong = {key: [value] for key, value in asked.items()}

        with pytest.raises(BadRequestError) as caught:
            a_collection([1] if param == "starting_after" else []).page("/v1/x", wrong)

        assert (caught.value.param, caught.value.code) == (param, code)

    def test_when_events_are_asked_for_then_there_is_one_for_each_object_of_the_type(self) -> None:
        """What was made is told by an event that holds it."""
        customers = a_collection([1, 3, 2])
        charges = Collection("charges", [{"id": "ch_1", "object": "charge", "created": 2}])

        page = events_of([customers, charges]).page(
            "/v1/events", {"types[]": ["customer.created"], "created[gte]": ["2"]}
        )

        assert [one["data"]["object"]["id"] for one in page["data"]] == ["cus_1", "cus_2"]
        assert {one["type"] for one in page["data"]} == {"customer.created"}


class TestGivenTheDataSets:
    @pytest.mark.parametrize("kind", KINDS)
    def test_when_made_then_objects_hold_every_column_of_the_contract_as_it_is(
        self, kind: str
    ) -> None:
        """What is checked behind the connector is what the records say."""
        columns = [column.name for column in read_columns(load_dataset(f"stripe-{kind}").contract)]
        made = list(islice(records(kind), 50))

        objects = [object_of(kind, record) for record in made]

        assert [{name: one[name] for name in columns} for one in objects] == made

    def test_when_refunds_are_written_out_then_they_are_those_of_the_charge(self) -> None:
        """A part is written out where it is asked for, and only there."""
        made = islice(records("charges"), 100)
        charges = Collection("charges", [object_of("charges", one) for one in made])

        plain, full = (
            charges.page("/v1/charges", {"limit": ["100"], **more})["data"]
            for more in ({}, {"expand[]": ["data.refunds"]})
        )

        assert not any("refunds" in one for one in plain)
        refunded: list[Any] = [sum(r["amount"] for r in one["refunds"]["data"]) for one in full]
        assert refunded == [one["amount_refunded"] for one in plain]
        assert any(refunded)
