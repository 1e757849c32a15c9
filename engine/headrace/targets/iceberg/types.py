"""Arrow types to Iceberg types and back.

What Iceberg cannot hold exactly is refused by name: nothing is rounded or widened in silence.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final

from pyiceberg.schema import Schema as IcebergSchema
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FixedType,
    FloatType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    StructType,
    TimestampType,
    TimestamptzType,
    TimeType,
    UUIDType,
)

from headrace.contract.spelling import Member, list_of, map_of, members_of, struct_of
from headrace.schema import Field, Schema

_SIMPLE: Final[Mapping[str, IcebergType]] = {
    "bool": BooleanType(),
    "int8": IntegerType(),
    "int16": IntegerType(),
    "int32": IntegerType(),
    "int64": LongType(),
    "float": FloatType(),
    "double": DoubleType(),
    "string": StringType(),
    "large_string": StringType(),
    "binary": BinaryType(),
    "large_binary": BinaryType(),
    "date32[day]": DateType(),
    "time64[us]": TimeType(),
    "timestamp[us]": TimestampType(),
    "timestamp[us, tz=UTC]": TimestamptzType(),
    "extension<arrow.uuid>": UUIDType(),
    "extension<arrow.json>": StringType(),
}

_BACK: Final[Mapping[IcebergType, str]] = {
    BooleanType(): "bool",
    IntegerType(): "int32",
    LongType(): "int64",
    FloatType(): "float",
    DoubleType(): "double",
    StringType(): "string",
    BinaryType(): "binary",
    DateType(): "date32[day]",
    TimeType(): "time64[us]",
    TimestampType(): "timestamp[us]",
    TimestamptzType(): "timestamp[us, tz=UTC]",
    UUIDType(): "extension<arrow.uuid>",
}

_DECIMAL = re.compile(r"decimal128\((\d+), (-?\d+)\)")
_FIXED = re.compile(r"fixed_size_binary\[(\d+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedType:
    """A type that a table cannot hold, as its documents name it.

    Attributes:
        name: What tests call it.
        spelling: What such types match.
        arrow: How the documents spell it.
        reason: Why.
        advice: What to do.
    """

    name: str
    spelling: str
    arrow: str
    reason: str
    advice: str


_TO_MICROSECONDS: Final = "declare it in microseconds, by `physicalType: {}`"

REFUSED: Final = (
    RefusedType(
        name="time",
        spelling=r"time(32\[(s|ms)\]|64\[ns\])",
        arrow="`time32[s]`, `time32[ms]`, `time64[ns]`",
        reason="Iceberg has times in microseconds",
        advice=_TO_MICROSECONDS.format("time"),
    ),
    RefusedType(
        name="timestamp",
        spelling=r"timestamp\[(s|ms|ns)(, tz=UTC)?\]",
        arrow="`timestamp[s]`, `timestamp[ms]`, `timestamp[ns]`, and with `tz=UTC`",
        reason="tables of format 2 have timestamps in microseconds",
        advice=_TO_MICROSECONDS.format("timestamp` or `timestamptz"),
    ),
    RefusedType(
        name="zone",
        spelling=r"timestamp\[.*tz=.*",
        arrow="`timestamp[…, tz=Z]` of a zone other than UTC",
        reason="Iceberg keeps no zone",
        advice="declare it with `tz=UTC`, by `physicalType: timestamptz`",
    ),
    RefusedType(
        name="unsigned",
        spelling=r"uint(8|16|32|64)",
        arrow="`uint8`, `uint16`, `uint32`, `uint64`",
        reason="Iceberg has signed integers",
        advice="declare the signed type that holds it, or for `uint64` `decimal(20,0)`",
    ),
    RefusedType(
        name="decimal",
        spelling=r"decimal.*",
        arrow="`decimal128(p, s)` with s < 0 or s > p, `decimal256`",
        reason="Iceberg has decimals of up to 38 digits, of which s stand behind the point",
        advice="declare a precision and scale that hold the values",
    ),
    RefusedType(
        name="other",
        spelling=r".*",
        arrow="everything else, such as `null`, `float16` and `duration`",
        reason="Iceberg has no such type",
        advice="declare another one in the contract, or cast it by a transform",
    ),
)
"""The first that matches says why."""


class RefusedTypeError(Exception):
    """A column of a type that a table cannot hold.

    Args:
        path: The column, or the member within it.
        arrow: Its type.
    """

    def __init__(self, path: str, arrow: str) -> None:
        found = next(r for r in REFUSED if re.fullmatch(r.spelling, arrow))
        super().__init__(f"column {path!r} is {arrow}: {found.reason}; {found.advice}")


def iceberg_type(arrow: str, *, path: str = "", ids: Iterator[int] | None = None) -> IcebergType:
    """The Iceberg type of an Arrow type.

    Args:
        arrow: In pyarrow's spelling.
        path: Of the column, for errors.
        ids: Ids of what is nested in it.

    Raises:
        RefusedTypeError: There is none that holds every value exactly.
    """
    ids = count(1) if ids is None else ids
    simple = _SIMPLE.get(arrow) or _sized(arrow)
    if simple is not None:
        return simple
    members = members_of(arrow)
    kind = arrow.partition("<")[0]
    if kind == "struct" and members:
        fields = [
            NestedField(
                next(ids),
                member.name,
                iceberg_type(member.type, path=f"{path}.{member.name}", ids=ids),
                required=not member.nullable,
            )
            for member in members
        ]
        return StructType(*fields)
    if kind == "list":
        (item,) = members
        return ListType(
            element_id=next(ids),
            element_type=iceberg_type(item.type, path=f"{path}.element", ids=ids),
            element_required=not item.nullable,
        )
    if kind == "map":
        key, value = members
        return MapType(
            key_id=next(ids),
            key_type=iceberg_type(key.type, path=f"{path}.key", ids=ids),
            value_id=next(ids),
            value_type=iceberg_type(value.type, path=f"{path}.value", ids=ids),
            value_required=not value.nullable,
        )
    raise RefusedTypeError(path, arrow)


def iceberg_schema(
    schema: Schema, *, keys: Iterable[str] = (), docs: Mapping[str, str] | None = None
) -> IcebergSchema:
    """The columns as those of a new table.

    Args:
        schema: The columns.
        keys: Those that identify a row.
        docs: What is said of a column.

    Raises:
        RefusedTypeError: A table cannot hold one of them.
    """
    ids, docs = count(1), docs or {}
    fields = [
        NestedField(
            next(ids),
            field.name,
            iceberg_type(field.type, path=field.name, ids=ids),
            required=not field.nullable,
            doc=docs.get(field.name),
        )
        for field in schema.fields
    ]
    by_name = {field.name: field.field_id for field in fields}
    return IcebergSchema(*fields, identifier_field_ids=[by_name[key] for key in keys])


def arrow_type(kind: IcebergType) -> str:
    """The Arrow type by which headrace writes an Iceberg type.

    Raises:
        RefusedTypeError: It writes none.
    """
    if isinstance(kind, StructType):
        return struct_of(
            [Member(arrow_type(f.field_type), not f.required, f.name) for f in kind.fields]
        )
    if isinstance(kind, ListType):
        return list_of(Member(arrow_type(kind.element_type), not kind.element_required))
    if isinstance(kind, MapType):
        return map_of(
            arrow_type(kind.key_type), Member(arrow_type(kind.value_type), not kind.value_required)
        )
    if isinstance(kind, DecimalType):
        return f"decimal128({kind.precision}, {kind.scale})"
    if isinstance(kind, FixedType):
        return f"fixed_size_binary[{len(kind)}]"
    if kind not in _BACK:
        path = ""
        raise RefusedTypeError(path, str(kind))
    return _BACK[kind]


def headrace_schema(schema: IcebergSchema) -> Schema:
    """The columns of a table as headrace's."""
    return Schema(
        tuple(
            Field(f.name, arrow_type(f.field_type), nullable=not f.required) for f in schema.fields
        )
    )


