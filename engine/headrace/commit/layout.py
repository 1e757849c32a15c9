"""What a target wants of the files that it is given, asked for just before they are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from headrace.job import Drift
from headrace.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The columns that a writer is about to write.

    Attributes:
        schema: Their names, types and nullability.
        keys: Those that identify a row.
        docs: What the contract says of a column.
        drift: What may become of a target whose columns are others.
    """

    schema: Schema
    drift: Drift
    keys: tuple[str, ...] = ()
    docs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLayout:
    """What the files must be like.

    Attributes:
        field_ids: The id of each column and of what is nested in it, by path: `a`, `s.x`,
            `a.element`, `m.key`, `m.value`.
        partition_spec: How rows are parted: a file holds rows of one partition. Terms such as
            `day(ts)`, `bucket(16, id)`, `truncate(4, name)` or a column; a file's `partition` has
            the value of each by its term.
    """

    field_ids: Mapping[str, int]
    partition_spec: tuple[str, ...] = ()
