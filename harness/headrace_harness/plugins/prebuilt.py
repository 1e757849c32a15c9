"""Null readers: one batch, made before it is asked for, yielded again and again.

What is left of a run's time is the engine's, the writer's and the target's. They read files of the
maker `repeated`, whose records are those of one batch, over and over.
"""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import msgspec
from headrace import Batch, Field, Schema

from headrace_harness.data.cut import iter_records
from headrace_harness.plugins.rows import RowsConfig, RowsReader

BLOCK_ROWS = 10_000
"""Records until a file repeats itself."""


class PrebuiltRows:
    """Yields lists of dicts.

    Args:
        config: Where the file is, and its columns.

    Raises:
        ValueError: The file does not repeat its first records.
    """

    Config = RowsConfig

    def __init__(self, config: RowsConfig) -> None:
        block = msgspec.structs.replace(config, batch_rows=BLOCK_ROWS)
        rows = next(RowsReader(block).extract(None), [])
        times, rest = _repetition(Path(config.path), len(rows))
        self._batches = [self._made(rows, config)] * times
        if rest:
            self._batches.append(self._made(rows[:rest], config))

    def extract(self, state: object) -> Iterator[Any]:
        """Yield as many rows as the file has.

        Args:
            state: Not used: the file is read whole.
        """
        del state
        yield from self._batches

    def _made(self, rows: list[dict[str, Any]], config: RowsConfig) -> object:
        del config
        return rows


class PrebuiltArrow(PrebuiltRows):
    """Yields Arrow data; otherwise as `PrebuiltRows`."""

    def _made(self, rows: list[dict[str, Any]], config: RowsConfig) -> object:
        columns = [Field(it["name"], it["type"], it["nullable"]) for it in config.schema or ()]
        return Batch(rows, schema=Schema(tuple(columns))).arrow()


def _repetition(path: Path, block: int) -> tuple[int, int]:
    """How often a file has its first `block` records, and how many of them once more."""
    header, *lengths = (len(record) for record in islice(iter_records(path), block + 1))
    ends = list(accumulate(lengths, initial=0))
    times, rest = divmod(path.stat().st_size - header, ends[-1] or 1)
    count = bisect_right(ends, rest) - 1
    if ends[count] != rest:
        message = f"{path} does not repeat its first {block} records"
        raise ValueError(message)
    return times, count