def holds(wide: IcebergType, narrow: IcebergType) -> bool:
    """Whether a column of type `wide` may have files whose column is `narrow`.

    What is required within it must be so in the files, too.

    Source:
        Iceberg's specification, schema evolution: int to long, float to double, and decimals of
        one scale to more digits.
    """
    if isinstance(wide, StructType) and isinstance(narrow, StructType):
        inner = {f.name: f for f in narrow.fields}
        return len(inner) == len(wide.fields) and all(
            f.name in inner
            and holds(f.field_type, inner[f.name].field_type)
            and f.required <= inner[f.name].required
            for f in wide.fields
        )
    if isinstance(wide, ListType) and isinstance(narrow, ListType):
        return wide.element_required <= narrow.element_required and holds(
            wide.element_type, narrow.element_type
        )
    if isinstance(wide, MapType) and isinstance(narrow, MapType):
        return (
            wide.value_required <= narrow.value_required
            and holds(wide.key_type, narrow.key_type)
            and holds(wide.value_type, narrow.value_type)
        )
    if isinstance(wide, DecimalType) and isinstance(narrow, DecimalType):
        return wide.scale == narrow.scale and wide.precision >= narrow.precision
    return (
        wide == narrow
        or (isinstance(wide, LongType) and isinstance(narrow, IntegerType))
        or (isinstance(wide, DoubleType) and isinstance(narrow, FloatType))
    )


def _sized(arrow: str) -> IcebergType | None:
    """A type with a size in its spelling, where it is within Iceberg's bounds."""
    if found := _DECIMAL.fullmatch(arrow):
        precision, scale = int(found[1]), int(found[2])
        return DecimalType(precision, scale) if 0 <= scale <= precision else None
    if found := _FIXED.fullmatch(arrow):
        return FixedType(int(found[1]))
    return None


TYPES: Final = (
    *((arrow, str(kind)) for arrow, kind in _SIMPLE.items()),
    ("decimal128(p, s)", "decimal(p, s)"),
    ("fixed_size_binary[n]", "fixed[n]"),
    ("list<item: T>", "list<T>"),
    ("struct<name: T, …>", "struct<name: T, …>"),
    ("map<K, V>", "map<K, V>"),
)
"""Every type that a table holds, Arrow and Iceberg, for the documents."""
