"""The client of S3 before real servers: what it promises where nothing goes wrong."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from headrace.errors import CommitConflictError, ConfigError, TargetAuthError, WriteError
from headrace.job import Secret

from tests.objectstores import PART_BYTES, PIECE, a_bucket, a_sink, an_upload, fill
from tests.s3 import SERVERS, server

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace.stores.bucket import Bucket

WRITERS = 20


@pytest.fixture(params=SERVERS)
def bucket(request: pytest.FixtureRequest) -> Bucket:
    """A prefix of one's own, on each server."""
    return a_bucket(server(request.param).access)


def winners(put: Callable[[int], str]) -> list[str]:
    """Etags of those of many writers at once whose condition held."""

    def attempt(writer: int) -> str | None:
        try:
            return put(writer)
        except CommitConflictError:
            return None

    with ThreadPoolExecutor(WRITERS) as pool:
        return [etag for etag in pool.map(attempt, range(WRITERS)) if etag is not None]


class TestGivenObjects:
    @pytest.mark.parametrize(
        "key", ["a", "a b/c+d=é.parquet", "day=2026-01-01/x%2Fy.parquet", "_headrace/m.json"]
    )
    def test_when_one_is_written_then_it_is_read_listed_and_deleted(
        self, bucket: Bucket, key: str
    ) -> None:
        """Any key that a target makes comes back as it went, with the etag of its content."""
        etag = bucket.put(key, b"content")

        assert bucket.get(key) == (b"content", etag)
        assert bucket.get(key, offset=1, length=3) == (b"ont", etag)
        assert bucket.get(key, offset=4) == (b"ent", etag)
        assert bucket.head(key) == (7, etag)
        assert bucket.list("") == [(key, 7)]

        bucket.delete(key)

        assert bucket.list("") == []

    def test_when_there_is_none_then_that_is_no_failure(self, bucket: Bucket) -> None:
        """Who looks for something learns that it is not there; to delete it is done already."""
        bucket.delete("nothing")

        assert bucket.get("nothing") is None
        assert bucket.head("nothing") is None
        assert bucket.list("nothing") == []

    def test_when_there_are_more_than_a_page_then_all_that_begin_so_are_listed_in_order(
        self, bucket: Bucket
    ) -> None:
        """A list is whole, whatever a server tells at once."""
        keys = [f"many/{number:04}" for number in range(1001)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda key: bucket.put(key, b"x"), [*keys, "other"]))

        assert bucket.list("many/") == [(key, 1) for key in keys]
        assert bucket.list("many/010") == [(key, 1) for key in keys[100:110]]

    @pytest.mark.parametrize("key", ["", "a//b", "a/../b"])
    def test_when_a_key_is_none_then_nothing_is_asked(self, key: str) -> None:
        """A put to no key would make a bucket."""
        root = a_bucket(server("seaweedfs").access)._store  # noqa: SLF001  without a prefix

        with pytest.raises(Exception, match="cannot name") as caught:
            root.put(key, b"")

        assert caught.value.args[0] == "config"


class TestGivenConditions:
    def test_when_it_must_be_absent_then_the_second_put_is_refused(self, bucket: Bucket) -> None:
        """`If-None-Match: *`."""
        bucket.put("m", b"first", if_absent=True)

        with pytest.raises(CommitConflictError, match="412 PreconditionFailed"):
            bucket.put("m", b"second", if_absent=True)

        assert (bucket.get("m") or [None])[0] == b"first"

    def test_when_it_must_match_then_the_etag_of_now_is_the_only_one(self, bucket: Bucket) -> None:
        """`If-Match`: who has read an older state writes nothing."""
        old = bucket.put("m", b"first")
        new = bucket.put("m", b"second", if_match=old)

        with pytest.raises(CommitConflictError):
            bucket.put("m", b"third", if_match=old)

        assert bucket.get("m") == (b"second", new)

    def test_when_what_must_match_is_gone_then_it_is_a_conflict_on_every_server(
        self, bucket: Bucket
    ) -> None:
        """MinIO says 404 and SeaweedFS 412; neither writes."""
        etag = bucket.put("m", b"first")
        bucket.delete("m")

        with pytest.raises(CommitConflictError):
            bucket.put("m", b"second", if_match=etag)

        assert bucket.head("m") is None

    @pytest.mark.parametrize("is_there", [False, True])
    def test_when_many_write_at_once_then_exactly_one_wins(
        self,
        bucket: Bucket,
        is_there: bool,  # noqa: FBT001  parametrized
    ) -> None:
        """What a commit point is made of."""
        before = bucket.put("m", b"before") if is_there else None

        won = winners(
            lambda writer: bucket.put(
                "m", f"writer {writer}".encode(), if_absent=not is_there, if_match=before
            )
        )

        assert len(won) == 1
        assert bucket.head("m") == (len((bucket.get("m") or [b""])[0]), won[0])


