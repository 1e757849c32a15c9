"""Iceberg tables of tests: jobs that write them, and what other readers find in them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from headrace.commit import points
from headrace.targets.iceberg.config import IcebergConfig
from headrace.targets.iceberg.target import IcebergTarget
from pyiceberg.catalog.sql import SqlCatalog

from tests.builders import a_job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pyiceberg.table import Table

NAME = "raw.people"


def a_catalog(tmp_path: Path) -> dict[str, Any]:
    """The section of a catalog in SQLite, with its warehouse on the disk."""
    return {
        "type": "sql",
        "uri": f"sqlite:///{tmp_path / 'catalog.db'}",
        "warehouse": str(tmp_path / "warehouse"),
    }


def a_table_job(tmp_path: Path, *, table: str = NAME, **sections: Any) -> dict[str, Any]:  # noqa: ANN401
    """A job as `a_job`, whose target is a table of that catalog.

    Args:
        tmp_path: Where everything is.
        table: The table.
        sections: Of the job, as of `a_job`; the rest are keys of the target.
    """
    job = a_job(tmp_path, **sections)
    target = {k: v for k, v in job["target"].items() if k not in ("type", "path")}
    job["target"] = {
        "type": "iceberg",
        "table": table,
        "catalog": a_catalog(tmp_path),
        **target,
    }
    return job


@contextmanager
def pyiceberg(tmp_path: Path) -> Iterator[SqlCatalog]:
    """That catalog by PyIceberg's own means, as somebody else uses it."""
    section = a_catalog(tmp_path)
    warehouse = f"file://{section['warehouse']}"
    catalog = SqlCatalog("default", uri=section["uri"], warehouse=warehouse)
    try:
        yield catalog
    finally:
        catalog.close()


def the_table(tmp_path: Path, name: str = NAME) -> Table | None:
    """The table as it is now, by PyIceberg; None where there is none."""
    with pyiceberg(tmp_path) as catalog:
        return catalog.load_table(name) if catalog.table_exists(name) else None


def rows_of(table: Table) -> list[tuple[Any, ...]]:
    """Its rows, sorted, by PyIceberg's own scan."""
    found = table.scan().to_arrow().to_pylist()
    return sorted(tuple(row.values()) for row in found)


def files_of(table: Table) -> list[str]:
    """The paths of its data files."""
    return sorted(task.file.file_path for task in table.scan().plan_files())


def summaries(table: Table) -> list[dict[str, str]]:
    """What each snapshot says of itself, oldest first."""
    return [snapshot.summary.model_dump() for snapshot in table.snapshots()]


def stray(tmp_path: Path, name: str = NAME) -> list[str]:
    """What lies below the table's place and is of nobody: neither the table's nor ours to keep."""
    table = the_table(tmp_path, name)
    root = tmp_path / "warehouse" / name.replace(".", "/")
    known = {path.removeprefix("file://") for path in all_files_of(table)} if table else set()
    return sorted(
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file()
        and str(path) not in known
        and path.relative_to(root).parts[0] != "_quarantine"
        and path.name not in ("owner.json", "lock")
    )


def all_files_of(table: Table) -> set[str]:
    """Every file that the table knows of: data, manifests and metadata, those of its past too."""
    found = {table.metadata_location, *(log.metadata_file for log in table.metadata.metadata_log)}
    for snapshot in table.snapshots():
        found.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(table.io):
            found.add(manifest.manifest_path)
            entries = manifest.fetch_manifest_entry(table.io, discard_deleted=False)
            found |= {entry.data_file.file_path for entry in entries}
    return found


@contextmanager
def at(point: str, act: Callable[[], object]) -> Iterator[list[str]]:
    """Do something each time a run reaches a point; what was reached is told."""
    found: list[str] = []

    def hook(name: str) -> None:
        if name == point:
            found.append(name)
            act()

    points.on_reached(hook)
    try:
        yield found
    finally:
        points._hooks.remove(hook)  # noqa: SLF001  the tests' own


def once(act: Callable[[], object]) -> Callable[[], None]:
    """Do something the first time only."""
    done: list[bool] = []

    def first() -> None:
        if not done:
            done.append(True)
            act()

    return first


def another_run(job: Mapping[str, Any]) -> IcebergTarget:
    """The target of the same job, as another process has it."""
    config = {key: value for key, value in job["target"].items() if key != "type"}
    found = msgspec.convert(config, IcebergConfig, dec_hook=lambda kind, value: kind(value))
    return IcebergTarget(found)


def a_foreign_append(tmp_path: Path) -> None:
    """A snapshot by somebody who does not know headrace."""
    with pyiceberg(tmp_path) as catalog:
        table = catalog.load_table("raw.people")
        with table.transaction() as transaction:
            transaction.update_snapshot().fast_append().commit()


def a_takeover(job: Mapping[str, Any]) -> None:
    """What a run does that takes the table from one that it holds for dead."""
    other = another_run(job)
    table = other._open()  # noqa: SLF001  without the lease, which the other still holds
    table.refresh()
    table.take_over("other")
    table.close()
