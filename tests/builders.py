"""Builders of jobs, contracts and data; fixtures are only for what needs teardown."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headrace import ResolvedJob, Schema

ROOT = Path(__file__).parent.parent

READERS = ("csv", "rust")
WRITERS = ("parquet", "rust")


def a_csv(path: Path, rows: Sequence[Sequence[object]], *, header: Sequence[str]) -> Path:
    """A CSV file of `rows`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.write_text(text.getvalue(), newline="", encoding="utf-8")
    return path


def people(count: int, *, start: int = 0) -> list[tuple[int, str]]:
    """Rows of `id` and `name`."""
    return [(n, f"name {n}") for n in range(start, start + count)]


def a_property(name: str, logical: str = "string", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """A column of a contract."""
    return {"name": name, "logicalType": logical, **more}


def a_contract(*properties: Mapping[str, Any]) -> dict[str, Any]:
    """An ODCS document."""
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "test",
        "version": "1.0.0",
        "status": "active",
        "schema": [{"name": "test", "properties": list(properties)}],
    }


PEOPLE = a_contract(
    a_property("id", "integer", required=True), a_property("name", "string", required=True)
)
"""The contract of `people`."""


def a_reader(kind: str, path: object, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """The section of one of the CSV readers."""
    section = {"type": kind, "path": path, **more}
    return {**section, "format": "csv"} if kind == "rust" else section


def a_job(  # noqa: PLR0913  a job has that many sections
    tmp_path: Path,
    *,
    reader: Mapping[str, Any] | None = None,
    writer: Mapping[str, Any] | None = None,
    contract: Mapping[str, Any] | None = None,
    mode: str = "append",
    state: bool = False,
    validation: Mapping[str, Any] | None = None,
    batch: Mapping[str, Any] | None = None,
    name: str = "test",
    **target: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """A job in `tmp_path`: reads `data/*.csv`, lands in `out`."""
    job: dict[str, Any] = {
        "version": 1,
        "name": name,
        "reader": dict(reader or a_reader("rust", str(tmp_path / "data" / "*.csv"))),
        "writer": dict(writer or {"type": "rust"}),
        "target": {"type": "local", "path": str(tmp_path / "out"), "mode": mode, **target},
    }
    if contract is not None:
        path = tmp_path / "contract.json"
        path.write_text(__import__("json").dumps(contract))
        job["contract"] = str(path)
    if state:
        job["state"] = {"type": "local", "path": str(tmp_path / "state")}
    if validation is not None:
        job["validation"] = dict(validation)
    if batch is not None:
        job["batch"] = dict(batch)
    return job


def visible(root: Path) -> list[Path]:
    """Every file that a reader of the target would see: no part begins with `.` or `_`."""
    if not root.exists():
        return []
    return sorted(
        path
        for path in root.rglob("*")
        if path.is_file()
        and not any(part.startswith((".", "_")) for part in path.relative_to(root).parts)
    )


def landed(root: Path, columns: str = "*") -> list[tuple[Any, ...]]:
    """The rows of a target's visible Parquet files, sorted, by DuckDB."""
    return rows_of_files([str(path) for path in visible(root)], columns)


def rows_of_files(files: Sequence[str], columns: str = "*") -> list[tuple[Any, ...]]:
    """The rows of Parquet files, sorted, by DuckDB."""
    if not files:
        return []
    with duckdb.connect() as connection:
        relation = connection.execute(
            f"select {columns} from read_parquet(?, hive_partitioning=true) order by all",  # noqa: S608
            [list(files)],
        )
        return relation.fetchall()


def a_writer_of(resolved: ResolvedJob, directory: Path, schema: Schema) -> Any:  # noqa: ANN401
    """The job's writer, writing to `directory`."""
    keys = {"output_path": str(directory), "schema": schema.to_list()}
    return resolved.create("writer", keys)
