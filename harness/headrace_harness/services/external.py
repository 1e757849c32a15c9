"""Servers that run elsewhere: the environment says where, nothing here starts or ends them."""

import os
from pathlib import Path
from typing import ClassVar

from headrace_harness.errors import ServiceError
from headrace_harness.services.iceberg import Catalog
from headrace_harness.services.s3 import REGION, TIMEOUT_S, Access
from headrace_harness.services.variables import (
    ACCESS_KEY,
    BUCKET,
    CREDENTIAL,
    ENDPOINT,
    ICEBERG,
    S3,
    S3_REGION,
    SECRET_KEY,
    URI,
    WAREHOUSE,
    need,
)


class ExternalS3:
    """A bucket of somebody else's server; the cells of a run take prefixes of their own there.

    Attributes:
        access: How it is reached.

    Raises:
        ServiceError: A variable is missing; names every one.
    """

    VARIABLES: ClassVar[tuple[str, ...]] = S3

    def __init__(self) -> None:
        need(self.VARIABLES)
        self.access = Access(
            endpoint=os.environ[ENDPOINT],
            bucket=os.environ[BUCKET],
            access_key=os.environ[ACCESS_KEY],
            secret_key=os.environ[SECRET_KEY],
            region=os.environ.get(S3_REGION, REGION),
        )

    def start(self) -> None:
        """As `Service`: it runs already.

        Raises:
            ServiceError: It does not answer, lacks the bucket or refuses the keys.
        """
        if not self.access.is_ready(timeout_s=TIMEOUT_S):
            message = (
                f"{self.access.endpoint} does not answer, has no bucket {self.access.bucket!r}"
                f" or refuses {ACCESS_KEY}"
            )
            raise ServiceError(message)

    def stop(self) -> None:
        """As `Service`: it runs on."""


class ExternalIceberg(ExternalS3):
    """A catalog of somebody else's, and a bucket beside it; cells take tables of their own.

    Raises:
        ServiceError: A variable is missing; names every one.
    """

    VARIABLES: ClassVar[tuple[str, ...]] = ICEBERG

    def catalog(self, folder: Path) -> Catalog:
        """As `CatalogService`."""
        del folder
        uri = os.environ[URI]
        kind = "rest" if uri.startswith("http") else "sql"
        keys = {"type": kind, "uri": uri, "warehouse": os.environ[WAREHOUSE]}
        if os.environ.get(CREDENTIAL):
            keys["credential"] = os.environ[CREDENTIAL]
        return Catalog(keys=keys, access=self.access)
