"""Where headrace differs from DuckDB by decision, each with an expression that shows it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from tests.language.answers import FAULT


@dataclass(frozen=True, slots=True)
class Difference:
    """A line of the documents' table.

    Attributes:
        here: What it says of headrace.
        expression: What both are asked.
        gives: What headrace answers.
    """

    here: str
    expression: str
    gives: Any


DIFFERENCES: Final = (
    Difference("a double that overflows is a fault", "1e308 * 1e1", FAULT),
    Difference("what is divided by zero is a fault", "1e0 / 0", FAULT),
    Difference("a root, power or logarithm that no number is is a fault", "sqrt(-1e0)", FAULT),
    Difference(
        "a part that decides nothing does not fault: in `and`, `or`, `in`, `between`, `case` and "
        "`coalesce`",
        "true or 1 // 0 = 1",
        gives=True,
    ),
    Difference("any other part that faults is a fault", "cast(null as int) + 1 // 0", FAULT),
    Difference("dates beyond the years 1 to 9999 are faults", "date '9999-12-31' + 1", FAULT),
    Difference(
        "a cast is exact or a fault: `cast(3.9 as int)` and `cast(timestamp '2024-02-29 12:30:00' "
        "as date)` are faults; use `round`, `trunc`, `date_trunc`",
        "cast(3.9 as int)",
        FAULT,
    ),
    Difference(
        "text is cast by the grammar of [CSV files](csv.md#values)",
        "cast('1e3' as int)",
        FAULT,
    ),
    Difference(
        "values become the text that Python's `isoformat` and `repr` give, binary data base64",
        "cast(timestamp '2024-02-29 12:30:00' as varchar)",
        "2024-02-29T12:30:00",
    ),
    Difference(
        "integers are of 64 bits",
        "cast(2147483647 as int) + cast(1 as int)",
        2147483648,
    ),
    Difference(
        "columns of type `float` are reckoned with as doubles",
        "cast(16777216e0 as float) + cast(1e0 as float)",
        16777217.0,
    ),
    Difference(
        "sums and products of decimals have up to 38 digits",
        "cast(99999999.9999 as decimal(18, 4)) * cast(99999999.9999 as decimal(18, 4))",
        Decimal("9999999999980000.00000001"),
    ),
    Difference(
        "decimals that are brought to one type keep their digits, or are a fault",
        "coalesce(cast(null as decimal(38, 0)), cast(0.5 as decimal(38, 10)))",
        Decimal("0.5"),
    ),
    Difference(
        "`floor`, `ceil`, `trunc` and `round` leave an integer as it is",
        "floor(9007199254740993)",
        9007199254740993,
    ),
    Difference(
        "`date_trunc` of a date is a date",
        "date_trunc('month', date '2024-02-29')",
        dt.date(2024, 2, 1),
    ),
    Difference(
        "`date_diff('week', …)` counts Mondays, as for every unit beginnings",
        "date_diff('week', date '2024-01-03', date '2024-01-08')",
        1,
    ),
    Difference(
        "a character is a code point, in `reverse` too",
        "reverse('e\u0301x')",
        "x\u0301e",
    ),
    Difference(
        "a count or place of characters is any integer",
        "left('ab', 9223372036854775807)",
        "ab",
    ),
)
"""In the order of the documents."""
