"""The streaming loop: every row accounted for, in bounded batches, at the writer's pace."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from headrace import ContractError, PluginError, ReaderError, RunReport, execute_job

from tests.builders import (
    PEOPLE,
    READERS,
    WRITERS,
    a_csv,
    a_job,
    a_reader,
    landed,
    people,
    visible,
)
from tests.runs import a_plugin, a_plugin_reader, a_source, leftovers, numbers
from tests.waiting import WITHIN_S, holds

if TYPE_CHECKING:
    from collections.abc import Mapping

# The run report's keys, as users were promised them, and those beyond.
REPORT_KEYS = {
    "schema_version": int,
    "run_id": str,
    "job": str,
    "status": str,
    "rows": dict,
    "streams": dict,
    "transforms": list,
    "files": list,
    "quarantine_files": list,
    "wall_s": float,
    "rows_per_s": float,
    "peak_rss_bytes": int,
    "stages_s": dict,
    "commit": (dict, type(None)),
    "state": dict,
    "error": (dict, type(None)),
}
MORE_KEYS = {"drift", "quality", "recovered", "notes", "source_wait_s"}
ROW_KEYS = {"read", "written", "quarantined", "filtered", "discarded", "warned"}
STAGE_KEYS = {"read", "transform", "validate", "write", "commit", "wait"}


def the_report(job: Mapping[str, Any]) -> RunReport:
    """The report of a run, whichever way it ends."""
    failed: list[RunReport] = []
    try:
        return execute_job(job, on_failure=failed.append)
    except ContractError:
        return failed[0]


def bad_people(tmp_path: Path, *, mode: str) -> dict[str, Any]:
    """A job over 100 rows, of which row 40 and row 41 have no name."""
    rows = [(i, "" if i in (40, 41) else name) for i, name in people(100, start=1)]
    a_csv(tmp_path / "data" / "a.csv", rows, header=["id", "name"])
    return a_job(tmp_path, contract=PEOPLE, validation={"mode": mode}, batch={"rows": 10})


class TestGivenARun:
    @pytest.mark.parametrize(
        ("mode", "status", "expected"),
        [
            ("quarantine", "partial", {"read": 100, "written": 98, "quarantined": 2}),
            ("warn", "partial", {"read": 100, "written": 100, "warned": 2}),
            ("strict", "failed", {"discarded": None}),
        ],
    )
    def test_when_it_ends_then_every_row_is_accounted_for(
        self, mode: str, status: str, expected: dict[str, int | None], tmp_path: Path
    ) -> None:
        """Read = written + quarantined + filtered + discarded, however a run ends."""
        report = the_report(bad_people(tmp_path, mode=mode))

        rows = report.rows
        assert report.status == status
        assert rows.read == rows.written + rows.quarantined + rows.filtered + rows.discarded
        assert {key: getattr(rows, key) for key, n in expected.items() if n is not None} == {
            key: n for key, n in expected.items() if n is not None
        }
        if status == "failed":
            assert 40 <= rows.discarded == rows.read <= 100
            assert visible(tmp_path / "out") == []

    def test_when_it_succeeds_then_all_rows_are_written(self, tmp_path: Path) -> None:
        """A clean run discards nothing, and the data set says the same as the report."""
        rows = a_source(tmp_path, 1000, files=3)

        report = execute_job(a_job(tmp_path))

        assert (report.status, report.rows.read, report.rows.written) == ("succeeded", 1000, 1000)
        assert report.rows.discarded == 0
        assert landed(tmp_path / "out") == rows

    @pytest.mark.parametrize("mode", ["quarantine", "strict"])
    def test_when_reported_then_the_shape_is_constant(self, mode: str, tmp_path: Path) -> None:
        """A failed run prints the same object as one that succeeded."""
        value = the_report(bad_people(tmp_path, mode=mode)).to_dict()

        assert set(value) == {
            *REPORT_KEYS,
            "drift",
            "quality",
            "recovered",
            "notes",
            "source_wait_s",
        }
        assert {key: type(value[key]) for key, kind in REPORT_KEYS.items()} == {
            key: type(value[key])
            for key, kind in REPORT_KEYS.items()
            if isinstance(value[key], kind)
        }
        assert set(value["rows"]) == ROW_KEYS
        assert set(value["stages_s"]) == STAGE_KEYS
        assert value["source_wait_s"] is None  # a reader that does not tell
        assert set(value["streams"]["test"]) == {"read", "written"}
        if mode == "strict":
            assert set(value["error"]) == {"type", "message", "retryable", "where"}
            assert value["error"]["where"]["row"] == 40
        else:
            assert set(value["commit"]) == {"id", "previous"}
            keys = {"path", "stream", "rows", "bytes", "partition", "atomic"}
            assert {frozenset(f) for f in value["files"] + value["quarantine_files"]} == {
                frozenset(keys)
            }

    def test_when_it_fails_before_it_reads_then_the_report_is_given_all_the_same(
        self, tmp_path: Path
    ) -> None:
        """A run that cannot even begin has the report of a failed run."""
        a_source(tmp_path, 10)
        execute_job(a_job(tmp_path))
        failed: list[RunReport] = []

        with pytest.raises(Exception, match="mode is fail") as caught:
            execute_job(a_job(tmp_path, mode="fail"), on_failure=failed.append)

        assert failed[0].error is caught.value
        assert failed[0].status == "failed"

    def test_when_it_works_then_each_stage_has_its_time(self, tmp_path: Path) -> None:
        """Stages are timed apart, and what did not happen took no time."""
        a_source(tmp_path, 5000)

        stages = execute_job(a_job(tmp_path, batch={"rows": 100})).stages_s

        busy = {stage for stage, seconds in stages.items() if seconds > 0}
        assert busy == {"read", "validate", "write", "commit", "wait"}

    def test_when_it_works_then_progress_is_told_after_each_batch(self, tmp_path: Path) -> None:
        """Progress sees the rows grow batch by batch."""
        a_source(tmp_path, 1000)
        seen: list[int] = []

        execute_job(
            a_job(tmp_path, batch={"rows": 100}), progress=lambda run: seen.append(run_rows(run))
        )

        assert seen == list(range(100, 1001, 100))


def run_rows(run: Any) -> int:  # noqa: ANN401  progress gets the run, duck typed
    count: int = run.report.rows.read
    return count


# One log for reader and writer: who did what, in order.
EVENTS = """
import builtins

