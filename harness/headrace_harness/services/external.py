"""Servers that run elsewhere: the environment says where, nothing here starts or ends them."""

import os
from typing import Final

from headrace_harness.errors import ServiceError
from headrace_harness.services.s3 import REGION, Access

ENDPOINT: Final = "HEADRACE_S3_ENDPOINT"
BUCKET: Final = "HEADRACE_S3_BUCKET"
ACCESS_KEY: Final = "HEADRACE_S3_ACCESS_KEY"
SECRET_KEY: Final = "HEADRACE_S3_SECRET_KEY"  # noqa: S105 - a variable's name
REGION_VARIABLE: Final = "HEADRACE_S3_REGION"


class ExternalS3:
    """A bucket of somebody else's server; the cells of a run take prefixes of their own there.

    Attributes:
        access: How it is reached.

    Raises:
        ServiceError: A variable is missing; names every one.
    """

    def __init__(self) -> None:
        needed = (ENDPOINT, BUCKET, ACCESS_KEY, SECRET_KEY)
        missing = [name for name in needed if not os.environ.get(name)]
        if missing:
            message = f"no external S3 server: set {', '.join(missing)}"
            raise ServiceError(message)
        self.access = Access(
            endpoint=os.environ[ENDPOINT],
            bucket=os.environ[BUCKET],
            access_key=os.environ[ACCESS_KEY],
            secret_key=os.environ[SECRET_KEY],
            region=os.environ.get(REGION_VARIABLE, REGION),
        )

    def start(self) -> None:
        """As `Service`: it runs already.

        Raises:
            ServiceError: It does not answer, lacks the bucket or refuses the keys.
        """
        if not self.access.is_ready():
            message = (
                f"{self.access.endpoint} does not answer, has no bucket {self.access.bucket!r}"
                f" or refuses {ACCESS_KEY}"
            )
            raise ServiceError(message)

    def stop(self) -> None:
        """As `Service`: it runs on."""
