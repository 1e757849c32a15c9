"""Jobs with steps over one CSV file, and what became of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
from headrace import execute_job

from tests.builders import a_csv, a_job, a_reader, landed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

HEADER = ("id", "name", "price", "qty")
ROWS = (
    (1, "ann", "1.50", 2),
    (2, "bob", "2.25", ""),
    (3, "cid", "3.00", 4),
    (4, "dee", "10.00", 0),
)


def a_transforming_job(
    tmp_path: Path,
    steps: Sequence[Any],
    *,
    rows: Sequence[Sequence[object]] = ROWS,
    header: Sequence[str] = HEADER,
    reader: str = "rust",
    **more: Any,  # noqa: ANN401  sections of a job
) -> dict[str, Any]:
    """A job of these steps over one CSV file."""
    a_csv(tmp_path / "data" / "a.csv", rows, header=header)
    section = a_reader(reader, str(tmp_path / "data" / "a.csv"))
    return {**a_job(tmp_path, reader=section, **more), "transforms": list(steps)}


def rows_after(tmp_path: Path, *steps: Mapping[str, Any], **more: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401
    """What lands."""
    execute_job(a_transforming_job(tmp_path, steps, **more))
    return landed(tmp_path / "out")


def quarantined(root: Path, columns: str) -> list[tuple[Any, ...]]:
    """The quarantined rows, in order."""
    files = [str(path) for path in root.rglob("_quarantine/**/*.parquet")]
    if not files:
        return []
    query = f"select {columns} from read_parquet(?) order by row"  # noqa: S608
    with duckdb.connect() as connection:
        return connection.execute(query, [files]).fetchall()
