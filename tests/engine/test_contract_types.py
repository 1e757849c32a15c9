"""The types of ODCS properties as Arrow types."""

from __future__ import annotations

from typing import Any

import pytest
from headrace import ConfigError, load_contract
from headrace.contract.physical import arrow_of, physical_of
from headrace.contract.types import TYPES, TypeLine, arrow_type, odcs_type
from hypothesis import given

from tests.builders import a_contract, a_property
from tests.strategies import arrow_types


def the_type(**item: Any) -> str:  # noqa: ANN401  any key of a property
    """The Arrow type of a column."""
    contract = load_contract(a_contract({"name": "a", **item}))
    return contract.schema.fields[0].type


def filled(spelling: str, member: str) -> str:
    """A spelling of the table with a type for T and V, one for K, a name, and digits."""
    filled = spelling.replace("(p, s)", "(7, 2)").replace("(p,s)", "(7,2)")
    if "tz=" in filled:
        return filled
    filled = filled.replace(", …", "").replace("name", "a")
    key = "string" if member == "int64" else "varchar"
    for place, kind in (("K", key), ("T", member), ("V", member)):
        filled = filled.replace(place, kind)
    return filled


class TestGivenTypes:
    @pytest.mark.parametrize(
        ("physical", "arrow"),
        [
            ("boolean", "bool"),
            ("TINYINT", "int8"),
            ("smallint", "int16"),
            ("int", "int32"),
            ("integer", "int32"),
            ("bigint", "int64"),
            ("real", "float"),
            ("float(24)", "float"),
            ("float(25)", "double"),
            ("double  precision", "double"),
            ("varchar(255)", "string"),
            ("character varying(10)", "string"),
            ("text", "string"),
            ("decimal(15, 2)", "decimal128(15, 2)"),
            ("NUMERIC(38)", "decimal128(38, 0)"),
            ("date", "date32[day]"),
            ("timestamp", "timestamp[us]"),
            ("timestamp(6)", "timestamp[us]"),
            ("timestamp(6) without time zone", "timestamp[us]"),
            ("timestamp(0)", "timestamp[s]"),
            ("timestamp(1)", "timestamp[ms]"),
            ("datetime(9)", "timestamp[ns]"),
            ("timestamp(3) without time zone", "timestamp[ms]"),
            ("timestamptz", "timestamp[us, tz=UTC]"),
            ("timestamp(3) with time zone", "timestamp[ms, tz=UTC]"),
            ("timestamptz(9, 'Europe/Berlin')", "timestamp[ns, tz=Europe/Berlin]"),
            ("time", "time64[us]"),
            ("time(0)", "time32[s]"),
            ("time(3) without time zone", "time32[ms]"),
            ("time(7)", "time64[ns]"),
            ("BYTEA", "binary"),
            ("varbinary(16)", "binary"),
            ("uuid", "extension<arrow.uuid>"),
            ("jsonb", "extension<arrow.json>"),
            ("variant", "extension<arrow.json>"),
            ("int[]", "list<item: int32>"),
            ("ARRAY<INT NOT NULL>", "list<item: int32 not null>"),
            ("map(varchar, decimal(5,2))", "map<string, decimal128(5, 2)>"),
            ("STRUCT<Aa: INT, `b c` VARCHAR(10)>", 'struct<Aa: int32, "b c": string>'),
            ("row(a double precision, b int[])", "struct<a: double, b: list<item: int32>>"),
        ],
    )
    def test_when_there_is_a_physical_type_then_it_decides(self, physical: str, arrow: str) -> None:
        """SQL spellings name the Arrow type, without regard to case and spaces."""
        assert the_type(physicalType=physical) == arrow

    @pytest.mark.parametrize(
        ("logical", "options", "arrow"),
        [
            ("string", {}, "string"),
            ("integer", {}, "int64"),
            ("integer", {"format": "i8"}, "int8"),
            ("integer", {"format": "i16"}, "int16"),
            ("integer", {"format": "i32"}, "int32"),
            ("number", {}, "double"),
            ("number", {"format": "f32"}, "float"),
            ("boolean", {}, "bool"),
            ("date", {"format": "yyyy-MM-dd"}, "date32[day]"),
            ("timestamp", {}, "timestamp[us]"),
            ("timestamp", {"timezone": True}, "timestamp[us, tz=UTC]"),
            ("timestamp", {"defaultTimezone": "Europe/Berlin"}, "timestamp[us]"),
            (
                "timestamp",
                {"timezone": True, "defaultTimezone": "Europe/Berlin"},
                "timestamp[us, tz=Europe/Berlin]",
            ),
            ("time", {}, "time64[us]"),
            ("integer", {"format": "u8"}, "int16"),
            ("integer", {"format": "u64"}, "decimal128(20, 0)"),
            ("string", {"format": "binary"}, "binary"),
            ("string", {"format": "uuid"}, "string"),
        ],
    )
    def test_when_there_is_none_then_format_decides_and_else_the_widest(
        self, logical: str, options: dict[str, Any], arrow: str
    ) -> None:
        """A logical type alone is the widest of its kind unless its format says otherwise."""
        assert the_type(logicalType=logical, logicalTypeOptions=options) == arrow

    def test_when_both_are_there_then_the_physical_type_goes_first(self) -> None:
        """`physicalType` outranks `format`."""
        found = the_type(
            logicalType="integer", physicalType="smallint", logicalTypeOptions={"format": "i64"}
        )

        assert found == "int16"

    def test_when_the_physical_type_is_of_another_system_then_the_logical_decides(self) -> None:
        """Physical types may be any system's; a logical type then tells enough."""
        assert the_type(logicalType="string", physicalType="VARIANT(7, x)") == "string"
        assert the_type(logicalType="string", physicalType="array<geometry>") == "string"
        assert the_type(logicalType="number", physicalType="BINARY_DOUBLE") == "double"

    @pytest.mark.parametrize(
        ("item", "key", "names"),
        [
            ({"logicalType": "object"}, "properties", "needs properties"),
            ({"logicalType": "array"}, "items", "needs items"),
            ({"logicalType": "array", "items": {}}, "items.physicalType", "needs a logicalType"),
            ({"logicalType": "array", "items": 5}, "items", "mapping"),
            (
                {"logicalType": "object", "properties": [{"name": "b"}]},
                "properties[0].physicalType",
                "needs",
            ),
            ({"logicalType": "object", "properties": []}, "properties", "at least one"),
            ({"physicalType": "timetz"}, "physicalType", "'timetz'"),
            ({"physicalType": "time(10)"}, "physicalType", "9 digits"),
            ({"physicalType": "map<double, int>"}, "physicalType", "keys of a map"),
            ({"logicalType": "varchar"}, "logicalType", "'varchar'"),
            ({"logicalType": "number", "physicalType": "decimal"}, "physicalType", "precision"),
            ({"physicalType": "geometry"}, "physicalType", "'geometry'"),
            ({"physicalType": "decimal(39,2)"}, "physicalType", "'decimal(39,2)'"),
            ({"physicalType": "decimal(5,6)"}, "physicalType", "'decimal(5,6)'"),
            ({"logicalType": "integer", "physicalType": "varchar"}, "physicalType", "'varchar'"),
            ({"logicalType": 1}, "logicalType", "text"),
            ({}, "physicalType", "needs a logicalType"),
        ],
    )
    def test_when_a_type_cannot_be_had_then_it_is_refused_by_name(
        self, item: dict[str, Any], key: str, names: str
    ) -> None:
        """No type is guessed: the one at fault is named at its key."""
        with pytest.raises(ConfigError) as caught:
            load_contract(a_contract({"name": "a", **item}))

        (problem,) = caught.value.problems
        assert problem.path == f"schema[0].properties[0].{key}"
        assert names in problem.message

    @pytest.mark.parametrize(
        ("item", "key"),
        [
            (
                {"logicalTypeOptions": {"timezone": True}, "physicalType": "timestamp_ntz"},
                "timezone",
            ),
            (
                {"logicalTypeOptions": {"timezone": False}, "physicalType": "timestamptz"},
                "timezone",
            ),
            (
                {"logicalTypeOptions": {"timezone": True, "defaultTimezone": "Europe/ Berlin"}},
                "defaultTimezone",
            ),
        ],
    )
    def test_when_zones_contradict_each_other_then_they_are_refused(
        self, item: dict[str, Any], key: str
    ) -> None:
        """A zone is told once, or twice the same."""
        with pytest.raises(ConfigError) as caught:
            load_contract(a_contract({"name": "a", "logicalType": "timestamp", **item}))

        (problem,) = caught.value.problems
        assert problem.path == f"schema[0].properties[0].logicalTypeOptions.{key}"


