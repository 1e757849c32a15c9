"""One table, and expressions over it: what headrace makes of them, and what DuckDB does."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import duckdb
from headrace import Schema
from headrace._native import RecordBatch, TransformStep, translated
from headrace.schema import Field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS: Final[Mapping[str, tuple[str, str]]] = {
    "i": ("int64", "bigint"),
    "j": ("int64", "bigint"),
    "n": ("int32", "integer"),
    "m": ("decimal128(9, 2)", "decimal(9,2)"),
    "x": ("double", "double"),
    "s": ("string", "varchar"),
    "t": ("string", "varchar"),
    "b": ("bool", "boolean"),
    "d": ("date32[day]", "date"),
    "e": ("date32[day]", "date"),
    "u": ("timestamp[us]", "timestamp"),
    "k": ("time64[us]", "time"),
}
"""The columns of the table: types here, and in DuckDB."""

FAULT: Final = "fault"
"""What stands for the value of a row that faults."""

ROWS: Final[Sequence[Mapping[str, Any]]] = [
    {
        "i": 7,
        "j": -3,
        "n": 2,
        "m": Decimal("12.35"),
        "x": 2.5,
        "s": "Gröňe, %_x",
        "t": "e",
        "b": True,
        "d": dt.date(2024, 2, 29),
        "e": dt.date(2023, 12, 31),
        "u": dt.datetime(2024, 2, 29, 23, 59, 58, 123456),  # noqa: DTZ001
        "k": dt.time(12, 30, 15, 250000),
    },
    {
        "i": -12345,
        "j": 2,
        "n": -1,
        "m": Decimal("-0.05"),
        "x": -0.5,
        "s": "",
        "t": "",
        "b": False,
        "d": dt.date(1969, 7, 20),
        "e": dt.date(1970, 1, 1),
        "u": dt.datetime(1969, 7, 20, 20, 17, 40),  # noqa: DTZ001
        "k": dt.time(0, 0),
    },
    {
        "i": 0,
        "j": 1,
        "n": 5,
        "m": Decimal("1000.50"),
        "x": 1e10,
        "s": "  a-b-c  ",
        "t": "-",
        "b": True,
        "d": dt.date(1000, 1, 1),
        "e": dt.date(2999, 12, 31),
        "u": dt.datetime(2000, 1, 3, 0, 0),  # noqa: DTZ001
        "k": dt.time(23, 59, 59, 999999),
    },
    dict.fromkeys(COLUMNS),
]


def ours(expression: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The value for each row, or `FAULT`."""
    fields = tuple(Field(name, kind) for name, (kind, _) in COLUMNS.items())
    schema = Schema(fields).native()
    with translated():
        batch, kept, broken = RecordBatch.from_rows(rows, schema)
        assert (len(kept), broken) == (len(rows), [])
        made, left, faults = TransformStep.derive(schema, [("r", expression)]).apply(batch)
        values = [row["r"] for row in made.to_rows()]
    places = range(len(rows)) if left is None else list(left)
    found: list[Any] = [FAULT] * len(rows)
    for place, value in zip(places, values, strict=True):
        found[place] = value
    assert {row for row, _ in faults} == set(range(len(rows))) - set(places)
    return found


def theirs(expression: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """DuckDB's values."""
    columns = ", ".join(f"{name} {kind}" for name, (_, kind) in COLUMNS.items())
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"create table t (place integer, {columns})")
        marks = ", ".join("?" * (len(COLUMNS) + 1))
        values = [[place, *(row[name] for name in COLUMNS)] for place, row in enumerate(rows)]
        connection.executemany(f"insert into t values ({marks})", values)  # noqa: S608
        query = f"select {expression} from t order by place"  # noqa: S608
        return [value for (value,) in connection.execute(query).fetchall()]


def alike(one: object, other: object) -> bool:
    """Whether two values are one: numbers by value, NaN as itself."""
    if isinstance(one, float) and isinstance(other, float | int | Decimal):
        other = float(other)
        return (
            (math.isnan(one) and math.isnan(other))
            or one == other
            or math.isclose(one, other, rel_tol=1e-12)
        )
    if isinstance(other, float) and isinstance(one, int | Decimal):
        return alike(other, one)
    if isinstance(one, dt.datetime) != isinstance(other, dt.datetime):
        return str(one)[:10] == str(other)[:10] and "00:00:00" in f"{one} 00:00:00 {other}"
    return (type(one) is not bool and type(other) is not bool and one == other) or one is other
