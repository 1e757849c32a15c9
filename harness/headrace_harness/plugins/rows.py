"""A complete custom reader: a CSV file as lists of dicts with Python's values.

Imports nothing of the engine: a reader is any class of this shape. The engine tells it the
columns, because its `Config` asks for them.
"""

import csv
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec


class RowsConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Path and null spellings from the job; `schema` and `batch_rows` from the engine."""

    path: str
    null_values: tuple[str, ...] = ("",)
    schema: list[dict[str, Any]] | None = None
    batch_rows: int = 10_000


class RowsReader:
    """Reads a CSV file with a header, field by field, into values of its columns' types.

    Args:
        config: Where the file is, and its columns.
    """

    Config = RowsConfig

    def __init__(self, config: RowsConfig) -> None:
        self._config = config

    def extract(self, state: object) -> Iterator[list[dict[str, Any]]]:
        """Yield up to `batch_rows` rows at a time.

        Args:
            state: Not used: the file is read whole.

        Raises:
            ValueError: A field is no value of its column's type.
        """
        del state
        nulls = frozenset(self._config.null_values)
        makers = {entry["name"]: _maker(entry["type"]) for entry in self._config.schema or ()}
        with Path(self._config.path).open(encoding="utf-8", newline="") as file:
            records = csv.reader(file)
            columns = [(name, makers[name]) for name in next(records)]
            batch: list[dict[str, Any]] = []
            for record in records:
                row = zip(columns, record, strict=True)
                batch.append(
                    {name: None if text in nulls else make(text) for (name, make), text in row}
                )
                if len(batch) == self._config.batch_rows:
                    yield batch
                    batch = []
        if batch:
            yield batch


def _maker(spelling: str) -> Callable[[str], Any]:
    """What turns a field into a value of a column type."""
    if spelling.startswith("int"):
        return int
    if spelling.startswith("timestamp"):
        return datetime.fromisoformat
    if spelling.startswith("decimal"):
        return Decimal
    makers: dict[str, Callable[[str], Any]] = {
        "bool": {"true": True, "false": False}.__getitem__,
        "date32[day]": date.fromisoformat,
        "double": float,
        "float": float,
        "string": str,
    }
    return makers[spelling]
