"""Every option of `logicalTypeOptions` takes a good value, and refuses a bad one by its name."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from headrace import ConfigError, SchemaValidator, load_contract
from headrace.contract.options import OPTIONS, STRING_FORMATS

from tests.builders import a_contract, a_property

ITEMS = {"items": {"logicalType": "integer"}}
MEMBERS = {
    "properties": [
        {"name": "a", "logicalType": "integer"},
        {"name": "b", "logicalType": "string"},
    ]
}

# Option, property, a good value, a bad one.
CASES: list[tuple[str, dict[str, Any], object, object]] = [
    ("minLength", {"logicalType": "string", "options": 2}, "ab", "a"),
    ("maxLength", {"logicalType": "string", "options": 2}, "éé", "abc"),
    ("pattern", {"logicalType": "string", "options": "^a+$"}, "aa", "ab"),
    ("format", {"logicalType": "string", "options": "email"}, "a@example.org", "a"),
    ("minimum", {"logicalType": "time", "options": "12:00:00"}, dt.time(12), dt.time(11, 59)),
    ("maximum", {"logicalType": "integer", "options": 5}, 5, 6),
    (
        "exclusiveMinimum",
        {"logicalType": "date", "options": "2024-02-29"},
        dt.date(2024, 3, 1),
        dt.date(2024, 2, 29),
    ),
    ("exclusiveMaximum", {"logicalType": "number", "options": 1.5}, 1.25, 1.5),
    ("multipleOf", {"logicalType": "integer", "options": 3}, 9, 10),
    ("minItems", {"logicalType": "array", **ITEMS, "options": 1}, [1], []),
    ("maxItems", {"logicalType": "array", **ITEMS, "options": 1}, [1], [1, 2]),
    ("uniqueItems", {"logicalType": "array", **ITEMS, "options": True}, [1, 2], [1, 1]),
    (
        "minProperties",
        {"logicalType": "object", **MEMBERS, "options": 2},
        {"a": 1, "b": "x"},
        {"a": 1, "b": None},
    ),
    (
        "maxProperties",
        {"logicalType": "object", **MEMBERS, "options": 1},
        {"a": 1, "b": None},
        {"a": 1, "b": "x"},
    ),
    (
        "required",
        {"logicalType": "object", **MEMBERS, "options": ["b"]},
        {"a": None, "b": "x"},
        {"a": 1, "b": None},
    ),
    (
        "defaultTimezone",
        {"logicalType": "timestamp", "options": "Europe/Berlin", "beside": {"timezone": True}},
        dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
        dt.datetime(2024, 1, 1),  # noqa: DTZ001  a naive one is the bad one
    ),
    (
        "timezone",
        {"logicalType": "timestamp", "options": True},
        dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
        dt.datetime(2024, 1, 1),  # noqa: DTZ001  a naive one is the bad one
    ),
]

# A good text of each format, and one that nearly is.
FORMATS = {
    "byte": ("aGVhZA==", "aGVhZA="),
    "date": ("2024-02-29", "2023-02-29"),
    "date-time": ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00"),
    "email": ("ada@example.org", "ada@"),
    "hostname": ("a-1.example.org", "-a.example.org"),
    "ipv4": ("127.0.0.1", "127.0.0.01"),
    "ipv6": ("2001:db8::1", "2001:db8::1::2"),
    "time": ("12:00:00Z", "24:00:00Z"),
    "uri": ("https://example.org/a?b#c", "//example.org"),
    "uuid": ("F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6", "f81d4fae7dec11d0a76500a0c91e6bf6"),
}


def broken(document: dict[str, Any], value: object) -> list[tuple[str | None, str]]:
    """Field and rule of each error of a row with this value."""
    validator = SchemaValidator(document, mode="quarantine")
    _, errors = validator.validate_batch([{"v": value}])
    return [(error.field, error.rule) for error in errors]


PLACES = ("a column", "an item", "a member", "a member of an item")


def limited(logical: str, options: dict[str, Any]) -> dict[str, Any]:
    """The property `v` of a type, with these options."""
    more = {"array": ITEMS, "object": MEMBERS}.get(logical, {})
    return a_property("v", logical, logicalTypeOptions=options, **more)


def placed(at: str, item: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """A contract with a property at one of `PLACES`, and its key path."""
    column = "schema[0].properties[0]"
    other = a_property("other")
    if at == "a column":
        return a_contract(item), column
    if at == "an item":
        return a_contract(a_property("of", "array", items=item)), f"{column}.items"
    nested = a_property("of", "object", properties=[other, item])
    if at == "a member":
        return a_contract(nested), f"{column}.properties[1]"
    return a_contract(a_property("in", "array", items=nested)), f"{column}.items.properties[1]"


class TestGivenAnOption:
    @pytest.mark.parametrize(
        ("option", "item", "good", "bad"),
        [pytest.param(*case, marks=pytest.mark.covers(f"rule:{case[0]}")) for case in CASES],
    )
    def test_when_checked_then_the_good_value_passes_and_the_bad_breaks_it(
        self, option: str, item: dict[str, Any], good: object, bad: object
    ) -> None:
        """An option that is read is a rule that holds, and is named where it is broken."""
        options = {option: item["options"], **item.get("beside", {})}
        more = {key: item[key] for key in ("items", "properties") if key in item}
        document = a_contract(
            a_property("v", item["logicalType"], logicalTypeOptions=options, **more)
        )
        # What only names the type is broken by a value of another.
        rule = next(line for line in OPTIONS if line.name == option)
        expected = option if rule.is_rule else "type"

        assert broken(document, good) == []
        (found,) = broken(document, bad)
        assert found[0] is not None
        assert found[0].partition(".")[0] == "v"
        assert found[1] == expected

    def test_when_listed_then_every_option_has_a_case(self) -> None:
        """An option of the standard is not forgotten."""
        assert {case[0] for case in CASES} == {line.name for line in OPTIONS}

    @pytest.mark.parametrize(
        "name",
        [pytest.param(name, marks=pytest.mark.covers(f"format:{name}")) for name in FORMATS],
    )
    def test_when_a_text_has_a_format_then_one_that_nearly_has_it_breaks_it(
        self, name: str
    ) -> None:
        """Formats are those of their RFCs, not whatever looks alike."""
        document = a_contract(a_property("v", logicalTypeOptions={"format": name}))
        good, bad = FORMATS[name]

        assert broken(document, good) == []
        assert broken(document, bad) == [("v", "format")]

    def test_when_listed_then_every_format_has_a_text(self) -> None:
        """A format that the core knows is tried here."""
        assert set(FORMATS) == set(STRING_FORMATS)


class TestGivenOptionsThatContradict:
    @pytest.mark.parametrize("at", PLACES)
    @pytest.mark.parametrize(
        ("logical", "options", "key"),
        [
            ("integer", {"minimum": 5, "maximum": 1}, "maximum"),
            ("integer", {"exclusiveMinimum": 5, "maximum": 5}, "maximum"),
            ("integer", {"minimum": 5, "exclusiveMaximum": 5}, "exclusiveMaximum"),
            ("integer", {"exclusiveMinimum": 5, "exclusiveMaximum": 6}, "exclusiveMaximum"),
            ("integer", {"exclusiveMinimum": 2**63 - 1}, "exclusiveMinimum"),
            ("integer", {"format": "u8", "minimum": 300}, "format"),  # no key that is not written
            ("integer", {"format": "u8", "maximum": -1}, "maximum"),
            ("number", {"minimum": 0.5, "maximum": 0.25}, "maximum"),
            ("number", {"exclusiveMinimum": 0.5, "exclusiveMaximum": 0.5}, "exclusiveMaximum"),
            ("date", {"minimum": "2024-03-01", "maximum": "2024-02-29"}, "maximum"),
            ("time", {"minimum": "12:00:01", "maximum": "12:00:00"}, "maximum"),
            (
                "timestamp",
                {"exclusiveMinimum": "2024-02-29T12:00:00", "maximum": "2024-02-29T12:00:00"},
                "maximum",
            ),
            ("string", {"minLength": 5, "maxLength": 2}, "maxLength"),
            ("array", {"minItems": 2, "maxItems": 1}, "maxItems"),
            ("object", {"minProperties": 2, "maxProperties": 1}, "maxProperties"),
        ],
    )
    def test_when_read_then_the_contract_is_refused_at_the_key(
        self, logical: str, options: dict[str, Any], key: str, at: str
    ) -> None:
        """No value can meet it, so that nobody can have meant it; nested ones are named alike."""
        document, place = placed(at, limited(logical, options))

        with pytest.raises(ConfigError) as caught:
            load_contract(document)

        (problem,) = caught.value.problems
        assert problem.path == f"{place}.logicalTypeOptions.{key}"
        assert "no value is " in problem.message

    def test_when_bounds_are_made_exclusive_by_flags_then_it_is_refused_at_the_flag(self) -> None:
        """As v3.0.x has it."""
        flags = {"exclusiveMinimum": True, "exclusiveMaximum": True}
        document, place = placed("a member", limited("integer", {"minimum": 5, "maximum": 5}))
        document["apiVersion"] = "v3.0.2"
        document["schema"][0]["properties"][0]["properties"][1]["logicalTypeOptions"] |= flags

        with pytest.raises(ConfigError) as caught:
            load_contract(document)

        (problem,) = caught.value.problems
        assert problem.path == f"{place}.logicalTypeOptions.exclusiveMaximum"


class TestGivenLimitsThatMeet:
    @pytest.mark.parametrize(
        ("logical", "options", "good", "bad"),
        [
            ("integer", {"minimum": 5, "maximum": 5}, [5], [4, 6]),
            ("integer", {"exclusiveMinimum": 4, "exclusiveMaximum": 6}, [5], [4, 6]),
            ("integer", {"exclusiveMinimum": 4, "maximum": 5}, [5], [4, 6]),
            ("number", {"minimum": 0.5, "maximum": 0.5}, [0.5], [0.25, 0.75]),
            (
                "date",
                {"minimum": "2024-02-29", "maximum": "2024-02-29"},
                [dt.date(2024, 2, 29)],
                [dt.date(2024, 2, 28), dt.date(2024, 3, 1)],
            ),
            ("time", {"minimum": "12:00", "maximum": "12:00:00"}, [dt.time(12)], [dt.time(11)]),
            ("string", {"minLength": 2, "maxLength": 2}, ["ab"], ["a", "abc"]),
            ("array", {"minItems": 1, "maxItems": 1}, [[1]], [[], [1, 2]]),
            (
                "object",
                {"minProperties": 1, "maxProperties": 1},
                [{"a": 1, "b": None}],
                [{"a": None, "b": None}, {"a": 1, "b": "x"}],
            ),
        ],
    )
    def test_when_equal_then_what_is_there_passes_and_its_neighbours_break_them(
        self, logical: str, options: dict[str, Any], good: list[object], bad: list[object]
    ) -> None:
        """The bounds themselves are good values, and no other is."""
        document = a_contract(limited(logical, options))

        assert [broken(document, value) for value in good] == [[] for _ in good]
        assert all(rule in options for value in bad for _, rule in broken(document, value))
        assert all(len(broken(document, value)) == 1 for value in bad)


class TestGivenAKey:
    @pytest.mark.parametrize("key", ["unique", "primaryKey"])
    @pytest.mark.parametrize("physical", ["array<int>", "map<varchar, int>", "json"])
    def test_when_its_type_has_no_identity_then_the_contract_is_refused_at_it(
        self, key: str, physical: str
    ) -> None:
        """What the run would refuse is refused where it is written, before anything runs."""
        logical = "array" if physical.startswith("array") else "object"
        document = a_contract({**a_property("a", logical, physicalType=physical), key: True})

        with pytest.raises(ConfigError) as caught:
            load_contract(document)

        assert [problem.path for problem in caught.value.problems] == [
            f"schema[0].properties[0].{key}"
        ]

    def test_when_two_have_one_position_then_the_contract_is_refused(self) -> None:
        """Keys have an order."""
        key = {"primaryKey": True, "primaryKeyPosition": 1}
        document = a_contract(a_property("a", "integer", **key), a_property("b", "integer", **key))

        with pytest.raises(ConfigError, match="position of another key"):
            load_contract(document)


class TestGivenADefaultTimezone:
    def test_when_nobody_knows_it_then_the_contract_is_refused(self) -> None:
        """A file with such a zone could be written, and not be read."""
        options = {"timezone": True, "defaultTimezone": "Mars/Phobos"}
        document = a_contract(a_property("a", "timestamp", logicalTypeOptions=options))

        with pytest.raises(ConfigError, match="no time zone that this machine knows"):
            load_contract(document)

    @pytest.mark.covers("rule:defaultTimezone")
    def test_when_it_is_a_zone_then_the_column_has_it(self) -> None:
        """The option names the zone of the column."""
        options = {"timezone": True, "defaultTimezone": "Europe/Berlin"}
        document = a_contract(a_property("a", "timestamp", logicalTypeOptions=options))

        (field,) = load_contract(document).schema.fields

        assert field.type == "timestamp[us, tz=Europe/Berlin]"
