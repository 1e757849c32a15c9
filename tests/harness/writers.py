"""Writers that do harm, each in one way; named in jobs as `…/writers.py:Class`."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any

from headrace_harness.plugins.jsonl import JsonlWriter

Row = dict[str, Any]


class _Corrupting(JsonlWriter):
    """Spoils the rows of its first batch; the counts that it reports are those it was given."""

    _is_first = True
    _given = 0

    def write_batch(
        self, batch: Iterable[Mapping[str, Any]], file_counter: int
    ) -> list[dict[str, Any]]:
        """Spoil the first batch, then write."""
        rows = [dict(row) for row in batch]
        self._given += len(rows)
        if self._is_first and rows:
            rows = self._spoil(rows)
            self._is_first = False
        return super().write_batch(rows, file_counter)

    def close(self) -> list[dict[str, Any]]:
        """Close the one file; the engine sees through a count that does not add up."""
        return [done | {"rows": self._given} for done in super().close()]

    def _spoil(self, rows: list[Row]) -> list[Row]:
        return rows


class ChangedValueWriter(_Corrupting):
    """Changes one value."""

    def _spoil(self, rows: list[Row]) -> list[Row]:
        return [rows[0] | {"email": "someone@else.example.org"}, *rows[1:]]


class NulledValueWriter(_Corrupting):
    """Turns one value into null."""

    def _spoil(self, rows: list[Row]) -> list[Row]:
        return [rows[0] | {"name": None}, *rows[1:]]


class DroppedRowWriter(_Corrupting):
    """Drops one row."""

    def _spoil(self, rows: list[Row]) -> list[Row]:
        return rows[1:]


class DuplicatedRowWriter(_Corrupting):
    """Writes one row twice."""

    def _spoil(self, rows: list[Row]) -> list[Row]:
        return [rows[0], *rows]


class MixedRowsWriter(_Corrupting):
    """Swaps one value between two rows, so that every column keeps its values."""

    def _spoil(self, rows: list[Row]) -> list[Row]:
        first, second = rows[0], rows[1]
        return [
            first | {"email": second["email"]},
            second | {"email": first["email"]},
            *rows[2:],
        ]


class ShuffledWriter(_Corrupting):
    """Writes the rows in another order, which is no fault."""

    def _spoil(self, rows: list[Row]) -> list[Row]:
        return rows[::-1]


class _Harmful:
    """Does its harm at the first batch."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config

    def write_batch(self, batch: object, file_counter: int) -> list[dict[str, Any]]:
        """Do the harm."""
        del batch, file_counter
        self._harm()
        return []

    def _harm(self) -> None:
        raise NotImplementedError


class HangingWriter(_Harmful):
    """Never returns, and would not end at SIGTERM."""

    def _harm(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(3600)


class KilledWriter(_Harmful):
    """Is killed, as by the kernel when memory runs out."""

    def _harm(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class SegfaultingWriter(_Harmful):
    """Reads address 0."""

    def _harm(self) -> None:
        ctypes.string_at(0)


class RaisingWriter(_Harmful):
    """Raises."""

    def _harm(self) -> None:
        message = "the mill stands still"
        raise RuntimeError(message)


class ExitingWriter(_Harmful):
    """Leaves a last word on standard error and no result."""

    def _harm(self) -> None:
        sys.stderr.write("Traceback (most recent call last):\nMillError: no water\n")
        sys.stderr.flush()
        os._exit(3)


class PrintingWriter(JsonlWriter):
    """Prints, as plugins do."""

    def write_batch(
        self, batch: Iterable[Mapping[str, Any]], file_counter: int
    ) -> list[dict[str, Any]]:
        """Print, then write."""
        sys.stdout.write("grist\n")
        return super().write_batch(batch, file_counter)
