"""A schema as a starting contract."""

from typing import Any

from headrace.contract.types import odcs_type
from headrace.schema import Schema


def write_contract(schema: Schema, *, name: str) -> dict[str, Any]:
    """A starting contract of `schema` as an ODCS v3.1 document."""
    properties = [
        {"name": field.name, **odcs_type(field.type)}
        | ({} if field.nullable else {"required": True})
        for field in Schema.of(schema.native()).fields
    ]
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": name,
        "name": name,
        "version": "1.0.0",
        "status": "draft",
        "schema": [
            {
                "name": name,
                "physicalName": name,
                "logicalType": "object",
                "physicalType": "table",
                "properties": properties,
            }
        ],
    }
