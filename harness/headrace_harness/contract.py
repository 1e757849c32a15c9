"""Column names and types of a contract, read without the engine.

The check of the engine's output must not rest on the engine's own reading of the contract.
Knows only the types that the scenarios use; refuses any other.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from headrace_harness.errors import ScenarioError

# SQL spelling of physicalType -> DuckDB's name as DESCRIBE prints it.
_SQL_TYPES = {
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "double": "DOUBLE",
    "int": "INTEGER",
    "real": "FLOAT",
    "smallint": "SMALLINT",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
    "tinyint": "TINYINT",
}
_TEXT = re.compile(r"(?:(?:var)?char(?:\(\d+\))?|text)")
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its name and its type as DuckDB spells it."""

    name: str
    sql_type: str


@cache
def read_columns(path: Path) -> tuple[Column, ...]:
    """The columns of the contract's first schema, in order.

    Args:
        path: An ODCS document with exactly one schema.

    Raises:
        ScenarioError: Unreadable, more than one schema, or a type that is not known here.
    """
    try:
        document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        (schema,) = document["schema"]
        return tuple(
            Column(name=entry["name"], sql_type=sql_type(entry["physicalType"]))
            for entry in schema["properties"]
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        message = f"{path}: not a contract with one schema: {error}"
        raise ScenarioError(message) from error


def sql_type(physical_type: str) -> str:
    """DuckDB's spelling of a contract's `physicalType`.

    Raises:
        ScenarioError: A type that no scenario uses.
    """
    spelling = physical_type.strip().lower()
    if spelling in _SQL_TYPES:
        return _SQL_TYPES[spelling]
    if _TEXT.fullmatch(spelling):
        return "VARCHAR"
    if match := _DECIMAL.fullmatch(spelling):
        return f"DECIMAL({match[1]},{match[2]})"
    message = f"physicalType {physical_type!r} is not known to the harness"
    raise ScenarioError(message)
