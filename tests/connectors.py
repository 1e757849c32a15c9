"""Builders of Airbyte connectors: small programs that say what a test has them say."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from tests.builders import a_job

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# What every connector of a test has: `say` prints a message, `record`, `state`, `status` and
# `error` those; `options` are the arguments by name, and `asked` their files' JSON.
HEAD = """
import json, os, signal, subprocess, sys, time
from pathlib import Path

verb, *rest = sys.argv[1:]
options = {key[2:]: value for key, value in zip(rest[::2], rest[1::2])}
asked = {key: json.loads(Path(path).read_text()) for key, path in options.items()}

def say(type, **more):
    print(json.dumps({"type": type, **more}), flush=True)

def record(stream, **data):
    say("RECORD", record={"stream": stream, "data": data, "emitted_at": 1})

def state(stream, value, count=None):
    own = {"type": "STREAM"}
    own["stream"] = {"stream_descriptor": {"name": stream}, "stream_state": value}
    if count is not None:
        own["sourceStats"] = {"recordCount": float(count)}
    say("STATE", state=own)

def status(stream, value):
    told = {"stream_descriptor": {"name": stream}, "status": value}
    say("TRACE", trace={"type": "STREAM_STATUS", "emitted_at": 1.0, "stream_status": told})

def error(message, failure_type):
    told = {"message": message, "failure_type": failure_type}
    say("TRACE", trace={"type": "ERROR", "emitted_at": 1.0, "error": told})
"""

SPEC = {
    "type": "object",
    "required": ["key"],
    "properties": {
        "key": {"type": "string", "airbyte_secret": True},
        "count": {"type": "integer", "minimum": 0},
    },
}
"""What the connectors of the tests are told."""

COLUMNS = {
    "id": {"type": "integer"},
    "name": {"type": ["null", "string"]},
    "at": {"type": "string", "format": "date-time"},
    "more": {"type": ["object", "null"]},
}
"""The properties of their streams."""

SUCCEEDS = 'say("CONNECTION_STATUS", connectionStatus={"status": "SUCCEEDED"})'
"""What a `check` says where all is well."""

SECRET = "open sesame"  # noqa: S105  it must appear nowhere


def a_connector(
    tmp_path: Path,
    read: str,
    *,
    streams: Sequence[str] = ("people",),
    columns: Mapping[str, Any] | None = None,
    check: str = SUCCEEDS,
    modes: Sequence[str] = ("full_refresh", "incremental"),
) -> list[str]:
    """A connector whose `read` and `check` are these scripts; returns its command."""
    path = tmp_path / "connector.py"
    path.write_text(a_program(read, streams=streams, columns=columns, check=check, modes=modes))
    return [sys.executable, str(path)]


def a_program(
    read: str,
    *,
    streams: Sequence[str] = ("people",),
    columns: Mapping[str, Any] | None = None,
    check: str = SUCCEEDS,
    modes: Sequence[str] = ("full_refresh", "incremental"),
) -> str:
    """The source of such a connector."""
    schema = {"type": "object", "properties": dict(columns or COLUMNS)}
    catalog = {
        "streams": [
            {"name": name, "json_schema": schema, "supported_sync_modes": list(modes)}
            for name in streams
        ]
    }
    bodies = {
        "spec": f'say("SPEC", spec={{"connectionSpecification": {SPEC!r}}})',
        "check": check,
        "discover": f'say("CATALOG", catalog=json.loads({json.dumps(catalog)!r}))',
        "read": read,
    }
    parts = [HEAD]
    for verb, body in bodies.items():
        lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
        parts.append(f"if verb == {verb!r}:\n{lines}\n")
    return "\n".join(parts)


def an_airbyte_job(
    tmp_path: Path,
    read: str,
    *,
    streams: Sequence[str] = ("people",),
    reader: Mapping[str, Any] | None = None,
    columns: Mapping[str, Any] | None = None,
    modes: Sequence[str] = ("full_refresh", "incremental"),
    **sections: Any,  # noqa: ANN401  as `a_job`
) -> dict[str, Any]:
    """A job that reads a connector; several streams land in `out/<stream>`."""
    command = a_connector(tmp_path, read, streams=streams, columns=columns, modes=modes)
    section = {"type": "airbyte", "command": command, "config": {"key": SECRET}, **(reader or {})}
    job = a_job(tmp_path, reader=section, **sections)
    if len(streams) > 1:
        job["target"]["path"] = str(tmp_path / "out" / "{stream}")
        job["streams"] = {name: {} for name in streams}
    return job


__all__ = [
    "COLUMNS",
    "HEAD",
    "SECRET",
    "SPEC",
    "SUCCEEDS",
    "a_connector",
    "a_program",
    "an_airbyte_job",
]
