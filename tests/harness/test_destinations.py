"""Places of samples: what jobs leave there is found, all of it and no more, and removed."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from headrace import execute_job
from headrace_harness.catalog import load_parts
from headrace_harness.services import Services
from headrace_harness.suite.destination import Destination
from headrace_harness.suite.sample import Bench, destination_of
from pyiceberg.exceptions import NoSuchTableError

from tests.builders import a_csv, a_job, people
from tests.harness.builders import bench_run, one_cell, quietly
from tests.s3 import server

if TYPE_CHECKING:
    from pathlib import Path

SERVED = ("s3", "iceberg-rest", "iceberg-postgres")
TARGETS = ("local", "iceberg-sql", *SERVED)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Destination:
    """A sample's, at the target that the parameter names."""
    target: str = request.param
    reached: dict[str, Any] = {}
    if target == "iceberg-postgres":
        reached[target] = request.getfixturevalue("postgres")
    elif target in SERVED:
        reached[target] = server("seaweedfs")
    scratch = tmp_path / secrets.token_hex(8)
    bench = Bench(
        parts=load_parts(), scratch=scratch, logs=tmp_path, timeout_s=300, reached=reached
    )
    return destination_of(bench, replace(one_cell(), target=target), scratch / "one")


def a_run(tmp_path: Path, place: Destination, *, start: int, mode: str = "append") -> set[str]:
    """Have a job write ten people there; the names of its files."""
    data = tmp_path / "data"
    for old in data.glob("*.csv"):
        old.unlink()
    a_csv(data / "people.csv", people(10, start=start), header=("id", "name"))
    job = a_job(tmp_path, name="people")
    job["target"] = {**place.section, "mode": mode}
    return {file.path for file in execute_job(job, base_dir=tmp_path).files}


def ids_of(place: Destination) -> list[int]:
    """The ids that DuckDB finds in what is collected."""
    found = duckdb.read_parquet([str(path) for path in place.collect().values()])
    return sorted(int(row[0]) for row in found.project("id").fetchall())


@pytest.mark.parametrize("place", TARGETS, indirect=True)
class TestGivenThePlaceOfASample:
    def test_when_two_runs_append_then_what_both_wrote_is_found(
        self, place: Destination, tmp_path: Path
    ) -> None:
        """Every visible file is checked."""
        written = a_run(tmp_path, place, start=0) | a_run(tmp_path, place, start=10)

        found = place.collect()

        assert len(found) == len(written) == 2
        assert ids_of(place) == list(range(20))

    def test_when_a_run_replaces_then_what_it_replaced_is_not_found(
        self, place: Destination, tmp_path: Path
    ) -> None:
        """What is no longer visible would be counted twice."""
        a_run(tmp_path, place, start=0)

        a_run(tmp_path, place, start=10, mode="replace")

        assert ids_of(place) == list(range(10, 20))


class TestGivenAPlaceOnAServer:
    @pytest.mark.parametrize("place", SERVED, indirect=True)
    def test_when_removed_then_nothing_is_found(self, place: Destination, tmp_path: Path) -> None:
        """A server is shared by all samples of a run, and must not fill up."""
        a_run(tmp_path, place, start=0)
        assert place.collect()

        place.remove()

        try:
            assert not place.collect()
        except NoSuchTableError:
            assert place.section["type"] == "iceberg"

    @pytest.mark.parametrize("place", ["iceberg-rest"], indirect=True)
    def test_when_a_table_is_removed_then_so_is_what_its_job_kept(
        self, place: Destination, tmp_path: Path
    ) -> None:
        """Journal and lease are in a bucket beside the table's."""
        access = server("seaweedfs").access
        a_run(tmp_path, place, start=0)
        _, _, control = place.section["control"].removeprefix("s3://").partition("/")

        def kept() -> list[Any]:
            found = access.client().list_objects(access.bucket, f"{control}/", recursive=True)
            return list(found)

        before = kept()
        place.remove()

        assert before
        assert not kept()

    @pytest.mark.long
    def test_when_cells_are_run_then_their_output_is_the_source(
        self, data: Path, tmp_path: Path
    ) -> None:
        """Every target of the matrix is written to and checked."""
        chosen = ["--suite", "standard", "--reader", "rust", "--writer", "rust"]
        chosen += [word for target in TARGETS for word in ("--target", target)]

        done = bench_run(data, tmp_path, *chosen)

        assert done.returncode == 0, done.stderr
        cells = json.loads(done.stdout)["cells"]
        assert {cell["target"]: cell["status"] for cell in cells} == dict.fromkeys(TARGETS, "ok")


class TestGivenServicesOfOneClass:
    def test_when_both_are_needed_then_one_server_is_started(self) -> None:
        """SeaweedFS is an S3 server and a catalog, and takes the memory of one."""
        targets = load_parts().targets

        with Services() as services:
            found = [services.reach(targets[name], announce=quietly) for name in SERVED[:2]]

        assert found[0] is found[1]
