"""An object store below one prefix, as targets use it: S3, or a folder that behaves like it."""

from collections.abc import Sequence
from typing import Any, Protocol


class Store(Protocol):
    """Objects by key; every call blocks and is safe from any thread.

    Each may raise `TargetConnectionError`, `TargetAuthError` or `WriteError`.
    """

    def url(self, key: str) -> str:
        """How people and query engines name an object."""

    def get(
        self, key: str, *, offset: int = 0, length: int | None = None
    ) -> tuple[bytes, str] | None:
        """An object's bytes and its etag; None where there is none."""

    def head(self, key: str) -> tuple[int, str] | None:
        """An object's size [bytes] and its etag; None where there is none."""

    def put(
        self, key: str, data: bytes, *, if_absent: bool = False, if_match: str | None = None
    ) -> str:
        """Write an object whole; its etag.

        Raises:
            CommitConflictError: It is there though `if_absent`, or not of etag `if_match`.
        """

    def list(self, prefix: str) -> list[tuple[str, int]]:
        """Keys that begin with `prefix`, and their sizes [bytes], in order."""

    def list_uploads(self, key: str) -> Sequence[str]:
        """Ids of the uploads to exactly this key that are open, as far as the server tells."""

    def delete(self, key: str) -> None:
        """Remove an object; nothing where there is none."""

    def create_upload(self, key: str) -> str:
        """Begin an upload; its id."""

    def resume_sink(self, key: str, upload_id: str, *, part_bytes: int, in_flight: int) -> Any:  # noqa: ANN401  a Sink of the extension
        """Where an upload's bytes go; closing it leaves the upload to be completed."""

    def complete_upload(self, key: str, upload_id: str, parts: Sequence[str]) -> str:
        """Make an upload the object; its etag.

        Raises:
            WriteError: There is no such upload: it was completed or aborted before.
        """

    def abort_upload(self, key: str, upload_id: str) -> None:
        """Throw an upload away; nothing where there is none."""
