"""The compiled contract: a schema, the rules of its columns, and those of the whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headrace.contract.quality import QualityRule
from headrace.schema import Field, Schema

# Options of one column as the core takes them; bounds and allowed values are texts of its type.
Rules = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What a data set promises.

    Attributes:
        schema: Its columns; required ones are not nullable.
        rules: Of each column that has any, by name.
        quality: What the whole of the data must be, judged at its end.
        name: The data set's name.
        version: The contract's version.
        notes: What the document says that a stream cannot check.
        keys: The columns of the primary key, in order.
        docs: What the document says of a column.
    """

    schema: Schema
    rules: Mapping[str, Rules] = field(default_factory=dict)
    quality: tuple[QualityRule, ...] = ()
    name: str = ""
    version: str = ""
    notes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    docs: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_schema(cls, schema: Schema) -> "Contract":
        """The contract that a bare schema amounts to: types and nullability."""
        rules = {f.name: {"required": True} for f in schema.fields if not f.nullable}
        return cls(schema=schema, rules=rules)

    def native_rules(self) -> list[tuple[str, str, dict[str, Any]]]:
        """The rules as the core's validator takes them."""
        return [(f.name, f.type, dict(self.rules.get(f.name, {}))) for f in self.schema.fields]

    def field(self, name: str) -> Field | None:
        """The column of that name."""
        return next((f for f in self.schema.fields if f.name == name), None)
