"""Arrow types to Iceberg's and back: exact, or refused by name."""

from __future__ import annotations

import pytest
from headrace.schema import Field, Schema
from headrace.targets.iceberg.types import (
    REFUSED,
    TYPES,
    RefusedTypeError,
    arrow_type,
    headrace_schema,
    holds,
    iceberg_schema,
    iceberg_type,
)

EXAMPLES = {
    "decimal128(p, s)": ("decimal128(15, 2)", "decimal(15, 2)"),
    "fixed_size_binary[n]": ("fixed_size_binary[7]", "fixed[7]"),
    "list<item: T>": ("list<item: int32>", "list<int>"),
    "struct<name: T, …>": ("struct<a: int32 not null>", "struct<1: a: required int>"),
    "map<K, V>": ("map<string, double>", "map<string, double>"),
}

# What comes back wider, because Iceberg has no narrower type.
WIDER = {
    "int8": "int32",
    "int16": "int32",
    "large_string": "string",
    "large_binary": "binary",
    "extension<arrow.json>": "string",
}

REFUSED_TYPES = {
    "time": ("time32[s]", "time32[ms]", "time64[ns]"),
    "timestamp": ("timestamp[s]", "timestamp[ns]", "timestamp[ms, tz=UTC]"),
    "zone": ("timestamp[us, tz=Europe/Berlin]",),
    "unsigned": ("uint8", "uint16", "uint32", "uint64"),
    "decimal": ("decimal128(3, 5)", "decimal128(3, -1)", "decimal256(50, 2)"),
    "other": ("null", "duration[us]", "float16"),
}


def covered(kind: str, names: object) -> list[object]:
    """Parameters that each cover a line of a table."""
    return [pytest.param(name, marks=pytest.mark.covers(f"{kind}:{name}")) for name in names]


class TestGivenAType:
    @pytest.mark.parametrize("line", covered("iceberg-type", dict(TYPES)))
    def test_when_it_goes_there_and_back_then_it_is_the_same_or_holds_it(self, line: str) -> None:
        """What comes back holds every value, in the table's own type."""
        arrow, spelled = EXAMPLES.get(line, (line, dict(TYPES)[line]))

        there = iceberg_type(arrow)
        back = arrow_type(there)

        assert str(there) == spelled
        assert back == WIDER.get(arrow, arrow)
        assert iceberg_type(back) == there

    @pytest.mark.parametrize("name", covered("iceberg-refused", [line.name for line in REFUSED]))
    def test_when_iceberg_has_none_then_it_is_refused_with_what_to_do(self, name: str) -> None:
        """The column is named, also within another."""
        advice = next(line.advice for line in REFUSED if line.name == name)

        for arrow in REFUSED_TYPES[name]:
            with pytest.raises(RefusedTypeError) as caught:
                iceberg_type(f"list<item: {arrow}>", path="c")

            assert f"'c.element' is {arrow}: " in str(caught.value)
            assert str(caught.value).endswith(advice)

    def test_when_it_is_nested_then_every_member_has_an_id_of_its_own(self) -> None:
        """Ids tell columns apart whatever they are called."""
        schema = Schema(
            (
                Field("a", "struct<x: int64, l: list<item: string not null>>", nullable=False),
                Field("m", "map<string, struct<y: double>>"),
            )
        )

        made = iceberg_schema(schema)

        ids = list(made._name_to_id.values())  # noqa: SLF001
        assert sorted(set(ids)) == list(range(1, 9))
        assert headrace_schema(made) == schema


class TestGivenTwoTypes:
    @pytest.mark.parametrize(
        ("wide", "narrow", "is_held"),
        [
            ("int64", "int32", True),
            ("int32", "int64", False),
            ("double", "float", True),
            ("decimal128(10, 2)", "decimal128(8, 2)", True),
            ("decimal128(10, 2)", "decimal128(8, 1)", False),
            ("double", "int32", False),
            ("string", "int32", False),
            ("list<item: int64>", "list<item: int32>", True),
            ("struct<a: int64>", "struct<a: int32>", True),
            ("struct<a: int64>", "struct<b: int64>", False),
            ("map<string, int64>", "map<string, int32>", True),
            ("struct<a: int64>", "struct<a: int64 not null>", True),
            ("struct<a: int64 not null>", "struct<a: int64>", False),
            ("list<item: int64 not null>", "list<item: int64>", False),
            ("list<item: int64>", "list<item: int64 not null>", True),
            ("map<string, int64 not null>", "map<string, int64>", False),
        ],
    )
    def test_when_compared_then_one_holds_what_the_specification_promotes(
        self,
        wide: str,
        narrow: str,
        is_held: bool,  # noqa: FBT001  a parameter of the law
    ) -> None:
        """A table takes files of narrower columns, and is widened only so."""
        assert holds(iceberg_type(wide), iceberg_type(narrow)) is is_held
