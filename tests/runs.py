"""Builders of runs: job files, plugins, and the command line in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import headrace

from tests.builders import ROOT, a_csv, a_job, a_reader, people
from tests.waiting import holds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ENGINE = Path(headrace.__file__).parent.parent

SQUARES = ROOT / "examples" / "readers" / "squares.py"
JSONL = ROOT / "examples" / "writers" / "jsonl_writer.py"


def a_source(tmp_path: Path, count: int, *, files: int = 1) -> list[tuple[int, str]]:
    """`count` people in `files` files of `tmp_path/data`; returns the rows."""
    rows = people(count)
    size = -(-count // files)
    for n in range(files):
        part = rows[n * size : (n + 1) * size]
        a_csv(tmp_path / "data" / f"part-{n}.csv", part, header=["id", "name"])
    return rows


def a_job_file(tmp_path: Path, job: Mapping[str, Any] | None = None, **sections: Any) -> Path:  # noqa: ANN401
    """A job file in `tmp_path`; without `job`, that of `a_job` with `sections`."""
    path = tmp_path / "job.yaml"
    path.write_text(json.dumps(job if job is not None else a_job(tmp_path, **sections)))
    return path


def a_plugin(tmp_path: Path, body: str, *, name: str) -> str:
    """A plugin file with class `Plugin`; returns how a job names it."""
    path = tmp_path / f"{name}.py"
    path.write_text(body)
    return f"{path}:Plugin"


def a_plugin_reader(tmp_path: Path, extract: str, *, name: str = "reader") -> dict[str, Any]:
    """The reader section of a plugin whose `extract` has the body `extract`.

    It has `self.config`, and declares the column `n`.
    """
    lines = "\n".join(f"        {line}" for line in extract.strip("\n").split("\n"))
    body = f"""
import json, os, sys, time
from pathlib import Path

class Plugin:
    def __init__(self, config):
        self.config = config

    def schema(self):
        return [{{"name": "n", "type": "int64", "nullable": False}}]

    def extract(self, state):
{lines}
"""
    return {"type": a_plugin(tmp_path, body, name=name)}


def numbers(tmp_path: Path, batches: Sequence[int] = (3, 3), **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """A plugin reader that yields batches of these many numbers, from 0."""
    extract = f"""
n = 0
for count in {list(batches)!r}:
    yield [{{"n": i}} for i in range(n, n + count)]
    n += count
"""
    return {**a_plugin_reader(tmp_path, extract), **more}


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A process that has ended."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> Any:  # noqa: ANN401  any JSON value
        """Its stdout as JSON."""
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    """The environment of a child that imports the same headrace and the tests."""
    path = os.pathsep.join([str(ENGINE), str(ROOT), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path, **more}


def a_command(*arguments: object) -> list[str]:
    """The command line `headrace …`."""
    return [sys.executable, "-W", "error", "-m", "headrace", *(str(a) for a in arguments)]


def python(code: str, *arguments: object) -> list[str]:
    """The command line of a script."""
    return [sys.executable, "-W", "error", "-c", code, *(str(a) for a in arguments)]


def ended(command: Sequence[str], **variables: str) -> Ended:
    """What a command did."""
    done = subprocess.run(
        command,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Ended(code=done.returncode, out=done.stdout, err=done.stderr)


def headrace_ends(*arguments: object, **variables: str) -> Ended:
    """What `headrace …` did, in a process of its own."""
    return ended(a_command(*arguments), **variables)


# A process that was started in the background ignores Ctrl-C; this one is to hear it.
LISTENING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from headrace.cli import main
sys.exit(main(sys.argv[1:]))
"""


def interrupted(job: Path, number: signal.Signals, once: Callable[[], object]) -> Ended:
    """What a run did that got a signal.

    Args:
        job: The file of its job.
        number: The signal.
        once: Whether it is to be sent now; asked until it is.
    """
    with subprocess.Popen(
        python(LISTENING, "run", job, "--json"),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert holds(lambda: once() or process.poll() is not None)
        process.send_signal(number)
        try:
            out, err = process.communicate(timeout=300)
        finally:
            process.kill()  # one that waits on would be waited for
    return Ended(code=process.returncode, out=out, err=err)


def killed(moment: str, *arguments: object) -> Ended:
    """What `headrace …` left that died of SIGKILL at a moment of `tests/faults/driver.py`."""
    driver = ROOT / "tests" / "faults" / "driver.py"
    done = ended([sys.executable, str(driver), moment, *(str(a) for a in arguments)])
    assert done.code == -signal.SIGKILL, (moment, done)
    return done


def leftovers(root: Path) -> list[Path]:
    """What a finished target must not hold: staged files, journals, temporary files."""
    staging, journal = root / "_staging", root / "_headrace" / "journal"
    return [
        *(staging.iterdir() if staging.exists() else ()),
        *(journal.iterdir() if journal.exists() else ()),
        *root.rglob("*.tmp"),
    ]


__all__ = [
    "ENGINE",
    "JSONL",
    "SQUARES",
    "Ended",
    "a_command",
    "a_job_file",
    "a_plugin",
    "a_plugin_reader",
    "a_reader",
    "a_source",
    "ended",
    "environment",
    "headrace_ends",
    "killed",
    "leftovers",
    "numbers",
    "python",
]
