"""headrace and PyAirbyte on one recorded output; and the real faker connector, alone and read.

`python -m headrace_harness.peers.airbyte --pyairbyte PYTHON --faker PROGRAM [--pairs N] [--rows N]`
prints the rates, their ratios with intervals, and the peaks, as text; `--json` as JSON. PYTHON is
an interpreter that has PyAirbyte (PyPI's `airbyte`), PROGRAM the `source-faker` of PyPI's
`airbyte-source-faker`; what is not given is not measured. `nox -s peers` makes both.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

from headrace_harness.catalog import load_dataset
from headrace_harness.data.cache import prepare
from headrace_harness.errors import HarnessError
from headrace_harness.paths import data_dir
from headrace_harness.peers.rounds import (
    TIMEOUT_S,
    Contest,
    Sample,
    a_parser,
    decide,
    read_by_headrace,
    say,
)
from headrace_harness.services.airbyte import REPLAY, Replay

PYAIRBYTE_FIGURE: Final = 15.0
"""What headrace's rate is of PyAirbyte's, at least."""

ALONE_FIGURE: Final = 0.95
"""What is left of a connector's own rate where headrace reads it, at least."""

FAKER_RECORDS: Final = 20_000
"""Users that the faker makes."""

_SCRIPT = Path(__file__).with_name("pyairbyte.py")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is given; 0 where every figure's median is met."""
    parser = a_parser("peers.airbyte", str(main.__doc__))
    parser.add_argument("--pyairbyte", type=_program, help="an interpreter that has PyAirbyte")
    parser.add_argument("--faker", type=_program, help="the faker connector's program")
    asked = parser.parse_args(arguments)
    if asked.pyairbyte is None and asked.faker is None:
        parser.error("give --pyairbyte, --faker, or both")
    with ExitStack() as stack:
        contests = []
        if asked.pyairbyte is not None:
            replay = Replay()
            stack.callback(replay.stop)
            replay.start()
            contests.append(_recorded(replay, asked.pyairbyte, asked.rows))
        if asked.faker is not None:
            contests.append(_faked(asked.faker, asked.rows or FAKER_RECORDS))
        return decide(contests, asked)


def read_by_pyairbyte(
    python: Path, config: Mapping[str, Any], stream: str, rows: int, folder: Path
) -> Sample:
    """PyAirbyte's `read` into its DuckDB cache."""
    # It takes a program, and nothing before its arguments.
    program = folder / "replay"
    program.write_text(f'#!/bin/sh\nexec {" ".join(REPLAY)} "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(  # noqa: S603 - the interpreter that was asked for
        # Isolated: this file, beside the script, has the name of what it imports.
        [str(python), "-I", str(_SCRIPT), str(program), stream, str(folder)],
        input=json.dumps(config),
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
        cwd=folder,
    )
    answer = folder / "found.json"
    if done.returncode != 0 or not answer.exists():
        message = f"PyAirbyte: {(done.stderr.strip().splitlines() or ['no word'])[-1]}"
        raise HarnessError(message)
    found: dict[str, Any] = json.loads(answer.read_text())
    if found["rows"] != rows:
        message = f"PyAirbyte read {found['rows']} of {rows} rows"
        raise HarnessError(message)
    return Sample(**found)


def read_by_nobody(program: Path, config: Mapping[str, Any], rows: int, folder: Path) -> Sample:
    """The commands of a run, `spec`, `discover` and `read` of users, their output thrown away."""
    began = time.perf_counter()
    _said(program, "spec", {}, folder)
    files = {"config": config}
    catalog = _said(program, "discover", files, folder)
    [users] = [s for s in catalog["catalog"]["streams"] if s["name"] == "users"]
    modes = {"sync_mode": "full_refresh", "destination_sync_mode": "append"}
    _said(program, "read", {**files, "catalog": {"streams": [{"stream": users, **modes}]}}, folder)
    return Sample(rows=rows, wall_s=time.perf_counter() - began, peak_rss_bytes=None)


def _said(program: Path, verb: str, files: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The catalog that a command prints; of `read`, nothing."""
    command = [str(program), verb]
    for option, value in files.items():
        path = folder / f"{option}.json"
        path.write_text(json.dumps(value))
        command += [f"--{option}", str(path)]
    with tempfile.TemporaryFile() as kept, Path(os.devnull).open("wb") as nowhere:
        output = nowhere if verb == "read" else kept
        done = subprocess.run(  # noqa: S603 - the connector that was asked for
            command, stdout=output, stderr=subprocess.DEVNULL, check=False, timeout=TIMEOUT_S
        )
        if done.returncode != 0:
            message = f"{program.name} {verb} ended with {done.returncode}"
            raise HarnessError(message)
        kept.seek(0)
        messages = [json.loads(line) for line in kept]
    return next((m for m in messages if m["type"] == "CATALOG"), {})


def _recorded(replay: Replay, python: Path, rows: int | None) -> Contest:
    playbook = load_dataset("playbook")
    size = playbook.size("1m")
    kept = None if rows is None else min(rows, size.rows)
    prepared = prepare(playbook, size, data_dir(), rows=kept, announce=say)
    section = dict(replay.serve(playbook, prepared))
    config = section["config"]
    return Contest(
        name="a recorded output",
        rows=prepared.rows,
        sides={
            "headrace": partial(read_by_headrace, {"type": "airbyte", **section}, prepared.rows),
            "pyairbyte": partial(read_by_pyairbyte, python, config, playbook.name, prepared.rows),
        },
        figures={"pyairbyte": PYAIRBYTE_FIGURE},
    )


def _faked(program: Path, rows: int) -> Contest:
    config = {"count": rows, "seed": 7, "parallelism": 1}
    section = {"type": "airbyte", "command": [str(program)], "source_stream": "users"}
    return Contest(
        name="source-faker's users",
        rows=rows,
        sides={
            "headrace": partial(read_by_headrace, {**section, "config": config}, rows),
            "alone": partial(read_by_nobody, program, config, rows),
        },
        figures={"alone": ALONE_FIGURE},
    )


def _program(text: str) -> Path:
    path = Path(text).absolute()
    if not os.access(path, os.X_OK):
        message = f"{text} is no program"
        raise ValueError(message)
    return path


if __name__ == "__main__":
    sys.exit(main())
