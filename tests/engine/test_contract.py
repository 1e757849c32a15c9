"""ODCS documents to contracts and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from headrace import ConfigError, Contract, Field, Schema, SchemaValidator, load_contract
from headrace.contract import write_contract
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import ROOT, a_contract, a_property
from tests.strategies import arrow_types

PUBLISHED = json.loads(
    (ROOT / "engine/headrace/contract/odcs-3.1.0.schema.json").read_text(encoding="utf-8")
)


def the_problems(document: str, tmp_path: Path) -> list[tuple[str, int | None]]:
    """Key path and line of everything that is wrong."""
    path = tmp_path / "contract.yaml"
    path.write_text(document, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_contract(path)
    assert {problem.source for problem in caught.value.problems} == {str(path)}
    return [(problem.path, problem.line) for problem in caught.value.problems]


def the_broken_rules(contract: Contract, *rows: dict[str, Any]) -> list[tuple[int, str]]:
    """Row and rule of every error."""
    _, errors = SchemaValidator(contract, mode="quarantine").validate_batch(list(rows))
    return [(error.row, error.rule) for error in errors]


class TestGivenRules:
    @pytest.mark.parametrize(
        ("item", "good", "bad", "rule"),
        [
            pytest.param(*case, marks=pytest.mark.covers(f"rule:{case[3]}"))
            for case in [
                (a_property("a", required=True), "x", None, "required"),
                (a_property("a", logicalTypeOptions={"minLength": 2}), "éé", "é", "minLength"),
                (a_property("a", logicalTypeOptions={"maxLength": 2}), "éé", "ééé", "maxLength"),
                (a_property("a", logicalTypeOptions={"pattern": "^a+$"}), "aa", "ab", "pattern"),
                (a_property("a", "integer", logicalTypeOptions={"minimum": 2}), 2, 1, "minimum"),
                (a_property("a", "integer", logicalTypeOptions={"maximum": 2}), 2, 3, "maximum"),
                (
                    a_property("a", "integer", logicalTypeOptions={"multipleOf": 3}),
                    6,
                    7,
                    "multipleOf",
                ),
                (
                    a_property("a", "integer", logicalTypeOptions={"exclusiveMinimum": 2}),
                    3,
                    2,
                    "exclusiveMinimum",
                ),
                (
                    a_property(
                        "a", "integer", logicalTypeOptions={"minimum": 2, "exclusiveMinimum": True}
                    ),
                    3,
                    2,
                    "exclusiveMinimum",
                ),
                (
                    a_property(
                        "a", "integer", logicalTypeOptions={"maximum": 2, "exclusiveMaximum": True}
                    ),
                    1,
                    2,
                    "exclusiveMaximum",
                ),
                (
                    a_property(
                        "a", "integer", logicalTypeOptions={"maximum": 2, "exclusiveMaximum": False}
                    ),
                    2,
                    3,
                    "maximum",
                ),
                (
                    a_property("a", "number", logicalTypeOptions={"exclusiveMaximum": 0.5}),
                    0.25,
                    0.5,
                    "exclusiveMaximum",
                ),
            ]
        ],
    )
    def test_when_a_value_breaks_one_then_that_rule_is_named(
        self, item: dict[str, Any], good: object, bad: object, rule: str
    ) -> None:
        """Each rule of the standard holds at its very bound, in both forms of exclusive bounds."""
        options = item.get("logicalTypeOptions", {})
        is_flagged = any(isinstance(options.get(key), bool) for key in options)
        version = "v3.0.2" if is_flagged else "v3.1.0"
        contract = load_contract({**a_contract(item), "apiVersion": version})

        assert the_broken_rules(contract, {"a": good}, {"a": bad}) == [(2, rule)]

    @pytest.mark.covers("rule:enum")
    @pytest.mark.parametrize(("version", "key"), [("v3.0.2", "rule"), ("v3.1.0", "metric")])
    def test_when_only_some_values_are_valid_then_no_other_passes(
        self, version: str, key: str
    ) -> None:
        """No invalid value at all, as the standard's own quality rule, is a set of values."""
        quality = {key: "invalidValues", "arguments": {"validValues": ["x", "y"]}, "mustBe": 0}
        document = a_contract(a_property("a", quality=[quality]))
        contract = load_contract({**document, "apiVersion": version})

        broken = the_broken_rules(contract, {"a": "x"}, {"a": "z"}, {"a": None})

        assert broken == [(2, "enum")]
        assert contract.notes == ()

    def test_when_two_rules_name_valid_values_then_both_hold(self) -> None:
        """A later quality rule never replaces an earlier one."""
        quality = [
            {"metric": "invalidValues", "arguments": {"validValues": values}, "mustBe": 0}
            for values in (["x", "y"], ["y", "z"])
        ]
        contract = load_contract(a_contract(a_property("a", quality=quality)))

        broken = the_broken_rules(contract, {"a": "x"}, {"a": "y"}, {"a": "z"})

        assert broken == [(1, "enum"), (3, "enum")]

    def test_when_yaml_makes_dates_of_bounds_then_they_are_dates(self, tmp_path: Path) -> None:
        """A bound is read as a value of its column, however YAML reads it."""
        document = a_contract(
            a_property("d", "date", logicalTypeOptions={"minimum": "2000-01-01"}),
            a_property(
                "t",
                "timestamp",
                logicalTypeOptions={"timezone": True, "maximum": "2000-01-01T00:00:00Z"},
            ),
        )
        path = tmp_path / "contract.yaml"
        text = yaml.safe_dump(document).replace("'", "")  # unquoted: dates to YAML
        path.write_text(text)

        contract = load_contract(path)

        assert contract.rules["d"]["minimum"] == "2000-01-01"
        assert contract.rules["t"]["maximum"].startswith("2000-01-01T00:00:00")

    def test_when_one_column_is_the_key_then_it_is_required_and_unique(self) -> None:
        """A primary key of one column."""
        contract = load_contract(
            a_contract(a_property("a", "integer", primaryKey=True), a_property("b"))
        )

        row = {"a": 1, "b": None}
        broken = the_broken_rules(contract, row, row, {"a": None, "b": None})

        assert broken == [(2, "unique"), (3, "required")]
        assert [field.nullable for field in contract.schema.fields] == [False, True]

    @pytest.mark.covers("rule:unique")
    def test_when_columns_make_a_key_then_they_are_unique_together(self) -> None:
        """A composite key: parts may repeat, the whole may not."""
        contract = load_contract(
            a_contract(
                a_property("a", "integer", primaryKey=True, primaryKeyPosition=2),
                a_property("b", primaryKey=True, primaryKeyPosition=1),
            )
        )

        rows = [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 1, "b": "x"}]
        broken = the_broken_rules(contract, *rows)

        assert [row for row, _ in broken] == [4]
        assert the_broken_rules(contract, {"a": 1, "b": None}) == [(1, "required")]

    def test_when_there_is_a_physical_name_then_data_have_it(self) -> None:
        """`physicalName` is the column's name in the data."""
        contract = load_contract(a_contract(a_property("a", physicalName="A_1", required=True)))

        assert contract.schema.names == ("A_1",)
        assert the_broken_rules(contract, {"A_1": None}) == [(1, "required")]

    def test_when_columns_are_described_and_keys_then_a_target_can_know(self) -> None:
        """The primary key in its order, and what the document says of columns."""
        found = load_contract(
            a_contract(
                a_property("b", primaryKey=True, primaryKeyPosition=2, description="second"),
                a_property("a", primaryKey=True, primaryKeyPosition=1),
            )
        )

        assert found.keys == ("a", "b")
        assert found.docs == {"b": "second"}