class TestGivenNestedTypes:
    def test_when_described_then_names_and_nulls_are_those_of_the_description(self) -> None:
        """Items and properties make lists and structs; what is required is not null."""
        item = {
            "logicalType": "array",
            "items": {
                "logicalType": "object",
                "required": True,
                "properties": [
                    a_property("a", "integer", required=True),
                    a_property("b", "string", physicalName="B 1"),
                    a_property("c", "object", physicalType="map<varchar, time(0) not null>"),
                ],
            },
        }

        assert the_type(**item) == (
            'list<item: struct<a: int64 not null, "B 1": string, '
            "c: map<string, time32[s] not null>> not null>"
        )

    def test_when_the_physical_type_says_other_than_the_description_then_that_is_nested(
        self,
    ) -> None:
        """A description of what is nested goes before SQL's spelling of the same."""
        item = {"physicalType": "array<int>", "items": {"physicalType": "bigint"}}

        assert the_type(logicalType="array", **item) == "list<item: int64>"

    @pytest.mark.parametrize(
        ("nested", "path"),
        [
            ({"logicalType": "string", "logicalTypeOptions": {"minLength": -1}}, "minLength"),
            ({"logicalType": "integer", "logicalTypeOptions": {"pattern": "x"}}, "pattern"),
            ({"logicalType": "string", "unique": True}, "unique"),
        ],
    )
    def test_when_a_nested_rule_is_wrong_then_it_is_a_problem(
        self, nested: dict[str, Any], path: str
    ) -> None:
        """Rules of what is nested are read as those of columns."""
        for item in (
            a_property("a", "array", items=nested),
            a_property("a", "object", properties=[{"name": "b", **nested}]),
        ):
            with pytest.raises(ConfigError, match=path):
                load_contract(a_contract(item))

    def test_when_what_is_nested_has_rules_then_none_is_passed_over(self) -> None:
        """A rule is the core's to check, or the contract is refused."""
        options = {"logicalTypeOptions": {"minLength": 1}}
        item = a_property("a", "array", items={"logicalType": "string", **options})

        refused: list[str] = []
        rules: Any = {"items": None}
        try:
            rules = load_contract(a_contract(item)).rules["a"]
        except ConfigError as error:
            refused = [problem.path for problem in error.problems]

        assert refused == ["schema[0].properties[0].items"] or rules["items"] == {"minLength": 1}

    @pytest.mark.covers("type:list")
    @pytest.mark.covers("type:struct")
    @pytest.mark.covers("type:map")
    @given(arrow=arrow_types())
    def test_when_written_and_read_then_the_type_round_trips(self, arrow: str) -> None:
        """Every type has a form in the standard, and that form means it."""
        assert arrow_type(odcs_type(arrow)) == arrow
        assert arrow_of(physical_of(arrow)) == arrow

    @pytest.mark.parametrize(
        "line",
        [pytest.param(line, marks=pytest.mark.covers(f"type:{line.covers}")) for line in TYPES],
        ids=lambda line: line.arrow,
    )
    def test_when_listed_then_each_spelling_means_the_type(self, line: TypeLine) -> None:
        """The table of types is what is read."""
        for spelling in line.physical:
            assert the_type(physicalType=filled(spelling, "bigint")) == filled(line.arrow, "int64")


class TestGivenAllowedValuesOfAText:
    @pytest.mark.parametrize("value", [False, 1, 1.5])
    def test_when_yaml_reads_no_text_then_they_are_refused(self, value: object) -> None:
        """Unquoted NO, 01 and 1.50 are not the texts that were meant."""
        quality = [
            {"metric": "invalidValues", "arguments": {"validValues": ["SE", value]}, "mustBe": 0}
        ]

        with pytest.raises(ConfigError, match="quote it"):
            load_contract(a_contract(a_property("country", "string", quality=quality)))
