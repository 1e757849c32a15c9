"""One sample of a cell: its job, its worker, the check of its output, its record."""

import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from headrace_harness.catalog import DataSet, Parts
from headrace_harness.data.cache import Prepared
from headrace_harness.errors import OutputError
from headrace_harness.measure.launch import Ending, Watcher, run_worker
from headrace_harness.services.iceberg import Catalog
from headrace_harness.suite.destination import (
    BucketDestination,
    Destination,
    LocalDestination,
    TableDestination,
)
from headrace_harness.suite.plan import Cell
from headrace_harness.verify.checksum import Checksum, Format
from headrace_harness.verify.output import check_output


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A data set that is ready to be read, and what it holds.

    Attributes:
        served: The keys of a reader's section that read it from a service, by the reader's name.
    """

    dataset: DataSet
    prepared: Prepared
    checksum: Checksum
    served: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What all samples of a run share.

    Attributes:
        parts: What the names of a cell stand for.
        scratch: Where output is written.
        logs: Where workers' standard output and error are kept.
        timeout_s: When a worker is ended [s].
        reached: The servers of targets, by the target's name.
        cores: Those of workers; empty where they may run anywhere.
        goes_on: Whether the run was ended early before: what a sample left is removed first.
        keeps_output: Whether output stays after its check.
    """

    parts: Parts
    scratch: Path
    logs: Path
    timeout_s: float
    reached: Mapping[str, Any] = field(default_factory=dict)
    cores: Collection[int] = ()
    goes_on: bool = False
    keeps_output: bool = False


def take_sample(
    bench: Bench, cell: Cell, source: Source, number: int, *, watch: Watcher | None = None
) -> dict[str, Any]:
    """Measure one sample; the facts of its record, whatever became of it.

    Args:
        bench: Shared by all samples.
        cell: What is measured.
        source: The data set.
        number: Of the sample, from 1.
        watch: Told of progress.
    """
    name = f"{cell.id.replace('/', '-')}-{number}"
    folder = bench.scratch / name
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed, and goes on
    folder.mkdir(parents=True)
    destination = destination_of(bench, cell, folder)
    job = make_job(bench.parts, cell, source, destination)
    reader, writer = bench.parts.readers[cell.reader], bench.parts.writers[cell.writer]
    if bench.goes_on:
        # Of a sample that was killed. Where its server is gone, the worker will tell.
        with suppress(OutputError), _failing("what is left cannot be removed"):
            destination.remove()
    try:
        ending = run_worker(
            {
                "job": job,
                "base_dir": str(folder),
                "imports": [*reader.imports, *writer.imports],
                "cores": sorted(bench.cores),
            },
            logs=bench.logs,
            name=name,
            timeout_s=bench.timeout_s,
            watch=watch,
        )
        status, reason = "failed", ending.reason
        if ending.result is not None and reason is None:
            with _failing("its output cannot be looked at"):
                reason = check_output(
                    dataset=source.dataset,
                    source=source.checksum,
                    output_format=cast("Format", writer.output),
                    found=destination.collect(),
                    report=ending.result["report"],
                )
            status = "invalid" if reason else "ok"
    except OutputError as error:
        reason = str(error)
    finally:
        if not bench.keeps_output:
            try:
                with _failing("its output cannot be removed"):
                    destination.remove()
            except OutputError as error:
                status, reason = "failed", reason or str(error)
            shutil.rmtree(folder, ignore_errors=True)
    facts = {"cell": cell.id, "sample": number, "status": status, "reason": reason}
    return facts | _describe(
        ending, rows=source.checksum.rows, is_valid=status == "ok", is_apart=reader.is_apart
    )


@contextmanager
def _failing(what: str) -> Iterator[None]:
    """Have whatever somebody else's client raises, of a server that is gone, end one sample alone.

    Raises:
        OutputError: A failure of any kind.
    """
    try:
        yield
    except Exception as error:
        message = f"{what}: {type(error).__name__}: {error}"
        raise OutputError(" ".join(message.split())) from error


def destination_of(bench: Bench, cell: Cell, folder: Path) -> Destination:
    """Where a sample's output goes.

    Args:
        bench: Shared by all samples.
        cell: What is measured.
        folder: The sample's own.
    """
    target = bench.parts.targets[cell.target]
    server = bench.reached.get(cell.target)
    if target.job["type"] == "iceberg":
        name = f"{bench.scratch.name}_{folder.name}".lower().replace("-", "_").replace(".", "_")
        at = folder / "table"
        in_sqlite = Catalog.of_database(f"sqlite:///{at.absolute()}/catalog.db", at)
        catalog = in_sqlite if server is None else server.catalog(at)
        return TableDestination(job=target.job, catalog=catalog, name=name, folder=at)
    if server is None:
        return LocalDestination(job=target.job, folder=folder / "out")
    return BucketDestination(
        job=target.job,
        access=server.access,
        prefix=f"{bench.scratch.name}/{folder.name}",
        folder=folder / "fetched",
    )


def make_job(parts: Parts, cell: Cell, source: Source, destination: Destination) -> dict[str, Any]:
    """The job of a cell, as the engine takes it."""
    reader = parts.readers[cell.reader]
    options: dict[str, Any] = {
        "path": str(source.prepared.path),
        "null_values": list(source.dataset.null_values),
    }
    if reader.service:
        options = dict(source.served[reader.name])
    if reader.options_in:
        options = {reader.options_in: options}
    return {
        "version": 1,
        "name": cell.dataset,
        "reader": {**reader.job, **options},
        "contract": str(source.dataset.contract),
        "validation": {"mode": "strict", **source.dataset.validation},
        "drift": dict(source.dataset.drift),
        "writer": dict(parts.writers[cell.writer].job),
        "target": dict(destination.section),
    }


def _describe(ending: Ending, *, rows: int, is_valid: bool, is_apart: bool) -> dict[str, Any]:
    result = ending.result or {}
    report = result.get("report") or {}
    wall_s = result.get("wall_s")
    return {
        "rows": rows,
        # Output that is not the source's rows yields no number.
        "rows_per_s": rows / wall_s if is_valid and wall_s else None,
        "wall_s": wall_s,
        "cpu_s": result.get("cpu_s"),
        "children_cpu_s": result.get("children_cpu_s"),
        "process_wall_s": round(ending.wall_s, 4),
        "peak_rss_bytes": {
            "import": result.get("import_hwm_bytes"),
            "run": result.get("run_hwm_bytes"),
            "lifetime": _lifetime_peak(ending, is_apart=is_apart),
        },
        "memory": ending.memory,
        "arrow_pool": result.get("arrow_pool"),
        "stages_s": report.get("stages_s"),
        "source_wait_s": report.get("source_wait_s"),
        "output_bytes": sum(entry["bytes"] for entry in report.get("files", ())),
        "files": len(report.get("files", ())),
        "noise": ending.noise | {"involuntary_switches": result.get("involuntary_switches")},
        "error": result.get("error"),
        "stdout_tail": ending.stdout_tail,
        "stderr_tail": ending.stderr_tail,
    }


def _lifetime_peak(ending: Ending, *, is_apart: bool) -> int | None:
    """What a memory figure is judged on [bytes].

    The tree's concurrent PSS where the worker had children of the engine's, else its own VmHWM, the
    higher of what it said and what was seen.
    """
    tree = ending.memory["tree"]
    if tree and not is_apart:
        return int(tree["pss_peak_bytes"])
    said = (ending.result or {}).get("lifetime_hwm_bytes") or 0
    return max(said, ending.memory["hwm_bytes"]) or None
