"""Contracts against the standard's own JSON Schema."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from headrace import ConfigError, load_contract
from headrace.contract.published import schema_text
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import a_contract, a_property
from tests.runs import ended, python


def the_published_faults(document: dict[str, Any], version: str) -> list[str]:
    """What the standard's own JSON Schema says against a document."""
    published = json.loads(schema_text(version[:4]))
    errors = jsonschema.Draft201909Validator(published).iter_errors(document)
    return [error.message for error in errors]


class TestGivenThePublishedSchema:
    @pytest.mark.parametrize(
        ("change", "path", "says"),
        [
            ({"descripton": {}}, "descripton", "did you mean 'description'?"),
            ({"team": {"membres": []}}, "team.membres", "did you mean 'members'?"),
            ({"servers": [{"server": "a", "type": "kafka"}]}, "servers[0].host", "required"),
            (
                {"servers": [{"server": "a", "type": "local", "path": "p", "formt": "csv"}]},
                "servers[0].formt",
                "did you mean 'format'?",
            ),
            ({"tags": "a"}, "tags", "not of type array"),
            ({"support": [{"chanel": "x"}]}, "support[0].chanel", "did you mean 'channel'?"),
            ({"apiVersion": "v3.1.7"}, "apiVersion", "known: v3.1.0"),
        ],
    )
    def test_when_a_document_breaks_it_then_the_key_is_named(
        self, change: dict[str, Any], path: str, says: str
    ) -> None:
        """A misspelled key or a value of another form is found wherever it stands."""
        with pytest.raises(ConfigError) as caught:
            load_contract(a_contract(a_property("a")) | change)

        found = {problem.path: problem.message for problem in caught.value.problems}
        assert says in found[path]

    @pytest.mark.parametrize(
        ("item", "path"),
        [
            ({"requird": True}, "requird"),
            ({"logicalTypeOptions": {"minLenght": 1}}, "logicalTypeOptions.minLenght"),
            ({"items": {"logicalType": "string"}}, "items"),
            ({"quality": [{"metric": "nullValues", "mustbe": 0}]}, "quality[0].mustbe"),
            (
                {"quality": [{"metric": "nullValues", "mustBe": 0, "mustNotBe": 1}]},
                "quality[0]",
            ),
            ({"primaryKeyPosition": "first"}, "primaryKeyPosition"),
            ({"classification": 5}, "classification"),
        ],
    )
    def test_when_a_property_breaks_it_then_the_key_is_named(
        self, item: dict[str, Any], path: str
    ) -> None:
        """Each key of a property has its place and its form."""
        with pytest.raises(ConfigError) as caught:
            load_contract(a_contract(a_property("a", **item)))

        paths = [problem.path for problem in caught.value.problems]
        assert f"schema[0].properties[0].{path}" in paths
        assert len(paths) == len(set(paths))

    def test_when_v3_0_is_misspelled_then_it_is_found_too(self) -> None:
        """v3.0's schema lets any key pass; a rule misspelled is a rule not checked all the same."""
        document = a_contract(a_property("a", requird=True)) | {"apiVersion": "v3.0.2"}

        with pytest.raises(ConfigError, match="did you mean 'required'"):
            load_contract(document)

    def test_when_a_run_has_no_contract_then_the_checker_is_not_imported(self) -> None:
        """What a run does not need is not paid for."""
        code = "import sys, headrace; print('jsonschema' in sys.modules)"

        assert ended(python(code)).out.strip() == "False"


def a_full_contract() -> dict[str, Any]:
    """A contract with something of everything."""
    quality = [{"metric": "nullValues", "mustBe": 0, "severity": "warning", "unit": "rows"}]
    options = {"minLength": 1, "maxLength": 9, "pattern": "a", "format": "email"}
    nested = {"logicalType": "array", "items": {"logicalType": "string", "required": True}}
    document = a_contract(
        a_property("a", quality=quality, logicalTypeOptions=options, tags=["x"]),
        a_property("b", "integer", logicalTypeOptions={"minimum": 1}, primaryKey=False),
        {"name": "c", **nested},
        {"name": "d", "logicalType": "object", "properties": [a_property("e", "boolean")]},
    )
    return document | {
        "servers": [{"server": "s", "type": "local", "path": "p", "format": "csv"}],
        "team": {"name": "t", "members": [{"username": "u"}]},
        "slaProperties": [{"property": "latency", "value": 4, "unit": "d"}],
        "customProperties": [{"property": "p", "value": {"any": ["thing"]}}],
        "description": {"purpose": "p"},
    }


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401
    """Every key path of a document."""
    found: list[tuple[Any, ...]] = []
    for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        found.append((*path, key))
        if isinstance(inner, dict | list):
            found += places(inner, (*path, key))
    return found


class TestGivenAnyDocument:
    @settings(max_examples=100, deadline=None)
    @given(
        at=st.sampled_from(places(a_full_contract())),
        change=st.sampled_from(["misspelled", "removed", 5, "text", [], {}, True, None]),
        version=st.sampled_from(["v3.1.0", "v3.0.2"]),
    )
    def test_when_the_standard_refuses_it_then_so_does_headrace(
        self, at: tuple[Any, ...], change: object, version: str
    ) -> None:
        """Whatever is misspelled, missing or of another form: no fault of the standard passes."""
        document = a_full_contract() | {"apiVersion": version}
        parent: Any = document
        for key in at[:-1]:
            parent = parent[key]
        if change == "misspelled" and isinstance(at[-1], str):
            parent[at[-1] + "_"] = parent.pop(at[-1])
        elif change in ("misspelled", "removed"):
            del parent[at[-1]]
        else:
            parent[at[-1]] = change
        is_refused = bool(the_published_faults(document, version))

        try:
            load_contract(document)
        except ConfigError:
            return
        assert not is_refused

    def test_when_it_is_good_then_it_passes(self) -> None:
        """The check above begins with a document that is one."""
        assert load_contract(a_full_contract()).schema.names == ("a", "b", "c", "d")
