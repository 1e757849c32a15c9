"""A complete custom writer: JSON lines, exact decimals, ISO dates.

Imports nothing of the engine: a writer is any class of this shape.
"""

import json
import math
import uuid
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

FILE_BYTES = 128 << 20  # the engine's own default size of a file


class JsonlWriter:
    """Writes each row as one JSON object on a line, rolling to a new file by bytes."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Take the engine's configuration.

        Args:
            config: `output_path`, the directory to write in; `schema`, a list of
                `{"name", "type", "nullable"}`, which rows obey already; optionally
                `file_bytes`, the size at which a file is closed [bytes].
        """
        self._folder = Path(config["output_path"])
        self._file_bytes = int(config.get("file_bytes", FILE_BYTES))
        self._encode = json.JSONEncoder(
            ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_to_json
        ).encode
        self._file: IO[bytes] | None = None
        self._path = Path()
        self._rows = 0
        self._bytes = 0

    def write_batch(
        self, batch: Iterable[Mapping[str, Any]], file_counter: int
    ) -> list[dict[str, Any]]:
        """Write the rows; the files that were closed meanwhile.

        Args:
            batch: Rows as mappings from column to value.
            file_counter: Files that the run has so far; not needed, names are unique.
        """
        del file_counter
        closed: list[dict[str, Any]] = []
        lines = [self._line(row) for row in batch]
        if not lines:
            return closed
        data = ("\n".join(lines) + "\n").encode()
        self._open().write(data)
        self._rows += len(lines)
        self._bytes += len(data)
        if self._bytes >= self._file_bytes:
            closed += self.close()
        return closed

    def close(self) -> list[dict[str, Any]]:
        """Close the open file; its metadata, or nothing."""
        if self._file is None:
            return []
        self._file.close()
        self._file = None
        done = {"path": str(self._path), "rows": self._rows, "bytes": self._bytes}
        self._rows = self._bytes = 0
        return [done]

    def abort(self) -> None:
        """Drop the open file."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._path.unlink(missing_ok=True)

    def _line(self, row: Mapping[str, Any]) -> str:
        record = row if isinstance(row, dict) else dict(row)
        try:
            return self._encode(record)
        except ValueError:  # NaN or infinity, which JSON has no number for
            return self._encode({key: _finite(value) for key, value in record.items()})

    def _open(self) -> IO[bytes]:
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._path = self._folder / f"{uuid.uuid4().hex}.jsonl"
            self._file = self._path.open("wb")
        return self._file


def _to_json(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    message = f"a {type(value).__name__} has no JSON form here"
    raise TypeError(message)


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
