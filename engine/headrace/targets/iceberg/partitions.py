"""The partition spec as a job spells it, and the partition values of a file.

A job writes `day(ts)`, `bucket(16, id)`, `truncate(4, name)` or a column's name.
"""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

from pyiceberg.partitioning import PARTITION_FIELD_ID_START, PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import (
    BucketTransform,
    DayTransform,
    HourTransform,
    IdentityTransform,
    MonthTransform,
    Transform,
    TruncateTransform,
    VoidTransform,
    YearTransform,
)
from pyiceberg.typedef import Record
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
    LongType,
    StringType,
    TimestampType,
    TimestamptzType,
    TimeType,
    UUIDType,
)

from headrace.commit import FileMetadata
from headrace.errors import PluginError

TERM: Final = re.compile(r"(?P<name>[a-z]+)\((?:(?P<width>[1-9]\d{0,8}),\s*)?(?P<column>.+)\)")

_CALENDAR: Final[Mapping[str, Callable[[], Transform[Any, Any]]]] = {
    "identity": IdentityTransform,
    "year": YearTransform,
    "month": MonthTransform,
    "day": DayTransform,
    "hour": HourTransform,
}
_SIZED: Final[Mapping[str, Callable[[int], Transform[Any, Any]]]] = {
    "bucket": BucketTransform,
    "truncate": TruncateTransform,
}

TRANSFORMS: Final = (*_CALENDAR, *_SIZED)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class PartitionTermError(Exception):
    """A term of `partition_by` that no table can have; the text says why."""


def partition_spec(terms: Sequence[str], schema: Schema) -> PartitionSpec:
    """The spec that a job's terms mean.

    Args:
        terms: As `day(ts)`.
        schema: The table's columns.

    Raises:
        PartitionTermError: A term is none, names no column, or does not fit the column's type.
    """
    fields: list[PartitionField] = []
    for number, term in enumerate(terms, PARTITION_FIELD_ID_START):
        transform, column = _parsed(term)
        try:
            source = schema.find_field(column)
        except ValueError as error:
            message = f"{term!r}: there is no column {column!r}"
            raise PartitionTermError(message) from error
        if not transform.can_transform(source.field_type):
            message = f"{term!r}: column {column!r} is {source.field_type}"
            raise PartitionTermError(message)
        if isinstance(transform, IdentityTransform) and isinstance(
            source.field_type, FloatType | DoubleType
        ):
            message = f"{term!r}: column {column!r} is floating point, which parts no rows"
            raise PartitionTermError(message)
        name = _name(column, transform)
        if any(field.name == name for field in fields):
            message = f"{term!r} stands twice"
            raise PartitionTermError(message)
        fields.append(PartitionField(source.field_id, number, transform, name))
    return PartitionSpec(*fields)


def terms_of(spec: PartitionSpec, schema: Schema) -> tuple[str, ...]:
    """A table's spec as a job spells it; what was dropped from it is left out."""
    return tuple(
        _spelled(field.transform, schema.find_column_name(field.source_id) or f"#{field.source_id}")
        for field in spec.fields
        if not isinstance(field.transform, VoidTransform)
    )


def canonical(terms: Sequence[str]) -> tuple[str, ...]:
    """Terms spelled as `terms_of` spells them.

    Raises:
        PartitionTermError: One is none.
    """
    return tuple(_spelled(*_parsed(term)) for term in terms)


def _spelled(transform: Transform[Any, Any], column: str) -> str:
    if isinstance(transform, IdentityTransform):
        return column
    if isinstance(transform, BucketTransform):
        return f"bucket({transform.num_buckets}, {column})"
    if isinstance(transform, TruncateTransform):
        return f"truncate({transform.width}, {column})"
    return f"{transform}({column})"


def record_of(file: FileMetadata, spec: PartitionSpec, schema: Schema) -> Record:
    """A file's partition values, as the table keeps them.

    Raises:
        PluginError: The writer did not part its rows as the table does.
    """
    terms = terms_of(spec, schema)
    if set(file.partition) != set(terms):
        message = (
            f"the table is partitioned by {', '.join(terms) or 'nothing'}, and the writer reports "
            f"a file of {', '.join(file.partition) or 'no partition'}; write it with `parquet` or "
            "`rust`, which part their rows by the table's spec"
        )
        raise PluginError(message, file=file.path)
    values: list[Any] = []
    remaining = iter(terms)
    for field in spec.fields:
        if isinstance(field.transform, VoidTransform):
            values.append(None)
            continue
        text = file.partition[next(remaining)]
        source = schema.find_field(field.source_id)
        values.append(None if text is None else _value(text, field.transform, source.field_type))
    return Record(*values)


def _parsed(term: str) -> tuple[Transform[Any, Any], str]:
    found = TERM.fullmatch(term.strip())
    if found is None:
        return IdentityTransform(), term.strip()
    name, width, column = found["name"], found["width"], found["column"].strip()
    if name in _CALENDAR and width is None:
        return _CALENDAR[name](), column
    if name in _SIZED and width is not None:
        return _SIZED[name](int(width)), column
    message = (
        f"{term!r} is no partition: a column, year(c), month(c), day(c), hour(c), bucket(n, c) or "
        "truncate(n, c)"
    )
    raise PartitionTermError(message)


def _name(column: str, transform: Transform[Any, Any]) -> str:
    """What the partition's own column is called; as PyIceberg and Spark call it."""
    if isinstance(transform, IdentityTransform):
        return column
    if isinstance(transform, BucketTransform):
        return f"{column}_bucket_{transform.num_buckets}"
    if isinstance(transform, TruncateTransform):
        return f"{column}_trunc_{transform.width}"
    return f"{column}_{transform}"


def _value(text: str, transform: Transform[Any, Any], source: IcebergType) -> object:
    if not isinstance(transform, IdentityTransform | TruncateTransform):
        return int(text)  # a bucket, or an ordinal since 1970
    return _READ[type(source)](text)


def _micros(value: datetime) -> int:
    found = value if value.tzinfo else value.replace(tzinfo=UTC)
    delta = found - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _micros_of_day(value: time) -> int:
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond


_READ: Final[Mapping[type, Callable[[str], object]]] = {
    BooleanType: {"true": True, "false": False}.__getitem__,
    IntegerType: int,
    LongType: int,
    StringType: str,
    DecimalType: Decimal,
    DateType: lambda text: date.fromisoformat(text).toordinal() - _EPOCH.toordinal(),
    TimeType: lambda text: _micros_of_day(time.fromisoformat(text)),
    TimestampType: lambda text: _micros(datetime.fromisoformat(text)),
    TimestamptzType: lambda text: _micros(datetime.fromisoformat(text)),
    UUIDType: uuid.UUID,
    BinaryType: bytes.fromhex,
    FixedType: bytes.fromhex,
}
