"""The catalog of a connector: its streams, their columns, and what it is asked to read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from headrace.contract.spelling import Member, list_of, struct_of
from headrace.errors import PluginError, SourceNotFoundError
from headrace.schema import Field, Schema

TYPES: Final[Mapping[tuple[str, str | None, str | None], str]] = {
    ("boolean", None, None): "bool",
    ("integer", None, None): "int64",
    ("integer", None, "big_integer"): "decimal128(38, 0)",
    ("number", None, None): "double",
    ("number", None, "integer"): "int64",
    ("number", None, "big_integer"): "decimal128(38, 0)",
    ("string", None, None): "string",
    ("string", None, "big_integer"): "decimal128(38, 0)",
    ("string", "date", None): "date32[day]",
    ("string", "date-time", None): "timestamp[us, tz=UTC]",
    ("string", "date-time", "timestamp_with_timezone"): "timestamp[us, tz=UTC]",
    ("string", "date-time", "timestamp_without_timezone"): "timestamp[us]",
    ("string", "time", "time_without_timezone"): "time64[us]",
}
"""Column types by a JSON schema's `type`, `format` and `airbyte_type`.

A string of another format is a string; what may be of several types is JSON, and so are objects and
arrays, unless structs are asked for.
"""

JSON_TYPE: Final = "json"

MAX_DEPTH: Final = 32
"""Levels of structs and lists; what is nested deeper is JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogStream:
    """A stream that a connector has.

    Attributes:
        name: Its name; behind its namespace and a point where two have the same.
        source_name: Its name, as records say it.
        namespace: Its namespace, as records say it.
        schema: Its columns, by its JSON schema.
        document: What the catalog says of it.
    """

    name: str
    source_name: str
    namespace: str | None
    schema: Schema
    document: Mapping[str, Any]

    @property
    def primary_key(self) -> list[str]:
        """The fields of its primary key, paths joined by points."""
        return [".".join(path) for path in self.document.get("source_defined_primary_key") or ()]

    @property
    def is_incremental(self) -> bool:
        """Whether it can be read from where an earlier run stopped."""
        return "incremental" in (self.document.get("supported_sync_modes") or ())

    def configured(self, cursor: Sequence[str] | None, *, incremental: bool) -> dict[str, Any]:
        """The stream as `read` is asked for it."""
        configured: dict[str, Any] = {
            "stream": self.document,
            "sync_mode": "incremental" if incremental else "full_refresh",
            "destination_sync_mode": "append",
        }
        cursor = cursor or self.document.get("default_cursor_field")
        if cursor:
            configured["cursor_field"] = list(cursor)
        if self.document.get("source_defined_primary_key"):
            configured["primary_key"] = self.document["source_defined_primary_key"]
        return configured


def streams_of(
    catalog: object, *, label: str, has_structs: bool = False
) -> dict[str, CatalogStream]:
    """The streams of a catalog, by name.

    Args:
        catalog: The object below `catalog` of a CATALOG message.
        label: Whose it is, for errors.
        has_structs: As `type_of`.

    Raises:
        PluginError: It is no catalog.
    """
    documents = catalog.get("streams") if isinstance(catalog, dict) else None
    if not isinstance(documents, list):
        message = "the connector's catalog has no streams"
        raise PluginError(message, plugin=label)
    try:
        names = [str(document["name"]) for document in documents]
        found = [
            _stream(
                document,
                is_ambiguous=names.count(document["name"]) > 1,
                has_structs=has_structs,
            )
            for document in documents
        ]
    except (TypeError, KeyError, AttributeError) as error:
        message = "the connector's catalog has a stream without name or columns"
        raise PluginError(message, plugin=label) from error
    return {stream.name: stream for stream in found}


def pick(streams: Mapping[str, CatalogStream], name: str | None) -> CatalogStream:
    """The stream of a name, or the only one.

    Raises:
        SourceNotFoundError: There is none.
    """
    known = ", ".join(streams) or "none"
    if name is not None:
        if name in streams:
            return streams[name]
        message = f"the connector has no stream {name!r}; it has {known}"
        raise SourceNotFoundError(message, stream=name)
    if len(streams) == 1:
        return next(iter(streams.values()))
    message = f"the connector has several streams: name one by source_stream, of {known}"
    raise SourceNotFoundError(message)


def type_of(schema: object, *, has_structs: bool = False, depth: int = 0) -> str:
    """The column type of a property's JSON schema.

    Args:
        schema: The JSON schema.
        has_structs: Whether objects and arrays are structs and lists where it says what is in them.
        depth: How deep the property is nested.
    """
    if not isinstance(schema, dict):
        return JSON_TYPE
    for key in ("oneOf", "anyOf"):
        choices = schema.get(key)
        if isinstance(choices, list):
            kinds = {
                type_of(choice, has_structs=has_structs, depth=depth)
                for choice in choices
                if _types(choice) != ["null"]
            }
            return kinds.pop() if len(kinds) == 1 else JSON_TYPE
    types = [kind for kind in _types(schema) if kind != "null"]
    if len(types) != 1:
        return JSON_TYPE
    if types[0] in ("object", "array"):
        return _nested(schema, depth + 1) if has_structs and depth < MAX_DEPTH else JSON_TYPE
    shape, more = schema.get("format"), schema.get("airbyte_type")
    for said in ((shape, more), (None, more), (shape, None), (None, None)):
        if (types[0], *said) in TYPES:
            return TYPES[(types[0], *said)]
    return JSON_TYPE


def _nested(schema: Mapping[str, Any], depth: int) -> str:
    """The struct of an object's properties, or the list of an array's items."""
    properties, items = schema.get("properties"), schema.get("items")
    if "object" in _types(schema):
        if not isinstance(properties, dict) or not properties:
            return JSON_TYPE
        return struct_of(
            [
                Member(type_of(part, has_structs=True, depth=depth), name=name)
                for name, part in properties.items()
            ]
        )
    if not isinstance(items, dict):
        return JSON_TYPE
    return list_of(Member(type_of(items, has_structs=True, depth=depth)))


def _types(schema: object) -> list[str]:
    kind = schema.get("type") if isinstance(schema, dict) else None
    return [kind] if isinstance(kind, str) else list(kind or ())


def _stream(document: Mapping[str, Any], *, is_ambiguous: bool, has_structs: bool) -> CatalogStream:
    name, namespace = document["name"], document.get("namespace")
    properties = (document.get("json_schema") or {}).get("properties") or {}
    fields = tuple(
        Field(key, type_of(schema, has_structs=has_structs)) for key, schema in properties.items()
    )
    return CatalogStream(
        name=f"{namespace}.{name}" if is_ambiguous and namespace else name,
        source_name=name,
        namespace=namespace,
        schema=Schema(fields),
        document=document,
    )


__all__ = ["JSON_TYPE", "MAX_DEPTH", "TYPES", "CatalogStream", "pick", "streams_of", "type_of"]
