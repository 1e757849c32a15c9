"""What a run from Postgres holds, whatever the table's size; and waits that can be ended."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.postgresql import a_name, a_postgres_job
from tests.runs import a_job_file, environment, headrace_ends

if TYPE_CHECKING:
    from pathlib import Path

    from headrace_harness.services.postgres import EmbeddedPostgres

MEGABYTE = 10**6

# The rows of the largest take 60 MB more than those of the smallest.
SIZES = (300_000, 600_000, 1_200_000)

RUNS = 3
"""Of each size: an allocator may keep more than there is, never hold less."""

GROWTH_BYTES = 8 * MEGABYTE
"""Between any two sizes [bytes]; measured are 2 MB."""

# A process that was started in the background ignores Ctrl-C; this one is to hear it.
LISTENING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from headrace.cli import main
sys.exit(main(sys.argv[1:]))
"""


def peak_of(
    postgres: EmbeddedPostgres, folder: Path, query: str, **options: object
) -> tuple[int, int]:
    """Rows written and the peak of a run of the query, in a process of its own [bytes]."""
    folder.mkdir()
    job = a_postgres_job(postgres, folder, {"query": query, **options})
    # Which thread allocates from which arena is chance.
    done = headrace_ends("run", a_job_file(folder, job), "--json", MALLOC_ARENA_MAX="1")
    assert done.code == 0, done.err
    return done.report["rows"]["written"], done.report["peak_rss_bytes"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's peak")
class TestGivenTablesOfAnySize:
    @pytest.mark.parametrize("options", [{}, {"partitions": 3, "partition_key": "i"}])
    def test_when_there_is_four_times_as_much_then_no_more_is_held(
        self, postgres: EmbeddedPostgres, tmp_path: Path, options: dict[str, object]
    ) -> None:
        """Memory is that of batches and row groups in flight, never of the rows."""
        query = "select i, md5(i::text) || md5((i + 1)::text) as t from generate_series(1, {}) i"

        runs = {
            count: [
                peak_of(postgres, tmp_path / f"{count}-{n}", query.format(count), **options)
                for n in range(RUNS)
            ]
            for count in SIZES
        }

        assert {count: {rows for rows, _ in found} for count, found in runs.items()} == {
            count: {count} for count in SIZES
        }
        peaks = [min(peak for _, peak in found) for found in runs.values()]
        assert max(peaks) - min(peaks) < GROWTH_BYTES
        assert max(peaks) < 100 * MEGABYTE

    def test_when_a_single_value_is_large_then_it_is_read(
        self, postgres: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        """A value far larger than a read or a batch arrives whole."""
        query = "select repeat('é', 8 * 1024 * 1024) as t from generate_series(1, 2)"

        rows, _ = peak_of(postgres, tmp_path / "large", query)

        assert rows == 2


class TestGivenAServerThatThinks:
    @pytest.mark.parametrize("prefetch", [0, 1])
    def test_when_the_user_interrupts_then_the_run_ends(
        self, postgres: EmbeddedPostgres, tmp_path: Path, prefetch: int
    ) -> None:
        """A wait for the server is no wait for ever."""
        name = a_name("waiting")
        job = a_postgres_job(
            postgres,
            tmp_path,
            {"query": "select pg_sleep(600)::text as s"},
            batch={"prefetch": prefetch},
        )
        job["reader"]["dsn"] += f"?application_name={name}"
        waits = f"select count(*) from pg_stat_activity where application_name = '{name}' "
        waits += "and wait_event = 'PgSleep'"
        with subprocess.Popen(
            [sys.executable, "-c", LISTENING, "run", str(a_job_file(tmp_path, job)), "--json"],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            while postgres.execute(waits) == "0":
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)

        assert process.returncode == 130, err
        assert '"Interrupted"' in out
