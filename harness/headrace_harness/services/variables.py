"""The variables of the environment that say where servers are that run elsewhere."""

import os
from collections.abc import Sequence
from typing import Final

from headrace_harness.errors import ServiceError

ENDPOINT: Final = "HEADRACE_S3_ENDPOINT"
BUCKET: Final = "HEADRACE_S3_BUCKET"
ACCESS_KEY: Final = "HEADRACE_S3_ACCESS_KEY"
SECRET_KEY: Final = "HEADRACE_S3_SECRET_KEY"  # noqa: S105 - a variable's name
S3_REGION: Final = "HEADRACE_S3_REGION"
URI: Final = "HEADRACE_ICEBERG_URI"
WAREHOUSE: Final = "HEADRACE_ICEBERG_WAREHOUSE"
CREDENTIAL: Final = "HEADRACE_ICEBERG_CREDENTIAL"
DSN: Final = "HEADRACE_POSTGRES_DSN"

S3: Final = (ENDPOINT, BUCKET, ACCESS_KEY, SECRET_KEY)
ICEBERG: Final = (URI, WAREHOUSE, *S3)
POSTGRES: Final = (DSN,)


def missing_variables(names: Sequence[str]) -> str:
    """What to set, in a sentence; empty where all are set."""
    missing = [name for name in names if not os.environ.get(name)]
    return f"no external server: set {', '.join(missing)}" if missing else ""


def need(names: Sequence[str]) -> None:
    """Go on where all are set.

    Raises:
        ServiceError: One is not; names every such one.
    """
    if missing := missing_variables(names):
        raise ServiceError(missing)
