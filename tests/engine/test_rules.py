"""Rules of a contract on every type that has them, and of what is nested: what breaks them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from headrace import ConfigError, SchemaValidator, load_contract

from tests.builders import a_contract, a_property


def broken(column: dict[str, Any], *values: object) -> list[tuple[int, str | None, str]]:
    """Row, path and rule of each error among the values of a column that a document describes."""
    contract = a_contract(a_property("v", **column))
    validator = SchemaValidator(contract, mode="quarantine")
    valid, errors = validator.validate_batch([{"v": value} for value in values])
    assert len(valid) + len({error.row for error in errors}) == len(values)
    return [(error.row, error.field, error.rule) for error in errors]


def of(logical: str, physical: str | None = None, /, **options: Any) -> dict[str, Any]:  # noqa: ANN401  any option
    """The keys of a property of a type with options."""
    made: dict[str, Any] = {"logicalType": logical, "logicalTypeOptions": options}
    return made | ({"physicalType": physical} if physical else {})


NOON, LATER = dt.time(12), dt.time(12, 0, 0, 1)
DAY, NEXT_DAY = dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 2)  # noqa: DTZ001  naive is its point
STRINGS = {"items": {"logicalType": "string"}}
ADDRESS = {
    "properties": [
        {"name": "city", **of("string", maxLength=3)},
        {"name": "zip", **of("string", pattern="^[0-9]+$"), "required": True},
    ]
}
ONE, MAP = {"zip": "1"}, "map<varchar, int>"
BAD = {"name": "a", **of("string", pattern="(")}

CASES = [
    ("minLength", of("string", minLength=2), ["ab", "éé"], ["é"]),
    ("minLength", of("string", "binary", minLength=2), [b"ab"], ["é".encode()[:1]]),
    ("maxLength", of("string", maxLength=1), ["é", ""], ["ab"]),
    ("maxLength", of("string", "binary", maxLength=1), [b"\0"], ["é".encode()]),
    ("pattern", of("string", pattern="^a+$"), ["a", "aa"], ["b", ""]),
    ("format", of("string", format="email"), ["a@b.org"], ["a@b@c", "a"]),
    ("minimum", of("integer", minimum=3), [3, 4], [2]),
    ("minimum", of("time", minimum="12:00:00"), [NOON, LATER], [dt.time(11, 59)]),
    ("maximum", of("number", maximum=0.5), [0.5, -1.0], [0.75]),
    ("maximum", of("timestamp", maximum="2024-01-01T00:00:00"), [DAY], [NEXT_DAY]),
    ("exclusiveMinimum", of("integer", exclusiveMinimum=3), [4], [3]),
    ("exclusiveMinimum", of("time", exclusiveMinimum="12:00"), [LATER], [NOON]),
    ("exclusiveMaximum", of("date", exclusiveMaximum="2024-01-01"), [], [DAY.date()]),
    ("multipleOf", of("integer", multipleOf=5), [0, -5, 10], [3]),
    ("minItems", of("array", minItems=1) | STRINGS, [["a"], [None]], [[]]),
    ("maxItems", of("array", maxItems=1) | STRINGS, [["a"], []], [["a", "b"]]),
    ("uniqueItems", of("array", uniqueItems=True) | STRINGS, [["a", "b"], []], [["a", "a"]]),
    ("minProperties", of("object", minProperties=1) | ADDRESS, [{"zip": "1"}], []),
    ("minProperties", of("object", "json", minProperties=1), ['{"a": null}', "[]"], ["{}"]),
    ("maxProperties", of("object", maxProperties=1) | ADDRESS, [ONE], [ONE | {"city": "x"}]),
    ("maxProperties", of("object", MAP, maxProperties=1), [{}, {"a": 1}], [{"a": 1, "b": 2}]),
    ("required", of("object", MAP, required=["a"]), [{"a": None}], [{"b": 1}]),
]


class TestGivenARule:
    @pytest.mark.parametrize(
        ("rule", "column", "kept", "not_kept"),
        [
            pytest.param(*case, marks=pytest.mark.covers(f"rule:{case[0]}"), id=f"{case[0]}-{n}")
            for n, case in enumerate(CASES)
        ],
    )
    def test_when_values_are_checked_then_those_that_break_it_are_told(
        self, rule: str, column: dict[str, Any], kept: list[object], not_kept: list[object]
    ) -> None:
        """A value that keeps the rule passes, as null does; one that breaks it is an error."""
        values = [*kept, None, *not_kept]

        found = broken(column, *values)

        first = len(kept) + 2
        assert found == [(first + n, "v", rule) for n in range(len(not_kept))]


class TestGivenWhatIsNested:
    def test_when_members_break_rules_then_the_path_says_which(self) -> None:
        """Rules reach into structs, lists and both; a null where none may be is one of them."""
        people = {"logicalType": "array", "items": {"logicalType": "object", **ADDRESS}}

        found = broken(
            people,
            [{"city": "abc", "zip": "1"}, {"city": "abcd", "zip": "x"}],
            [{"city": None, "zip": None}],
            [None],
            [{"zip": "1", "town": "x"}],
            ["x"],
        )

        assert found == [
            (1, "v[1].city", "maxLength"),
            (1, "v[1].zip", "pattern"),
            (2, "v[0].zip", "required"),
            (4, "v[0].town", "type"),
            (5, "v[0]", "type"),
        ]

    @pytest.mark.covers("rule:required")
    def test_when_an_object_needs_properties_then_null_breaks_it_there(self) -> None:
        """`required` names members; the object itself may still be null, or must not."""
        column = of("object", required=["city"]) | {
            "properties": [{"name": name, "logicalType": "string"} for name in ("city", "zip")]
        }

        assert broken(column, {"city": "x"}, {"zip": "1"}, None) == [(2, "v.city", "required")]
        assert broken(column | {"required": True}, None, {"city": "x"}) == [(1, "v", "required")]

    def test_when_a_map_is_at_fault_then_the_path_has_the_key(self) -> None:
        """Keys and values of a map are values of its types."""
        column = of("object", "map<varchar, int>")

        assert broken(column, {"a": 1}, {"a": "x"}, {5: 1}, [("a", 1), ("a", 2)], [1]) == [
            (2, "v[a]", "type"),
            (3, "v[5]", "type"),
            (5, "v", "type"),
        ]

    def test_when_a_record_is_quarantined_then_its_nested_values_are_told(self) -> None:
        """The text of a bad row has what JSON has no number for, at any depth."""
        column = {"logicalType": "array", "items": of("number", minimum=0)}
        validator = SchemaValidator(a_contract(a_property("v", **column)), mode="quarantine")

        _, (error,) = validator.validate_batch([{"v": [1.5, float("nan")]}])

        assert (error.field, error.rule, error.value) == ("v[1]", "minimum", "nan")
        assert error.record == '{"v":[1.5,"nan"]}'

    def test_when_json_is_none_then_its_type_is_broken(self) -> None:
        """A dict is no JSON text, for there is more than one that it could be."""
        assert broken(of("object", "json"), "{}", "{", {"a": 1}, None) == [
            (2, "v", "type"),
            (3, "v", "type"),
        ]

    def test_when_keys_come_twice_then_every_scalar_tells(self) -> None:
        """UUIDs, times and bytes are keys like others."""
        for physical, logical, one, other in (
            ("uuid", "string", uuid.UUID(int=1), uuid.UUID(int=2)),
            ("binary", "string", b"a", b""),
            ("time(9)", "time", NOON, LATER),
            ("timestamp(0)", "timestamp", DAY, NEXT_DAY),
        ):
            column = of(logical, physical) | {"unique": True}

            assert broken(column, one, other, one, None, None) == [(3, "v", "unique")], physical

    @pytest.mark.parametrize(
        ("column", "place"),
        [
            (of("array") | {"items": of("integer", minimum=1.5)}, "items.{}.minimum"),
            (of("object") | {"properties": [BAD]}, "properties[0].{}.pattern"),
            (of("object", "map<int, int>", required=["a"]), "{}.required"),
            (of("array", "array<json>", uniqueItems=True), "{}.uniqueItems"),
        ],
    )
    def test_when_a_nested_rule_cannot_be_meant_then_the_document_is_refused(
        self, column: dict[str, Any], place: str
    ) -> None:
        """A bound that is no value, a pattern that is none: ConfigError with its place."""
        with pytest.raises(ConfigError) as caught:
            load_contract(a_contract(a_property("v", **column)))

        place = place.format("logicalTypeOptions")
        assert [p.path for p in caught.value.problems] == [f"schema[0].properties[0].{place}"]