def note(what):
    builtins.headrace_test_events.append(what)

def noted():
    return builtins.headrace_test_events
"""

READER = (
    EVENTS
    + """
class Plugin:
    def __init__(self, config):
        self.count = config["count"]

    def schema(self):
        return [{"name": "n", "type": "int64", "nullable": False}]

    def extract(self, state):
        for n in range(self.count):
            note("read")
            yield [{"n": n}]
"""
)

WRITER = (
    EVENTS
    + """
import time

class Plugin:
    def __init__(self, config):
        self.pause_s = config["pause_s"]
        self.is_read_on = config["is_read_on"]
        self.path = config["output_path"] + "/all.txt"
        self.rows = 0

    def write_batch(self, batch, file_counter):
        note("write")
        until = time.monotonic() + self.pause_s
        while time.monotonic() < until and not (self.is_read_on and noted().count("read") > 1):
            time.sleep(0.001)
        self.rows += len(batch)
        note("written")
        return []

    def close(self):
        with open(self.path, "w") as file:
            file.write("x")
        return [{"path": self.path, "rows": self.rows, "bytes": 1}]
"""
)


def recorded(
    tmp_path: Path, *, prefetch: int, pause_s: float, count: int = 8, is_read_on: bool = False
) -> list[str]:
    """What reader and writer did, in order.

    Args:
        tmp_path: Where everything is.
        prefetch: Of the job.
        pause_s: How long the writer takes for a batch [s].
        count: Batches.
        is_read_on: Whether a pause is over once a second batch is being read.
    """
    import builtins  # noqa: PLC0415  the plugins' only common ground

    events: list[str] = []
    builtins.headrace_test_events = events  # type: ignore[attr-defined]
    reader = {"type": a_plugin(tmp_path, READER, name="reader"), "count": count}
    writer = {"type": a_plugin(tmp_path, WRITER, name="writer"), "pause_s": pause_s}
    writer["is_read_on"] = is_read_on
    execute_job(a_job(tmp_path, reader=reader, writer=writer, batch={"prefetch": prefetch}))
    return events


def leads(events: list[str]) -> list[int]:
    """Batches begun to be read beyond the one being written, at each read."""
    read = writing = 0
    found = []
    for event in events:
        read += event == "read"
        writing += event == "write"
        if event == "read":
            found.append(read - writing)
    return found


class TestGivenASlowWriter:
    def test_when_prefetch_is_0_then_they_take_turns(self, tmp_path: Path) -> None:
        """Lock-step: the next batch is asked for once the last one is written."""
        events = recorded(tmp_path, prefetch=0, pause_s=0.001)

        assert events == ["read", "write", "written"] * 8

    @pytest.mark.parametrize("prefetch", [1, 2, 4])
    @pytest.mark.parametrize("pause_s", [0, 0.01])
    def test_when_prefetch_is_n_then_the_reader_is_at_most_n_plus_1_ahead(
        self, prefetch: int, pause_s: float, tmp_path: Path
    ) -> None:
        """The writer sets the pace: nothing is gathered beyond the batches in flight."""
        events = recorded(tmp_path, prefetch=prefetch, pause_s=pause_s, count=20)

        assert max(leads(events)) <= prefetch + 1
        assert events.count("write") == 20

    def test_when_prefetch_is_1_then_reading_and_writing_overlap(self, tmp_path: Path) -> None:
        """The next batch is read while this one is written."""
        events = recorded(tmp_path, prefetch=1, pause_s=WITHIN_S, count=2, is_read_on=True)

        assert events[: events.index("written")].count("read") == 2


class TestGivenBatchesOverTheBounds:
    def test_when_rows_exceed_them_then_they_are_cut(self, tmp_path: Path) -> None:
        """No batch holds more rows than the job allows, and none is lost or moved."""
        job = a_job(tmp_path, reader=numbers(tmp_path, [1000, 7]), batch={"rows": 64})
        sizes: list[int] = []
        seen = 0

        def note(run: Any) -> None:  # noqa: ANN401  duck typed
            nonlocal seen
            sizes.append(run_rows(run) - seen)
            seen = run_rows(run)

        execute_job(job, progress=note)

        assert max(sizes) <= 64
        assert sum(sizes) == 1007
        assert [n for (n,) in landed(tmp_path / "out")] == list(range(1007))

    def test_when_arrow_bytes_exceed_them_then_they_are_cut(self, tmp_path: Path) -> None:
        """Rows alone would not bound memory on wide rows."""
        pa = pytest.importorskip("pyarrow", reason="makes the wide Arrow batch")
        path = tmp_path / "wide.parquet"
        pa.parquet = pytest.importorskip("pyarrow.parquet")
        pa.parquet.write_table(pa.table({"n": range(4096)}), path)
        extract = f"""
