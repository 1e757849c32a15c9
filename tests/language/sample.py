"""One small table, on which each function and operator is tried by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

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
