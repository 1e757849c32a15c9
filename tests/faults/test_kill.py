"""SIGKILL at twenty moments spread over a run: nothing partial before, every row once after."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from headrace import execute_job

from tests.builders import WRITERS, a_job, a_reader, visible
from tests.runs import a_command, a_job_file, environment, leftovers

if TYPE_CHECKING:
    from tests.faults.attempts import Faults

MOMENTS = 20
ROWS = 100_000
ATTEMPTS = 10
NOTHING: tuple[object, ...] = (0, 0, 0, "0")
TOTALS = (
    "count(*), count(distinct (id, name)), coalesce(sum(id), 0)::bigint, "
    "coalesce(sum(hash(id::bigint, name)::hugeint), 0)::varchar"
)


@dataclass(frozen=True, kw_only=True)
class Life:
    """How a run went.

    Attributes:
        begun_s: From the start of the process until it staged its first file's directory [s].
        wall_s: From then to its end [s].
        code: Its exit code, negative for a signal.
    """

    begun_s: float
    wall_s: float
    code: int


def a_source(path: Path) -> Path:
    """A CSV file of ROWS rows."""
    path.parent.mkdir(parents=True)
    with path.open("w") as file:
        file.write("id,name\n")
        file.writelines(f"{n},name of {n}\n" for n in range(ROWS))
    return path


def a_run(folder: Path, source: Path, writer: str) -> dict[str, Any]:
    """A job with state; several files, so that some are closed while others are open."""
    section = {"type": writer, "file_bytes": 1 << 18, "row_group_bytes": 1 << 18}
    folder.mkdir()
    return a_job(
        folder,
        reader=a_reader("csv", str(source)),
        writer=section,
        state=True,
        batch={"rows": 2000},
    )


def life(job: Path, *, staging: Path, kill_after_s: float | None = None) -> Life:
    """Run a job; with `kill_after_s`, kill it that long after it has begun."""
    started = time.perf_counter()
    with subprocess.Popen(
        a_command("run", job, "--quiet"), env=environment(), stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None and not (staging.exists() and any(staging.iterdir())):
            time.sleep(0.001)
        begun = time.perf_counter()
        if kill_after_s is not None:
            try:
                process.wait(timeout=kill_after_s)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
        code = process.wait(timeout=60)
    return Life(begun_s=begun - started, wall_s=time.perf_counter() - begun, code=code)


def totals(root: Path) -> tuple[object, ...]:
    """Rows, distinct rows, the sum of ids and a hash of all rows, of the visible files."""
    files = [str(path) for path in visible(root)]
    if not files:
        return NOTHING
    with duckdb.connect() as connection:
        query = f"select {TOTALS} from read_parquet(?)"  # noqa: S608  a constant
        return connection.execute(query, [files]).fetchone() or ()


def totals_of_source(path: Path) -> tuple[object, ...]:
    """The same of a CSV file, as DuckDB reads it."""
    with duckdb.connect() as connection:
        query = f"select {TOTALS} from read_csv(?)"  # noqa: S608  a constant
        return connection.execute(query, [str(path)]).fetchone() or ()


class TestGivenTwentyMoments:
    @pytest.mark.covers("fault:kill-moments")
    @pytest.mark.long
    @pytest.mark.parametrize("writer", WRITERS)
    def test_when_killed_there_then_nothing_partial_shows_and_the_next_run_has_all(
        self, writer: str, faults: Faults, tmp_path: Path
    ) -> None:
        """Visible are no rows or all, and after the next run exactly the source's."""
        source = a_source(tmp_path / "source" / "a.csv")
        whole = totals_of_source(source)
        unkilled = [self.of_one(tmp_path / f"unkilled-{n}", source, writer, None) for n in range(2)]
        duration = min(run.wall_s for run in unkilled)

        for moment in range(MOMENTS):
            for attempt in range(ATTEMPTS):
                folder = tmp_path / f"moment-{moment}-{attempt}"
                run = self.of_one(folder, source, writer, (moment + 0.5) / MOMENTS * duration)
                seen = totals(folder / "out")
                execute_job(folder / "job.yaml")

                assert run.code in (0, -signal.SIGKILL)
                assert seen in (NOTHING, whole), f"moment {moment}: a part is visible"
                assert totals(folder / "out") == whole, f"moment {moment}: not the source's rows"
                assert leftovers(folder / "out") == []
                if run.code == -signal.SIGKILL:
                    with faults.trying(f"moment {moment}"):
                        faults.fired(run.code == -signal.SIGKILL)
                    break
                # Quicker than those that were measured: take its measure, and try the moment again.
                duration = min(duration, run.wall_s)
            else:
                pytest.fail(f"moment {moment}: no run of {ATTEMPTS} lived that long")

    def of_one(self, folder: Path, source: Path, writer: str, kill_after_s: float | None) -> Life:
        """One run in a folder of its own."""
        job = a_job_file(folder, a_run(folder, source, writer))
        return life(job, staging=folder / "out" / "_staging", kill_after_s=kill_after_s)
