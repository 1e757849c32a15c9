"""What a CSV reader and the validator behind it make of a file: rows, errors or a failure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from headrace import (
    Contract,
    Field,
    HeadraceError,
    RowError,
    Schema,
    SchemaValidator,
    StateManager,
    resolve_job,
)

from tests.builders import a_reader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Everything that a run would see of a source.

    Attributes:
        rows: The valid rows, as text with their types: NaN equals NaN and 1 differs from 1.0.
        errors: Every error of the others.
        failure: Class name, message and place of what ended the reading, where something did.
        records: The valid rows as they are.
    """

    rows: tuple[str, ...]
    errors: tuple[RowError, ...]
    failure: tuple[str, str, Mapping[str, Any]] | None
    records: list[Mapping[str, Any]] = field(default_factory=list, compare=False)

    def values(self, column: str) -> list[object]:
        """The values of a column in the valid rows."""
        return [record[column] for record in self.records]

    @property
    def rules(self) -> list[tuple[int | None, str | None, str]]:
        """Line, field and rule of each error."""
        return [(e.position.line if e.position else None, e.field, e.rule) for e in self.errors]


def a_source(
    kind: str,
    path: object,
    *,
    schema: Schema | None = None,
    batch_rows: int = 10_000,
    batch_bytes: int = 4 << 20,
    **options: Any,  # noqa: ANN401  any key of the reader's section
) -> Any:  # noqa: ANN401  any reader
    """A reader as a job makes it."""
    job = {
        "version": 1,
        "name": "test",
        "reader": a_reader(kind, path, **options),
        "writer": {"type": "rust"},
        "target": {"type": "local", "path": "unused"},
    }
    engine = {
        "schema": schema.to_list() if schema else None,
        "base_dir": ".",
        "stream": "test",
        "batch_rows": batch_rows,
        "batch_bytes": batch_bytes,
    }
    return resolve_job(job).create("reader", engine)


def a_reading(
    kind: str,
    path: Path | str | list[str],
    *,
    contract: Contract | None = None,
    mode: str = "quarantine",
    **options: Any,  # noqa: ANN401  as `a_source` takes them
) -> Reading:
    """Read a source to its end or to its failure."""
    place = str(path) if not isinstance(path, list) else path
    records: list[Mapping[str, Any]] = []
    errors: list[RowError] = []
    failure = None
    try:
        reader = a_source(kind, place, schema=contract.schema if contract else None, **options)
        validator = SchemaValidator(
            contract or reader.schema(),
            mode=mode,  # type: ignore[arg-type]
            stream="test",
            on_errors=errors.extend,
        )
        first_row = 1
        for batch in reader.extract(StateManager()):
            batch.first_row = first_row
            first_row += batch.num_records
            valid, _ = validator.validate_batch(batch)
            records.extend(valid)
            assert repr(valid.arrow().to_rows()) == repr([dict(row) for row in valid])
    except HeadraceError as error:
        failure = (type(error).__name__, error.message, error.where)
    rows = tuple(repr(dict(record)) for record in records)
    return Reading(rows=rows, errors=tuple(errors), failure=failure, records=records)


def columns(*, required: tuple[str, ...] = (), **types: str) -> Contract:
    """A contract of columns by name and Arrow type; `required` ones are not nullable."""
    fields = (Field(name, kind, name not in required) for name, kind in types.items())
    return Contract.of_schema(Schema(tuple(fields)))


def a_file(folder: Path, data: bytes | str, *, name: str = "data.csv") -> Path:
    """A file of these bytes."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path
