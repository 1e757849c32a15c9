"""What a run from Postgres holds, whatever the table's size; and waits that can be ended."""

from __future__ import annotations

import signal
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.growth import GROWTH_BYTES, MOST_BYTES, peak_of, peaks_by_size
from tests.postgresql import a_name, a_postgres_job
from tests.runs import a_job_file, a_plugin, interrupted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from headrace_harness.services.postgres import EmbeddedPostgres

QUERY = "select i, md5(i::text) || md5((i + 1)::text) as t from generate_series(1, {}) i"


# A writer that is always behind: whatever may be read ahead of it is, in a run of any size.
SLOW = """
import time
from pathlib import Path

class Plugin:
    def __init__(self, config):
        self.folder = Path(config["output_path"])

    def write_batch(self, batch, file_counter):
        time.sleep(0.02)
        path = self.folder / f"{file_counter}.txt"
        path.write_text(str(len(batch)))
        return [{"path": str(path), "rows": len(batch), "bytes": path.stat().st_size}]
"""


def a_query_job(
    folder: Path,
    count: int,
    *,
    postgres: EmbeddedPostgres,
    query: str,
    writer: Mapping[str, object] | None = None,
    **options: object,
) -> Path:
    """The file of a job that reads a query of so many rows."""
    section = {"query": query.format(count), **options}
    job = a_postgres_job(postgres, folder, section)
    return a_job_file(folder, job | ({"writer": dict(writer)} if writer else {}))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's peak")
class TestGivenTablesOfAnySize:
    @pytest.mark.parametrize(
        ("writer", "ranges"),
        [
            ({"type": "rust"}, {}),
            # Each range is a few batches ahead of the writer, and no more.
            (SLOW, {"partitions": 3, "partition_key": "i"}),
        ],
        ids=["whole", "in ranges"],
    )
    def test_when_there_is_four_times_as_much_then_no_more_is_held(
        self,
        postgres: EmbeddedPostgres,
        tmp_path: Path,
        writer: Mapping[str, object] | str,
        ranges: Mapping[str, object],
    ) -> None:
        """Memory is that of batches and row groups in flight, never of the rows."""
        if isinstance(writer, str):
            writer = {"type": a_plugin(tmp_path, writer, name="slow")}
        job_file = partial(a_query_job, postgres=postgres, query=QUERY, writer=writer, **ranges)

        peaks = peaks_by_size(tmp_path, job_file)

        assert max(peaks) - min(peaks) < GROWTH_BYTES
        assert max(peaks) < MOST_BYTES

    def test_when_a_single_value_is_large_then_it_is_read(
        self, postgres: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        """A value far larger than a read or a batch arrives whole."""
        query = "select repeat('é', 8 * 1024 * 1024) as t from generate_series(1, {})"
        job_file = a_query_job(tmp_path, 2, postgres=postgres, query=query)

        rows, _ = peak_of(job_file)

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

        done = interrupted(
            a_job_file(tmp_path, job), signal.SIGINT, lambda: postgres.execute(waits) != "0"
        )

        assert done.code == 130, done.err
        assert '"Interrupted"' in done.out
