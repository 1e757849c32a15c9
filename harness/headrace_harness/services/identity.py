"""Which servers the figures of a run are of: samples of one cell are of the same ones."""

import hashlib
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from headrace_harness.errors import ServiceError
from headrace_harness.services.dockercommand import docker
from headrace_harness.services.providers import CONTAINER, class_of
from headrace_harness.services.variables import BUCKET, DSN, ENDPOINT, URI, WAREHOUSE

_PLACES = {
    "s3": (ENDPOINT, BUCKET),
    "iceberg": (URI, WAREHOUSE, ENDPOINT, BUCKET),
    "postgres": (DSN,),
}
"""Variables that say where servers are, by the name of a service."""


def identities(providers: Mapping[str, str]) -> dict[str, str]:
    """What tells a run's servers from others that might take their place.

    Args:
        providers: By the name of a service.

    Returns:
        By the name of a service, of a container the id of its image, of a server that runs
        elsewhere a digest of its place without any secret; services of the harness's own are
        left out.
    """
    found = {name: _identity(name, provider) for name, provider in providers.items()}
    return {name: identity for name, identity in found.items() if identity}


def _identity(name: str, provider: str) -> str:
    kind, _, image = provider.partition(":")
    if kind == CONTAINER:
        return _image_id(image or str(class_of(name, kind).IMAGE))
    if kind == "external":
        places = " ".join(_place(os.environ.get(variable, "")) for variable in _PLACES[name])
        return hashlib.sha256(places.encode()).hexdigest()[:12]
    return ""


def _image_id(image: str) -> str:
    try:
        return docker("image", "inspect", "--format", "{{.Id}}", image).strip()[:19]
    except ServiceError:
        return "not there"


def _place(text: str) -> str:
    """An address without who asks."""
    try:
        parts = urlsplit(text)
        place = f"{parts.hostname}:{parts.port}{parts.path}"
    except ValueError:
        return "not an address"
    return place if parts.netloc else text
