"""Builders shared by the harness's tests; each makes one thing, small."""

import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from headrace_harness.catalog import (
    DataSet,
    Part,
    Parts,
    Size,
    load_dataset,
    load_parts,
)
from headrace_harness.data.cache import prepare
from headrace_harness.suite.plan import Cell
from headrace_harness.suite.sample import Bench, Source, take_sample
from headrace_harness.verify.source import source_checksum

ROWS = 300

WAITING = """
import sys
from headrace.cli import main
from headrace_harness.measure import launch
from headrace_harness.store import Store
append = Store.append
def held(store, kind, record):
    if kind == "sample":
        launch._send = lambda *_: None
    append(store, kind, record)
Store.append = held
sys.exit(main(sys.argv[1:]))
"""

WAITING_BENCH = (sys.executable, "-c", WAITING, "bench")
"""As the command line; its second worker waits in vain to be told what to do.

So that a run that somebody is about to end has not come to its own end meanwhile.
"""


def quietly(text: str) -> None:
    """Take no notice of what takes long."""
    del text


def small_dataset(rows: int = ROWS) -> DataSet:
    """The playbook data set with a size of its own."""
    return replace(load_dataset("playbook"), sizes={"small": Size(name="small", rows=rows)})


@cache
def small_source(folder: Path) -> Source:
    """A small data set made in `folder`, with its checksum."""
    dataset = small_dataset()
    prepared = prepare(dataset, dataset.size("small"), folder, announce=quietly)
    checksum = source_checksum(dataset, prepared, folder, engine_version=version("duckdb"))
    return Source(dataset=dataset, prepared=prepared, checksum=checksum)


def bad_parts(writer: str) -> Parts:
    """The usual parts and a class of `writers.py` as writer `planted`."""
    job = {"type": f"{Path(__file__).with_name('writers.py')}:{writer}"}
    part = Part(name="planted", title=writer, job=job, output="jsonl", work_per_s=1e6)
    parts = load_parts()
    return replace(parts, writers={**parts.writers, "planted": part})


def one_cell(*, reader: str = "rust", writer: str = "planted", samples: int = 1) -> Cell:
    """A cell of the small data set."""
    return Cell(
        reader=reader,
        writer=writer,
        target="local",
        dataset="playbook",
        size="small",
        rows=ROWS,
        samples=samples,
        unsupported=None,
        estimate_s=1.0,
    )


def planted_sample(
    writer: str, data: Path, scratch: Path, *, timeout_s: float = 300
) -> dict[str, Any]:
    """One sample of a class of `writers.py`."""
    bench = Bench(
        parts=bad_parts(writer),
        scratch=scratch / "scratch",
        logs=scratch / "logs",
        timeout_s=timeout_s,
    )
    return take_sample(bench, one_cell(), small_source(data), 1)


def stripe_run(cache: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What `headrace bench run --json` did in a folder, of 150 invoices of suite `stripe`, once."""
    few = ("--suite", "stripe", "--dataset", "stripe-invoices", "--rows", "150")
    return _bench_run(cache, folder, *few, *arguments, timeout_s=300)


def bench_run(cache: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What `headrace bench run --json` did in a folder, of 200 records of the playbook, once."""
    few = ("--dataset", "playbook", "--rows", "200")
    return _bench_run(cache, folder, *few, *arguments, timeout_s=300)


def _bench_run(
    cache: Path, folder: Path, *arguments: str, timeout_s: float
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "headrace", "bench", "run", "--json"]
    command += ["--services", "embedded", "--samples", "1", *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
        cwd=folder,
        env=os.environ | {"HEADRACE_CACHE": str(cache)},
    )
