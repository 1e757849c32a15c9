"""The properties of an ODCS schema object: columns with their types and rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from headrace import _native
from headrace._native import translated
from headrace.contract.options import rules_of_options
from headrace.contract.quality import QualityRule, allowed_values, quality_rules
from headrace.contract.reading import Reading, quality_of, text_of
from headrace.contract.spelling import members_of
from headrace.contract.types import TypeRefusedError, arrow_type, column_name
from headrace.errors import ConfigError
from headrace.job import KeyPath
from headrace.schema import Field


@dataclass
class Columns:
    """What an object's properties amount to."""

    fields: list[Field] = field(default_factory=list)
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    quality: list[QualityRule] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    docs: dict[str, str] = field(default_factory=dict)


def columns_of(reading: Reading, properties: object, path: KeyPath) -> Columns:
    """The columns, in order; reports everything that is wrong with them."""
    columns = Columns()
    if not isinstance(properties, list) or not properties:
        reading.report(path, "needs a list with at least one column")
        return columns
    keys: list[tuple[int, str]] = []
    for n, item in enumerate(properties):
        place = (*path, n)
        if not isinstance(item, dict) or not isinstance(item.get("name"), str):
            reading.report(place, "needs a name")
            continue
        name = column_name(item)
        if name is None:
            reading.report((*place, "physicalName"), f"is a text, not {item['physicalName']!r}")
            continue
        if name in columns.rules:
            reading.report(place, f"column {name!r} stands twice")
            continue
        _read(reading, columns, item, name, place)
        if item.get("primaryKey") is True:
            columns.rules[name]["required"] = True
            keys.append((_key_position(reading, item, place, keys), name))
    columns.fields = [
        Field(f.name, f.type, not columns.rules[f.name].get("required", False))
        for f in columns.fields
    ]
    columns.keys = [name for _, name in sorted(keys)]
    for name in columns.keys:
        columns.rules[name]["unique" if len(keys) == 1 else "primary_key"] = True
    return columns


def _key_position(
    reading: Reading, item: dict[str, Any], place: KeyPath, keys: Sequence[tuple[int, str]]
) -> int:
    """Where a column stands in the primary key; one that does not say so, where it is listed."""
    position = item.get("primaryKeyPosition", len(keys))
    where = (*place, "primaryKeyPosition")
    if not isinstance(position, int) or isinstance(position, bool):
        reading.report(where, f"is a whole number, not {position!r}")
        return len(keys)
    if "primaryKeyPosition" in item and position in [other for other, _ in keys]:
        reading.report(where, f"{position} is the position of another key, too")
    return position


def _read(
    reading: Reading, columns: Columns, item: dict[str, Any], name: str, place: KeyPath
) -> None:
    """Add the column that `item` describes."""
    try:
        arrow = arrow_type(item)
    except TypeRefusedError as error:
        reading.report((*place, *error.path), str(error))
        arrow = "string"
    rules = _rules_of(reading, item, place, arrow=arrow)
    for key in ("unique", "primaryKey"):
        if not isinstance(item.get(key, False), bool):
            reading.report((*place, key), f"is true or false, not {item[key]!r}")
    if isinstance(item.get("description"), str):
        columns.docs[name] = item["description"]
    if item.get("unique") is True:
        rules["unique"] = True
    for n, rule in enumerate(quality_of(reading, item, place)):
        if allowed_values(rule) is None:
            found = quality_rules(reading, rule, (*place, "quality", n), column=name)
            columns.quality.extend(found)
    columns.fields.append(Field(name, arrow))
    columns.rules[name] = rules
    is_key = item.get("primaryKey") is True
    _accepted(reading, name, arrow, rules | ({"unique": True} if is_key else {}), (item, place))


def _rules_of(
    reading: Reading, item: dict[str, Any], place: KeyPath, *, arrow: str
) -> dict[str, Any]:
    """The rules of a property, and of what is nested in it."""
    rules: dict[str, Any] = {}
    required = item.get("required", False)
    if not isinstance(required, bool):
        reading.report((*place, "required"), f"is true or false, not {required!r}")
    elif required:
        rules["required"] = True
    options = item.get("logicalTypeOptions", {})
    if isinstance(options, dict):
        rules |= rules_of_options(
            reading,
            item.get("logicalType"),
            options,
            (*place, "logicalTypeOptions"),
            arrow=arrow,
        )
    else:
        reading.report((*place, "logicalTypeOptions"), "is not a mapping")
    allowed = _allowed(reading, item, place, is_text=arrow == "string")
    if allowed is not None:
        rules["enum"] = allowed
    return rules | _nested_rules(reading, item, place, arrow=arrow)


