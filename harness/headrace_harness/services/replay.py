"""A connector that plays a recorded output: `replay.py VERB --config FILE …`.

Its config is `{"recording": PATH, "records_per_s": RATE or null}`; the recording is what a
connector's `read` printed, and beside it stands what its `discover` printed, in `PATH.catalog`.
It is run by its path in an interpreter without packages, so that it costs next to nothing.
"""

import json
import os
import sys
import time
from pathlib import Path

CHUNK_BYTES = 1 << 20
TICK_S = 0.01

SPEC = {
    "type": "object",
    "required": ["recording"],
    "additionalProperties": False,
    "properties": {
        "recording": {"type": "string"},
        "records_per_s": {"type": ["number", "null"], "exclusiveMinimum": 0},
    },
}


def main() -> None:
    """One command of the protocol."""
    verb, *rest = sys.argv[1:]
    options = dict(zip(rest[::2], rest[1::2], strict=True))
    if verb == "spec":
        return say({"type": "SPEC", "spec": {"connectionSpecification": SPEC}})
    config = json.loads(Path(options["--config"]).read_text(encoding="utf-8"))
    recording = Path(config["recording"])
    if verb == "check":
        is_there = recording.is_file()
        status = {"status": "SUCCEEDED" if is_there else "FAILED", "message": str(recording)}
        return say({"type": "CONNECTION_STATUS", "connectionStatus": status})
    if verb == "discover":
        return play(Path(f"{recording}.catalog"))
    rate = config.get("records_per_s")
    return play(recording) if rate is None else play_slowly(recording, rate)


def say(message: dict[str, object]) -> None:
    """Print one message."""
    sys.stdout.write(json.dumps(message) + "\n")


def play(path: Path) -> None:
    """Print a file as fast as it is taken."""
    with path.open("rb", buffering=0) as file:
        while data := file.read(CHUNK_BYTES):
            put(data)


def play_slowly(path: Path, records_per_s: float) -> None:
    """Print a file's lines, so many records a second."""
    began, printed = time.monotonic(), 0
    with path.open("rb") as file:
        lines: list[bytes] = []
        for line in file:
            due = (time.monotonic() - began) * records_per_s
            while printed >= due:
                put(b"".join(lines))
                lines.clear()
                time.sleep(TICK_S)
                due = (time.monotonic() - began) * records_per_s
            lines.append(line)
            printed += b'"RECORD"' in line[:24]
        put(b"".join(lines))


def put(data: bytes) -> None:
    """Write all of it."""
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


if __name__ == "__main__":
    main()