class TestGivenUploads:
    @pytest.mark.parametrize("mebibytes", [0, 1, 5, 13])
    def test_when_its_parts_are_there_then_nothing_is_visible_until_it_is_completed(
        self, bucket: Bucket, mebibytes: int
    ) -> None:
        """Readers see all of a file or none; an empty one, too."""
        upload_id, parts = an_upload(bucket, "f", mebibytes)

        assert (bucket.get("f"), bucket.head("f"), bucket.list("")) == (None, None, [])
        assert len(parts) == max(1, -(-mebibytes // 5))

        etag = bucket.complete_upload("f", upload_id, parts)

        assert bucket.head("f") == (mebibytes << 20, etag)
        assert bucket.get("f") == (PIECE * mebibytes, etag)

    def test_when_it_is_completed_twice_then_the_object_tells_that_it_is_there(
        self, bucket: Bucket
    ) -> None:
        """MinIO knows the upload no more, SeaweedFS answers as before; the etag settles it."""
        upload_id, parts = an_upload(bucket, "f", 6)
        etag = bucket.complete_upload("f", upload_id, parts)

        try:
            again = bucket.complete_upload("f", upload_id, parts)
        except WriteError as error:
            assert "there is no such upload" in error.message  # noqa: PT017  one of two ways
            again = etag

        assert again == etag
        assert bucket.head("f") == (6 << 20, etag)

    def test_when_it_is_aborted_twice_then_it_is_gone_both_times(self, bucket: Bucket) -> None:
        """To clean up is safe to be done again, and leaves nothing to complete."""
        upload_id, parts = an_upload(bucket, "f", 6)

        bucket.abort_upload("f", upload_id)
        bucket.abort_upload("f", upload_id)

        assert bucket.list_uploads("f") == []
        with pytest.raises(WriteError, match="there is no such upload"):
            bucket.complete_upload("f", upload_id, parts)

    def test_when_uploads_are_listed_then_those_of_exactly_the_key_are(
        self, bucket: Bucket
    ) -> None:
        """MinIO lists by exact key alone; others by prefix. Both give the same here."""
        first, second = bucket.create_upload("a/f"), bucket.create_upload("a/f")
        bucket.create_upload("a/ff")

        assert sorted(bucket.list_uploads("a/f")) == sorted([first, second])
        assert bucket.list_uploads("a/") == []

        bucket.abort_upload("a/f", first)

        assert bucket.list_uploads("a/f") == [second]

    def test_when_a_part_is_asked_for_then_only_one_that_is_large_enough_is_sent(
        self, bucket: Bucket
    ) -> None:
        """What is held may go early, where S3 takes it as a part."""
        sink, upload_id = a_sink(bucket, "f", part_bytes=2 * PART_BYTES)
        sink.write(PIECE)

        early = sink.upload_part()
        held = sink.held_bytes
        sink.write(PIECE * 4)
        sent = sink.upload_part()
        left = sink.held_bytes
        parts = fill(sink, [PIECE])

        assert (early, held, sent, left) == (False, 1 << 20, True, 0)
        assert (sink.written_bytes, sink.is_closed, len(parts)) == (6 << 20, True, 2)
        bucket.complete_upload("f", upload_id, parts)
        assert bucket.get("f") == (PIECE * 6, (bucket.head("f") or (0, ""))[1])

    def test_when_parts_are_cut_anywhere_then_the_object_is_what_was_written(
        self, bucket: Bucket
    ) -> None:
        """Sizes of writes do not matter, and parts under way keep their order."""
        sizes = itertools.cycle([1, 7 << 20, 333_333, 5 << 20, 0, 4097])
        data = PIECE * 23
        starts = [0, *itertools.takewhile(lambda at: at < len(data), itertools.accumulate(sizes))]
        sink, upload_id = a_sink(bucket, "f", in_flight=2)

        ends = [*starts[1:], len(data)]
        parts = fill(sink, [data[a:b] for a, b in zip(starts, ends, strict=True)])

        bucket.complete_upload("f", upload_id, parts)
        assert (bucket.get("f") or [b""])[0] == data


class TestGivenWrongCredentials:
    @pytest.mark.parametrize("name", SERVERS)
    @pytest.mark.parametrize("which", ["access_key", "secret_key"])
    def test_when_they_are_refused_then_it_is_told_without_them(
        self, name: str, which: str
    ) -> None:
        """A wrong key is TargetAuthError at once, and no message has one."""
        access = server(name).access
        keys = {"access_key": access.access_key, "secret_key": access.secret_key}
        keys[which] = "NOTTHERIGHTONE"
        bucket = a_bucket(access, **{name: Secret(key) for name, key in keys.items()})

        calls: list[Callable[[], object]] = [
            lambda: bucket.put("a", b"x"),
            lambda: bucket.get("a"),
            lambda: bucket.list("a"),
            lambda: bucket.list_uploads("a"),
            lambda: bucket.create_upload("a"),
        ]
        for call in calls:
            with pytest.raises(TargetAuthError) as caught:
                call()

            told = str(caught.value)
            assert bucket.url("") in told
            assert not any(secret in told for secret in keys.values())

    def test_when_the_bucket_is_not_there_then_it_is_named(self) -> None:
        """No attempt would find it later; SeaweedFS makes it instead."""
        bucket = a_bucket(server("minio").access, bucket="no-such-bucket")

        for call in (lambda: bucket.put("a", b"x"), lambda: bucket.list("")):
            with pytest.raises(WriteError, match=r"no-such-bucket.*NoSuchBucket"):
                call()

    def test_when_one_key_is_missing_then_the_job_is_wrong(self) -> None:
        """Half a pair is nobody's access."""
        with pytest.raises(ConfigError, match="belong together"):
            a_bucket(server("seaweedfs").access, secret_key=None)
