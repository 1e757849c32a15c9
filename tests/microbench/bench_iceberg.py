"""What a commit to an Iceberg table costs by its files: 10, 100, 1,000.

The files are there; measured are their footers, the manifest, the snapshot and the catalog in
SQLite, on a disk. pytest-benchmark prints the time of each, which should grow with the files and
not faster. Nothing here asserts a time.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest
from headrace import execute_job
from headrace.commit import FileMetadata, Intent
from headrace.stores.localstore import LocalStore
from headrace.targets.iceberg.config import IcebergConfig
from headrace.targets.iceberg.table import IcebergTable

from tests.builders import PEOPLE
from tests.iceberg import a_table_job, files_of, the_table
from tests.runs import a_source

if TYPE_CHECKING:
    from pathlib import Path

    from headrace.stores import Store
    from pytest_benchmark.fixture import BenchmarkFixture


def a_table_with_files(tmp_path: Path, count: int) -> tuple[IcebergTable, Intent]:
    """A table, and what a commit of that many copies of one file would make visible."""
    a_source(tmp_path, 100)
    job = a_table_job(tmp_path, contract=PEOPLE)
    execute_job(job)
    (first,) = files_of(the_table(tmp_path))
    source = first.removeprefix("file://")
    root = tmp_path / "warehouse" / "raw" / "people"
    files = []
    for n in range(count):
        path = root / "data" / "copies" / f"{n}.parquet"
        path.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, path)
        size = path.stat().st_size
        files.append(FileMetadata(path=f"data/copies/{n}.parquet", rows=100, bytes=size))
    keys = {key: value for key, value in job["target"].items() if key != "type"}
    config = msgspec.convert(keys, IcebergConfig, dec_hook=lambda kind, value: kind(value))

    def no_bucket(bucket: str, prefix: str) -> Store:
        raise AssertionError((bucket, prefix))

    table = IcebergTable(config, open_bucket=no_bucket)
    table.refresh()
    table.stand()
    intent = Intent(
        run_id="0",
        job="bench",
        mode="append",
        files=tuple(files),
        quarantine_files=(),
        replaces=(),
        previous=None,
        state=None,
        state_path=None,
    )
    return table, intent


@pytest.mark.parametrize("count", [10, 100, 1000])
def test_commit(benchmark: BenchmarkFixture, tmp_path: Path, count: int) -> None:
    """One commit of so many files."""
    table, intent = a_table_with_files(tmp_path, count)
    store = LocalStore(tmp_path / "warehouse" / "raw" / "people")
    commits = iter(range(1, 100))

    def commit() -> None:
        number = next(commits)
        previous = str(number - 1) if number > 1 else None
        made = msgspec.structs.replace(intent, run_id=str(number), previous=previous)
        table.commit(made, store)

    benchmark.pedantic(commit, rounds=5, warmup_rounds=1)

    assert len(files_of(the_table(tmp_path))) == 1 + 6 * count
