"""What a job says of a bucket, wherever it names one."""

from typing import Annotated, Final, TypeAlias

import msgspec

from headrace.job.check import PathText
from headrace.job.secret import Secret
from headrace.job.struct import Struct

DEFAULT_TIMEOUT_S: Final = 30.0
"""For one answer of the server [s]."""

DEFAULT_RETRIES: Final = 8
"""Of a request; with the waits between them about a quarter of a minute."""


BucketName: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]

KeyPrefix: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[^/].*[^/]$|^[^/]?$")]
"""What keys begin with, without a slash at either end."""


class BucketKeys(Struct, frozen=True, kw_only=True):
    """How a store of the S3 kind is reached.

    Attributes:
        endpoint: Its URL; AWS's own where absent.
        region: Its region.
        access_key: With `secret_key`: whose access.
        secret_key: Belongs to `access_key`.
        session_token: Of keys that expire.
        profile: A profile of the AWS files, where the job has no keys.
        path_style: Whether the bucket stands in the path of URLs; so by default where there is an
            `endpoint`.
        ca_certificate: A PEM file of the authority that signed the server's certificate.
        timeout_s: For one answer of the server [s].
        retries: Of a request that was not answered, or by a server that is too busy.
    """

    endpoint: str | None = None
    region: str | None = None
    access_key: Secret | None = None
    secret_key: Secret | None = None
    session_token: Secret | None = None
    profile: str | None = None
    path_style: bool | None = None
    ca_certificate: PathText | None = None
    timeout_s: Annotated[float, msgspec.Meta(gt=0)] = DEFAULT_TIMEOUT_S
    retries: Annotated[int, msgspec.Meta(ge=0, le=100)] = DEFAULT_RETRIES
