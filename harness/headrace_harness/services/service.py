"""What every service is, and those of a run."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, cast, runtime_checkable

from headrace_harness.catalog import DataSet, Part
from headrace_harness.data.cache import Announce, Prepared
from headrace_harness.errors import ServiceError
from headrace_harness.services.launch import Launch
from headrace_harness.services.leftovers import sweep_leftovers
from headrace_harness.services.providers import (
    PROVIDERS,
    Choice,
    check_providers,
    choose_providers,
    default_provider,
    provide,
)

if TYPE_CHECKING:
    from headrace_harness.services.iceberg import Catalog
    from headrace_harness.services.s3 import Access


class Service(Protocol):
    """A server that readers of a cell read from.

    Its class takes no argument that has no default; a reader's `serving` gives those it wants
    otherwise. It listens on a free loopback port, with credentials of its own if it has any, and
    ends with the process that started it, whatever ends that one. What it prints, if it does, is
    had by its method `log`.
    """

    def start(self) -> None:
        """Return once it answers by its own protocol; called once, by a thread that lives on.

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
    """The services of a run: each started once, by `start` or where it is first needed.

    What dead runs left is removed at the beginning, and all that was started is ended at the end.

    Args:
        providers: By the name of a service, which of its providers it is from, `embedded` if
            absent; of containers also the image, `docker:IMAGE`. `check_providers` holds of them.

    Attributes:
        swept: What of dead runs was removed.
    """

    def __init__(self, providers: Mapping[str, str] | None = None) -> None:
        self.swept: list[str] = []
        self._providers = dict(providers or {})
        self._launches: dict[tuple[str, ...], Launch] = {}
        self._refusals: dict[tuple[str, ...], ServiceError] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """As a context manager: ends them."""
        self.swept = sweep_leftovers()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End those that were started, the last one first."""
        self._stack.__exit__(kind, error, trace)

    @property
    def left(self) -> list[str]:
        """Of which services not all could be removed, and why."""
        return [f"{one.name}: {one.left}" for one in self._launches.values() if one.left]

    def start(self, parts: Iterable[Part], *, announce: Announce) -> Mapping[str, ServiceError]:
        """Start the services of readers and targets, all at once; return once each has settled.

        Args:
            parts: Those that need no service are passed over.
            announce: Told what takes long.

        Returns:
            What could not be started, by the part's name: the same that `serve` and `reach` raise.
        """
        errors: dict[str, ServiceError] = {}
        launches: dict[str, Launch] = {}
        for part in parts:
            try:
                if part.service:
                    launches[part.name] = self._launched(part, announce)
            except ServiceError as error:
                errors[part.name] = error
        for name, launch in launches.items():
            try:
                launch.wait()
            except ServiceError as error:
                errors[name] = error
        return errors

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
        service = cast("Service", self._launched(reader, announce).wait())
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
        return self._launched(target, announce).wait()

    def save_logs(self, folder: Path) -> Mapping[str, Path]:
        """Write what each service has printed to a file of a folder; those that did, by name."""
        saved: dict[str, Path] = {}
        seen: Counter[str] = Counter()
        for launch in self._launches.values():
            seen[launch.name] += 1
            if text := launch.log():
                number = seen[launch.name]
                name = f"{launch.name}-{number}" if number > 1 else launch.name
                folder.mkdir(parents=True, exist_ok=True)
                saved[name] = _new_file(folder, name)
                saved[name].write_text(text, encoding="utf-8")
        return saved

    def _launched(self, part: Part, announce: Announce) -> Launch:
        """The service of a part, on its start where it has none yet."""
        name = part.service
        provider = self._providers.get(name) or default_provider(name)
        serving = json.dumps(part.serving) if part.serving else ""
        kind, _, image = provider.partition(":")
        # Two services of one class are one: SeaweedFS is `s3` and `iceberg`.
        key = (PROVIDERS.get(name, {}).get(kind, name), image, serving)
        if key in self._refusals:
            raise ServiceError(*self._refusals[key].args)
        if key not in self._launches:
            try:
                service = provide(name, provider, part.serving)
                if isinstance(service, Preparing):
                    service.prepare(announce)
            except ServiceError as error:
                self._refusals[key] = error
                raise
            except (OSError, ValueError) as error:
                # Its text may hold what was given, a password among it.
                self._refusals[key] = ServiceError(f"{type(error).__name__} where it is made")
                raise self._refusals[key] from error
            announce(f"starting {name}{serving}")
            launch = Launch(name, service)
            self._stack.callback(launch.end)
            self._launches[key] = launch
            launch.begin()
        return self._launches[key]


def _new_file(folder: Path, name: str) -> Path:
    """A log beside those that a run left which goes on."""
    numbered = (folder / f"{name}{'' if n == 1 else f'.{n}'}.log" for n in count(1))
    return next(path for path in numbered if not path.exists())


__all__ = [
    "PROVIDERS",
    "BucketService",
    "CatalogService",
    "Choice",
    "Preparing",
    "Service",
    "Services",
    "TargetService",
    "check_providers",
    "choose_providers",
    "provide",
]
