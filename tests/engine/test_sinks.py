"""Where bytes go: files and uploads, under the native writer and under Python's."""

from __future__ import annotations

import hashlib
import io
import itertools
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from headrace._native import ParquetFile, RecordBatch, Schema, Sink, translated
from headrace.commit.sinkfile import SinkFile
from headrace.errors import TargetConnectionError, WriteError

from tests.faultproxy import FaultProxy
from tests.growth import GROWTH_BYTES
from tests.objectstores import PART_BYTES, PIECE, a_bucket, a_sink, fill
from tests.s3 import SERVERS, server
from tests.waiting import WITHIN_S, holds

if TYPE_CHECKING:
    from pathlib import Path

    from headrace.stores.bucket import Bucket

SIZES = (64, 128, 256)
"""Of an upload [MiB]."""

# Prints the most that the process has held, once before and once after an upload.
UPLOADER = """
import sys
from headrace._native import ObjectStore

def peak():
    status = open("/proc/self/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) << 10

bucket, endpoint, access_key, secret_key, mebibytes, in_flight = sys.argv[1:]
store = ObjectStore(bucket=bucket, endpoint=endpoint, access_key=access_key,
                    secret_key=secret_key, allow_http=True)
piece = bytes(range(256)) * 4096
store.head("large")
before = peak()
upload = store.create_upload("large")
sink = store.resume_sink("large", upload, part_bytes=8 << 20, in_flight=int(in_flight))
for _ in range(int(mebibytes)):
    sink.write(piece)
sink.close()
print(before, peak())
store.complete_upload("large", upload, sink.parts)
assert store.head("large")[0] == int(mebibytes) << 20
store.delete("large")
"""


@pytest.fixture(params=SERVERS)
def bucket(request: pytest.FixtureRequest) -> Bucket:
    """A prefix of one's own, on each server."""
    return a_bucket(server(request.param).access)


def a_table(rows: int = 200_000) -> pa.Table:
    """Rows that hardly compress."""
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(rows)]
    return pa.table({"n": range(rows), "t": digests})


def write_natively(place: str | Sink, table: pa.Table) -> tuple[int, int]:
    """The table as a file of the native writer: rows and bytes."""
    with translated():
        file = ParquetFile(place, Schema.from_arrow(table.schema), row_group_bytes=1 << 20)
        for batch in table.to_batches(10_000):
            file.write(RecordBatch.from_arrow(batch))
        return file.close()


class TestGivenTheNativeWriter:
    def test_when_it_writes_to_a_file_then_the_bytes_are_those_of_a_path(
        self, tmp_path: Path
    ) -> None:
        """A local file is a sink among others."""
        table = a_table()
        sink = Sink.file(str(tmp_path / "sink"))

        by_path = write_natively(str(tmp_path / "path"), table)
        by_sink = write_natively(sink, table)

        assert by_sink == by_path
        assert (tmp_path / "sink").read_bytes() == (tmp_path / "path").read_bytes()
        assert (sink.written_bytes, sink.is_closed, sink.parts) == (by_sink[1], True, [])

    def test_when_it_writes_to_an_upload_then_the_object_is_that_file(self, bucket: Bucket) -> None:
        """Row groups that are encoded in parallel stream up in their order."""
        table = a_table()
        sink, upload_id = a_sink(bucket, "f.parquet")

        rows, size = write_natively(sink, table)
        bucket.complete_upload("f.parquet", upload_id, sink.parts)

        content, _ = bucket.get("f.parquet") or (b"", "")
        assert (rows, size) == (table.num_rows, len(content))
        assert len(sink.parts) > 1
        assert pq.read_table(io.BytesIO(content)).equals(table)

    def test_when_parts_are_lost_then_the_writer_says_so(self) -> None:
        """The store's own error comes through the Parquet library, of its class."""
        proxy = FaultProxy(server("seaweedfs").access)
        fault = proxy.fault("reset", path="partNumber=", times=None)
        sink, _ = a_sink(a_bucket(proxy.access, retries=1), "f.parquet")

        with pytest.raises(TargetConnectionError, match=r"a part of s3://.*/f\.parquet"):
            write_natively(sink, a_table())

        assert fault.fired == 2

    def test_when_it_is_given_up_then_nobody_waits_for_the_server(self) -> None:
        """A part on its way to a server that keeps silent does not hold up who cleans up."""
        proxy = FaultProxy(server("seaweedfs").access)
        fault = proxy.fault("hold", path="partNumber=", times=None, seconds=3600.0)
        sink, _ = a_sink(a_bucket(proxy.access, timeout_s=3600.0), "f.parquet")
        table = a_table()
        file = ParquetFile(sink, Schema.from_arrow(table.schema), row_group_bytes=1 << 20)

        failures: list[BaseException] = []

        def keep_writing() -> None:
            try:
                with translated():
                    for batch in itertools.cycle(table.to_batches(10_000)):
                        file.write(RecordBatch.from_arrow(batch))
            except WriteError as failure:
                failures.append(failure)

        writing = threading.Thread(target=keep_writing)
        writing.start()
        assert holds(lambda: fault.fired and sink.held_bytes == PART_BYTES)
        sink.abort()
        file.abort()
        writing.join(WITHIN_S)

        assert not writing.is_alive()
        assert len(failures) == 1
        with pytest.raises(WriteError, match="closed"), translated():
            sink.write(b"x")


