"""MinIO in a container, by testcontainers."""

import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from headrace_harness.errors import ServiceError
from headrace_harness.images.names import MINIO
from headrace_harness.services.container import Container, PortTakenError
from headrace_harness.services.dockercommand import docker
from headrace_harness.services.s3 import Access
from headrace_harness.services.scratch import free_port

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

IMAGE: Final = MINIO
"""The last that MinIO published; testcontainers' own is gone from Docker Hub with all of them."""

PORT: Final = 9000

START_S: Final = 30.0
"""Until it must have answered on its data [s]; one is usual."""


class DockerMinio:
    """A server in a container of its own, which can be stopped, killed and started again.

    Args:
        image: Of the container; its entry point takes `server /data`.

    Attributes:
        image: Of the container.
        name: Of the container.
        port: Of its S3; the same after a restart.
    """

    IMAGE: ClassVar[str] = IMAGE

    def __init__(self, *, image: str = IMAGE) -> None:
        self.image = image
        self._access = Access.new()
        self.port = 0
        self._container = Container("MinIO", image)
        self.name = self._container.name

    @property
    def access(self) -> Access:
        """How it is reached.

        Raises:
            ServiceError: It has not started.
        """
        return replace(self._access, endpoint=f"http://{self._container.host}:{self.port}")

    def start(self) -> None:
        """As `Service`; on the data that it had, where it was stopped by `halt` or `kill`.

        Raises:
            ServiceError: It does not start; says what it said.
        """
        if self.port:
            self._docker("start")
        else:
            self.port = self._start_anew()
            self.access.client().make_bucket(self.access.bucket)
        deadline = time.monotonic() + START_S
        while not self.access.is_ready():
            if time.monotonic() > deadline:
                said = " / ".join(self.log().strip().splitlines()[-3:])
                message = f"MinIO does not start: {said}"
                raise ServiceError(message)
            time.sleep(0.1)

    def halt(self) -> None:
        """End it and keep its data and port."""
        self._docker("stop")

    def kill(self) -> None:
        """End it by SIGKILL and keep its data and port."""
        self._docker("kill")

    def stop(self) -> None:
        """As `Service`."""
        self._container.stop()

    def log(self) -> str:
        """The end of what it has printed."""
        return self._container.log()

    def _docker(self, verb: str) -> None:
        docker(verb, self.name)

    def _start_anew(self) -> int:
        """The port of the container, which another may take between its choice and its use."""
        for _ in range(2):
            port = free_port()
            with suppress(PortTakenError):
                self._container.start(partial(self._make, port))
                return port
        port = free_port()
        self._container.start(partial(self._make, port))
        return port

    def _make(self, port: int) -> "DockerContainer":
        from testcontainers.community.minio import MinioContainer  # noqa: PLC0415 - an extra

        keys = (self._access.access_key, self._access.secret_key)
        container = MinioContainer(self.image, PORT, *keys, labels=dict(self._container.labels))
        # A port that Docker chose would be another one after a restart.
        return container.with_bind_ports(PORT, port).with_env("MINIO_UPDATE", "off")
