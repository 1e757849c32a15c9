"""Data sets of a plan: made, read independently, and served to those who read from a service."""

from dataclasses import replace
from importlib.metadata import version

from headrace_harness.catalog import Part, load_dataset, load_parts
from headrace_harness.data.cache import Announce, prepare
from headrace_harness.errors import DataSetError, ServiceError, VerifyError
from headrace_harness.paths import checksum_dir, data_dir
from headrace_harness.services import Services
from headrace_harness.suite.plan import Plan
from headrace_harness.suite.sample import Source
from headrace_harness.verify.source import source_checksum


def prepare_sources(
    plan: Plan, announce: Announce, *, rows: int | None = None
) -> tuple[dict[str, Source], dict[str, str]]:
    """Every data set of a plan, made and checked, with its checksum.

    Returns:
        Data sets by name; and why others could not be made or read, by name. Their cells fail,
        the rest of the plan is measured.
    """
    wanted = {cell.dataset: cell.size for cell in plan.runnable}
    sources: dict[str, Source] = {}
    unready: dict[str, str] = {}
    for name, size_name in wanted.items():
        try:
            sources[name] = _prepare_source(name, size_name, announce, rows)
        except (DataSetError, VerifyError) as error:
            unready[name] = f"no data set {name}: {error}"
            announce(unready[name])
    return sources, unready


def serve_sources(
    plan: Plan, sources: dict[str, Source], services: Services, announce: Announce
) -> dict[str, str]:
    """Have every data set served to the readers that read it from a service.

    Args:
        plan: What is measured.
        sources: The data sets by name; replaced by those that know how they are served.
        services: Of the run.
        announce: Told of progress.

    Returns:
        Why cells cannot be measured, by the cell's id.
    """
    readers = load_parts().readers
    failed: dict[tuple[str, str], str] = {}
    for reader, dataset in dict.fromkeys((cell.reader, cell.dataset) for cell in plan.runnable):
        if dataset not in sources:
            continue
        try:
            sources[dataset] = served(sources[dataset], readers[reader], services, announce)
        except (ServiceError, OSError) as error:
            failed[reader, dataset] = f"no service {readers[reader].service}: {error}"
            announce(failed[reader, dataset])
    pairs = {cell.id: (cell.reader, cell.dataset) for cell in plan.runnable}
    return {cell: failed[pair] for cell, pair in pairs.items() if pair in failed}


def served(source: Source, reader: Part, services: Services, announce: Announce) -> Source:
    """The source, served to a reader too; the same where it is already, or needs no service.

    Args:
        source: A data set.
        reader: Who reads it.
        services: Of the run.
        announce: Told of progress.

    Raises:
        ServiceError: The service does not start, or cannot be loaded.
    """
    if not reader.service or reader.name in source.served:
        return source
    keys = services.serve(reader, source.dataset, source.prepared, announce=announce)
    return replace(source, served={**source.served, reader.name: keys})


def _prepare_source(name: str, size_name: str, announce: Announce, rows: int | None) -> Source:
    dataset = load_dataset(name)
    size = dataset.size(size_name)
    kept = None if rows is None else min(rows, size.rows)
    prepared = prepare(dataset, size, data_dir(), rows=kept, announce=announce)
    announce(f"reading {prepared.path.name} independently")
    checksum = source_checksum(dataset, prepared, checksum_dir(), engine_version=version("duckdb"))
    return Source(dataset=dataset, prepared=prepared, checksum=checksum)
