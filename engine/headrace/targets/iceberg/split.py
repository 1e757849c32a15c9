"""Two stores as one: data where the table is, everything else where the job says."""

from collections.abc import Sequence
from typing import Any

from headrace.stores import Store


class SplitStore:
    """A `Store` whose keys that begin with `_` are in another one.

    Args:
        data: Holds the others.
        control: Holds those.
    """

    def __init__(self, data: Store, control: Store) -> None:
        self._data = data
        self._control = control

    def _of(self, key: str) -> Store:
        return self._control if key.startswith("_") else self._data

    def url(self, key: str) -> str:
        """As `Store.url`."""
        return self._of(key).url(key)

    def get(
        self, key: str, *, offset: int = 0, length: int | None = None
    ) -> tuple[bytes, str] | None:
        """As `Store.get`."""
        return self._of(key).get(key, offset=offset, length=length)

    def head(self, key: str) -> tuple[int, str] | None:
        """As `Store.head`."""
        return self._of(key).head(key)

    def put(
        self, key: str, data: bytes, *, if_absent: bool = False, if_match: str | None = None
    ) -> str:
        """As `Store.put`."""
        return self._of(key).put(key, data, if_absent=if_absent, if_match=if_match)

    def list(self, prefix: str) -> list[tuple[str, int]]:
        """As `Store.list`."""
        return self._of(prefix).list(prefix)

    def list_uploads(self, key: str) -> Sequence[str]:
        """As `Store.list_uploads`."""
        return self._of(key).list_uploads(key)

    def delete(self, key: str) -> None:
        """As `Store.delete`."""
        self._of(key).delete(key)

    def create_upload(self, key: str) -> str:
        """As `Store.create_upload`."""
        return self._of(key).create_upload(key)

    def resume_sink(self, key: str, upload_id: str, *, part_bytes: int, in_flight: int) -> Any:  # noqa: ANN401  a Sink
        """As `Store.resume_sink`."""
        return self._of(key).resume_sink(key, upload_id, part_bytes=part_bytes, in_flight=in_flight)

    def complete_upload(self, key: str, upload_id: str, parts: Sequence[str]) -> str:
        """As `Store.complete_upload`."""
        return self._of(key).complete_upload(key, upload_id, parts)

    def abort_upload(self, key: str, upload_id: str) -> None:
        """As `Store.abort_upload`."""
        self._of(key).abort_upload(key, upload_id)
