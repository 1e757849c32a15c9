"""Columns: names, Arrow types and whether nulls are allowed. Nothing here imports pyarrow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headrace import _native
from headrace._native import translated


@dataclass(frozen=True, slots=True)
class Field:
    """One column.

    Attributes:
        name: The column's name.
        type: Its Arrow type in pyarrow's spelling, such as `int64` or `timestamp[us, tz=UTC]`.
        nullable: Whether nulls are allowed.
    """

    name: str
    type: str
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Schema:
    """Columns in order."""

    fields: tuple[Field, ...]

    @classmethod
    def of(cls, native: _native.Schema) -> "Schema":
        """The schema of native data."""
        return cls(tuple(Field(*field) for field in native.fields))

    @classmethod
    def wrap(cls, value: object) -> "Schema":
        """A schema from what a plugin declares.

        Args:
            value: A `Schema`, anything with `__arrow_c_schema__`, or a list of mappings with
                `name`, `type` and `nullable`.

        Raises:
            TypeError: It is none of these.
        """
        if isinstance(value, Schema):
            return value
        if isinstance(value, _native.Schema):
            return cls.of(value)
        if hasattr(value, "__arrow_c_schema__"):
            with translated():
                return cls.of(_native.Schema.from_arrow(value))
        if isinstance(value, Sequence) and all(isinstance(v, Mapping) for v in value):
            return cls(tuple(Field(**v) for v in value))
        message = f"{type(value).__name__} is not a schema"
        raise TypeError(message)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(field.name for field in self.fields)

    def native(self) -> _native.Schema:
        """The same schema in the core."""
        with translated():
            return _native.Schema([(f.name, f.type, f.nullable) for f in self.fields])

    def nullable(self) -> "Schema":
        """The same columns, all of them nullable."""
        return Schema(tuple(Field(f.name, f.type) for f in self.fields))

    def without(self, names: Sequence[str]) -> "Schema":
        """The schema less some columns."""
        return Schema(tuple(f for f in self.fields if f.name not in names))

    def to_list(self) -> list[dict[str, Any]]:
        """The schema as plugins' configs hold it."""
        return [{"name": f.name, "type": f.type, "nullable": f.nullable} for f in self.fields]

    def __arrow_c_schema__(self) -> object:
        """The Arrow PyCapsule interface."""
        return self.native().__arrow_c_schema__()