class TestGivenWhatAStreamCannotCheck:
    def test_when_loaded_then_it_becomes_a_note(self) -> None:
        """Nothing that the document asks is silently taken as checked."""
        document = a_contract(
            a_property(
                "a",
                quality=[
                    {"type": "sql", "query": "select 1", "mustBe": 0},
                    {"type": "custom", "engine": "soda", "implementation": "x"},
                    {"metric": "nullValues", "mustBe": 0, "unit": "MB"},
                    {"type": "text", "description": "prose"},
                ],
            )
        )
        document["schema"][0]["quality"] = [{"type": "sql", "query": "select 1", "mustBe": 0}]

        contract = load_contract(document)

        assert contract.notes == (
            "schema[0].properties[0].quality[0]: sql is not checked by this version",
            "schema[0].properties[0].quality[1]: custom is not checked by this version",
            "schema[0].properties[0].quality[2]: nullValues in MB is not checked by this version",
            "schema[0].quality[0]: sql is not checked by this version",
        )
        assert contract.rules == {}


class TestGivenSeveralObjects:
    def document(self) -> dict[str, Any]:
        """Two tables."""
        document = a_contract(a_property("a"))
        document["schema"] = [
            {"name": "one", "properties": [a_property("a")]},
            {"name": "two", "physicalName": "t_2", "properties": [a_property("b")]},
        ]
        return document

    @pytest.mark.parametrize(("stream", "column"), [("one", "a"), ("two", "b"), ("t_2", "b")])
    def test_when_a_stream_is_named_then_its_object_is_taken(
        self, stream: str, column: str
    ) -> None:
        """The stream's name chooses, by name or physicalName."""
        assert load_contract(self.document(), stream=stream).schema.names == (column,)

    @pytest.mark.parametrize("stream", ["three", "", None])
    def test_when_none_is_meant_then_none_is_taken(self, stream: str | None) -> None:
        """Which of several is never guessed."""
        with pytest.raises(ConfigError, match=r"several objects.*one, two"):
            load_contract(self.document(), stream=stream)


