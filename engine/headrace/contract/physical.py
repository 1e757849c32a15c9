"""`physicalType`: SQL spellings of types, those of many systems, as Arrow types.

A spelling is read without regard to case and spaces. Nested types are written as Spark does,
`array<int>`, `map<varchar, int not null>`, `struct<a: int, "b c": varchar>`, with round brackets
as other systems do, or as `int[]`.
"""

import json
import re
from typing import Final

from headrace.contract.spelling import Member, list_of, map_of, members_of, quoted, split, struct_of

SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    "bool": ("boolean", "bool"),
    "int8": ("tinyint", "int8"),
    "int16": ("smallint", "int2", "int16"),
    "int32": ("int", "integer", "int4", "int32"),
    "int64": ("bigint", "int64", "long"),
    "float": ("real", "float", "float4", "float32"),
    "double": ("double", "double precision", "float8", "float64"),
    "string": (
        "varchar",
        "char",
        "character",
        "character varying",
        "text",
        "string",
        "nchar",
        "nvarchar",
        "bpchar",
        "varchar2",
        "nvarchar2",
        "clob",
        "character large object",
        "tinytext",
        "mediumtext",
        "longtext",
    ),
    "binary": (
        "binary",
        "varbinary",
        "binary varying",
        "bytea",
        "bytes",
        "blob",
        "binary large object",
        "tinyblob",
        "mediumblob",
        "longblob",
    ),
    "date32[day]": ("date", "date32"),
    "extension<arrow.uuid>": ("uuid", "uniqueidentifier"),
    "extension<arrow.json>": ("json", "jsonb", "variant"),
}
"""Arrow types and their spellings; headrace writes the first."""

TIMES: Final = ("time", "time without time zone")
NAIVE: Final = ("timestamp", "datetime", "timestamp without time zone", "timestamp_ntz")
ZONED: Final = (
    "timestamptz",
    "timestamp with time zone",
    "timestamp with local time zone",
    "timestamp_tz",
    "timestamp_ltz",
    "datetimeoffset",
)
"""Spellings with a precision of seconds, 6 if absent: `time(3)`, `timestamptz(9)`."""

DECIMALS: Final = ("decimal", "numeric", "dec", "number")
ARRAYS: Final = ("array", "list")
MAPS: Final = ("map",)
STRUCTS: Final = ("struct", "row", "record", "object")

MICROSECONDS: Final = 6
"""Digits of a second where a spelling has none, as in PostgreSQL and the SQL standard."""

MAX_DIGITS: Final = 38
"""Digits of a decimal128."""

_ARROW = {spelling: arrow for arrow, known in SPELLINGS.items() for spelling in known}
_UNITS = ("s", "ms", "ms", "ms", "us", "us", "us", "ns", "ns", "ns")  # by digits of a second
_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_TYPE = re.compile(r"([a-z][a-z0-9_ ]*?) ?(?:\( ?([^()]*?) ?\) ?([a-z ]*))?")
_ZONE = re.compile(r",\s*'([^']*)'\s*\)")
_NESTED = re.compile(r"([a-z]+) ?[<(](.*)[>)]", re.IGNORECASE | re.DOTALL)
_NAME = re.compile(r"([^\s:,<>()\"'`]+)\s*:?\s*(.*)|`([^`]*)`\s*:?\s*(.*)", re.DOTALL)
_NOT_NULL = re.compile(r"(.*\S)\s+not\s+null", re.IGNORECASE | re.DOTALL)
_TIMES_WITH_ZONE = ("timetz", "time with time zone")
_MAX_BRACKETS = 64  # more would let a spelling exhaust the stack
_FLOAT_DIGITS = 24  # SQL:2016, 6.1: binary digits of a real


class PhysicalTypeError(ValueError):
    """The spelling is known and what it says cannot be had."""


def arrow_of(physical: str) -> str | None:
    """The Arrow type of a spelling; None where it is unknown.

    Raises:
        PhysicalTypeError: It is known and is no type that headrace has: `decimal` without its
            precision, a time of day with a zone.
    """
    text = physical.strip()
    if sum(text.count(bracket) for bracket in "<([") > _MAX_BRACKETS:
        return None
    if text.endswith("[]"):
        item = _member(text[:-2])
        return list_of(item) if item is not None else None
    match = _NESTED.fullmatch(text)
    if match is not None and match[1].lower() in (*ARRAYS, *MAPS, *STRUCTS):
        return _nested(match[1].lower(), split(match[2]))
    return _plain(physical)


