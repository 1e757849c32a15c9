"""The catalog of a connector: its streams, their columns, and what it is asked to read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

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

A string of another format is a string; objects, arrays and what may be of several types is JSON.
"""

JSON_TYPE: Final = "json"


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


def streams_of(catalog: object, *, label: str) -> dict[str, CatalogStream]:
    """The streams of a catalog, by name.

    Args:
        catalog: The object below `catalog` of a CATALOG message.
        label: Whose it is, for errors.

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
            _stream(document, is_ambiguous=names.count(document["name"]) > 1)
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


def type_of(schema: object) -> str:
    """The column type of a property's JSON schema."""
    if not isinstance(schema, dict):
        return JSON_TYPE
    for key in ("oneOf", "anyOf"):
        choices = schema.get(key)
        if isinstance(choices, list):
            kinds = {type_of(choice) for choice in choices if _types(choice) != ["null"]}
            return kinds.pop() if len(kinds) == 1 else JSON_TYPE
    types = [kind for kind in _types(schema) if kind != "null"]
    if len(types) != 1:
        return JSON_TYPE
    shape, more = schema.get("format"), schema.get("airbyte_type")
    for said in ((shape, more), (None, more), (shape, None), (None, None)):
        if (types[0], *said) in TYPES:
            return TYPES[(types[0], *said)]
    return JSON_TYPE


def _types(schema: object) -> list[str]:
    kind = schema.get("type") if isinstance(schema, dict) else None
    return [kind] if isinstance(kind, str) else list(kind or ())


def _stream(document: Mapping[str, Any], *, is_ambiguous: bool) -> CatalogStream:
    name, namespace = document["name"], document.get("namespace")
    properties = (document.get("json_schema") or {}).get("properties") or {}
    fields = tuple(Field(key, type_of(schema)) for key, schema in properties.items())
    return CatalogStream(
        name=f"{namespace}.{name}" if is_ambiguous and namespace else name,
        source_name=name,
        namespace=namespace,
        schema=Schema(fields),
        document=document,
    )


__all__ = ["JSON_TYPE", "TYPES", "CatalogStream", "pick", "streams_of", "type_of"]
