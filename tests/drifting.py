"""Sources whose second part is not as the first, through each kind of reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
from headrace import execute_job

from tests.builders import a_contract, a_csv, a_job, a_property, a_reader, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from headrace import RunReport

KINDS = ("rows", "arrow", "csv", "rust")

ID = a_property("id", "integer", physicalType="int", required=True)
NAME = a_property("name", "string")
REQUIRED_NAME = a_property("name", "string", required=True)
FIRST = [{"id": 1, "name": "a"}]
INTS = {"id": "int32"}


def changes(report: RunReport) -> list[tuple[str, str, str, int]]:
    """Axis, policy, column and first row of each change in a report."""
    return [(c["axis"], c["policy"], c["column"], c["row"]) for c in report.to_dict()["drift"]]


class RowReader:
    """Yields the parts of its config as lists of dicts."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._parts = config["parts"]

    def extract(self, state: object) -> Iterator[Any]:  # noqa: ARG002  the interface
        """The parts, a batch each."""
        yield from self._parts


class ArrowReader:
    """Yields the parts of its config as Arrow data, a part's columns in its own types."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._parts = config["parts"]
        self._types = config["types"]

    def extract(self, state: object) -> Iterator[pa.RecordBatch]:  # noqa: ARG002  the interface
        """The parts, a batch each."""
        for rows, types in zip(self._parts, self._types, strict=True):
            names = list(dict.fromkeys(name for row in rows for name in row))
            arrays = []
            for name in names:
                kind = pa.type_for_alias(types[name]) if name in types else None
                arrays.append(pa.array([row.get(name) for row in rows], kind))
            yield pa.record_batch(arrays, names=names)


def a_run(
    tmp_path: Path,
    kind: str,
    parts: Sequence[Sequence[Mapping[str, Any]]],
    *,
    properties: Sequence[Mapping[str, Any]],
    drift: Mapping[str, str],
    types: Sequence[Mapping[str, str]] = ({}, {}),
    mode: str = "strict",
) -> tuple[RunReport, list[dict[str, Any]]]:
    """Run a job over the parts; the report, and what landed in the order of `id`."""
    job = a_job(
        tmp_path,
        reader=_source(tmp_path, kind, parts, types),
        contract=a_contract(*properties),
        validation={"mode": mode},
    )
    report = execute_job(job | {"drift": dict(drift)})
    return report, landed(tmp_path / "out")


def _source(
    tmp_path: Path,
    kind: str,
    parts: Sequence[Sequence[Mapping[str, Any]]],
    types: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    if kind == "rows":
        return {"type": "tests.drifting:RowReader", "parts": parts}
    if kind == "arrow":
        return {"type": "tests.drifting:ArrowReader", "parts": parts, "types": types}
    for n, rows in enumerate(parts):
        names = list(dict.fromkeys(name for row in rows for name in row))
        values = [["" if row.get(name) is None else row[name] for name in names] for row in rows]
        a_csv(tmp_path / "data" / f"{n}.csv", values, header=names)
    return a_reader(kind, str(tmp_path / "data" / "*.csv"))


def landed(root: Path) -> list[dict[str, Any]]:
    """The rows of a target's Parquet files, a column that a file lacks being null."""
    files = [str(path) for path in visible(root)]
    with duckdb.connect() as connection:
        relation = connection.execute(
            "select * from read_parquet(?, union_by_name=true) order by id", [files]
        )
        names = [column[0] for column in relation.description]
        return [dict(zip(names, row, strict=True)) for row in relation.fetchall()]
