"""A complete reader: numbers and their squares, resumable.

It imports nothing of headrace. Use it in a job as

    reader: {type: examples/readers/squares.py:SquaresReader, count: 1000}
"""

from collections.abc import Iterator, Mapping
from typing import Any

BATCH_ROWS = 100


class SquaresReader:
    """Yields `{"n": n, "square": n * n}` for n from the state's cursor to `count`.

    Args:
        config: The job's reader section: `count`, how many there are in all.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._count = int(config["count"])

    def schema(self) -> list[dict[str, Any]]:
        """The columns, where the job names no contract."""
        return [
            {"name": "n", "type": "int64", "nullable": False},
            {"name": "square", "type": "int64", "nullable": False},
        ]

    def extract(self, state: Any) -> Iterator[list[dict[str, int]]]:  # noqa: ANN401  duck typing
        """Yield what the state does not hold yet; each advance covers what was yielded before."""
        start = state.get("squares") or 0
        for first in range(start, self._count, BATCH_ROWS):
            last = min(first + BATCH_ROWS, self._count)
            yield [{"n": n, "square": n * n} for n in range(first, last)]
            state.advance("squares", last)
