"""What a writer makes of batches: files, their rows and their metadata."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq
from headrace import Batch, FileMetadata, Schema, resolve_job
from headrace.plugins import ENGINE_KEYS

from tests.builders import a_reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

Rows = list[dict[str, Any]]


def a_sink(kind: str, folder: Path, schema: Schema, **options: Any) -> Any:  # noqa: ANN401  any writer
    """A writer as a job makes it."""
    told = {key: options.pop(key) for key in ENGINE_KEYS["writer"] if key in options}
    job = {
        "version": 1,
        "name": "test",
        "reader": a_reader("csv", "unused.csv"),
        "writer": {"type": kind, **options},
        "target": {"type": "local", "path": "unused"},
    }
    engine = {"output_path": str(folder), "schema": schema.to_list(), **told}
    return resolve_job(job).create("writer", engine)


def written(
    kind: str,
    folder: Path,
    schema: Schema,
    *batches: Rows,
    **options: Any,  # noqa: ANN401  any key of the writer's section
) -> list[FileMetadata]:
    """The files of some batches, in the order in which they were closed."""
    writer = a_sink(kind, folder, schema, **options)
    files: list[FileMetadata] = []
    for rows in batches:
        files += writer.write_batch(Batch(rows, schema=schema), len(files))
    return files + list(writer.close())


def read_by_duckdb(files: Sequence[FileMetadata]) -> list[tuple[Any, ...]]:
    """Their rows, partitions included, in the order of the files; zoned times by the UTC clock."""
    source = "read_parquet(?, hive_partitioning=true, hive_types_autocast=false)"
    paths = [[file.path for file in files]]
    with duckdb.connect() as connection:
        described = connection.execute(f"describe select * from {source}", paths).fetchall()  # noqa: S608
        # DuckDB's zoned times need pytz in Python.
        columns = ", ".join(
            f"timezone('UTC', \"{name}\")" if kind == "TIMESTAMP WITH TIME ZONE" else f'"{name}"'
            for name, kind, *_ in described
        )
        return connection.execute(f"select {columns} from {source}", paths).fetchall()  # noqa: S608


def read_by_pyarrow(files: Sequence[FileMetadata]) -> Rows:
    """Their rows without partitions, in the order of the files."""
    return [row for file in files for row in _pylist(file)]


def _pylist(file: FileMetadata) -> Rows:
    return pq.ParquetFile(file.path).read().to_pylist(maps_as_pydicts="strict")


def exactly(values: Iterable[object], *, zoned: bool = True) -> list[str]:
    """Values as text with type and sign, however their time zone is spelled or shown."""
    return [repr(_in_utc(value, zoned=zoned)) for value in values]


def _in_utc(value: Any, *, zoned: bool) -> Any:  # noqa: ANN401  any value of a row
    if isinstance(value, list):
        return [_in_utc(item, zoned=zoned) for item in value]
    if isinstance(value, dict):
        return {key: _in_utc(item, zoned=zoned) for key, item in value.items()}
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        return value
    return value.astimezone(dt.UTC).replace(tzinfo=dt.UTC if zoned else None)
