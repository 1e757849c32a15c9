"""ODCS documents (Open Data Contract Standard, v3.0.x and v3.1) to contracts, and back.

What the standard says and a stream cannot decide (SQL rules, freshness, prose) is kept as a note
of the contract, never silently taken as checked.
"""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headrace import _native
from headrace._native import translated
from headrace.contract.model import Contract
from headrace.contract.types import TypeRefusedError, arrow_type, odcs_type
from headrace.errors import ConfigError, Problem
from headrace.job import Document, load_document
from headrace.schema import Field, Schema

_VERSIONS = ("v3.0", "v3.1")
_OPTIONS = {
    "string": ("minLength", "maxLength", "pattern", "format"),
    "integer": (
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "format",
    ),
    "number": (
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "format",
    ),
    "date": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"),
    "timestamp": (
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "format",
        "timezone",
        "defaultTimezone",
    ),
    "boolean": (),
}
# ODCS v3.1.0, SchemaProperty; those of v3.0.x are among them.
_PROPERTY_KEYS = frozenset(
    {
        "authoritativeDefinitions",
        "businessName",
        "classification",
        "criticalDataElement",
        "customProperties",
        "description",
        "encryptedName",
        "examples",
        "id",
        "items",
        "logicalType",
        "logicalTypeOptions",
        "name",
        "partitionKeyPosition",
        "partitioned",
        "physicalName",
        "physicalType",
        "primaryKey",
        "primaryKeyPosition",
        "properties",
        "quality",
        "relationships",
        "required",
        "tags",
        "transformDescription",
        "transformLogic",
        "transformSourceObjects",
        "unique",
    }
)
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


def load_contract(
    source: "str | Path | Mapping[str, Any] | Contract | Schema", *, stream: str | None = None
) -> Contract:
    """Read a contract.

    Args:
        source: Path of an ODCS document, the document as a mapping, or the resolved object.
        stream: Which of several schema objects is meant; by name or physicalName.

    Raises:
        ConfigError: It cannot be read or is wrong; lists every problem with its line.
    """
    if isinstance(source, Contract):
        return source
    if isinstance(source, Schema):
        return Contract.of_schema(source)
    document, problems = load_document(source)
    contract = _Reading(document, problems).contract(stream)
    if contract is None or problems:
        raise ConfigError(problems=problems)
    return contract


