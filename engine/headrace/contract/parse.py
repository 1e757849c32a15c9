"""ODCS documents (Open Data Contract Standard, v3.0.x and v3.1) to contracts.

What the standard says and a stream cannot decide (SQL rules, freshness, prose) is kept as a note
of the contract, never silently taken as checked.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from headrace.contract.measures import Measures
from headrace.contract.model import Contract
from headrace.contract.properties import columns_of
from headrace.contract.published import check_published
from headrace.contract.quality import QualityRule, quality_rules
from headrace.contract.reading import Reading, quality_of
from headrace.errors import ConfigError
from headrace.job import load_document
from headrace.schema import Schema

_VERSIONS = ("v3.0", "v3.1")


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
    reading = Reading(*load_document(source))
    contract = _contract(reading, stream)
    check_published(reading)
    if contract is None or reading.problems:
        raise ConfigError(problems=reading.problems)
    return contract


def _contract(reading: Reading, stream: str | None) -> Contract | None:
    value = reading.document.value
    if not isinstance(value, dict):
        message = "a contract is a mapping with apiVersion, kind, id, version, schema"
        reading.report((), message)
        return None
    _check_header(reading, value)
    objects = value.get("schema")
    if not isinstance(objects, list) or not objects:
        reading.report(("schema",), "needs a list with at least one object")
        return None
    index = _chosen(reading, objects, stream)
    if index is None:
        return None
    chosen = objects[index]
    columns = columns_of(reading, chosen.get("properties"), ("schema", index, "properties"))
    quality = list(columns.quality)
    for n, rule in enumerate(quality_of(reading, chosen, ("schema", index))):
        place = ("schema", index, "quality", n)
        quality += quality_rules(reading, rule, place, column=None)
    schema = Schema(tuple(columns.fields))
    return Contract(
        schema=schema,
        quality=tuple(asked for asked in quality if _is_measurable(reading, asked, schema)),
        rules={name: rules for name, rules in columns.rules.items() if rules},
        name=str(chosen.get("name") or chosen.get("physicalName") or ""),
        version=str(value.get("version") or ""),
        notes=tuple(reading.notes),
        keys=tuple(columns.keys),
        docs=columns.docs,
    )


def _is_measurable(reading: Reading, rule: QualityRule, schema: Schema) -> bool:
    """Whether its columns are there and the core takes the rule; reports why not."""
    unknown = next((name for name in rule.columns if name not in schema.names), None)
    if unknown is not None:
        path = f"{rule.where.path}.arguments"
        message = f"there is no column {unknown!r}"
        reading.problems.append(replace(rule.where, path=path, message=message))
        return False
    try:
        Measures((rule,), schema, unique_bytes=1)
    except ConfigError as error:
        reading.problems += [replace(rule.where, message=p.message) for p in error.problems]
        return False
    return True


def _check_header(reading: Reading, value: dict[str, Any]) -> None:
    version = value.get("apiVersion")
    if not isinstance(version, str) or not version.startswith(_VERSIONS):
        reading.report(("apiVersion",), f"is {version!r}; read are ODCS v3.0.x and v3.1.x")
    if value.get("kind") != "DataContract":
        reading.report(("kind",), f"is {value.get('kind')!r} and must be DataContract")
    for key in ("id", "version", "status"):
        if not isinstance(value.get(key), str):
            reading.report((key,), "is required, a text")


def _chosen(reading: Reading, objects: list[Any], stream: str | None) -> int | None:
    """The index of the object that is meant."""
    for n, item in enumerate(objects):
        if not isinstance(item, dict):
            reading.report(("schema", n), "is not a mapping")
            return None
    if len(objects) == 1:
        return 0
    names = [(item.get("name"), item.get("physicalName")) for item in objects]
    index = next((n for n, known in enumerate(names) if stream and stream in known), None)
    if index is None:
        known = ", ".join(str(name) for name, _ in names)
        wanted = f"none named {stream!r}" if stream else "and no stream says which"
        reading.report(("schema",), f"has several objects, {wanted}: {known}")
    return index
