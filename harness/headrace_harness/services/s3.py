"""What every server of the S3 kind is to those who use it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final, Self
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import S3Error

REGION: Final = "us-east-1"

TIMEOUT_S: Final = 60.0
"""For one answer [s]."""

PROBE_S: Final = 2.0
"""For an answer of a server that may not be there yet, and is asked again if so [s]."""

RETRIES: Final = urllib3.Retry(total=3, backoff_factor=0.05, status_forcelist=[500, 502, 503, 504])
"""The client's own are patient: it waits for a second and more where a server is not there yet."""

_PROBE: Final = "_ready"


@dataclass(frozen=True, kw_only=True)
class Access:
    """How a server is reached.

    Attributes:
        endpoint: Its URL.
        access_key: Whose access.
        secret_key: Belongs to it.
        bucket: One that is there.
        region: What requests are signed for.
    """

    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    bucket: str
    region: str = REGION

    @classmethod
    def new(cls, endpoint: str = "") -> Self:
        """Of a server of one's own: random keys, and a bucket `raw`."""
        return cls(
            endpoint=endpoint,
            access_key=f"AK{secrets.token_hex(8).upper()}",
            secret_key=secrets.token_urlsafe(24),
            bucket="raw",
        )

    def client(self, *, timeout_s: float = TIMEOUT_S, retries: urllib3.Retry = RETRIES) -> Minio:
        """A client that looks at it from outside of the engine.

        Args:
            timeout_s: For one answer [s].
            retries: Of a request.
        """
        url = urlsplit(self.endpoint)
        return Minio(
            url.netloc,
            access_key=self.access_key,
            secret_key=self.secret_key,
            secure=url.scheme == "https",
            region=self.region,
            http_client=urllib3.PoolManager(retries=retries, timeout=timeout_s),
        )

    def section(self, prefix: str, **keys: Any) -> Mapping[str, Any]:  # noqa: ANN401  any key of the job
        """A job's target section.

        Args:
            prefix: Below which the target is.
            keys: Of the section, beside those that reach the server.
        """
        return {
            "type": "s3",
            "endpoint": self.endpoint,
            "region": self.region,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
            "bucket": self.bucket,
            "prefix": prefix,
            **keys,
        }

    def is_ready(self, *, timeout_s: float = PROBE_S) -> bool:
        """Whether it answers, has the bucket and lets it be written.

        Args:
            timeout_s: For one answer [s]; what holds a port may never give one.
        """
        client = self.client(timeout_s=timeout_s, retries=urllib3.Retry(0))
        try:
            # It answers before it can write, after it was killed.
            client.put_object(self.bucket, _PROBE, BytesIO(b"?"), 1)
            client.remove_object(self.bucket, _PROBE)
        except (S3Error, urllib3.exceptions.HTTPError, OSError):
            return False
        return True
