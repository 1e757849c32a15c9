"""A data set as a connector would print it; `python -m … recording` takes a JSON object on stdin.

In a process of its own, because DuckDB stays resident. The object has the fields of `Recording`.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from subprocess import run
from typing import Final

from headrace_harness.catalog import DataSet
from headrace_harness.contract import read_columns
from headrace_harness.data.cache import Prepared
from headrace_harness.errors import ServiceError

STATE_RECORDS: Final = 10_000
"""Records between two STATE messages."""

_INTEGERS: Final = ("BIGINT", "INTEGER", "SMALLINT", "TINYINT")
_BARE: Final = (*_INTEGERS, "BOOLEAN", "DECIMAL", "DOUBLE", "FLOAT")
"""Types whose values JSON has without quotes."""

_SCHEMAS: Final = {
    "BOOLEAN": {"type": "boolean"},
    "DOUBLE": {"type": "number"},
    "FLOAT": {"type": "number"},
    "DECIMAL": {"type": "number"},
    "DATE": {"type": "string", "format": "date"},
    "VARCHAR": {"type": "string"},
    "TIMESTAMP": {
        "type": "string",
        "format": "date-time",
        "airbyte_type": "timestamp_without_timezone",
    },
    "TIMESTAMP WITH TIME ZONE": {
        "type": "string",
        "format": "date-time",
        "airbyte_type": "timestamp_with_timezone",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What is recorded, and where.

    Attributes:
        stream: Name of the stream.
        source: The CSV file.
        columns: Names and DuckDB types.
        null_values: Unquoted spellings of null.
        target: The recording; its catalog stands beside it.
        is_plain: Whether it is the records alone, a line each with commas between, and has no
            catalog.
    """

    stream: str
    source: str
    columns: Sequence[Sequence[str]]
    null_values: Sequence[str]
    target: str
    is_plain: bool = False


def record(dataset: DataSet, prepared: Prepared, target: Path, *, is_plain: bool = False) -> None:
    """Write a recording of a data set and, unless it is plain, its catalog; once.

    Args:
        dataset: What.
        prepared: The CSV file that holds it.
        target: The recording; one that is there is whole.
        is_plain: As `Recording`.

    Raises:
        ServiceError: The file is not what its contract says.
    """
    if target.exists():
        return
    recording = Recording(
        stream=dataset.name,
        source=str(prepared.path),
        columns=[(column.name, column.sql_type) for column in read_columns(dataset.contract)],
        null_values=dataset.null_values,
        target=str(target),
        is_plain=is_plain,
    )
    done = run(
        [sys.executable, "-m", "headrace_harness.services.recording"],
        input=json.dumps(asdict(recording)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        message = f"{recording.source} cannot be recorded: {done.stderr.strip()[-500:]}"
        raise ServiceError(message)


def main() -> None:
    """Record what stdin says."""
    recording = Recording(**json.load(sys.stdin))
    if not recording.is_plain:
        Path(f"{recording.target}.catalog").write_text(json.dumps(catalog(recording)) + "\n")
    part = Path(f"{recording.target}.part")
    with part.open("wb") as file:
        file.writelines(_lines(recording))
    part.rename(recording.target)


def _lines(recording: Recording) -> Iterator[bytes]:
    """Everything of a recording, in pieces."""
    import duckdb  # noqa: PLC0415 - 30 MB, wanted by this process alone

    between = b",\n" if recording.is_plain else b"\n"
    with duckdb.connect() as connection:
        texts = {name: "VARCHAR" for name, _ in recording.columns}
        parameters = [recording.source, texts, list(recording.null_values) or [""]]
        found = connection.execute(_query(recording), parameters)
        rows = 0
        while lines := found.fetchmany(STATE_RECORDS):
            if rows and recording.is_plain:
                yield between
            rows += len(lines)
            yield between.join(line.encode() for (line,) in lines)
            if not recording.is_plain:
                yield b"\n" + _line(_state(recording.stream, rows, len(lines)))
    if not recording.is_plain:
        yield _line(_status(recording.stream))


def catalog(recording: Recording) -> dict[str, object]:
    """The CATALOG message of a recording."""
    properties = {
        name: _SCHEMAS.get(kind.partition("(")[0], {"type": "integer"})
        for name, kind in recording.columns
    }
    stream = {
        "name": recording.stream,
        "json_schema": {"type": "object", "properties": properties},
        "supported_sync_modes": ["full_refresh"],
    }
    return {"type": "CATALOG", "catalog": {"streams": [stream]}}


def _query(recording: Recording) -> str:
    parts = []
    for name, kind in recording.columns:
        column = '"' + name.replace('"', '""') + '"'
        key = json.dumps(name).replace("'", "''") + ":"
        is_bare = kind.partition("(")[0] in _BARE
        value = f"CAST({column} AS {kind})::VARCHAR" if is_bare else f"to_json({column})::VARCHAR"
        # A connector drops what is null; concat_ws does too.
        parts.append(f"'{key}' || {value}")
    head, tail = "{", "}"
    if not recording.is_plain:
        head = '{"type":"RECORD","record":{"stream":' + json.dumps(recording.stream) + ',"data":{'
        head, tail = head.replace("'", "''"), '},"emitted_at":1700000000000}}'
    return (
        f"SELECT '{head}' || concat_ws(',', {', '.join(parts)}) || '{tail}' FROM "  # noqa: S608
        "read_csv(?, auto_detect=false, header=true, columns=?, delim=',', quote='\"', "
        "escape='\"', nullstr=?, allow_quoted_nulls=false)"
    )


def _state(stream: str, rows: int, count: int) -> dict[str, object]:
    own = {"stream_descriptor": {"name": stream}, "stream_state": {"rows": rows}}
    stats = {"recordCount": float(count)}
    return {"type": "STATE", "state": {"type": "STREAM", "stream": own, "sourceStats": stats}}


def _status(stream: str) -> dict[str, object]:
    status = {"stream_descriptor": {"name": stream}, "status": "COMPLETE"}
    trace = {"type": "STREAM_STATUS", "emitted_at": 1700000000000.0, "stream_status": status}
    return {"type": "TRACE", "trace": trace}


def _line(message: dict[str, object]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


if __name__ == "__main__":
    main()