def physical_of(arrow: str) -> str:
    """The spelling that headrace writes for an Arrow type; the inverse of `arrow_of`."""
    members = members_of(arrow)
    if members:
        return _nested_physical(arrow.partition("<")[0], members)
    if arrow in SPELLINGS:
        return SPELLINGS[arrow][0]
    if arrow.startswith("decimal128"):
        return arrow.replace("decimal128", "decimal").replace(" ", "")
    kind, _, rest = arrow.removesuffix("]").partition("[")
    unit, _, zone = rest.partition(", tz=")
    name = kind.removesuffix("32").removesuffix("64") + ("tz" if zone else "")
    digits = _DIGITS[unit]
    if zone and zone != "UTC":
        return f"{name}({digits}, '{zone}')"
    return name if digits == MICROSECONDS else f"{name}({digits})"


def _nested_physical(kind: str, members: tuple[Member, ...]) -> str:
    if kind == "struct":
        fields = (f"{quoted(field.name)}: {_written(field)}" for field in members)
        return f"struct<{', '.join(fields)}>"
    if kind == "list":
        return f"array<{_written(members[0])}>"
    return f"map<{physical_of(members[0].type)}, {_written(members[1])}>"


def _written(member: Member) -> str:
    return physical_of(member.type) + ("" if member.nullable else " not null")


def _nested(kind: str, parts: list[str]) -> str | None:
    if kind in STRUCTS:
        fields = [_field(part) for part in parts]
        known = [field for field in fields if field is not None]
        return struct_of(known) if len(known) == len(fields) else None
    members = [_member(part) for part in parts]
    known = [member for member in members if member is not None]
    if len(known) != len(parts) or len(parts) != (1 if kind in ARRAYS else 2):
        return None
    return list_of(known[0]) if kind in ARRAYS else map_of(known[0].type, known[1])


def _member(text: str, name: str = "") -> Member | None:
    match = _NOT_NULL.fullmatch(text)
    arrow = arrow_of(match[1] if match else text)
    return None if arrow is None else Member(arrow, nullable=match is None, name=name)


def _field(text: str) -> Member | None:
    """`name: type`, `name type` or `"any name": type`, each perhaps `not null`."""
    if text.startswith('"'):
        try:
            name, end = json.JSONDecoder().raw_decode(text)
        except ValueError:
            return None
        return _member(text[end:].lstrip().removeprefix(":").strip(), name)
    match = _NAME.fullmatch(text)
    if match is None:
        return None
    return _member(match[2] or match[4] or "", match[1] or match[3] or "")


def _plain(physical: str) -> str | None:
    # A zone within quotes keeps its case: it is cut out before all else is made lower case.
    zone = _ZONE.search(physical)
    text = physical if zone is None else physical[: zone.start()] + ")" + physical[zone.end() :]
    match = _TYPE.fullmatch(" ".join(text.lower().split()))
    arguments = [part.strip() for part in (match[2] or "").split(",")] if match else []
    numbers = [int(part) for part in arguments if part.isascii() and part.isdigit()]
    if match is None or len(numbers) != len([part for part in arguments if part]):
        return None
    name = " ".join(part for part in (match[1], (match[3] or "").strip()) if part)
    if zone is not None and name not in ZONED:
        return None
    if name in DECIMALS:
        return _decimal(numbers, physical)
    if name in (*TIMES, *NAIVE, *ZONED, *_TIMES_WITH_ZONE):
        return _of_time(name, numbers, zone[1] if zone else "UTC", physical)
    if name == "float" and numbers:
        return "float" if numbers[0] <= _FLOAT_DIGITS else "double"
    return _ARROW.get(name)


def _of_time(name: str, numbers: list[int], zone: str, physical: str) -> str:
    if name in _TIMES_WITH_ZONE:
        message = f"{physical!r}: Arrow has no time of day with a time zone"
        raise PhysicalTypeError(message)
    digits = numbers[0] if numbers else MICROSECONDS
    if digits >= len(_UNITS):
        message = f"{physical!r}: a second has at most 9 digits after the point"
        raise PhysicalTypeError(message)
    unit = _UNITS[digits]
    if name in TIMES:
        return f"time32[{unit}]" if unit in ("s", "ms") else f"time64[{unit}]"
    return f"timestamp[{unit}, tz={zone}]" if name in ZONED else f"timestamp[{unit}]"


def _decimal(numbers: list[int], physical: str) -> str:
    if not numbers:
        # SQL's default precision differs by system, and a double would lose digits.
        message = f"{physical!r} needs its precision and scale, such as decimal(15,2)"
        raise PhysicalTypeError(message)
    precision, scale = numbers[0], numbers[1] if len(numbers) > 1 else 0
    if not 1 <= precision <= MAX_DIGITS or scale > precision:
        message = f"{physical!r}: a decimal has 1 to 38 digits and no more after the point"
        raise PhysicalTypeError(message)
    return f"decimal128({precision}, {scale})"
