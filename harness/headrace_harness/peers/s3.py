"""headrace to the embedded S3 server, to a local directory, and the server by itself, by turns.

`python -m headrace_harness.peers.s3 [--pairs N] [--rows N] [--copies N …]` prints the rates, their
ratios with intervals, and the peaks, as text; `--json` as JSON. The source is `lineitem` of scale
factor 1, read as often as `--copies` says: 6 times make a gigabyte of Parquet, 24 times four.
The bound is what the slower of two allows: a run to a local directory, and an upload of its files
in parts of the same size by another client, MinIO's, that has nothing else to do.
What a run takes of the cores is told beside its time, and what the server does meanwhile: on as few
cores as both keep busy, a run to the server cannot be as fast as either is alone.
"""

import os
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import psutil

from headrace_harness.catalog import load_dataset
from headrace_harness.data.cache import Prepared, prepare
from headrace_harness.paths import data_dir
from headrace_harness.peers.rounds import (
    Contest,
    Sample,
    a_parser,
    decide,
    read_by_headrace,
    say,
)
from headrace_harness.services.s3 import Access
from headrace_harness.services.seaweedfs import SeaweedFS

FIGURE: Final = 0.8
"""What headrace's rate is of the bound, at least."""

PART_BYTES: Final = 8 << 20
"""Of an upload's part, as headrace sends them [bytes]."""

DEFAULT_COPIES: Final = (6, 24)


def to_bucket(access: Access, section: dict[str, Any], rows: int, folder: Path) -> Sample:
    """A run to the server, whose objects are removed afterwards."""
    prefix = f"peers/{secrets.token_hex(6)}"
    target = dict(access.section(prefix))
    before, began = _server_cpu_s(), time.perf_counter()
    sample = read_by_headrace(section, rows, folder, target=target)
    passed_s, server_s = time.perf_counter() - began, _server_cpu_s() - before
    say(
        f"  to S3 {sample.wall_s:.1f} s, CPU {sample.cpu_s:.1f} s; the server's meanwhile "
        f"{server_s:.1f} s; {os.cpu_count()} cores have {passed_s * (os.cpu_count() or 1):.1f} s"
    )
    client = access.client()
    for item in client.list_objects(access.bucket, prefix=f"{prefix}/", recursive=True):
        client.remove_object(access.bucket, str(item.object_name))
    return sample


def bound(access: Access, section: dict[str, Any], rows: int, folder: Path) -> Sample:
    """The slower of a local run and an upload of its files, which are removed afterwards."""
    local = read_by_headrace(section, rows, folder)
    files = sorted((folder / "out").glob("2*/*.parquet"))
    client, prefix = access.client(), f"peers/{secrets.token_hex(6)}"
    began = time.perf_counter()
    for path in files:
        client.fput_object(access.bucket, f"{prefix}/{path.name}", str(path), part_size=PART_BYTES)
    upload_s = time.perf_counter() - began
    for path in files:
        client.remove_object(access.bucket, f"{prefix}/{path.name}")
    size = sum(path.stat().st_size for path in files)
    say(
        f"  {size / 1e9:.2f} GB in {len(files)} files: local {local.wall_s:.1f} s, CPU "
        f"{local.cpu_s:.1f} s; uploaded in {upload_s:.1f} s"
    )
    return replace(local, wall_s=max(local.wall_s, upload_s))


def _server_cpu_s() -> float:
    """CPU time of the servers that this process has started, so far [s]."""
    times = [0.0]
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it may end at this moment
            taken = process.cpu_times()
            times.append(taken.user + taken.system)
    return sum(times)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every size; 0 where every figure's median is met."""
    parser = a_parser("peers.s3", str(main.__doc__))
    parser.add_argument("--copies", type=int, nargs="+", default=list(DEFAULT_COPIES))
    asked = parser.parse_args(arguments)
    lineitem = load_dataset("lineitem")
    size = lineitem.size("sf1")
    kept = None if asked.rows is None else min(asked.rows, size.rows)
    prepared = prepare(lineitem, size, data_dir(), rows=kept, announce=say)
    with ExitStack() as stack:
        server = SeaweedFS()
        stack.callback(server.stop)
        server.start()
        # On the disk of the data, for a file reached by a symbolic link twice is read once.
        links = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=data_dir())))
        contests = [_contest(server.access, prepared, links, copies) for copies in asked.copies]
        return decide(contests, asked)


def _contest(access: Access, prepared: Prepared, links: Path, copies: int) -> Contest:
    rows = prepared.rows * copies
    for number in range(copies):
        link = links / f"{number:03}.csv"
        if not link.exists():
            link.hardlink_to(prepared.path)
    paths = [str(links / f"{number:03}.csv") for number in range(copies)]
    section = {"type": "rust", "format": "csv", "path": paths}
    return Contest(
        name=f"lineitem {copies} times",
        rows=rows,
        sides={
            "headrace to S3": partial(to_bucket, access, section, rows),
            "bound": partial(bound, access, section, rows),
        },
        figures={"bound": FIGURE},
    )


if __name__ == "__main__":
    sys.exit(main())
