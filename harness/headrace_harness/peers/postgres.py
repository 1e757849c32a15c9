"""headrace, ADBC and a COPY that throws its bytes away, by turns, on one server.

`python -m headrace_harness.peers.postgres [--pairs N] [--rows N]` prints the rates, their ratios
with intervals, and the peaks, as text; `--json` as JSON. Needs `headrace-harness[peers]`.
The COPY is psql's, to /dev/null: what the server and libpq take, and nothing else.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
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
from headrace_harness.services.postgres import EmbeddedPostgres

FIGURES: Final = {"adbc": 1.0, "copy": 0.6}
"""What headrace's rate is of another's, at least."""

FIVE_ROWS: Final = 2_000_000
"""Rows of the table of five columns."""

# Numbers, text, floats and instants, the same on every machine.
_FIVE = """
create table five as select i::bigint as id, 'name ' || (i::bigint * 7919 % 100000) as name,
(i * 1.5)::double precision as amount, (i % 1000)::int as n,
'2024-01-01 00:00Z'::timestamptz + i * interval '1 second' as created
from generate_series(1, {rows}) i
"""


def read_by_adbc(server: EmbeddedPostgres, table: str, rows: int, folder: Path) -> Sample:
    """ADBC → pyarrow's ParquetWriter, flushed to disk."""
    command = [
        sys.executable,
        "-m",
        "headrace_harness.peers.adbc",
        table,
        str(folder / "a.parquet"),
    ]
    done = subprocess.run(  # noqa: S603 - our own module
        command, input=server.dsn, capture_output=True, text=True, check=False, timeout=TIMEOUT_S
    )
    if done.returncode != 0:
        message = f"ADBC: {(done.stderr.strip().splitlines() or ['no word'])[-1]}"
        raise HarnessError(message)
    found: dict[str, Any] = json.loads(done.stdout)
    if found["rows"] != rows:
        message = f"ADBC wrote {found['rows']} of {rows} rows"
        raise HarnessError(message)
    return Sample(**found)


def read_by_psql(server: EmbeddedPostgres, table: str, rows: int, folder: Path) -> Sample:
    """A binary COPY to /dev/null."""
    del folder
    began = time.perf_counter()
    server.execute(f"\\copy \"{table}\" to '/dev/null' (format binary)")
    return Sample(rows=rows, wall_s=time.perf_counter() - began, peak_rss_bytes=None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure both tables; 0 where every figure's median is met."""
    asked = a_parser("peers.postgres", str(main.__doc__)).parse_args(arguments)
    with ExitStack() as stack:
        server = EmbeddedPostgres()
        stack.callback(server.stop)
        server.start()
        tables = _tables(server, asked.rows)
        return decide([_contest(server, table, rows) for table, rows in tables], asked)


def _contest(server: EmbeddedPostgres, table: str, rows: int) -> Contest:
    section = {"type": "postgres", "dsn": server.dsn, "table": table}
    return Contest(
        name=table,
        rows=rows,
        sides={
            "headrace": partial(read_by_headrace, section, rows),
            "adbc": partial(read_by_adbc, server, table, rows),
            "copy": partial(read_by_psql, server, table, rows),
        },
        figures=FIGURES,
    )


def _tables(server: EmbeddedPostgres, rows: int | None) -> list[tuple[str, int]]:
    five = min(FIVE_ROWS, rows or FIVE_ROWS)
    server.execute(_FIVE.format(rows=five) + "; vacuum analyze five")
    lineitem = load_dataset("lineitem")
    size = lineitem.size("sf1")
    kept = None if rows is None else min(rows, size.rows)
    prepared = prepare(lineitem, size, data_dir(), rows=kept, announce=say)
    section = server.serve(lineitem, prepared)
    return [("five", five), (str(section["table"]), prepared.rows)]


if __name__ == "__main__":
    sys.exit(main())
