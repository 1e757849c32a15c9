"""Pages of a Stripe collection, newest first, as `limit`, `starting_after` and `created` ask."""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from headrace_harness.services.stripeobjects import (
    EXPANSIONS,
    Expansion,
    Object,
    event_of,
    list_of,
)

DEFAULT_RECORDS: Final = 10
"""Of a page, where `limit` does not say."""

MOST_RECORDS: Final = 100
"""Of a page at most."""

Test = Callable[[Object], bool]

_BOUNDS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "created": operator.eq,
    "created[gt]": operator.gt,
    "created[gte]": operator.ge,
    "created[lt]": operator.lt,
    "created[lte]": operator.le,
}


class BadRequestError(ValueError):
    """A parameter is wrong.

    Args:
        message: What is wrong.
        param: Which.
        code: Stripe's word for it, if there is one.
    """

    def __init__(self, message: str, param: str, code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        self.code = code


class Collection:
    """Objects in the order in which Stripe lists them: newest first.

    Args:
        kind: What they are.
        objects: In any order; of those of one second the last one is the newest.
    """

    def __init__(self, kind: str, objects: Iterable[Object]) -> None:
        self.kind = kind
        oldest_first = sorted(objects, key=lambda one: one["created"])
        self.objects: list[Object] = oldest_first[::-1]
        self._places = {one["id"]: place for place, one in enumerate(self.objects)}

    def get(self, name: str) -> Object | None:
        """The object of an id."""
        place = self._places.get(name)
        return None if place is None else self.objects[place]

    def page(self, url: str, asked: Mapping[str, Sequence[str]]) -> Object:
        """The page that is asked for.

        Args:
            url: The collection's, which a page repeats.
            asked: Parameters, each with all its values.

        Raises:
            BadRequestError: A parameter is wrong.
        """
        limit, expansions = _limit(asked), _expansions(self.kind, asked)
        tests = [*_bounds(asked), *_types(asked)]
        wanted = [one for one in self._between(asked) if all(holds(one) for holds in tests)]
        data = wanted[-limit:] if "ending_before" in asked else wanted[:limit]
        for expand in expansions:
            data = [expand(one) for one in data]
        return list_of(url, data, has_more=len(wanted) > limit)

    def _between(self, asked: Mapping[str, Sequence[str]]) -> list[Object]:
        """Those behind `starting_after`, or in front of `ending_before`."""
        if "starting_after" in asked and "ending_before" in asked:
            message = "You can only specify one of these parameters: starting_after, ending_before."
            raise BadRequestError(message, "starting_after")
        if "starting_after" in asked:
            return self.objects[self._place("starting_after", asked) + 1 :]
        if "ending_before" in asked:
            return self.objects[: self._place("ending_before", asked)]
        return self.objects

    def _place(self, param: str, asked: Mapping[str, Sequence[str]]) -> int:
        name = asked[param][-1]
        if name not in self._places:
            message = f"No such {self.kind}: '{name}'"
            raise BadRequestError(message, param, "resource_missing")
        return self._places[name]


def events_of(collections: Iterable[Collection]) -> Collection:
    """The events of all objects of some collections."""
    objects = (one for collection in collections for one in reversed(collection.objects))
    return Collection("events", (event_of(one) for one in objects))


def _limit(asked: Mapping[str, Sequence[str]]) -> int:
    text = asked.get("limit", [str(DEFAULT_RECORDS)])[-1]
    limit = _integer(text, "limit")
    if not 1 <= limit <= MOST_RECORDS:
        message = f"This value must be between 1 and {MOST_RECORDS}, not {limit}."
        raise BadRequestError(message, "limit")
    return limit


def _bounds(asked: Mapping[str, Sequence[str]]) -> Iterator[Test]:
    for param, compare in _BOUNDS.items():
        if param in asked:
            bound = _integer(asked[param][-1], param)
            yield lambda one, compare=compare, bound=bound: compare(one["created"], bound)  # type: ignore[misc]


def _types(asked: Mapping[str, Sequence[str]]) -> Iterator[Test]:
    types = {*asked.get("types[]", ()), *asked.get("type", ())}
    if types:
        yield lambda one: one.get("type") in types


def _expansions(kind: str, asked: Mapping[str, Sequence[str]]) -> list[Expansion]:
    found = []
    for name in (*asked.get("expand[]", ()), *asked.get("expand", ())):
        expansion = EXPANSIONS.get((kind, name.removeprefix("data.")))
        if expansion is None:
            message = f"This property cannot be expanded ({name})."
            raise BadRequestError(message, "expand")
        found.append(expansion)
    return found


def _integer(text: str, param: str) -> int:
    try:
        return int(text)
    except ValueError:
        message = f"Invalid integer: {text}"
        raise BadRequestError(message, param) from None
