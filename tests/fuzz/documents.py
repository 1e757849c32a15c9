"""Documents made from bytes: mostly ODCS, so that a fuzzer reaches what is behind the header."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypeVar

from headrace.contract.options import OPTIONS
from headrace.contract.physical import SPELLINGS
from headrace.contract.quality import METRICS, OPERATORS

T = TypeVar("T")

_MAX_DEPTH = 6
_LOGICAL = ("string", "integer", "number", "boolean", "date", "time", "timestamp", "array")
_PHYSICAL = (
    *(spelling for spellings in SPELLINGS.values() for spelling in spellings),
    *("decimal(15,2)", "numeric(38, 38)", "timestamptz(9)", "time(3)", "array<int>", "int[]"),
    *("map<varchar, int not null>", 'struct<a: int, "b c": varchar>', "array<array<json>>"),
)
_OPTIONS = tuple(line.name for line in OPTIONS)
_METRICS = (*(line.name for line in METRICS), "validValues", "duplicateCount")
_PROPERTY_KEYS = (
    *("businessName", "classification", "criticalDataElement", "customProperties", "description"),
    *("encryptedName", "examples", "id", "items", "logicalType", "logicalTypeOptions", "name"),
    *("partitionKeyPosition", "partitioned", "physicalName", "physicalType", "primaryKey"),
    *("primaryKeyPosition", "properties", "quality", "relationships", "required", "tags"),
    *("transformSourceObjects", "unique"),
)
_QUALITY_KEYS = ("type", "metric", "rule", "unit", "severity", "arguments", *OPERATORS)
_ARGUMENTS = ("validValues", "missingValues", "pattern", "properties")
_SCALARS: tuple[object, ...] = (
    *(None, True, False, 0, 1, -1, 7, 2**63, -(2**63), 10**40, 0.5, -0.0, 1e300),
    *(float("nan"), float("inf"), dt.date(2024, 2, 29), dt.datetime(2024, 2, 29, 12, 0)),  # noqa: DTZ001  YAML's are naive
    *("", "a", "0", "1.50", "2024-02-29", "12:00:00", "UTC", "Europe/Berlin", "${X:-1}", "${X}"),
    *("^a+$", "(", "[a-", "a{2,1}", "(?P<x>a)", r"\d{3}", r"\p{L}", "uuid", "int32", "email", "\0"),
)


class Choices:
    """Bytes spent one by one; behind the last they are zeros."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def byte(self) -> int:
        """The next byte."""
        self.at += 1
        return self.data[self.at - 1] if self.at <= len(self.data) else 0

    def one(self, of: Sequence[T]) -> T:
        """One of a few."""
        return of[self.byte() % len(of)]

    def text(self) -> str:
        """A text of up to 15 bytes, whatever they are."""
        length = self.byte() % 16
        start, self.at = self.at, self.at + length
        return self.data[start : self.at].decode("utf-8", "replace")


def document_of(data: bytes) -> dict[str, Any]:
    """An ODCS document, of which these bytes have chosen the parts and broken some."""
    choices = Choices(data)
    properties = [_property(choices, 0) for _ in range(choices.byte() % 4)]
    schema: dict[str, Any] = {"name": "t", "properties": properties}
    if choices.byte() % 4 == 0:
        schema["quality"] = [_quality(choices) for _ in range(choices.byte() % 3)]
    document: dict[str, Any] = {
        "apiVersion": choices.one(("v3.1.0", "v3.0.2")),
        "kind": "DataContract",
        "id": "t",
        "version": "1.0.0",
        "status": "active",
        "schema": [schema],
    }
    if choices.byte() % 8 == 1:
        key = choices.one((*document, "servers"))
        document[key] = _value(choices, 0)
    return document


def _property(choices: Choices, depth: int) -> dict[str, Any]:
    item: dict[str, Any] = {"name": choices.one(("a", "b", "c", "", "a.b"))}
    parts = choices.byte()
    if parts & 1:
        item["logicalType"] = choices.one((*_LOGICAL, "object"))
    if parts & 2:
        item["physicalType"] = choices.one((*_PHYSICAL, choices.text()))
    if parts & 4:
        item["required"] = choices.one((True, False))
        key, value = choices.one((("unique", False), ("unique", True), ("primaryKey", True)))
        item[key] = value
    if parts & 8:
        item["logicalTypeOptions"] = {
            choices.one(_OPTIONS): _scalar(choices) for _ in range(choices.byte() % 4)
        }
    if parts & 16:
        item["quality"] = [_quality(choices) for _ in range(choices.byte() % 3)]
    if parts & 32 and depth < _MAX_DEPTH:
        item["items"] = _property(choices, depth + 1)
    if parts & 64 and depth < _MAX_DEPTH:
        item["properties"] = [_property(choices, depth + 1) for _ in range(choices.byte() % 3)]
    if parts & 128:
        item[choices.one((*_PROPERTY_KEYS, choices.text()))] = _value(choices, depth)
    return item


def _quality(choices: Choices) -> Any:  # noqa: ANN401  mostly a mapping, or whatever breaks it
    rule: dict[str, Any] = {"metric": choices.one(_METRICS)}
    parts = choices.byte()
    if parts & 1:
        rule[choices.one(tuple(OPERATORS))] = _scalar(choices)
    if parts & 2:
        rule[choices.one(tuple(OPERATORS))] = [_scalar(choices), _scalar(choices)]
    if parts & 4:
        rule["arguments"] = {choices.one(_ARGUMENTS): _value(choices, 2)}
    if parts & 8:
        rule[choices.one(_QUALITY_KEYS)] = _value(choices, 2)
    return _value(choices, 2) if parts & 112 == 112 else rule


def _scalar(choices: Choices) -> object:
    chosen = choices.byte()
    return choices.text() if chosen == 255 else _SCALARS[chosen % len(_SCALARS)]


def _value(choices: Choices, depth: int) -> Any:  # noqa: ANN401  any YAML value
    kind = choices.byte() % 8
    if kind == 0 and depth < _MAX_DEPTH:
        return [_value(choices, depth + 1) for _ in range(choices.byte() % 4)]
    if kind == 1 and depth < _MAX_DEPTH:
        keys = (*_PROPERTY_KEYS, *_OPTIONS, *_QUALITY_KEYS, *_ARGUMENTS)
        return {choices.one(keys): _value(choices, depth + 1) for _ in range(choices.byte() % 4)}
    return _scalar(choices)
