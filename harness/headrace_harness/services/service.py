"""What every service is, and those of a run."""

from collections.abc import Mapping
from contextlib import ExitStack
from importlib import import_module
from types import TracebackType
from typing import Any, Final, Protocol, Self, cast

from headrace_harness.catalog import DataSet
from headrace_harness.data.cache import Announce, Prepared
from headrace_harness.errors import ServiceError

PROVIDERS: Final[Mapping[str, str]] = {
    "airbyte": "headrace_harness.services.airbyte:Replay",
    "api": "headrace_harness.services.api:Api",
    "postgres": "headrace_harness.services.postgres:EmbeddedPostgres",
}
"""Services by the name that a reader of `parts.toml` gives, and the classes that provide them."""


class Service(Protocol):
    """A server that readers of a cell read from.

    Its class takes no argument that has no default. It listens on a free loopback port, with
    credentials of its own if it has any, and ends with the process that started it, whatever ends
    that one.
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


class Services:
    """The services of a run: each started where it is first needed, all stopped at the end."""

    def __init__(self) -> None:
        self._started: dict[str, Service] = {}
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
        self, name: str, dataset: DataSet, prepared: Prepared, *, announce: Announce
    ) -> Mapping[str, Any]:
        """The keys of a reader section that read a data set from a service.

        Args:
            name: Of the service.
            dataset: What.
            prepared: The CSV file that holds it.
            announce: Told what takes long.

        Raises:
            ServiceError: It does not start, or cannot be loaded.
        """
        if name not in self._started:
            announce(f"starting {name}")
            service = _provide(name)
            self._stack.callback(service.stop)
            service.start()
            self._started[name] = service
        announce(f"loading {dataset.name} into {name}")
        return self._started[name].serve(dataset, prepared)


def _provide(name: str) -> Service:
    if name not in PROVIDERS:
        message = f"there is no service {name!r}; there are {', '.join(PROVIDERS)}"
        raise ServiceError(message)
    module, _, attribute = PROVIDERS[name].partition(":")
    return cast("Service", getattr(import_module(module), attribute)())