TEN_MISTAKES = """\
apiVersion: v2.2.2
kind: Contract
id: 5
version: 1.0.0
status: draft
schema:
  - name: t
    properties:
      - {name: a, logicalType: object}
      - name: b
        logicalType: string
        logicalTypeOptions:
          pattern: "(unclosed"
          minLength: -1
      - name: c
        logicalType: integer
        physicalType: tinyint
        logicalTypeOptions: {minimum: 3.9, length: 3}
      - {name: d, logicalType: date, required: "yes"}
      - {logicalType: string}
      - {name: a, logicalType: string}
      - name: e
        logicalType: number
        logicalTypeOptions:
          exclusiveMinimum: true
        quality:
          - {metric: invalidValues, arguments: {validValues: [1, x]}, mustBe: 0}
"""


class TestGivenMistakes:
    def test_when_loaded_then_all_are_reported_at_once_with_path_and_line(
        self, tmp_path: Path
    ) -> None:
        """Every problem has its key path and line, in one error."""
        options = "logicalTypeOptions"

        assert sorted(the_problems(TEN_MISTAKES, tmp_path)) == sorted(
            [
                ("apiVersion", 1),
                ("kind", 2),
                ("id", 3),
                ("schema[0].properties[0].properties", 9),
                (f"schema[0].properties[1].{options}.pattern", 13),
                (f"schema[0].properties[1].{options}.minLength", 14),
                (f"schema[0].properties[2].{options}.minimum", 18),
                (f"schema[0].properties[2].{options}.length", 18),
                ("schema[0].properties[3].required", 19),
                ("schema[0].properties[4]", 20),
                ("schema[0].properties[5]", 21),
                (f"schema[0].properties[6].{options}.exclusiveMinimum", 25),
                ("schema[0].properties[6].quality", 26),
            ]
        )

    @pytest.mark.parametrize(
        "text",
        ["", "- list", "text", "a: [", "schema: []", "schema: [1]", "schema: [{properties: 5}]"],
    )
    def test_when_it_is_no_contract_then_it_is_a_config_error(
        self, text: str, tmp_path: Path
    ) -> None:
        """Whatever the file holds, the error is typed."""
        assert the_problems(text, tmp_path)

    def test_when_one_column_has_several_then_none_hides_another(self) -> None:
        """Each bad bound of a column is reported, not the first alone."""
        item = a_property("a", "integer", logicalTypeOptions={"minimum": "x", "maximum": "y"})

        with pytest.raises(ConfigError) as caught:
            load_contract(a_contract(item))

        options = "schema[0].properties[0].logicalTypeOptions"
        assert [problem.path for problem in caught.value.problems] == [
            f"{options}.minimum",
            f"{options}.maximum",
        ]

    @pytest.mark.parametrize("item", [5, {"name": 5}, {"name": "a", "physicalName": 5}])
    def test_when_a_column_is_nonsense_then_it_is_a_config_error(self, item: object) -> None:
        """A column that is none is reported, not stumbled over."""
        with pytest.raises(ConfigError):
            load_contract(a_contract(a_property("b"), item))  # type: ignore[arg-type]

    def test_when_the_file_is_missing_then_it_is_named(self, tmp_path: Path) -> None:
        """A missing contract is ConfigError with its path."""
        with pytest.raises(ConfigError, match=r"missing\.yaml"):
            load_contract(tmp_path / "missing.yaml")

    def test_when_a_rule_does_not_suit_the_type_then_it_is_refused(self) -> None:
        """A pattern of an integer means nothing, and is not passed over."""
        with pytest.raises(ConfigError, match="pattern"):
            load_contract(a_contract({"name": "a", "physicalType": "int", **_options(pattern="x")}))


def _options(**options: object) -> dict[str, Any]:
    return {"logicalTypeOptions": options}


def the_published_faults(document: object) -> list[str]:
    """What the standard's own JSON Schema says against a document."""
    validator = jsonschema.validators.validator_for(PUBLISHED)(PUBLISHED)
    return [error.message for error in validator.iter_errors(document)]


class TestGivenContractsThatHeadraceWrites:
    @settings(max_examples=30, deadline=None)
    @given(
        schema=st.lists(
            st.tuples(st.text(min_size=1), arrow_types(), st.booleans()),
            min_size=1,
            unique_by=lambda column: column[0],
        ).map(lambda columns: Schema(tuple(Field(*column) for column in columns)))
    )
    def test_when_read_again_then_the_schema_round_trips(self, schema: Schema) -> None:
        """Writing and reading lose neither type nor nullability, and the standard agrees."""
        document = write_contract({"people": schema}, name="people")

        assert load_contract(document).schema == schema
        assert the_published_faults(document) == []

    @pytest.mark.parametrize(
        "path",
        [
            *sorted((ROOT / "examples" / "contracts").glob("*.yaml")),
            ROOT / "engine/headrace/cli/template/contract.yaml",
        ],
        ids=lambda path: f"{path.parent.name}/{path.name}",
    )
    def test_when_shipped_then_they_are_what_the_standard_says(self, path: Path) -> None:
        """Examples and templates are valid by the published JSON Schema."""
        assert the_published_faults(yaml.safe_load(path.read_text())) == []

    def test_when_a_document_is_wrong_then_the_published_schema_says_so(self) -> None:
        """The check above can fail."""
        assert the_published_faults({"kind": "Contract"})
