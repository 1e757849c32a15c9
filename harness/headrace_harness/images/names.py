"""The images that the harness asks for, as testcontainers and job files name them."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Final

MINIO: Final = "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z"
POSTGRES: Final = "postgres:18"
REPLAY: Final = f"headrace/source-replay:{version('headrace-harness')}"
FAKER: Final = "airbyte/source-faker:7"
STRIPE: Final = "airbyte/source-stripe:5"

NAMES: Final[Mapping[str, str]] = {
    "minio": MINIO,
    "postgres": POSTGRES,
    "source-faker": FAKER,
    "source-replay": REPLAY,
    "source-stripe": STRIPE,
}
"""Tags by the name of a recipe."""


def how_to_get(image: str) -> str:
    """The command that brings an image."""
    for name, tag in NAMES.items():
        if tag == image:
            return f"`headrace images build {name}`"
    return f"`docker pull {image}`"
