"""headrace, ADBC and a COPY that throws its bytes away, by turns, on one server.

`python -m headrace_harness.peers.postgres [--pairs N] [--rows N]` prints the rates, their ratios
with intervals, and the peaks, as text; `--json` as JSON. Needs `headrace-harness[peers]`.
The COPY is psql's, to /dev/null: what the server and libpq take, and nothing else.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from headrace_harness.catalog import load_dataset
from headrace_harness.data.cache import prepare
from headrace_harness.errors import HarnessError
from headrace_harness.measure.launch import run_worker
from headrace_harness.paths import data_dir
from headrace_harness.services.postgres import EmbeddedPostgres
from headrace_harness.stats import compare, summarize

DEFAULT_PAIRS: Final = 5
TIMEOUT_S: Final = 1200.0

FIVE_ROWS: Final = 2_000_000
"""Rows of the table of five columns."""

# Numbers, text, floats and instants, the same on every machine.
_FIVE = """
create table five as select i::bigint as id, 'name ' || (i::bigint * 7919 % 100000) as name,
(i * 1.5)::double precision as amount, (i % 1000)::int as n,
'2024-01-01 00:00Z'::timestamptz + i * interval '1 second' as created
from generate_series(1, {rows}) i
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One reading of a table."""

    rows: int
    wall_s: float
    peak_rss_bytes: int | None

    @property
    def rows_per_s(self) -> float:
        """Its rate."""
        return self.rows / self.wall_s


Side = Callable[[EmbeddedPostgres, str, int, Path], Sample]


def read_by_headrace(server: EmbeddedPostgres, table: str, rows: int, folder: Path) -> Sample:
    """A run from postgres to rust, committed."""
    job = {
        "version": 1,
        "name": table,
        "reader": {"type": "postgres", "dsn": server.dsn, "table": table},
        "writer": {"type": "rust", "compression": "zstd"},
        "target": {"type": "local", "path": str(folder / "out")},
    }
    specification = {"job": job, "base_dir": str(folder), "imports": []}
    ending = run_worker(specification, logs=folder / "logs", name="headrace", timeout_s=TIMEOUT_S)
    if ending.result is None or ending.reason is not None:
        raise HarnessError(ending.reason)
    written = ending.result["report"]["rows"]["written"]
    if written != rows:
        message = f"headrace wrote {written} of {rows} rows"
        raise HarnessError(message)
    peak = max(ending.result["lifetime_hwm_bytes"] or 0, ending.memory["hwm_bytes"])
    return Sample(rows=rows, wall_s=ending.result["wall_s"], peak_rss_bytes=peak or None)


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


SIDES: Final[dict[str, Side]] = {
    "headrace": read_by_headrace,
    "adbc": read_by_adbc,
    "copy": read_by_psql,
}

FIGURES: Final = (("adbc", 1.0), ("copy", 0.6))
"""What headrace's rate is of another's, at least."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure both tables; 0 where every figure's median is met."""
    parser = argparse.ArgumentParser(prog="peers.postgres", description=main.__doc__)
    parser.add_argument("--pairs", type=int, default=DEFAULT_PAIRS, help="rounds of all sides")
    parser.add_argument("--rows", type=int, help="only the first so many rows")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    with ExitStack() as stack:
        server = EmbeddedPostgres()
        stack.callback(server.stop)
        server.start()
        found = [
            _measure(server, table, rows, asked.pairs)
            for table, rows in _tables(server, asked.rows)
        ]
    if asked.json:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(line for one in found for line in _lines(one)) + "\n")
    is_met = all(
        one["ratios"][peer]["median"] >= figure for one in found for peer, figure in FIGURES
    )
    return 0 if is_met else 1


def _tables(server: EmbeddedPostgres, rows: int | None) -> list[tuple[str, int]]:
    five = min(FIVE_ROWS, rows or FIVE_ROWS)
    server.execute(_FIVE.format(rows=five) + "; vacuum analyze five")
    lineitem = load_dataset("lineitem")
    size = lineitem.size("sf1")
    kept = None if rows is None else min(rows, size.rows)
    prepared = prepare(lineitem, size, data_dir(), rows=kept, announce=_say)
    section = server.serve(lineitem, prepared)
    return [("five", five), (str(section["table"]), prepared.rows)]


def _measure(server: EmbeddedPostgres, table: str, rows: int, pairs: int) -> dict[str, Any]:
    """Samples of all sides by turns, each round in another order."""
    samples: dict[str, list[Sample]] = {name: [] for name in SIDES}
    names = list(SIDES)
    for pair in range(pairs):
        for name in names if pair % 2 == 0 else reversed(names):
            with tempfile.TemporaryDirectory() as folder:
                sample = SIDES[name](server, table, rows, Path(folder))
            _say(f"{table} {pair + 1}/{pairs} {name}: {sample.rows_per_s:,.0f} rows/s")
            samples[name].append(sample)
    return {
        "table": table,
        "rows": rows,
        "rows_per_s": {
            name: interval.to_dict()
            for name, taken in samples.items()
            if (interval := summarize(one.rows_per_s for one in taken))
        },
        "peak_rss_bytes": {
            name: max((one.peak_rss_bytes or 0 for one in taken), default=0) or None
            for name, taken in samples.items()
        },
        "ratios": {
            peer: ratio.to_dict() | {"figure": figure}
            for peer, figure in FIGURES
            if (
                ratio := compare(
                    [
                        (mine.rows_per_s, other.rows_per_s)
                        for mine, other in zip(samples["headrace"], samples[peer], strict=True)
                    ]
                )
            )
        },
    }


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [f"{found['table']}, {found['rows']:,} rows"]
    for name, rate in found["rows_per_s"].items():
        peak = found["peak_rss_bytes"][name]
        memory = f", peak {peak / 1e6:.1f} MB" if peak else ""
        interval = f"{rate['low']:,.0f} to {rate['high']:,.0f}"
        lines.append(f"  {name}: {rate['median']:,.0f} rows/s ({interval}){memory}")
    for peer, ratio in found["ratios"].items():
        interval = f"{ratio['low']:.2f} to {ratio['high']:.2f}"
        lines.append(
            f"  headrace / {peer}: {ratio['median']:.2f} ({interval}), wanted {ratio['figure']}"
        )
    return lines


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
