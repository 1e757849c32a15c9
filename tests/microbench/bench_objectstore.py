"""What a server takes: an upload by a sink, and the same bytes by another client of S3.

pytest-benchmark prints both, so that the client is compared with what the server itself can take
on the machine at hand. Nothing here asserts a time.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from tests.objectstores import PIECE, a_bucket, a_sink, fill
from tests.s3 import SERVERS, server

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

MEBIBYTES = 64
PART_BYTES = 8 << 20
ROUNDS = 5


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("in_flight", [1, 2])
def test_upload_by_a_sink(benchmark: BenchmarkFixture, name: str, in_flight: int) -> None:
    """Parts in the background, then completed."""
    bucket = a_bucket(server(name).access)

    def upload() -> str:
        sink, upload_id = a_sink(bucket, "f", part_bytes=PART_BYTES, in_flight=in_flight)
        return bucket.complete_upload("f", upload_id, fill(sink, [PIECE] * MEBIBYTES))

    benchmark.group = f"upload of {MEBIBYTES} MiB to {name}"
    benchmark.pedantic(upload, rounds=ROUNDS)
    assert (bucket.head("f") or (0, ""))[0] == MEBIBYTES << 20


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("at_once", [1, 2])
def test_upload_by_another_client(benchmark: BenchmarkFixture, name: str, at_once: int) -> None:
    """The same in parts of the same size, by MinIO's client for Python."""
    access = server(name).access
    client = access.client()
    content = PIECE * MEBIBYTES

    def upload() -> None:
        client.put_object(
            access.bucket,
            "plain",
            io.BytesIO(content),
            len(content),
            part_size=PART_BYTES,
            num_parallel_uploads=at_once,
        )

    benchmark.group = f"upload of {MEBIBYTES} MiB to {name}"
    benchmark.pedantic(upload, rounds=ROUNDS)
    assert client.stat_object(access.bucket, "plain").size == len(content)
