"""The types of ODCS properties as Arrow types."""

from __future__ import annotations

from typing import Any

import pytest
from headrace import ConfigError, load_contract

from tests.builders import a_contract, a_property


def the_type(**item: Any) -> str:  # noqa: ANN401  any key of a property
    """The Arrow type of a column."""
    contract = load_contract(a_contract({"name": "a", **item}))
    return contract.schema.fields[0].type


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
            ("timestamptz", "timestamp[us, tz=UTC]"),
            ("timestamp(3) with time zone", "timestamp[us, tz=UTC]"),
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
        assert the_type(logicalType="number", physicalType="BINARY_DOUBLE") == "double"

    @pytest.mark.parametrize(
        ("item", "key", "names"),
        [
            ({"logicalType": "object"}, "logicalType", "'object'"),
            ({"logicalType": "array"}, "logicalType", "'array'"),
            ({"logicalType": "time"}, "logicalType", "'time'"),
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


class TestGivenAllowedValuesOfAText:
    @pytest.mark.parametrize("value", [False, 1, 1.5])
    def test_when_yaml_reads_no_text_then_they_are_refused(self, value: object) -> None:
        """Unquoted NO, 01 and 1.50 are not the texts that were meant."""
        quality = [
            {"metric": "invalidValues", "arguments": {"validValues": ["SE", value]}, "mustBe": 0}
        ]

        with pytest.raises(ConfigError, match="quote it"):
            load_contract(a_contract(a_property("country", "string", quality=quality)))
