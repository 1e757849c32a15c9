"""Tables that headrace wrote, read by DuckDB's iceberg extension."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from headrace import execute_job

from tests.builders import PEOPLE, ROOT, WRITERS, a_contract, a_csv, a_property, a_reader
from tests.iceberg import a_table_job, the_table
from tests.resttables import ProxiedRestTable, rest_tables
from tests.runs import a_source
from tests.s3 import server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PYTHON = os.environ.get("HEADRACE_DUCKDB_ICEBERG", "")

pytestmark = pytest.mark.skipif(
    not PYTHON, reason="DuckDB with its extension has an environment of its own: `nox -s tables`"
)

EVERY = a_contract(
    a_property("id", "integer", required=True),
    a_property("n", "integer", physicalType="int"),
    a_property("ok", "boolean"),
    a_property("price", "number", physicalType="decimal(15,2)"),
    a_property("x", "number"),
    a_property("name", "string"),
    a_property("day", "date"),
    a_property("clock", "time"),
    a_property("at", "timestamp", physicalType="timestamptz"),
    a_property("local", "timestamp", physicalType="timestamp"),
)
ROWS = [
    [
        *("1", "-7", "true", "12.50", "0.25", "Köln", "1969-12-31", "23:59:59.000001"),
        *("1969-12-31 23:59:59.999999+00", "2024-02-29 01:02:03.000004"),
    ],
    ["2", None, None, None, None, None, None, None, None, None],
]


def duckdb_rows(**asked: Any) -> list[list[str | None]]:  # noqa: ANN401  as of the script
    """What DuckDB finds, as text."""
    done = subprocess.run(
        [PYTHON, "-I", str(ROOT / "tests" / "duckdb_iceberg.py"), json.dumps(asked)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: list[list[str | None]] = json.loads(done.stdout)
    return found


def of_file(tmp_path: Path, **asked: Any) -> list[list[str | None]]:  # noqa: ANN401  as of the script
    """The rows of the table that is known to the catalog in SQLite."""
    location = the_table(tmp_path).metadata_location.removeprefix("file://")
    return duckdb_rows(scan=f"iceberg_scan('{location}')", **asked)


def of_catalog(table: ProxiedRestTable) -> list[list[str | None]]:
    """The rows of a table of the REST catalog."""
    weed = server("seaweedfs")
    host = weed.access.endpoint.removeprefix("http://")
    namespace, _, name = table.name.partition(".")
    keys = f"'{weed.access.access_key}', {{}} '{weed.access.secret_key}'"
    s3 = f"key_id {keys.format('secret')}, endpoint '{host}', url_style 'path', use_ssl false"
    tokens = f"oauth2_server_uri '{weed.catalog_uri}/v1/oauth/tokens'"
    at = f"type iceberg, endpoint '{weed.catalog_uri}', secret c"
    return duckdb_rows(
        scan=f"weed.{namespace}.{name}",
        attach=[
            f"create secret s (type s3, region 'us-east-1', {s3})",
            f"create secret c (type iceberg, client_id {keys.format('client_secret')}, {tokens})",
            f"attach '{weed.warehouse}' as weed ({at})",
        ],
    )


def ran(tmp_path: Path, contract: Mapping[str, Any], rows: list[list[Any]], **job: Any) -> None:  # noqa: ANN401
    """Bring these rows."""
    names = [p["name"] for p in contract["schema"][0]["properties"]]
    path = a_csv(tmp_path / "rows.csv", rows, header=names)
    drift = job.pop("drift", {})
    made = a_table_job(tmp_path, contract=contract, reader=a_reader("rust", str(path)), **job)
    execute_job({**made, "drift": drift})


@pytest.fixture
def table() -> Iterator[ProxiedRestTable]:
    """A table of the test's own."""
    yield from rest_tables()


class TestGivenATable:
    @pytest.mark.parametrize("writer", WRITERS)
    def test_when_read_then_every_type_has_its_values(self, tmp_path: Path, writer: str) -> None:
        """Another reader finds the values that were written, whoever wrote the files."""
        ran(tmp_path, EVERY, ROWS, writer={"type": writer})

        found = of_file(tmp_path)

        assert found == ROWS

    @pytest.mark.parametrize("writer", WRITERS)
    def test_when_filtered_then_bounds_and_partitions_lose_no_row(
        self, tmp_path: Path, writer: str
    ) -> None:
        """What a manifest says of files is true, or readers pass rows over."""
        terms = ["day(at)", "bucket(4, id)", "truncate(2, name)"]
        rows = [
            [
                *(n, n, "true", f"{n}.25", n, f"name {n}", "2024-01-01", "00:00:00"),
                *(f"2024-01-{1 + n % 28:02}T00:00:00Z", "2024-01-01 00:00:00"),
            ]
            for n in range(60)
        ]
        ran(tmp_path, EVERY, rows, writer={"type": writer}, partition_by=terms)

        conditions = {
            "id = 17": 1,
            "name = 'name 33'": 1,
            "\"at\" = '2024-01-05 00:00:00+00'": 2,
            "price > 58": 2,
            "n between 10 and 19": 10,
        }

        assert {c: len(of_file(tmp_path, where=c)) for c in conditions} == conditions

    def test_when_columns_changed_then_old_and_new_files_are_read(self, tmp_path: Path) -> None:
        """Added and widened columns, under their ids."""
        narrow = a_contract(a_property("id", "integer", physicalType="int"))
        ran(tmp_path, narrow, [["1"]])
        wide = a_contract(a_property("id", "integer"), a_property("name", "string"))

        ran(
            tmp_path,
            wide,
            [["5000000000", "b"]],
            drift={"type_change": "evolve", "new_column": "evolve"},
        )

        assert of_file(tmp_path) == [["1", None], ["5000000000", "b"]]

    def test_when_partitions_were_overwritten_then_what_was_taken_away_is_gone(
        self, tmp_path: Path
    ) -> None:
        """Nothing of a replaced partition is read."""
        contract = a_contract(a_property("id", "integer"), a_property("city", "string"))
        ran(tmp_path, contract, [["1", "a"], ["2", "b"]], partition_by=["city"])

        ran(tmp_path, contract, [["3", "b"]], partition_by=["city"], mode="overwrite")

        assert of_file(tmp_path) == [["1", "a"], ["3", "b"]]


class TestGivenARestCatalog:
    @pytest.mark.parametrize("writer", WRITERS)
    def test_when_attached_then_the_table_is_read(
        self, table: ProxiedRestTable, tmp_path: Path, writer: str
    ) -> None:
        """By the catalog's own address, without a path."""
        rows = a_source(tmp_path, 5)
        execute_job(table.job(tmp_path, contract=PEOPLE, writer={"type": writer}))

        found = of_catalog(table)

        assert found == [[str(n), name] for n, name in rows]
