"""What one batch costs in each step: text, rows, Arrow and back, part, validate, write, JSON.

A batch is 10,000 rows of the playbook's five columns; pytest-benchmark prints the time of each
step, so that a change is compared on the machine at hand. Nothing here asserts a time.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from headrace import Batch, Contract, Field, Schema, SchemaValidator, resolve_job
from headrace._native import CsvOptions, RecordBatch, batch_from_text
from pyiceberg.transforms import BucketTransform, HourTransform
from pyiceberg.types import LongType, TimestamptzType

from tests.builders import a_job, a_writer_of

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

ROWS = 10_000
SCHEMA = Schema(
    (
        Field("id", "int64", nullable=False),
        Field("name", "string"),
        Field("email", "string"),
        Field("created_at", "timestamp[us, tz=UTC]"),
        Field("value", "double"),
    )
)
CONTRACT = Contract(
    schema=SCHEMA,
    rules={
        "id": {"required": True, "minimum": "0"},
        "name": {"maxLength": 100},
        "email": {"pattern": "^[^@]+@[^@]+$"},
        "value": {"minimum": "0", "maximum": "1000"},
    },
)


def the_rows() -> list[dict[str, Any]]:
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    return [
        {
            "id": n,
            "name": f"User {n}",
            "email": f"user{n}@example.org",
            "created_at": start + dt.timedelta(seconds=n),
            "value": n / 16,
        }
        for n in range(ROWS)
    ]


def the_texts() -> list[list[str]]:
    return [
        [str(r["id"]), r["name"], r["email"], r["created_at"].isoformat(), str(r["value"])]
        for r in the_rows()
    ]


def the_arrow() -> RecordBatch:
    batch, _, _ = RecordBatch.from_rows(the_rows(), SCHEMA.native())
    return batch


@pytest.mark.benchmark(group="convert")
def test_text_to_arrow(benchmark: BenchmarkFixture) -> None:
    """CSV records as typed Arrow data: the hot path of reader csv."""
    texts, schema = the_texts(), SCHEMA.native()

    batch, broken = benchmark(
        batch_from_text, texts, schema, [0, 1, 2, 3, 4], CsvOptions(), settled_nulls=[]
    )

    assert len(batch) == ROWS
    assert not broken


@pytest.mark.benchmark(group="convert")
def test_rows_to_arrow(benchmark: BenchmarkFixture) -> None:
    """Python rows as Arrow data: what every Arrow writer needs of a row reader."""
    rows, schema = the_rows(), SCHEMA.native()

    batch, _, _ = benchmark(RecordBatch.from_rows, rows, schema)

    assert len(batch) == ROWS


@pytest.mark.benchmark(group="convert")
def test_arrow_to_rows(benchmark: BenchmarkFixture) -> None:
    """Arrow data as Python rows: what a row writer needs of a native reader."""
    batch = the_arrow()

    rows = benchmark(batch.to_rows)

    assert len(rows) == ROWS


@pytest.mark.benchmark(group="part")
@pytest.mark.parametrize("term", ["bucket(16, id)", "hour(created_at)", "truncate(6, name)"])
def test_part(benchmark: BenchmarkFixture, term: str) -> None:
    """One batch by a partition of an Iceberg table."""
    batch = the_arrow()

    parts = benchmark(batch.partition_by_terms, [term])

    assert sum(len(part) for *_, part in parts) == ROWS


@pytest.mark.benchmark(group="part")
@pytest.mark.parametrize("of", ["id", "created_at"])
def test_part_by_pyiceberg(benchmark: BenchmarkFixture, of: str) -> None:
    """What PyIceberg's transforms of the same values take, without parting anything."""
    transforms = {
        "id": BucketTransform(16).transform(LongType()),
        "created_at": HourTransform().transform(TimestamptzType()),
    }
    values = [row[of] for row in the_rows()]

    found = benchmark(lambda: [transforms[of](value) for value in values])

    assert len(found) == ROWS


@pytest.mark.benchmark(group="validate")
@pytest.mark.parametrize("form", ["arrow", "rows"])
def test_validate(benchmark: BenchmarkFixture, form: str) -> None:
    """The contract's rules over one batch; rows include their conversion."""
    validator = SchemaValidator(CONTRACT)
    data = the_arrow() if form == "arrow" else the_rows()

    valid, errors = benchmark(lambda: validator.validate_batch(Batch(data, schema=SCHEMA)))

    assert len(valid) == ROWS
    assert not errors


@pytest.mark.benchmark(group="write")
@pytest.mark.parametrize("kind", ["rust", "parquet"])
def test_write(benchmark: BenchmarkFixture, kind: str, tmp_path: Path) -> None:
    """One batch to one closed Parquet file."""
    resolved = resolve_job(a_job(tmp_path, writer={"type": kind}))
    batch = Batch(the_arrow(), schema=SCHEMA)

    def write() -> int:
        directory = tmp_path / uuid.uuid4().hex
        directory.mkdir()
        writer = a_writer_of(resolved, directory, SCHEMA)
        files = [*writer.write_batch(batch, 0), *writer.close()]
        return sum(file.rows for file in files)

    assert benchmark(write) == ROWS


@pytest.mark.benchmark(group="json")
def test_rows_to_json_and_back(benchmark: BenchmarkFixture) -> None:
    """The JSON crossing: a batch of rows as JSON text and back, as a JSON C ABI needs it."""
    rows = the_rows()

    found = benchmark(lambda: msgspec.json.decode(msgspec.json.encode(rows)))

    assert len(found) == ROWS
