"""Footers of Parquet files, read from their ends alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from headrace._native import ParquetFooter, translated

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = (
    "bool",
    "int8",
    "int32",
    "int64",
    "float",
    "double",
    "decimal128(5, 2)",
    "decimal128(18, 3)",
    "decimal128(38, 0)",
    "string",
    "binary",
    "extension<arrow.uuid>",
    "date32[day]",
    "time64[us]",
    "timestamp[us]",
    "timestamp[us, tz=UTC]",
)
"""What an Iceberg table can hold."""


def tail_of(path: str | Path) -> bytes:
    """The end of a file, from its footer on."""
    content = Path(path).read_bytes()
    with translated():
        return content[-ParquetFooter.needed(content[-8:]) :]


def footer_of(path: str | Path) -> ParquetFooter:
    """A file's footer."""
    with translated():
        return ParquetFooter(tail_of(path))


def columns_of(path: str | Path) -> Mapping[str, tuple[Any, ...]]:
    """What it says of each leaf, by path."""
    return {column[0]: column[1:] for column in footer_of(path).columns}
