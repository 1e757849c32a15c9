"""A schema as a starting contract."""

from collections.abc import Mapping
from typing import Any

from headrace.contract.types import odcs_type
from headrace.schema import Schema


def write_contract(streams: Mapping[str, Schema], *, name: str) -> dict[str, Any]:
    """A starting contract as an ODCS v3.1 document, with one schema object for each stream.

    Args:
        streams: The columns of each stream.
        name: The contract's name.
    """
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": name,
        "name": name,
        "version": "1.0.0",
        "status": "draft",
        "schema": [_object(stream, schema) for stream, schema in streams.items()],
    }


def _object(name: str, schema: Schema) -> dict[str, Any]:
    return {
        "name": name,
        "physicalName": name,
        "logicalType": "object",
        "physicalType": "table",
        "properties": [
            {"name": field.name, **odcs_type(field.type)}
            | ({} if field.nullable else {"required": True})
            for field in Schema.of(schema.native()).fields
        ],
    }
