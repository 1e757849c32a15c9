"""Who provides each service, and which of them a run takes."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from headrace_harness.errors import ServiceError, UsageError
from headrace_harness.services.variables import missing_variables

if TYPE_CHECKING:
    from headrace_harness.services.service import Service, TargetService

Kind = Literal["auto", "embedded", "docker", "external"]

_HERE = "headrace_harness.services"

PROVIDERS: Final[Mapping[str, Mapping[str, str]]] = {
    "airbyte": {"embedded": f"{_HERE}.airbyte:Replay"},
    "airbyte-image": {"docker": f"{_HERE}.airbyteimage:ReplayImage"},
    "api": {"embedded": f"{_HERE}.api:Api"},
    "iceberg": {
        "embedded": f"{_HERE}.seaweedfs:SeaweedFS",
        "external": f"{_HERE}.external:ExternalIceberg",
    },
    "minio": {
        "embedded": f"{_HERE}.minio:Minio",
        "docker": f"{_HERE}.dockerminio:DockerMinio",
    },
    "postgres": {
        "embedded": f"{_HERE}.postgres:EmbeddedPostgres",
        "docker": f"{_HERE}.dockerpostgres:DockerPostgres",
        "external": f"{_HERE}.externalpostgres:ExternalPostgres",
    },
    "s3": {
        "embedded": f"{_HERE}.seaweedfs:SeaweedFS",
        "minio": f"{_HERE}.minio:Minio",
        "docker": f"{_HERE}.dockerminio:DockerMinio",
        "external": f"{_HERE}.external:ExternalS3",
    },
    "stripe": {
        "embedded": f"{_HERE}.stripe:Stripe",
        "docker": f"{_HERE}.dockerstripe:DockerStripe",
    },
}
"""Services by the name that a reader or target of `parts.toml` gives, and who provides them."""

DEFAULT: Final = "embedded"

_BUT: Final = "but "
"""How a reason begins that says what is missing."""

CONTAINER: Final = "docker"
"""The provider that may say which image: `docker:postgres:17`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a run takes.

    Attributes:
        providers: By the name of a service.
        reasons: A sentence each, by the name of a service: which, and why.
        lacking: Why those cannot be had that cannot, by the name of a service.
    """

    providers: Mapping[str, str]
    reasons: Mapping[str, str]
    lacking: Mapping[str, str]


def check_providers(providers: Mapping[str, str]) -> None:
    """Refuse what does not exist.

    Args:
        providers: By the name of a service.

    Raises:
        UsageError: There is no such service, or no such provider of it.
    """
    for name, provider in providers.items():
        kind, of_image, _ = provider.partition(":")
        if kind not in PROVIDERS.get(name, {}) or (of_image and kind != CONTAINER):
            known = [f"{service}={one}" for service, ones in PROVIDERS.items() for one in ones]
            message = f"there is no provider {name}={provider}; there are {', '.join(known)}"
            raise UsageError(message)


def choose_providers(kind: Kind, overrides: Mapping[str, str], needed: Collection[str]) -> Choice:
    """Which provider each service of a run is from.

    What is chosen may still not start: whoever starts it gets the sentence that stands here.

    Args:
        kind: `auto` takes Docker where an engine answers and the image is there, else what needs
            none.
        overrides: By the name of a service, what is taken all the same; `check_providers` holds.
        needed: The names of the services.
    """
    from headrace_harness.services.container import missing_for  # noqa: PLC0415 - the heavier half

    missing = cache(missing_for)
    chosen = {name: _choose(name, kind, overrides.get(name, ""), missing) for name in needed}
    return Choice(
        providers={name: provider for name, (provider, _) in chosen.items()},
        reasons={name: f"{name}: {provider}, {why}" for name, (provider, why) in chosen.items()},
        lacking={
            name: why.removeprefix(_BUT)
            for name, (_, why) in chosen.items()
            if why.startswith(_BUT)
        },
    )


def provide(
    name: str, provider: str = "", serving: Mapping[str, Any] | None = None
) -> "Service | TargetService":
    """A service of a provider, not yet started.

    Args:
        name: Of the service.
        provider: One of its providers; none given: `embedded`, or the only one that there is.
        serving: What its class is given.

    Raises:
        ServiceError: There is no such service, or it cannot be had from that provider.
    """
    provider = provider or default_provider(name)
    kind, _, image = provider.partition(":")
    options = {"image": image} if image else {}
    made = class_of(name, kind)(**options, **(serving or {}))
    return cast("Service | TargetService", made)


def default_provider(name: str) -> str:
    """What is taken where nobody says."""
    return DEFAULT if name not in PROVIDERS or DEFAULT in PROVIDERS[name] else CONTAINER


def class_of(name: str, kind: str) -> Any:  # noqa: ANN401  any service's class
    """The class of a service.

    Args:
        name: Of the service.
        kind: Of its provider.

    Raises:
        ServiceError: There is no such service, or it cannot be had from that provider.
    """
    if name not in PROVIDERS:
        message = f"there is no service {name!r}; there are {', '.join(PROVIDERS)}"
        raise ServiceError(message)
    if kind not in PROVIDERS[name]:
        raise ServiceError(_not_from(name, kind))
    module, _, attribute = PROVIDERS[name][kind].partition(":")
    return getattr(import_module(module), attribute)


def _not_from(name: str, kind: str) -> str:
    """Why a service is not had from a provider."""
    if list(PROVIDERS[name]) == [CONTAINER]:
        return "it needs Docker: --services docker"
    return f"there is no provider {name}={kind}"


def _choose(
    name: str, kind: Kind, override: str, missing_for: Callable[[str], str]
) -> tuple[str, str]:
    """The provider, and why."""
    providers = PROVIDERS.get(name, {})
    if not providers:
        return DEFAULT, "but there is no such service"
    if override:
        return override, _lack_of(name, override, missing_for) or "as asked for"
    why = "as asked for"
    if kind in ("auto", CONTAINER) and CONTAINER in providers:
        lack = _lack_of(name, CONTAINER, missing_for)
        if kind == CONTAINER or not lack or DEFAULT not in providers:
            return CONTAINER, lack or f"the image {_image_of(name)} is there"
        why = f"for {lack.removeprefix(_BUT)}"
    elif kind not in providers:
        why = _not_from(name, CONTAINER if kind == "auto" else kind)
        why = f"for {why}" if DEFAULT in providers else f"{_BUT}{why}"
    taken = kind if kind in providers else DEFAULT
    return taken, _lack_of(name, taken, missing_for) or why


def _lack_of(name: str, provider: str, missing_for: Callable[[str], str]) -> str:
    """What is missing for a provider; empty where nothing is seen to be."""
    kind, _, image = provider.partition(":")
    missing = ""
    if kind == CONTAINER:
        missing = missing_for(image or _image_of(name))
    if kind == "external":
        missing = missing_variables(class_of(name, kind).VARIABLES)
    if kind == DEFAULT and kind in PROVIDERS[name]:
        missing = getattr(class_of(name, kind), "missing", str)()
    return f"{_BUT}{missing}" if missing else ""


def _image_of(name: str) -> str:
    return str(class_of(name, CONTAINER).IMAGE)
