"""ODCS types to Arrow types and back.

`physicalType` goes first, then `items` and `properties`, then the options `format`, `timezone` and
`defaultTimezone`, else the widest of the logical type.
"""

import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from headrace import _native
from headrace._native import translated
from headrace.contract.physical import (
    DECIMALS,
    MAX_DIGITS,
    NAIVE,
    SPELLINGS,
    TIMES,
    ZONED,
    PhysicalTypeError,
    arrow_of,
    physical_of,
)
from headrace.contract.spelling import Member, list_of, members_of, struct_of
from headrace.errors import ConfigError

_OFFSET = re.compile(r"[+-]\d{2}:\d{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeLine:
    """A line of the table of types.

    Attributes:
        arrow: The Arrow type.
        logical: The `logicalType` that headrace writes for it.
        physical: The `physicalType` that it writes, and others that it reads.
        alone: The `logicalType` that means it where nothing else is said.
        covers: The spelling under which tests say that they cover it.
    """

    arrow: str
    logical: str
    physical: tuple[str, ...]
    alone: str = ""
    covers: str = ""


_LOGICAL_OF: Final = {
    "bool": "boolean",
    "int8": "integer",
    "int16": "integer",
    "int32": "integer",
    "int64": "integer",
    "float": "number",
    "double": "number",
    "string": "string",
    "binary": "string",
    "date32[day]": "date",
    "extension<arrow.uuid>": "string",
    "extension<arrow.json>": "object",
}

_ALONE: Final = {
    "string": "string",
    "integer": "int64",
    "number": "double",
    "boolean": "bool",
    "date": "date32[day]",
    "time": "time64[us]",
    "timestamp": "timestamp[us]",
}
"""What a logical type alone means; an object needs its properties, an array its items."""

LOGICAL: Final = (*_ALONE, "object", "array")

# `format` of integers and numbers: the narrowest type that holds it.
FORMATS: Final = {
    "i8": "int8",
    "i16": "int16",
    "i32": "int32",
    "i64": "int64",
    "u8": "int16",
    "u16": "int32",
    "u32": "int64",
    "u64": "decimal128(20, 0)",
    "f32": "float",
    "f64": "double",
}
RANGES: Final[dict[str, tuple[int, int]]] = {
    f"{sign}{bits}": (-(1 << bits - 1), (1 << bits - 1) - 1)
    if sign == "i"
    else (0, (1 << bits) - 1)
    for sign in "iu"
    for bits in (8, 16, 32, 64)
}
"""Least and greatest integer of each `format`."""

# Which Arrow types may stand behind a logical type; v3.0 has no other for times than `date`.
_FAMILIES: Final = {
    "string": ("string", "binary", "extension"),
    "integer": ("int", "decimal128"),
    "number": ("int", "float", "double", "decimal128"),
    "boolean": ("bool",),
    "date": ("date32", "timestamp", "time"),
    "time": ("time32", "time64"),
    "timestamp": ("timestamp",),
    "object": ("struct", "map", "extension<arrow.json>"),
    "array": ("list", "extension<arrow.json>"),
}


def _lines() -> tuple[TypeLine, ...]:
    alone = {arrow: logical for logical, arrow in _ALONE.items()}
    lines = [
        TypeLine(
            arrow=arrow,
            logical=_LOGICAL_OF[arrow],
            physical=known,
            alone=alone.get(arrow, ""),
            covers=arrow,
        )
        for arrow, known in SPELLINGS.items()
    ]
    decimals = tuple(f"{name}(p,s)" for name in DECIMALS)
    lines.append(
        TypeLine(arrow="decimal128(p, s)", logical="number", physical=decimals, covers="decimal128")
    )
    for bits, unit, digits in ((32, "s", 0), (32, "ms", 3), (64, "us", 6), (64, "ns", 9)):
        for arrow, logical, names in (
            (f"time{bits}[{unit}]", "time", TIMES),
            (f"timestamp[{unit}]", "timestamp", NAIVE),
            (f"timestamp[{unit}, tz=UTC]", "timestamp", ZONED),
        ):
            lines.append(
                TypeLine(
                    arrow=arrow,
                    logical=logical,
                    physical=names if unit == "us" else (f"{names[0]}({digits})",),
                    alone=alone.get(arrow, ""),
                    covers=arrow,
                )
            )
    for arrow, logical, physical in (
        ("list<item: T>", "array", ("array<T>", "list<T>", "T[]")),
        ("struct<name: T, …>", "object", ("struct<name: T, …>", "row(name T, …)")),
        ("map<K, V>", "object", ("map<K, V>",)),
    ):
        lines.append(
            TypeLine(
                arrow=arrow, logical=logical, physical=physical, covers=arrow.partition("<")[0]
            )
        )
    return tuple(lines)


TYPES: Final = _lines()
"""Every type that a column may have, for the documents."""


class TypeRefusedError(ValueError):
    """No Arrow type can be had; `path` leads to the key of the property that is at fault."""

    def __init__(self, message: str, *path: str | int) -> None:
        super().__init__(message)
        self.path = path


def arrow_type(item: Mapping[str, Any]) -> str:
    """The Arrow type of an ODCS property, in pyarrow's spelling.

    Args:
        item: The property: `logicalType`, `physicalType` (one that is unknown is passed over, as
            physical types may be of any system, where a logical type is there to decide),
            `logicalTypeOptions`, `items`, `properties`.

    Raises:
        TypeRefusedError: No type can be told, or headrace has no such type.
    """
    logical, physical = item.get("logicalType"), item.get("physicalType")
    for key, value in (("logicalType", logical), ("physicalType", physical)):
        if value is not None and not isinstance(value, str):
            message = "is not a text"
            raise TypeRefusedError(message, key)
    if logical is not None and logical not in LOGICAL:
        message = f"unknown logicalType {logical!r}; known: {', '.join(LOGICAL)}"
        raise TypeRefusedError(message, "logicalType")
    options = item.get("logicalTypeOptions")
    known = _known(item, logical, physical, options if isinstance(options, dict) else {})
    if known is None:
        raise _untold(logical, physical)
    _check(known)
    return known


def _known(
    item: Mapping[str, Any], logical: str | None, physical: str | None, options: dict[str, Any]
) -> str | None:
    """The type that the property tells; None where it tells none."""
    known = _of_physical(logical, physical)
    if known == "extension<arrow.json>":
        return known
    if "items" in item and logical in (None, "array"):
        return list_of(_member(item["items"], "items"))
    if "properties" in item and logical in (None, "object"):
        return _struct(item["properties"])
    if known is not None:
        return _zoned(known, str(physical), options)
    return _of_options(logical, options) if logical else None


def _of_physical(logical: str | None, physical: str | None) -> str | None:
    try:
        known = arrow_of(physical) if physical else None
    except PhysicalTypeError as error:
        raise TypeRefusedError(str(error), "physicalType") from error
    families = _FAMILIES.get(logical) if logical else None
    if known is not None and families is not None and not known.startswith(families):
        message = f"{physical!r} is no type of the logicalType {logical!r}"
        raise TypeRefusedError(message, "physicalType")
    return known


def _of_options(logical: str, options: dict[str, Any]) -> str | None:
    alone, spelled = _ALONE.get(logical), options.get("format")
    if logical == "string" and spelled == "binary":
        return "binary"
    if logical not in ("integer", "number") or not isinstance(spelled, str):
        return alone and _zoned(alone, alone, options)
    if spelled in ("i128", "u128"):
        message = f"{spelled} has 39 digits; the widest is physicalType decimal({MAX_DIGITS})"
        raise TypeRefusedError(message, "logicalTypeOptions", "format")
    return FORMATS.get(spelled, alone)


def _struct(properties: object) -> str:
    if not isinstance(properties, list) or not properties:
        message = "needs a list with at least one property"
        raise TypeRefusedError(message, "properties")
    fields: list[Member] = []
    for n, item in enumerate(properties):
        field = _member(item, "properties", n)
        if any(field.name == other.name for other in fields):
            message = f"property {field.name!r} stands twice"
            raise TypeRefusedError(message, "properties", n)
        fields.append(field)
    return struct_of(fields)


def _member(item: object, *path: str | int) -> Member:
    if not isinstance(item, Mapping):
        message = "is not a mapping"
        raise TypeRefusedError(message, *path)
    try:
        arrow = arrow_type(item)
    except TypeRefusedError as error:
        raise TypeRefusedError(str(error), *path, *error.path) from error
    name = column_name(item)
    if path != ("items",) and name is None:
        message = "needs a name"
        raise TypeRefusedError(message, *path)
    return Member(arrow, nullable=item.get("required") is not True, name=name or "")


def column_name(item: Mapping[str, Any]) -> str | None:
    """The name that data have: `physicalName`, else `name`; None where there is none."""
    name = item.get("physicalName") or item.get("name")
    return name if isinstance(name, str) else None


def _zoned(known: str, physical: str, options: Mapping[str, Any]) -> str:
    """The type with the zone that `timezone` and `defaultTimezone` say."""
    wanted = options.get("timezone")
    if known.startswith(("time32", "time64")):
        if wanted is True:
            message = "Arrow has no time of day with a time zone"
            raise TypeRefusedError(message, "logicalTypeOptions", "timezone")
        return known
    if not known.startswith("timestamp"):
        return known
    unit, _, zone = known.removeprefix("timestamp[").removesuffix("]").partition(", tz=")
    spelled = " ".join(physical.lower().split())
    told = bool(zone) or "without" in spelled or "ntz" in spelled
    if isinstance(wanted, bool) and told and wanted is not bool(zone):
        message = f"{physical!r} {'has no' if wanted else 'has a'} time zone"
        raise TypeRefusedError(message, "logicalTypeOptions", "timezone")
    if not zone and wanted is not True:
        return known
    default = options.get("defaultTimezone")
    if isinstance(default, str):
        if not _is_zone(default):
            message = (
                f"{default!r} is no time zone that this machine knows: Europe/Berlin, +01:00, …"
            )
            raise TypeRefusedError(message, "logicalTypeOptions", "defaultTimezone")
        zone = default
    return f"timestamp[{unit}, tz={zone or 'UTC'}]"


def _is_zone(name: str) -> bool:
    """Whether a zone has rules here; where the machine has none of any zone, nobody can tell."""
    if _OFFSET.fullmatch(name):
        return True
    for known in (name, "Europe/Berlin"):
        try:
            zoneinfo.ZoneInfo(known)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            continue
        return known == name
    return True


def _untold(logical: str | None, physical: str | None) -> TypeRefusedError:
    if logical == "array":
        return TypeRefusedError("needs items, or a physicalType such as array<int>", "items")
    if logical == "object":
        message = "needs properties, or a physicalType such as map<varchar, int> or json"
        return TypeRefusedError(message, "properties")
    message = (
        f"physicalType {physical!r} is unknown and there is no logicalType"
        if physical
        else "needs a logicalType or a physicalType"
    )
    return TypeRefusedError(message, "physicalType")


def _check(arrow: str) -> None:
    """Refuse what the core has no column of: a zone that is none, keys that are floating point."""
    try:
        with translated():
            _native.Schema([("column", arrow, True)])
    except ConfigError as error:
        path = ("logicalTypeOptions", "defaultTimezone") if "tz=" in arrow else ("physicalType",)
        raise TypeRefusedError(error.problems[0].message, *path) from error


def odcs_type(arrow: str) -> dict[str, Any]:
    """The keys of an ODCS v3.1 property of an Arrow type; the inverse of `arrow_type`."""
    members = members_of(arrow)
    if arrow.startswith("list"):
        return {"logicalType": "array", "physicalType": "array", "items": _property(members[0])}
    if arrow.startswith("struct"):
        fields = [{"name": field.name, **_property(field)} for field in members]
        return {"logicalType": "object", "physicalType": "struct", "properties": fields}
    if arrow.startswith("map"):
        return {"logicalType": "object", "physicalType": physical_of(arrow)}
    if arrow.startswith("timestamp"):
        return _odcs_timestamp(arrow)
    if arrow.startswith("decimal"):
        logical = "number"
    elif arrow.startswith("time"):
        logical = "time"
    else:
        logical = _LOGICAL_OF[arrow]
    return {"logicalType": logical, "physicalType": physical_of(arrow)}


def _property(member: Member) -> dict[str, Any]:
    return odcs_type(member.type) | ({} if member.nullable else {"required": True})


def _odcs_timestamp(arrow: str) -> dict[str, Any]:
    plain, bracket, zone = arrow.removesuffix("]").partition(", tz=")
    if not bracket:
        return {"logicalType": "timestamp", "physicalType": physical_of(arrow)}
    options: dict[str, Any] = {"timezone": True}
    if zone != "UTC":
        options["defaultTimezone"] = zone
    physical = physical_of(f"{plain}, tz=UTC]")
    return {"logicalType": "timestamp", "physicalType": physical, "logicalTypeOptions": options}
