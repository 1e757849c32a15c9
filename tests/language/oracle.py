"""DuckDB's answers, asked with the differences that headrace means: the macros of `oracle.sql`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from tests.language.answers import FAULT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FAULTS = (duckdb.ConversionException, duckdb.InvalidInputException, duckdb.OutOfRangeException)


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    # Its optimiser leaves out parts that fault where no value depends on them.
    connection.execute("pragma disable_optimizer")
    connection.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    return connection


def answers(
    expression: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]
) -> list[Any]:
    """DuckDB's value for each row, or `FAULT`.

    Args:
        expression: What it is asked; `nothing` is a column of nulls.
        columns: The table's columns and their types.
        rows: Its rows.
    """
    connection = _connection()
    declared = "".join(f", {name} {kind}" for name, kind in columns.items())
    connection.execute(f"create or replace table t (place integer, nothing varchar{declared})")
    marks = ", ".join([f"(?, null{', ?' * len(columns)})"] * len(rows))
    values = [v for place, row in enumerate(rows) for v in (place, *(row[n] for n in columns))]
    connection.execute(f"insert into t values {marks}", values)  # noqa: S608  our own columns
    query = f"select {expression} from t where place = ?"  # noqa: S608  our own expression
    return [_answer(connection, query, place) for place in range(len(rows))]


def _answer(connection: duckdb.DuckDBPyConnection, query: str, place: int) -> Any:  # noqa: ANN401  any value
    try:
        found = connection.execute(query, [place]).fetchone()
    except _FAULTS:
        return FAULT
    assert found is not None
    return found[0]
