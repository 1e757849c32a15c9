"""What every service is, and those of a run."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, cast, runtime_checkable

from headrace_harness.catalog import DataSet, Part
from headrace_harness.data.cache import Announce, Prepared
from headrace_harness.errors import ServiceError, UsageError

if TYPE_CHECKING:
    from headrace_harness.services.iceberg import Catalog
    from headrace_harness.services.s3 import Access

PROVIDERS: Final[Mapping[str, Mapping[str, str]]] = {
    "airbyte": {"embedded": "headrace_harness.services.airbyte:Replay"},
    "api": {"embedded": "headrace_harness.services.api:Api"},
    "iceberg": {
        "embedded": "headrace_harness.services.seaweedfs:SeaweedFS",
        "external": "headrace_harness.services.external:ExternalIceberg",
    },
    "postgres": {
        "embedded": "headrace_harness.services.postgres:EmbeddedPostgres",
        "docker": "headrace_harness.services.dockerpostgres:DockerPostgres",
    },
    "s3": {
        "embedded": "headrace_harness.services.seaweedfs:SeaweedFS",
        "minio": "headrace_harness.services.minio:Minio",
        "docker": "headrace_harness.services.dockerminio:DockerMinio",
        "external": "headrace_harness.services.external:ExternalS3",
    },
    "stripe": {
        "embedded": "headrace_harness.services.stripe:Stripe",
        "docker": "headrace_harness.services.dockerstripe:DockerStripe",
    },
}
"""Services by the name that a reader or target of `parts.toml` gives, and who provides them."""

DEFAULT_PROVIDER: Final = "embedded"

CONTAINER: Final = "docker"
"""The provider that may say which image: `docker:postgres:17`."""


def check_providers(providers: Mapping[str, str]) -> None:
    """Refuse what does not exist.

    Args:
        providers: As of `Services`.

    Raises:
        UsageError: There is no such service, or no such provider of it.
    """
    for name, provider in providers.items():
        kind, of_image, _ = provider.partition(":")
        if kind not in PROVIDERS.get(name, {}) or (of_image and kind != CONTAINER):
            known = [f"{service}={one}" for service, ones in PROVIDERS.items() for one in ones]
            message = f"there is no provider {name}={provider}; there are {', '.join(known)}"
            raise UsageError(message)


class Service(Protocol):
    """A server that readers of a cell read from.

    Its class takes no argument that has no default; a reader's `serving` gives those it wants
    otherwise. It listens on a free loopback port, with credentials of its own if it has any, and
    ends with the process that started it, whatever ends that one.
    """

    def start(self) -> None:
        """Return once it answers by its own protocol; called once, by the main thread.

        Raises:
            ServiceError: It does not start; says what it said.
        """

    def stop(self) -> None:
        """End it and remove what it kept; nothing where it has not started."""

    def serve(self, dataset: DataSet, prepared: Prepared) -> Mapping[str, Any]:
        """Have a data set ready to be read, loaded where it is not yet.

        Args:
            dataset: What.
            prepared: The CSV file that holds it.

        Returns:
            The keys of a job's reader section that read it, beside those of `parts.toml`.

        Raises:
            ServiceError: It cannot be loaded.
        """


@runtime_checkable
class Preparing(Protocol):
    """A service that may have to be made before it is started, once."""

    def prepare(self, announce: Announce) -> None:
        """Make it, where it is not there.

        Args:
            announce: Told what takes long.

        Raises:
            ServiceError: It cannot be made.
        """


class TargetService(Protocol):
    """A server that cells write to; as `Service`, but for what it serves."""

    def start(self) -> None:
        """As `Service`."""

    def stop(self) -> None:
        """As `Service`."""


class BucketService(TargetService, Protocol):
    """A server of the S3 kind."""

    @property
    def access(self) -> "Access":
        """How it is reached."""


class CatalogService(TargetService, Protocol):
    """A server that knows Iceberg tables, or a database where they may be known."""

    def catalog(self, folder: Path) -> "Catalog":
        """The catalog.

        Args:
            folder: Where the tables' files are, if the server has no place for them.
        """


class Services:
    """The services of a run: each started where it is first needed, all stopped at the end.

    Args:
        providers: By the name of a service, which of its providers it is from, `embedded` if
            absent; of containers also the image, `docker:IMAGE`. `check_providers` holds of them.
    """

    def __init__(self, providers: Mapping[str, str] | None = None) -> None:
        self._providers = dict(providers or {})
        self._started: dict[tuple[str, ...], Service | TargetService] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """As a context manager: stops them."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop those that were started, the last one first."""
        self._stack.__exit__(kind, error, trace)

    def serve(
        self, reader: Part, dataset: DataSet, prepared: Prepared, *, announce: Announce
    ) -> Mapping[str, Any]:
        """The keys of a reader section that read a data set from the reader's service.

        Readers that are served alike share a service.

        Args:
            reader: Who reads; it has a service.
            dataset: What.
            prepared: The CSV file that holds it.
            announce: Told what takes long.

        Raises:
            ServiceError: It does not start, or cannot be loaded.
        """
        service = cast("Service", self._running(reader, announce))
        announce(f"loading {dataset.name} into {reader.service}")
        return service.serve(dataset, prepared)

    def reach(self, target: Part, *, announce: Announce) -> TargetService:
        """The server of a target, running.

        Args:
            target: Which; it has a service.
            announce: Told what takes long.

        Raises:
            ServiceError: It does not start.
        """
        return self._running(target, announce)

    def _running(self, part: Part, announce: Announce) -> "Service | TargetService":
        """The service of a part, started where it is not yet."""
        name = part.service
        provider = self._providers.get(name, DEFAULT_PROVIDER)
        serving = json.dumps(part.serving) if part.serving else ""
        kind, _, image = provider.partition(":")
        # Two services of one class are one: SeaweedFS is `s3` and `iceberg`.
        key = (PROVIDERS.get(name, {}).get(kind, name), image, serving)
        if key not in self._started:
            announce(f"starting {name}{serving}")
            service = provide(name, provider, part.serving)
            if isinstance(service, Preparing):
                service.prepare(announce)
            self._stack.callback(service.stop)
            service.start()
            self._started[key] = service
        return self._started[key]


def provide(
    name: str, provider: str, serving: Mapping[str, Any] | None = None
) -> Service | TargetService:
    """A service of a provider, not yet started.

    Args:
        name: Of the service.
        provider: One of its providers.
        serving: What its class is given.

    Raises:
        ServiceError: There is no such service.
    """
    if name not in PROVIDERS:
        message = f"there is no service {name!r}; there are {', '.join(PROVIDERS)}"
        raise ServiceError(message)
    kind, _, image = provider.partition(":")
    module, _, attribute = PROVIDERS[name][kind].partition(":")
    options = {"image": image} if image else {}
    made = getattr(import_module(module), attribute)(**options, **(serving or {}))
    return cast("Service | TargetService", made)