import pyarrow.parquet
yield from pyarrow.parquet.read_table({str(path)!r}).to_batches()
"""
        reader = a_plugin_reader(tmp_path, extract)
        batches: list[int] = []

        execute_job(
            a_job(tmp_path, reader=reader, batch={"bytes": 4096}),
            progress=lambda run: batches.append(run_rows(run)),
        )

        assert len(batches) >= 4
        assert batches[-1] == 4096


class TestGivenAReaderThatFails:
    @pytest.mark.parametrize("prefetch", [0, 1, 3])
    def test_when_it_raises_in_mid_stream_then_the_error_is_typed_and_nothing_visible(
        self, prefetch: int, tmp_path: Path
    ) -> None:
        """An error on the reading thread surfaces as itself."""
        extract = """
yield [{"n": 1}] * 10
import headrace
raise headrace.ReaderError("the pipe burst", file="there")
"""
        job = a_job(
            tmp_path, reader=a_plugin_reader(tmp_path, extract), batch={"prefetch": prefetch}
        )

        with pytest.raises(ReaderError, match="the pipe burst"):
            execute_job(job)

        assert visible(tmp_path / "out") == []
        assert leftovers(tmp_path / "out") == []

    @pytest.mark.parametrize("writer", WRITERS)
    @pytest.mark.parametrize("reader", READERS)
    def test_when_the_last_row_is_bad_then_nothing_of_the_run_is_visible(
        self, reader: str, writer: str, tmp_path: Path
    ) -> None:
        """A strict run is all or nothing, at its very last row."""
        rows: list[tuple[object, str]] = [*people(500), ("x", "last")]
        path = a_csv(tmp_path / "a.csv", rows, header=["id", "name"])
        job = a_job(
            tmp_path,
            reader=a_reader(reader, str(path)),
            writer={"type": writer, "file_bytes": 1024},
            contract=PEOPLE,
            batch={"rows": 50},
        )

        with pytest.raises(ContractError, match="column 'id'") as caught:
            execute_job(job)

        assert caught.value.where["line"] == 502
        assert visible(tmp_path / "out") == []
        assert leftovers(tmp_path / "out") == []


class TestGivenAWriterThatFails:
    def test_when_reading_is_given_up_then_its_thread_ends(self, tmp_path: Path) -> None:
        """No run leaves a thread behind."""
        writer = a_plugin(
            tmp_path,
            """
class Plugin:
    def __init__(self, config): ...
    def write_batch(self, batch, file_counter):
        raise RuntimeError("no ink")
""",
            name="writer",
        )
        job = a_job(tmp_path, reader=numbers(tmp_path, [1] * 50), writer={"type": writer})
        others = set(threading.enumerate())

        with pytest.raises(PluginError, match="no ink"):
            execute_job(job)

        assert holds(lambda: not {t for t in threading.enumerate() if t not in others})
