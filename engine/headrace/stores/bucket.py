"""A bucket below a prefix, by the native client."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from headrace._native import ObjectStore, Sink, translated
from headrace.errors import CommitConflictError, ConfigError, Problem
from headrace.job import BucketKeys, Secret
from headrace.stores import credentials

DEFAULT_REGION: Final = "us-east-1"
"""What servers that know no regions are told."""


class Bucket:
    """A `Store` in a bucket.

    Args:
        bucket: The bucket's name.
        prefix: What all keys begin with; without a slash at either end.
        keys: How it is reached.
        section: Which section of the job says so, for errors.
        is_conditional: Whether the server is to see to conditions; else an object is looked at
            before it is replaced.

    Raises:
        ConfigError: Keys or certificates are not what they should be.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str,
        keys: BucketKeys,
        *,
        section: str = "target",
        is_conditional: bool = True,
    ) -> None:
        if (keys.access_key is None) != (keys.secret_key is None):
            message = "access_key and secret_key belong together"
            raise _refused(message, f"{section}.access_key")
        found = credentials.Credentials()
        if keys.access_key is None or keys.region is None or keys.endpoint is None:
            found = credentials.find(
                keys.profile, section=section, has_keys=keys.access_key is not None
            )
        own = keys if keys.access_key is not None else found
        endpoint = keys.endpoint or found.endpoint
        self.name = bucket
        self.endpoint = endpoint
        self._is_conditional = is_conditional
        self._base = f"{prefix}/" if prefix else ""
        with translated():
            self._store = ObjectStore(
                bucket=bucket,
                endpoint=endpoint,
                region=keys.region or found.region or DEFAULT_REGION,
                access_key=_revealed(own.access_key),
                secret_key=_revealed(own.secret_key),
                session_token=_revealed(own.session_token),
                path_style=endpoint is not None if keys.path_style is None else keys.path_style,
                allow_http=endpoint is not None and endpoint.startswith("http://"),
                ca_certificate=_certificate(keys.ca_certificate, section),
                timeout_s=keys.timeout_s,
                retries=keys.retries,
            )

    def url(self, key: str) -> str:
        """As `Store.url`: `s3://bucket/prefix/key`."""
        return f"s3://{self.name}/{self._base}{key}"

    def get(
        self, key: str, *, offset: int = 0, length: int | None = None
    ) -> tuple[bytes, str] | None:
        """As `Store.get`."""
        with translated():
            return self._store.get(self._base + key, offset=offset, length=length)

    def head(self, key: str) -> tuple[int, str] | None:
        """As `Store.head`."""
        with translated():
            return self._store.head(self._base + key)

    def put(
        self, key: str, data: bytes, *, if_absent: bool = False, if_match: str | None = None
    ) -> str:
        """As `Store.put`."""
        if not self._is_conditional and (if_absent or if_match is not None):
            found = self.head(key)
            if (found[1] if found else None) != if_match:
                message = "the object is another one by now"
                raise CommitConflictError(message, file=self.url(key))
            if_absent, if_match = False, None
        with translated():
            return self._store.put(self._base + key, data, if_absent=if_absent, if_match=if_match)

    def list_uploads(self, key: str) -> Sequence[str]:
        """As `Store.list_uploads`."""
        with translated():
            return self._store.list_uploads(self._base + key)

    def list(self, prefix: str) -> list[tuple[str, int]]:
        """As `Store.list`."""
        with translated():
            found = self._store.list(self._base + prefix)
        return [(key.removeprefix(self._base), size) for key, size in found]

    def delete(self, key: str) -> None:
        """As `Store.delete`."""
        with translated():
            self._store.delete(self._base + key)

    def create_upload(self, key: str) -> str:
        """As `Store.create_upload`."""
        with translated():
            return self._store.create_upload(self._base + key)

    def resume_sink(self, key: str, upload_id: str, *, part_bytes: int, in_flight: int) -> Sink:
        """As `Store.resume_sink`."""
        with translated():
            return self._store.resume_sink(
                self._base + key, upload_id, part_bytes=part_bytes, in_flight=in_flight
            )

    def complete_upload(self, key: str, upload_id: str, parts: Sequence[str]) -> str:
        """As `Store.complete_upload`."""
        with translated():
            return self._store.complete_upload(self._base + key, upload_id, [*parts])

    def abort_upload(self, key: str, upload_id: str) -> None:
        """As `Store.abort_upload`."""
        with translated():
            self._store.abort_upload(self._base + key, upload_id)


def _revealed(secret: Secret | None) -> str | None:
    return secret.reveal() if secret is not None else None


def _certificate(path: str | None, section: str) -> bytes | None:
    if path is None:
        return None
    try:
        return Path(path).read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise _refused(message, f"{section}.ca_certificate") from error


def _refused(message: str, path: str) -> ConfigError:
    return ConfigError(problems=[Problem(path=path, message=message)])
