"""A container that ends with whoever started it, by testcontainers."""

import secrets
import subprocess
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from headrace_harness.errors import ServiceError
from headrace_harness.images.names import how_to_get
from headrace_harness.measure.cores import narrowed
from headrace_harness.services import owner
from headrace_harness.services.dockercommand import docker, has_image, logs_of, missing_engine
from headrace_harness.services.process import LOG_BYTES

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

# Reads nothing until its input ends, with whoever holds it; then the container is removed.
_KEEPER: Final = 'cat > /dev/null; exec docker rm --force --volumes "$0"'

LOOPBACK: Final = "127.0.0.1"

_SOCKETS: Final = ("http+docker://localhost", "http+docker://localnpipe")
"""What Docker's client calls an engine that it reaches by a local socket."""

_PORT_TAKEN: Final = ("port is already allocated", "address already in use")
"""What Docker says where another took a port between its choice and its use."""


class PortTakenError(ServiceError):
    """The port that was chosen is another's by now."""


class Container:
    """A container of a server, under a name of its own.

    Args:
        title: What runs in it, as errors call it.
        image: Of the container.

    Attributes:
        image: Of the container.
        name: Of the container.
    """

    def __init__(self, title: str, image: str) -> None:
        self.image = image
        self.name = f"headrace-{title.lower()}-{secrets.token_hex(6)}"
        self._title = title
        self._made: DockerContainer | None = None
        self._keeper: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        """Where its ports are."""
        return str(self._running().get_container_host_ip())

    @property
    def labels(self) -> Mapping[str, str]:
        """Whose it is, for whoever makes it."""
        return {owner.LABEL: str(owner.Owner.here())}

    def port(self, inside: int) -> int:
        """The port by which one of its own is reached."""
        return self._running().get_exposed_port(inside)

    def start(self, make: Callable[[], "DockerContainer"]) -> None:
        """Return once it answers.

        Args:
            make: Gives the container, not yet started, with `labels`; may import what it needs.

        Raises:
            PortTakenError: A port that it binds is another's.
            ServiceError: There is no Docker, no testcontainers, no such image, or no answer.
        """
        if missing := missing_for(self.image):
            message = f"no {self._title} container of {self.image}: {missing}"
            raise ServiceError(message)
        container, failures = self._prepare(make)
        self._keeper = subprocess.Popen(  # noqa: S603 - a constant, and a name of our own
            ["sh", "-c", _KEEPER, self.name],  # noqa: S607 - the user's own shell and docker
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            container.with_name(self.name).start()
        except failures as error:
            said = " / ".join(self.log().strip().splitlines()[-3:])
            self.stop()
            message = f"no {self._title} container of {self.image}: {error}"
            if any(text in message for text in _PORT_TAKEN):
                raise PortTakenError(message) from error
            raise ServiceError(f"{message}; it said: {said}" if said else message) from error
        if cores := narrowed():
            # The engine starts it, not we, so that it does not inherit them.
            docker("update", "--cpuset-cpus", ",".join(map(str, sorted(cores))), self.name)
        self._made = container

    def stop(self) -> None:
        """End and remove it; nothing where it has not started."""
        keeper, self._keeper, self._made = self._keeper, None, None
        if keeper is not None:
            keeper.communicate()

    def log(self) -> str:
        """The end of what it has printed."""
        return "" if self._keeper is None else logs_of(self.name)[-LOG_BYTES:]

    def _running(self) -> "DockerContainer":
        if self._made is None:
            message = f"the {self._title} container has not started"
            raise ServiceError(message)
        return self._made

    def _prepare(
        self, make: Callable[[], "DockerContainer"]
    ) -> tuple["DockerContainer", tuple[type[Exception], ...]]:
        """The container, not yet started, and what its start may raise."""
        from docker.errors import DockerException  # noqa: PLC0415 - an extra
        from testcontainers.core import exceptions  # noqa: PLC0415
        from testcontainers.core.config import testcontainers_config  # noqa: PLC0415

        # Our keeper does what Ryuk would, and needs no image of its own.
        testcontainers_config.ryuk_disabled = True
        try:
            container = make()
        except DockerException as error:
            message = f"no {self._title} container: Docker does not answer: {error}"
            raise ServiceError(message) from error
        _bind_to_loopback(container)
        return container, (
            DockerException,
            TimeoutError,
            exceptions.ContainerStartException,
            exceptions.ContainerConnectException,
            exceptions.ContainerIsNotRunning,
        )


def missing_for(image: str) -> str:
    """Why no container of an image can be started, and how to mend it; empty where one can."""
    if missing := missing_engine():
        return missing
    if find_spec("testcontainers") is None:
        return "there is no testcontainers: pip install 'headrace-harness[docker]'"
    return "" if has_image(image) else f"the image {image} is not there: {how_to_get(image)}"


def _bind_to_loopback(container: "DockerContainer") -> None:
    """Have its ports on 127.0.0.1, out of others' reach, where the engine is on this machine."""
    from testcontainers.core.config import (  # noqa: PLC0415 - an extra
        ConnectionMode,
        testcontainers_config,
    )

    if not _is_here(container):
        return
    # Within a container it would take the gateway's address, as if the engine were outside.
    testcontainers_config.connection_mode_override = ConnectionMode.docker_host
    testcontainers_config.tc_host_override = LOOPBACK
    for inside, outside in container.ports.items():
        container.ports[inside] = (LOOPBACK, outside)  # type: ignore[assignment]  # as docker takes it


def _is_here(container: "DockerContainer") -> bool:
    """Whether what the engine binds to 127.0.0.1 is reached there."""
    if str(container.get_docker_client().client.api.base_url) not in _SOCKETS:
        return False
    if not Path("/.dockerenv").exists():
        return True
    # In a container beside ours the engine has another 127.0.0.1; its bridge tells them apart.
    shown = "{{range .IPAM.Config}}{{.Gateway}} {{.Subnet}}\n{{end}}"
    told = docker("network", "inspect", "bridge", "--format", shown)
    addresses = {one.address for ones in psutil.net_if_addrs().values() for one in ones}
    return bool(addresses & {gateway_of(line) for line in told.splitlines() if line.strip()})


def gateway_of(told: str) -> str:
    """The address that an engine has on a network of its own.

    Args:
        told: What it says of it: the gateway, which it may leave out, a space, and the subnet.
    """
    gateway, _, subnet = told.partition(" ")
    # What it chooses by itself it does not always tell: the first address there is.
    return gateway or str(next(ip_network(subnet.strip()).hosts()))