# Writes more than a server takes that keeps silent, and hears Ctrl-C.
ENDLESS = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from headrace._native import ObjectStore, ParquetFile, RecordBatch, Schema

bucket, endpoint, access_key, secret_key, by = sys.argv[1:]
store = ObjectStore(bucket=bucket, endpoint=endpoint, access_key=access_key,
                    secret_key=secret_key, allow_http=True, timeout_s=3600.0)
sink = store.resume_sink("f", store.create_upload("f"), part_bytes=5 << 20, in_flight=1)
schema = Schema([("t", "string", False)])
texts = [f"{number * 2654435761 % 2**32:x}" for number in range(20_000)]
batch, _, _ = RecordBatch.from_rows([{"t": text} for text in texts], schema)
file = ParquetFile(sink, schema, compression="none", row_group_bytes=1 << 20)
try:
    while True:
        file.write(batch) if by == "native" else sink.write(b"x" * (1 << 20))
except KeyboardInterrupt:
    file.abort()
    sys.exit(130)
"""


class TestGivenAnInterrupt:
    @pytest.mark.parametrize("by", ["native", "python"])
    def test_when_the_server_keeps_silent_then_waiting_for_it_ends(self, by: str) -> None:
        """Ctrl-C is heard while parts are waited for, not after their time is up."""
        proxy = FaultProxy(server("seaweedfs").access)
        fault = proxy.fault("hold", path="partNumber=", times=None, seconds=3600.0)
        access = proxy.access
        command = [sys.executable, "-c", ENDLESS, access.bucket, access.endpoint]

        with subprocess.Popen(
            [*command, access.access_key, access.secret_key, by], stderr=subprocess.PIPE
        ) as process:
            assert holds(lambda: fault.fired)
            time.sleep(0.5)  # until the next part waits; to be early is no harm
            process.send_signal(signal.SIGINT)
            try:
                _, told = process.communicate(timeout=WITHIN_S)  # a part has an hour, many times
            finally:
                process.kill()

        assert (process.returncode, told) == (130, b"")


class TestGivenPythonsWriters:
    def test_when_pyarrow_writes_to_it_then_the_object_is_that_file(self, bucket: Bucket) -> None:
        """A sink is a file to those who only write."""
        table = a_table()
        sink, upload_id = a_sink(bucket, "f.parquet")

        with SinkFile(sink, name=bucket.url("f.parquet")) as file:
            pq.write_table(table, file)
            assert file.tell() == sink.written_bytes > 0
        bucket.complete_upload("f.parquet", upload_id, sink.parts)

        assert file.closed
        assert sink.is_closed
        content, _ = bucket.get("f.parquet") or (b"", "")
        assert pq.read_table(io.BytesIO(content)).equals(table)

    def test_when_it_is_closed_then_it_takes_no_more(self, tmp_path: Path) -> None:
        """As any file; to be closed twice is fine."""
        file = SinkFile(Sink.file(str(tmp_path / "f")), name="f")
        file.write(memoryview(b"abc"))
        file.flush()
        file.close()
        file.close()

        with pytest.raises(ValueError, match="closed"):
            file.write(b"x")

        assert (tmp_path / "f").read_bytes() == b"abc"


class TestGivenManyOpenFiles:
    def test_when_each_has_parts_to_send_then_all_arrive(self, bucket: Bucket) -> None:
        """The few parts that may be under way are shared, and nobody waits for ever."""
        keys = [f"f{number}" for number in range(12)]
        sinks = [a_sink(bucket, key) for key in keys]

        for _ in range(6):
            for sink, _ in sinks:
                sink.write(PIECE)
        for key, (sink, upload_id) in zip(keys, sinks, strict=True):
            bucket.complete_upload(key, upload_id, fill(sink, [PIECE]))

        assert bucket.list("") == sorted((key, 7 << 20) for key in keys)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's peak")
class TestGivenUploadsOfAnySize:
    @pytest.mark.parametrize("in_flight", [1, 2])
    def test_when_there_is_four_times_as_much_then_no_more_is_held(self, in_flight: int) -> None:
        """One part that fills, those under way, and nothing that grows."""
        access = server("seaweedfs").access
        reached = [access.bucket, access.endpoint, access.access_key, access.secret_key]

        held = []
        for mebibytes in SIZES:
            command = [sys.executable, "-c", UPLOADER, *reached, str(mebibytes), str(in_flight)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            before, after = map(int, done.stdout.split())
            held.append(after - before)

        assert max(held) - min(held) < GROWTH_BYTES
        assert max(held) < (in_flight + 1) * (8 << 20) + GROWTH_BYTES