class _Reading:
    """One pass over a document; problems are gathered as they are met."""

    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self.document = document
        self.problems = problems
        self.notes: list[str] = []

    def report(self, path: tuple[str | int, ...], message: str) -> None:
        self.problems.append(self.document.problem(path, message))

    def contract(self, stream: str | None) -> Contract | None:
        value = self.document.value
        if not isinstance(value, dict):
            self.report((), "a contract is a mapping with apiVersion, kind, id, version, schema")
            return None
        self.header(value)
        objects = value.get("schema")
        if not isinstance(objects, list) or not objects:
            self.report(("schema",), "needs a list with at least one object")
            return None
        index = self.chosen(objects, stream)
        if index is None:
            return None
        path: tuple[str | int, ...] = ("schema", index)
        chosen = objects[index]
        fields, rules = self.properties(chosen.get("properties"), path)
        for n, rule in enumerate(self.quality(chosen, path)):
            self.note(rule, (*path, "quality", n))
        return Contract(
            schema=Schema(tuple(fields)),
            rules=rules,
            name=str(chosen.get("name") or chosen.get("physicalName") or ""),
            version=str(value.get("version") or ""),
            notes=tuple(self.notes),
        )

    def header(self, value: dict[str, Any]) -> None:
        version = value.get("apiVersion")
        if not isinstance(version, str) or not version.startswith(_VERSIONS):
            self.report(("apiVersion",), f"is {version!r}; read are ODCS v3.0.x and v3.1.x")
        if value.get("kind") != "DataContract":
            self.report(("kind",), f"is {value.get('kind')!r} and must be DataContract")
        for key in ("id", "version", "status"):
            if not isinstance(value.get(key), str):
                self.report((key,), "is required, a text")

    def chosen(self, objects: list[Any], stream: str | None) -> int | None:
        for n, item in enumerate(objects):
            if not isinstance(item, dict):
                self.report(("schema", n), "is not a mapping")
                return None
        if len(objects) == 1:
            return 0
        names = [(item.get("name"), item.get("physicalName")) for item in objects]
        index = next((n for n, known in enumerate(names) if stream and stream in known), None)
        if index is None:
            known = ", ".join(str(name) for name, _ in names)
            wanted = f"none named {stream!r}" if stream else "and no stream says which"
            self.report(("schema",), f"has several objects, {wanted}: {known}")
        return index

    def properties(
        self, properties: object, path: tuple[str | int, ...]
    ) -> tuple[list[Field], dict[str, dict[str, Any]]]:
        fields: list[Field] = []
        rules: dict[str, dict[str, Any]] = {}
        if not isinstance(properties, list) or not properties:
            self.report((*path, "properties"), "needs a list with at least one column")
            return fields, rules
        keys: list[tuple[object, str]] = []
        for n, item in enumerate(properties):
            place = (*path, "properties", n)
            if not isinstance(item, dict) or not isinstance(item.get("name"), str):
                self.report(place, "needs a name")
                continue
            self.known_keys(item, place)
            name = item.get("physicalName") or item["name"]
            if not isinstance(name, str):
                self.report((*place, "physicalName"), f"is a text, not {name!r}")
                continue
            if any(f.name == name for f in fields):
                self.report(place, f"column {name!r} stands twice")
                continue
            kind = self.type_of(item, place)
            options = self.rules_of(item, place)
            if kind == "string":
                self.texts(item, place)
            if item.get("primaryKey") is True:
                options["required"] = True
                keys.append((item.get("primaryKeyPosition", len(keys)), name))
            fields.append(Field(name, kind, not options.get("required", False)))
            rules[name] = options
        for n, item in enumerate(properties):
            self.compiled(item, rules, fields, (*path, "properties", n))
        for _, name in sorted(keys, key=lambda key: (not isinstance(key[0], int), key)):
            rules[name]["unique" if len(keys) == 1 else "primary_key"] = True
        return fields, {name: options for name, options in rules.items() if options}

    def texts(self, item: dict[str, Any], place: tuple[str | int, ...]) -> None:
        """Report allowed values of a text column that YAML did not read as texts: NO, 01, 1.0."""
        for n, rule in enumerate(self.quality(item, place)):
            for value in _allowed_values(rule) or ():
                if value is not None and not isinstance(value, str):
                    message = f"{value!r} is not a text as YAML reads it; quote it"
                    self.report((*place, "quality", n), message)

    def known_keys(self, item: dict[str, Any], place: tuple[str | int, ...]) -> None:
        """Report keys that the standard does not have: a rule misspelled is a rule not checked."""
        for key in item:
            if key not in _PROPERTY_KEYS:
                near = difflib.get_close_matches(str(key), _PROPERTY_KEYS, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                self.report((*place, str(key)), f"is no key of an ODCS property{hint}")

    def compiled(
        self,
        item: object,
        rules: dict[str, dict[str, Any]],
        fields: list[Field],
        place: tuple[str | int, ...],
    ) -> None:
        """Report the bounds, patterns and allowed values that the core refuses."""
        name = (item.get("physicalName") or item.get("name")) if isinstance(item, dict) else None
        field = next((field for field in fields if field.name == name), None)
        if field is None:
            return
        options = dict(rules[field.name])
        while True:  # the core stops at the first; each is reported and left out in turn
            try:
                with translated():
                    _native.Validator([(field.name, field.type, options)], unique_bytes=1)
            except ConfigError as error:
                (problem,) = error.problems
                rule = problem.path.rpartition(".")[2]
                where = ("quality",) if rule == "enum" else ("logicalTypeOptions", rule)
                self.report((*place, *where), problem.message)
                if options.pop(rule, None) is None:
                    return
            else:
                return

    def type_of(self, item: dict[str, Any], place: tuple[str | int, ...]) -> str:
        logical, physical = item.get("logicalType"), item.get("physicalType")
        options = item.get("logicalTypeOptions") or {}
        for key, value in (("logicalType", logical), ("physicalType", physical)):
            if value is not None and not isinstance(value, str):
                self.report((*place, key), "is not a text")
                return "string"
        try:
            return arrow_type(logical, physical, options if isinstance(options, dict) else {})
        except TypeRefusedError as error:
            self.report((*place, error.key), str(error))
            return "string"

    def rules_of(self, item: dict[str, Any], place: tuple[str | int, ...]) -> dict[str, Any]:
        rules: dict[str, Any] = {}
        for key in ("required", "unique", "primaryKey"):
            value = item.get(key, False)
            if not isinstance(value, bool):
                self.report((*place, key), f"is true or false, not {value!r}")
            elif value and key != "primaryKey":
                rules[key] = True
        options = item.get("logicalTypeOptions", {})
        if isinstance(options, dict):
            rules |= self.options_of(
                item.get("logicalType"), options, (*place, "logicalTypeOptions")
            )
        else:
            self.report((*place, "logicalTypeOptions"), "is not a mapping")
        for n, rule in enumerate(self.quality(item, place)):
            allowed = _allowed_values(rule)
            if allowed is None:
                self.note(rule, (*place, "quality", n))
            else:
                texts = [text_of(value) for value in allowed if value is not None]
                rules["enum"] = [t for t in texts if t in rules.get("enum", texts)]
        return rules

    def options_of(
        self, logical: str | None, options: dict[str, Any], place: tuple[str | int, ...]
    ) -> dict[str, Any]:
        rules: dict[str, Any] = {}
        known = _OPTIONS.get(logical) if logical else None
        for key, value in options.items():
            fault = _option_fault(key, value)
            if known is not None and key not in known:
                self.report((*place, key), f"unknown option of a {logical}: {', '.join(known)}")
            elif fault is not None:
                self.report((*place, key), fault)
            elif key in ("minLength", "maxLength", "pattern"):
                rules[key] = value
            elif key in _BOUNDS and not isinstance(value, bool):
                rules[key] = text_of(value)
        # v3.0.x: exclusiveMinimum and exclusiveMaximum are flags beside minimum and maximum.
        for bound in ("minimum", "maximum"):
            exclusive = "exclusive" + bound.capitalize()
            if options.get(exclusive) is not True:
                continue
            if bound in rules:
                rules[exclusive] = rules.pop(bound)
            elif bound not in options:
                self.report((*place, exclusive), f"is true and there is no {bound} for it")
        return rules

    def quality(self, item: dict[str, Any], place: tuple[str | int, ...]) -> list[dict[str, Any]]:
        rules = item.get("quality") or []
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            self.report((*place, "quality"), "is a list of mappings")
            return []
        return rules

    def note(self, rule: dict[str, Any], place: tuple[str | int, ...]) -> None:
        if rule.get("type") == "text":
            return  # prose: nothing to check, nothing to promise
        what = rule.get("metric") or rule.get("rule") or rule.get("type") or "quality rule"
        spelled = self.document.problem(place, "").path
        self.notes.append(f"{spelled}: {what} is not checked by this version")


def _option_fault(key: str, value: object) -> str | None:
    """What is wrong with the form of an option's value."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if key in ("minLength", "maxLength") and not is_count:
        return f"is a whole number of at least 0, not {value!r}"
    if key == "pattern" and not isinstance(value, str):
        return "is a regular expression"
    if key in ("minimum", "maximum", "multipleOf") and isinstance(value, bool):
        return f"is a value of the column, not {value!r}"
    return None


def _allowed_values(rule: dict[str, Any]) -> list[Any] | None:
    """The allowed values, where a quality rule says just that: no invalid value at all."""
    metric = rule.get("metric") or rule.get("rule")
    arguments = rule.get("arguments") if isinstance(rule.get("arguments"), dict) else {}
    values = (arguments or {}).get("validValues", rule.get("validValues"))
    if metric in ("invalidValues", "validValues") and isinstance(values, list):
        exact = rule.get("mustBe") == 0 or metric == "validValues"
        return values if exact and set(arguments or {}) <= {"validValues"} else None
    return None


def text_of(value: object) -> str:
    """A YAML scalar in the text grammar of its type: dates in ISO 8601, true and false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return str(value)


def write_contract(schema: Schema, *, name: str) -> dict[str, Any]:
    """A starting contract of `schema` as an ODCS v3.1 document."""
    properties = []
    for field in schema.fields:
        logical, physical = odcs_type(field.type)
        item: dict[str, Any] = {
            "name": field.name,
            "logicalType": logical,
            "physicalType": physical,
        }
        if field.type == "timestamp[us, tz=UTC]":
            item["logicalTypeOptions"] = {"timezone": True}
        if not field.nullable:
            item["required"] = True
        properties.append(item)
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": name,
        "name": name,
        "version": "1.0.0",
        "status": "draft",
        "schema": [
            {
                "name": name,
                "physicalName": name,
                "logicalType": "object",
                "physicalType": "table",
                "properties": properties,
            }
        ],
    }
