"""Builders of tables in a Postgres server, and what the reader makes of them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from headrace import HeadraceError, RowError, SchemaValidator, StateManager, resolve_job

from tests.builders import a_job

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from headrace import Contract
    from headrace_harness.services.postgres import EmbeddedPostgres

_NUMBERS = itertools.count(1)


def a_name(stem: str = "t") -> str:
    """A name that no other test has."""
    return f"{stem}_{next(_NUMBERS)}"


def a_table(postgres: EmbeddedPostgres, columns: str, *rows: str, name: str = "") -> str:
    """A table of these columns and rows, as SQL writes both; returns its name."""
    name = name or a_name()
    script = f"create table {name} ({columns});"
    if rows:
        values = ", ".join(f"({row})" for row in rows)
        script += f"insert into {name} values {values};"
    postgres.execute(script)
    return name


def a_numbered_table(postgres: EmbeddedPostgres, count: int, *, more: str = "") -> str:
    """A table of `id`, from 1 to `count` and its primary key, and `name`."""
    name = a_table(postgres, f"id bigint primary key, name text{more}")
    values = f"select i, 'name ' || i from generate_series(1, {count}) i"
    postgres.execute(f"insert into {name} (id, name) {values}; analyze {name}")
    return name


def a_section(postgres: EmbeddedPostgres, **options: Any) -> dict[str, Any]:  # noqa: ANN401
    """The reader's section of a job."""
    return {"type": "postgres", "dsn": postgres.dsn, **options}


def a_postgres_job(
    postgres: EmbeddedPostgres,
    tmp_path: Path,
    options: Mapping[str, Any],
    **sections: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """A job that reads from the server."""
    return a_job(tmp_path, reader=a_section(postgres, **options), **sections)


def a_source(
    section: Mapping[str, Any],
    *,
    contract: Contract | None = None,
    batch_rows: int = 10_000,
    **engine: Any,  # noqa: ANN401  keys that the engine sets
) -> Any:  # noqa: ANN401  any reader
    """A reader as a job makes it."""
    job = {
        "version": 1,
        "name": "test",
        "reader": dict(section),
        "writer": {"type": "rust"},
        "target": {"type": "local", "path": "unused"},
    }
    keys = {
        "schema": contract.schema.to_list() if contract else None,
        "base_dir": ".",
        "stream": "test",
        "batch_rows": batch_rows,
        "batch_bytes": 4 << 20,
    }
    return resolve_job(job).create("reader", keys | engine)


@dataclass(frozen=True, kw_only=True)
class Read:
    """What a run would see of a source."""

    rows: list[dict[str, Any]]
    errors: list[RowError] = field(default_factory=list)
    failure: HeadraceError | None = None
    state: Any = None
    notes: list[str] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)

    def values(self, column: str) -> list[Any]:
        """The values of a column."""
        return [row[column] for row in self.rows]


def a_reading(
    section: Mapping[str, Any],
    *,
    contract: Contract | None = None,
    state: Any = None,  # noqa: ANN401  the stream's stored cursor
    **keys: Any,  # noqa: ANN401  as `a_source` takes them
) -> Read:
    """Read a source to its end or to its failure."""
    manager = StateManager({"test": state} if state is not None else {})
    rows: list[dict[str, Any]] = []
    errors: list[RowError] = []
    batches: list[int] = []
    failure = None
    notes: list[str] = []
    try:
        reader = a_source(section, contract=contract, **keys)
        notes = reader.notes
        validator = SchemaValidator(
            contract or reader.schema(),
            mode="quarantine",
            stream="test",
            on_errors=errors.extend,
        )
        first_row = 1
        for batch in reader.extract(manager):
            batch.first_row = first_row
            first_row += batch.num_records
            batches.append(batch.num_records)
            valid, _ = validator.validate_batch(batch)
            rows.extend(dict(row) for row in valid)
            manager.yielded()
        manager.consumed(len(batches), complete=True)
    except HeadraceError as error:
        failure = error
    return Read(
        rows=rows,
        errors=errors,
        failure=failure,
        state=manager.snapshot().get("test"),
        notes=notes,
        batches=batches,
    )
