"""A complete writer that is not Parquet: JSON lines, in files that roll by size.

It imports nothing of headrace; duck typing is the interface. Use it in a job as

    writer: {type: examples/writers/jsonl_writer.py:JsonlWriter, file_bytes: 67108864}
"""

import datetime as dt
import decimal
import json
import os
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

DEFAULT_FILE_BYTES = 128 << 20


class JsonlWriter:
    """Writes each row as a line of JSON.

    Decimals become text, because JSON's numbers lose them; dates and timestamps are ISO 8601; NaN
    and infinities, which JSON does not have, are text too.

    Args:
        config: The job's writer section. headrace adds `output_path`, the run's private directory,
            and `schema`.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._directory = Path(config["output_path"])
        self._file_bytes = int(config.get("file_bytes", DEFAULT_FILE_BYTES))
        self._file: Any = None
        self._path = self._directory
        self._rows = 0

    def write_batch(
        self, batch: Iterable[Mapping[str, Any]], file_counter: int
    ) -> list[dict[str, Any]]:
        """Write the rows of a batch; returns the file where this batch completed one."""
        if self._file is None:
            self._path = self._directory / f"part-{file_counter:05d}-{uuid.uuid4().hex}.jsonl"
            self._file = self._path.open("xb")
            self._rows = 0
        for row in batch:
            self._file.write(json.dumps(row, default=_text, allow_nan=False).encode() + b"\n")
            self._rows += 1
        return self.close() if self._file.tell() >= self._file_bytes else []

    def close(self) -> list[dict[str, Any]]:
        """End the open file, durably; returns it."""
        if self._file is None:
            return []
        self._file.flush()
        os.fsync(self._file.fileno())
        size = self._file.tell()
        self._file.close()
        self._file = None
        return [{"path": str(self._path), "rows": self._rows, "bytes": size}]

    def abort(self) -> None:
        """Let go of the open file; headrace removes it."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _text(value: object) -> str:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    message = f"{type(value).__name__} has no JSON form here"
    raise TypeError(message)
