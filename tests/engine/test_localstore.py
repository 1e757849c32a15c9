"""A folder as an object store: what targets rely on holds of it as it does of S3."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from headrace.errors import CommitConflictError, WriteError
from headrace.stores.localstore import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

WRITERS = 20


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """An empty one."""
    return LocalStore(tmp_path / "root")


def put_by(store: LocalStore, content: bytes, etag: str | None) -> bool:
    """Whether a conditional put was the one that counted."""
    try:
        store.put("a/b", content, if_absent=etag is None, if_match=etag)
    except CommitConflictError:
        return False
    return True


class TestGivenConditions:
    @pytest.mark.parametrize("is_there", [False, True])
    def test_when_many_put_at_once_then_one_of_them_counts(
        self,
        is_there: bool,  # noqa: FBT001  a parameter of the law
        store: LocalStore,
    ) -> None:
        """Of all who saw the same object, or none, one replaces it."""
        etag = store.put("a/b", b"before") if is_there else None

        with ThreadPoolExecutor(WRITERS) as pool:
            won = list(pool.map(lambda n: put_by(store, b"%d" % n, etag), range(WRITERS)))

        assert won.count(True) == 1
        assert store.get("a/b") == (b"%d" % won.index(True), store.head("a/b")[1])

    def test_when_an_object_of_the_same_size_takes_its_place_then_its_etag_is_another(
        self, store: LocalStore
    ) -> None:
        """However quickly it comes."""
        first = store.put("a", b"1")
        store.put("a", b"2")

        with pytest.raises(CommitConflictError):
            store.put("a", b"3", if_match=first)

        assert store.get("a")[0] == b"2"


class TestGivenObjects:
    def test_when_read_in_part_then_it_is_that_part(self, store: LocalStore) -> None:
        """As of S3: from an offset, for a length."""
        store.put("a", b"0123456789")

        assert store.get("a", offset=2, length=3)[0] == b"234"
        assert store.get("a", offset=8)[0] == b"89"
        assert (store.get("b"), store.head("b")) == (None, None)

    def test_when_listed_then_keys_begin_with_the_prefix_and_nothing_of_ours_is_among_them(
        self, store: LocalStore
    ) -> None:
        """A prefix is a beginning of keys, no folder."""
        for key in ("x/ab", "x/ac/d", "y"):
            store.put(key, b"1")
        store.create_upload("x/ad")

        assert store.list("x/a") == [("x/ab", 1), ("x/ac/d", 1)]
        assert store.list("") == [("x/ab", 1), ("x/ac/d", 1), ("y", 1)]

    def test_when_deleted_then_no_empty_folder_stays(
        self, store: LocalStore, tmp_path: Path
    ) -> None:
        """Once more is fine."""
        store.put("x/y/z", b"1")

        store.delete("x/y/z")
        store.delete("x/y/z")

        assert not (tmp_path / "root" / "x").exists()

    def test_when_a_process_died_in_a_put_then_the_next_one_removes_what_it_left(
        self, store: LocalStore, tmp_path: Path
    ) -> None:
        """Half an object is nowhere to be seen, and not for ever."""
        store.put("a", b"1")
        hidden = tmp_path / "root" / ".headrace"
        (hidden / "put-of-somebody-dead").write_bytes(b"ha")

        store.put("a", b"2")

        assert [path.name for path in hidden.iterdir()] == ["lock"]


class TestGivenUploads:
    def test_when_completed_then_it_is_an_object_and_can_be_completed_no_more(
        self, store: LocalStore
    ) -> None:
        """Before, it is nothing that anybody sees."""
        upload_id = store.create_upload("x/a")
        sink = store.resume_sink("x/a", upload_id, part_bytes=1, in_flight=1)
        sink.write(b"content")
        sink.close()
        assert store.list("") == []

        store.complete_upload("x/a", upload_id, sink.parts)

        assert store.get("x/a")[0] == b"content"
        with pytest.raises(WriteError, match="no such upload"):
            store.complete_upload("x/a", upload_id, sink.parts)

    def test_when_aborted_then_nothing_of_it_stays_and_nobody_writes_to_it(
        self, store: LocalStore
    ) -> None:
        """Whoever goes on with it is refused."""
        upload_id = store.create_upload("x/a")
        assert list(store.list_uploads("x/a")) == [upload_id]

        store.abort_upload("x/a", upload_id)
        store.abort_upload("x/a", upload_id)

        assert (list(store.list_uploads("x/a")), store.list("")) == ([], [])
        with pytest.raises(WriteError):
            store.resume_sink("x/a", upload_id, part_bytes=1, in_flight=1)
