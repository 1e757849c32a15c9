"""The connector that plays back, in an image: read by a job as any connector's image is."""

from __future__ import annotations

import sys
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from headrace import execute_job
from headrace_harness.catalog import Part, load_dataset
from headrace_harness.data.cache import prepare
from headrace_harness.errors import ServiceError
from headrace_harness.images.builder import build
from headrace_harness.images.recipes import RECIPES
from headrace_harness.services import Services
from headrace_harness.services.airbyteimage import ReplayImage
from headrace_harness.store import read_records

from tests.containers import a_postgres_image, docker, need_engine, need_testcontainers, running
from tests.harness.builders import bench_run, quietly
from tests.waiting import holds

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 300


@pytest.fixture(scope="module", autouse=True)
def _replay() -> None:
    need_testcontainers()
    build(RECIPES["source-replay"], quietly)


def a_reading(data: Path, folder: Path, service: str, **serving: Any) -> Any:  # noqa: ANN401
    """What a run that reads a data set from a service wrote: its report and its files."""
    playbook = load_dataset("playbook")
    prepared = prepare(playbook, playbook.size("100k"), data, rows=ROWS, announce=quietly)
    part = Part(name=service, title=service, job={}, service=service, serving=serving)
    with Services() as services:
        keys = services.serve(part, playbook, prepared, announce=quietly)
        job = {
            "version": 1,
            "name": "test",
            "reader": {"type": "airbyte", **keys},
            "contract": str(playbook.contract),
            "writer": {"type": "headrace_harness.plugins.jsonl:JsonlWriter"},
            "target": {"type": "local", "path": str(folder)},
        }
        report = execute_job(job, base_dir=folder.parent)
    written = [folder / file.path for file in report.files]
    return report, b"".join(path.read_bytes() for path in written)


class TestGivenTheConnectorThatPlaysBack:
    def test_when_read_in_a_container_then_it_gives_what_the_process_gives(
        self, data: Path, tmp_path: Path
    ) -> None:
        """A connector is the same one wherever it runs, and nothing of its container stays."""
        readings = [a_reading(data, tmp_path / name, name) for name in ("airbyte", "airbyte-image")]

        (report, rows), (other, others) = readings
        assert report.rows.written == other.rows.written == ROWS
        assert rows == others
        assert holds(lambda: not running(RECIPES["source-replay"].tag))

    def test_when_limited_then_it_is_slower_and_gives_the_same(
        self, data: Path, tmp_path: Path
    ) -> None:
        """A limit is the connector's own, and reaches it."""
        slow, rows = a_reading(data, tmp_path / "slow", "airbyte-image", records_per_s=200)
        quick, others = a_reading(data, tmp_path / "quick", "airbyte-image")

        assert rows == others
        assert slow.wall_s > ROWS / 200 - 0.5
        assert quick.wall_s < slow.wall_s


class TestGivenACellOfAConnectorInAContainer:
    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux has cgroups")
    def test_when_measured_then_the_containers_memory_is_told_apart(
        self, data: Path, tmp_path: Path
    ) -> None:
        """It is not among the engine's children, and gone when it ends."""
        cell = ["--reader", "airbyte-image", "--writer", "rust", "--target", "local"]
        # As many as take it long enough to be seen.
        done = bench_run(data, tmp_path, *cell, "--services", "docker", "--rows", "100000")

        assert done.returncode == 0, done.stderr
        records = read_records(next(tmp_path.glob("reports/*/run.jsonl")))
        (sample,) = [record for record in records if record["kind"] == "sample"]
        told = sample["memory"]["containers"]
        assert told["count"] >= 1
        assert 0 < told["anon_peak_bytes"] <= told["peak_bytes"]


class TestGivenAnImageThatIsNoConnector:
    def test_when_started_then_that_is_said(self) -> None:
        """It is asked by the protocol before anybody reads from it."""
        need_engine()
        tag = f"headrace-test-postgres:{uuid.uuid4().hex[:12]}"
        a_postgres_image(tag)

        with pytest.raises(ServiceError, match=f"{tag} is no connector"):
            ReplayImage(image=tag).start()

        docker("rmi", "--force", tag)


class TestGivenNoDocker:
    def test_when_another_kind_of_provider_is_wanted_then_it_is_said_that_this_needs_it(
        self,
    ) -> None:
        """A connector's image without Docker is nothing."""
        part = Part(name="image", title="", job={}, service="airbyte-image")

        with Services({"airbyte-image": "embedded"}) as services:
            errors = services.start([part], announce=quietly)

        assert str(errors["image"]) == "it needs Docker: --services docker"
