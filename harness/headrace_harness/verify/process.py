"""One checksum in a process of its own, so that DuckDB's memory and crashes stay apart.

`python -m headrace_harness.verify.process` reads a `TableSpec` as JSON from standard input and
writes a `Checksum`, or an error, as JSON to standard output.
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from headrace_harness.errors import VerifyError
from headrace_harness.services import owner
from headrace_harness.services.tied import tied
from headrace_harness.verify.checksum import Checksum, TableSpec, compute_checksum

TIMEOUT_S = 900.0


def checksum_table(table: TableSpec, *, timeout_s: float = TIMEOUT_S) -> Checksum:
    """The checksum of a table, computed by a fresh process.

    Args:
        table: What to read.
        timeout_s: When the process is ended [s].

    Raises:
        VerifyError: The table is not as declared, or the process died or hung.
    """
    command = [sys.executable, "-m", "headrace_harness.verify.process"]
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            tied(command, number=signal.SIGKILL),
            env={**os.environ, **owner.environment()},
            input=json.dumps(asdict(table)),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired as error:
        message = f"the check did not end within {timeout_s:.0f} s"
        raise VerifyError(message) from error
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["nothing on standard error"]
        message = f"the check ended with {done.returncode}: {last[0]}"
        raise VerifyError(message)
    answer: dict[str, Any] = json.loads(done.stdout)
    if "error" in answer:
        raise VerifyError(answer["error"])
    return Checksum(**answer)


def main() -> int:
    """Answer one request; 0 if it was answered, errors of the table included."""
    import duckdb  # noqa: PLC0415 - the parent imports this module too, and needs none of it

    raw = json.load(sys.stdin)
    raw["columns"] = [tuple(column) for column in raw["columns"]]
    try:
        answer = compute_checksum(duckdb.connect(":memory:"), TableSpec(**raw)).to_dict()
    except VerifyError as error:
        answer = {"error": str(error)}
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
