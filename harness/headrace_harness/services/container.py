"""A container that ends with whoever started it, by testcontainers."""

import secrets
import shutil
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from headrace_harness.errors import ServiceError

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

# Reads nothing until its input ends, with whoever holds it; then the container is removed.
_KEEPER: Final = 'cat > /dev/null; exec docker rm --force --volumes "$0"'

# What an engine may take to say its version [s].
_ANSWERS: Final = 30


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
        return self._running().get_container_host_ip()

    def port(self, inside: int) -> int:
        """The port by which one of its own is reached."""
        return self._running().get_exposed_port(inside)

    def start(self, make: Callable[[], "DockerContainer"]) -> None:
        """Return once it answers; the image is pulled where it is not there.

        Args:
            make: Gives the container, not yet started; may import what it needs.

        Raises:
            ServiceError: There is no Docker, no testcontainers, no such image, or no answer.
        """
        self._need_engine()
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
            self.stop()
            message = f"no {self._title} container of {self.image}: {error}"
            raise ServiceError(message) from error
        self._made = container

    def stop(self) -> None:
        """End and remove it; nothing where it has not started."""
        keeper, self._keeper, self._made = self._keeper, None, None
        if keeper is not None:
            keeper.communicate()

    def _running(self) -> "DockerContainer":
        if self._made is None:
            message = f"the {self._title} container has not started"
            raise ServiceError(message)
        return self._made

    def _need_engine(self) -> None:
        """Ask by the command, as the keeper will: Docker's client leaves its socket open."""
        docker = shutil.which("docker")
        if docker is None:
            message = f"no {self._title} container: there is no docker command"
            raise ServiceError(message)
        title = f"no {self._title} container"
        try:
            asked = subprocess.run(  # noqa: S603 - a constant, and the user's own docker
                [docker, "version"], capture_output=True, text=True, check=False, timeout=_ANSWERS
            )
        except subprocess.TimeoutExpired as error:
            message = f"{title}: Docker does not answer within {_ANSWERS} s"
            raise ServiceError(message) from error
        if asked.returncode:
            message = f"{title}: Docker does not answer: {' '.join(asked.stderr.split())}"
            raise ServiceError(message)

    def _prepare(
        self, make: Callable[[], "DockerContainer"]
    ) -> tuple["DockerContainer", tuple[type[Exception], ...]]:
        """The container, not yet started, and what its start may raise."""
        try:
            from docker.errors import DockerException  # noqa: PLC0415 - an extra
            from testcontainers.core import exceptions  # noqa: PLC0415
            from testcontainers.core.config import testcontainers_config  # noqa: PLC0415
        except ImportError as error:
            extra = "pip install 'headrace-harness[docker]'"
            message = f"no {self._title} container: {extra} ({error})"
            raise ServiceError(message) from error
        # Our keeper does what Ryuk would, and needs no image of its own.
        testcontainers_config.ryuk_disabled = True
        try:
            container = make()
        except DockerException as error:
            message = f"no {self._title} container: Docker does not answer: {error}"
            raise ServiceError(message) from error
        return container, (
            DockerException,
            TimeoutError,
            exceptions.ContainerStartException,
            exceptions.ContainerConnectException,
            exceptions.ContainerIsNotRunning,
        )
