"""The part of the extension's contract that is about object stores; `_rust.pyi` takes it over."""

import builtins
from typing import Self, final

@final
class ObjectStore:
    """The objects of one bucket of S3, by their keys.

    Every function raises kind `target_connection` where the server is not reached, or is too busy
    for longer than `retries` attempts; `target_auth` where it refuses the credentials or is not
    trusted; `write` where it can never do that (there is no such bucket); `config` where a key or
    option cannot be meant. What is safe to be repeated is. A conditional put and a completion are
    repeated only where the server cannot have done them; else they raise `target_connection`, and
    the caller looks up what has become of them.
    """

    def __new__(
        cls,
        *,
        bucket: str,
        endpoint: str | None = None,  # URL without the bucket; AWS where absent
        region: str | None = None,  # us-east-1 where absent
        access_key: str | None = None,  # keys absent: environment, web identity, ECS, EKS, instance
        secret_key: str | None = None,
        session_token: str | None = None,
        path_style: bool = True,
        allow_http: bool = False,
        ca_certificate: bytes | None = None,  # PEM, trusted beside the system's
        skip_signature: bool = False,
        timeout_s: float = 30.0,  # of one request, a part's included
        connect_timeout_s: float = 5.0,
        retries: int = 10,  # waiting 0.1 s at first, twice as long each time, 5 s at last
    ) -> Self: ...
    def get(
        self, key: str, *, offset: int = 0, length: int | None = None
    ) -> tuple[bytes, str] | None:
        """Bytes and etag; None where there is no such object."""
    def head(self, key: str) -> tuple[int, str] | None:
        """Bytes and etag; None where there is no such object, or no such bucket."""
    def put(
        self, key: str, data: bytes, *, if_absent: bool = False, if_match: str | None = None
    ) -> str:
        """Write an object and return its etag; raise kind `conflict` where a condition fails."""
    def list(self, prefix: str) -> builtins.list[tuple[str, int]]:
        """Keys that begin with `prefix`, in order, and their bytes."""
    def list_uploads(self, key: str) -> builtins.list[str]:
        """Ids of the open uploads of exactly that key, as far as the server remembers them."""
    def delete(self, key: str) -> None:
        """Delete an object, where there is one."""
    def create_upload(self, key: str) -> str:
        """Open an upload and return its id."""
    def resume_sink(
        self, key: str, upload_id: str, *, part_bytes: int = 8388608, in_flight: int = 2
    ) -> Sink:
        """Write the parts of an upload that has none yet.

        Holds (in_flight + 1) * part_bytes at most; all sinks together have 2 parts under way. At
        least 5 MiB a part, at most 10,000 parts.
        """
    def complete_upload(self, key: str, upload_id: str, parts: builtins.list[str]) -> str:
        """Make an object of the parts and return its etag.

        Raises kind `write` where there is no such upload: it was completed or aborted before, which
        `head` tells. Some servers answer a second completion as they did the first.
        """
    def abort_upload(self, key: str, upload_id: str) -> None:
        """Drop an upload and its parts, where it is open."""

@final
class Sink:
    """Where the bytes of one file go: a local file, or the parts of an upload.

    Parts go out in the background; what befalls one is raised by the next call.
    """

    @staticmethod
    def file(path: str) -> Sink: ...  # not there yet; raises kind `write`
    def write(self, data: bytes) -> int: ...  # always all of it
    def flush(self) -> None: ...  # nothing
    def upload_part(self) -> bool: ...  # sends what is held, from 5 MiB on; whether it did
    def close(self) -> int: ...  # bytes; fsynced, or all parts sent, and no object made of them
    def abort(self) -> None: ...  # a file stays on the disk, an upload stays open
    @property
    def name(self) -> str: ...  # path or URL
    @property
    def written_bytes(self) -> int: ...  # so far
    @property
    def held_bytes(self) -> int: ...  # waiting for the next part
    @property
    def is_closed(self) -> bool: ...
    @property
    def parts(self) -> list[str]: ...  # ids in order, once it is closed