def _nested_rules(
    reading: Reading, item: dict[str, Any], place: KeyPath, *, arrow: str
) -> dict[str, Any]:
    """The rules of a list's items and of a struct's properties, where they have any.

    That they are not null is said by the type already.
    """
    members = {member.name: member.type for member in members_of(arrow)}
    rules: dict[str, Any] = {}
    if "" in members and arrow.startswith("list") and isinstance(item.get("items"), dict):
        found = _member_rules(reading, item["items"], (*place, "items"), arrow=members[""])
        if found:
            rules["items"] = found
    properties = item.get("properties")
    if arrow.startswith("struct") and isinstance(properties, list):
        rules_of = {}
        for n, inner in enumerate(properties):
            name = column_name(inner) if isinstance(inner, dict) else None
            if name in members:
                at = (*place, "properties", n)
                found = _member_rules(reading, inner, at, arrow=members[name])
                if found:
                    rules_of[name] = found
        if rules_of:
            rules["properties"] = rules_of
    elif arrow == "extension<arrow.json>" and ("items" in item or properties):
        reading.note(place, "what is within JSON is not checked by this version")
    return rules


def _member_rules(
    reading: Reading, item: dict[str, Any], place: KeyPath, *, arrow: str
) -> dict[str, Any]:
    rules = _rules_of(reading, item, place, arrow=arrow)
    rules.pop("required", None)
    rules = _accepted(reading, str(item.get("name", "items")), arrow, rules, (item, place))
    for key in ("unique", "primaryKey"):
        if item.get(key) is True:
            reading.report((*place, key), "is a rule of a column, not of what is nested in it")
    for n, rule in enumerate(quality_of(reading, item, place)):
        if allowed_values(rule) is None and rule.get("type") != "text":
            reading.note((*place, "quality", n), "is not checked within a column")
    return rules


def _allowed(
    reading: Reading, item: dict[str, Any], place: KeyPath, *, is_text: bool
) -> list[str] | None:
    """The values that every rule of allowed values has, as texts; None without such a rule."""
    allowed: list[str] | None = None
    for n, rule in enumerate(quality_of(reading, item, place)):
        values = [value for value in allowed_values(rule) or () if value is not None]
        if allowed_values(rule) is None:
            continue
        for value in values:
            # NO, 01, 1.0: what YAML made of them is not what was meant.
            if is_text and not isinstance(value, str):
                message = f"{value!r} is not a text as YAML reads it; quote it"
                reading.report((*place, "quality", n), message)
        texts = [text_of(value) for value in values]
        allowed = texts if allowed is None else [text for text in texts if text in allowed]
    return allowed


def _accepted(
    reading: Reading,
    name: str,
    arrow: str,
    rules: dict[str, Any],
    at: tuple[dict[str, Any], KeyPath],
) -> dict[str, Any]:
    """The rules that the core takes; reports those that suit no value, or not the type.

    `at` is the property, and where it stands.
    """
    item, place = at
    options = item.get("logicalTypeOptions", {})
    rules = dict(rules)
    while True:  # the core stops at the first; each is reported and left out in turn
        try:
            with translated():
                _native.Validator([(name, arrow, rules)], unique_bytes=1)
        except ConfigError as error:
            (problem,) = error.problems
            rule = problem.path.rpartition(".")[2]
            key = "required" if rule == "requiredProperties" else rule
            where = {
                "enum": ("quality",),
                "items": ("items",),
                "properties": ("properties",),
                "unique": ("unique" if item.get("unique") is True else "primaryKey",),
            }.get(rule, ("logicalTypeOptions", key if key in options else "format"))
            reading.report((*place, *where), problem.message)
            if rules.pop(rule, None) is None:
                return rules
        else:
            return rules
