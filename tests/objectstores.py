"""Builders of the client of S3, and of uploads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace._native import translated
from headrace.job import BucketKeys, Secret
from headrace.stores.bucket import Bucket

from tests.s3 import a_place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headrace._native import Sink
    from headrace_harness.services.s3 import Access

PART_BYTES = 5 << 20
"""The least that S3 takes [bytes]."""

PIECE = bytes(range(256)) * 4096
"""A mebibyte to write."""


def a_bucket(
    access: Access,
    *,
    prefix: str = "",
    bucket: str | None = None,
    **keys: Any,  # noqa: ANN401  any of BucketKeys
) -> Bucket:
    """A bucket below a prefix of its own, by a client that is not patient for long."""
    given = {
        "endpoint": access.endpoint,
        "access_key": Secret(access.access_key),
        "secret_key": Secret(access.secret_key),
        "retries": 3,
        "timeout_s": 20.0,
    }
    prefix = prefix or a_place(access=access).prefix
    return Bucket(bucket or access.bucket, prefix, BucketKeys(**(given | keys)))


def a_sink(bucket: Bucket, key: str, **options: int) -> tuple[Sink, str]:
    """A new upload's sink, and its id."""
    upload_id = bucket.create_upload(key)
    given = {"part_bytes": PART_BYTES, "in_flight": 1} | options
    return bucket.resume_sink(key, upload_id, **given), upload_id


def fill(sink: Sink, pieces: Iterable[bytes]) -> list[str]:
    """Write all of it and close; the parts."""
    with translated():
        for piece in pieces:
            sink.write(piece)
        sink.close()
    return sink.parts


def an_upload(bucket: Bucket, key: str, mebibytes: int) -> tuple[str, list[str]]:
    """An upload that has all of its parts and is not completed: its id, and those."""
    sink, upload_id = a_sink(bucket, key)
    return upload_id, fill(sink, [PIECE] * mebibytes)
