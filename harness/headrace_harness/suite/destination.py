"""Where a sample's output goes, and how it is fetched from there to be checked."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from headrace_harness.verify.output import visible_files

if TYPE_CHECKING:
    from pyiceberg.table import Table

    from headrace_harness.services.s3 import Access
    from headrace_harness.services.seaweedfs import SeaweedFS

NAMESPACE: Final = "bench"


class Destination(Protocol):
    """The place of one sample alone."""

    @property
    def section(self) -> Mapping[str, Any]:
        """The target section of the job."""

    def collect(self) -> Mapping[str, Path]:
        """The files that are visible there, by name relative to it, on this machine."""

    def remove(self) -> None:
        """Leave nothing there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalDestination:
    """A directory.

    Attributes:
        job: The section that the target's name stands for.
        folder: Not made yet.
    """

    job: Mapping[str, Any]
    folder: Path

    @property
    def section(self) -> Mapping[str, Any]:
        """As `Destination`."""
        return {**self.job, "path": str(self.folder)}

    def collect(self) -> Mapping[str, Path]:
        """As `Destination`."""
        root = self.folder.resolve()
        return {path.relative_to(root).as_posix(): path for path in visible_files(self.folder)}

    def remove(self) -> None:
        """As `Destination`: it goes with the sample's folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketDestination:
    """A prefix in a bucket; looked at by another client than the engine's.

    Attributes:
        job: The section that the target's name stands for.
        access: How the bucket is reached.
        prefix: Nothing is below it yet.
        folder: Where objects are fetched to; not made yet.
    """

    job: Mapping[str, Any]
    access: "Access"
    prefix: str
    folder: Path

    @property
    def section(self) -> Mapping[str, Any]:
        """As `Destination`."""
        return {**self.access.section(self.prefix), **self.job}

    def collect(self) -> Mapping[str, Path]:
        """As `Destination`: what is visible is fetched."""
        client, found = self.access.client(), {}
        for key in self._keys():
            name = key.removeprefix(f"{self.prefix}/")
            if not any(part.startswith((".", "_")) for part in name.split("/")):
                found[name] = self.folder / name
                client.fget_object(self.access.bucket, key, str(found[name]))
        return found

    def remove(self) -> None:
        """As `Destination`."""
        client = self.access.client()
        for key in self._keys():
            client.remove_object(self.access.bucket, key)

    def _keys(self) -> list[str]:
        listed = self.access.client().list_objects(
            self.access.bucket, prefix=f"{self.prefix}/", recursive=True
        )
        return [item.object_name for item in listed if item.object_name]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDestination:
    """An Iceberg table of its own; looked at through PyIceberg with pyarrow's file systems.

    Attributes:
        job: The section that the target's name stands for.
        name: Of the table.
        folder: Of a SQL catalog in SQLite, and where files are fetched to; not made yet.
        server: With a REST catalog; a SQL catalog in the folder where absent.
    """

    job: Mapping[str, Any]
    name: str
    folder: Path
    server: "SeaweedFS | None" = None

    @property
    def section(self) -> Mapping[str, Any]:
        """As `Destination`."""
        table = {**self.job, "table": f"{NAMESPACE}.{self.name}", "catalog": self._catalog}
        if self.server is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            return table
        access = self.server.access
        bucket = access.section(self.name)
        reached = {k: bucket[k] for k in ("endpoint", "access_key", "secret_key")}
        return {**table, **reached, "control": f"s3://{access.bucket}/control/{self.name}"}

    @property
    def _catalog(self) -> Mapping[str, str]:
        if self.server is None:
            root = self.folder.absolute()
            return {
                "type": "sql",
                "uri": f"sqlite:///{root}/catalog.db",
                "warehouse": f"file://{root}/warehouse",
            }
        access = self.server.access
        return {
            "type": "rest",
            "uri": self.server.catalog_uri,
            "warehouse": self.server.warehouse,
            "credential": f"{access.access_key}:{access.secret_key}",
        }

    def collect(self) -> Mapping[str, Path]:
        """As `Destination`: the data files of the table's present snapshot are fetched."""
        table = self._table()
        root, found = f"{table.location()}/", {}
        for task in table.scan().plan_files():
            name = task.file.file_path.removeprefix(root)
            found[name] = self._fetched(task.file.file_path, name)
        return found

    def remove(self) -> None:
        """As `Destination`: the table, its files, and what the job kept beside them."""
        if self.server is None:
            return  # all of it is in the sample's folder
        from pyiceberg.exceptions import NoSuchTableError  # noqa: PLC0415  only for tables

        client, access = self.server.access.client(), self.server.access
        with suppress(NoSuchTableError):
            table = self._table()
            table.catalog.drop_table(table.name())
        for item in client.list_objects(
            access.bucket, prefix=f"control/{self.name}/", recursive=True
        ):
            client.remove_object(access.bucket, str(item.object_name))

    def _table(self) -> "Table":
        from pyiceberg.catalog import load_catalog  # noqa: PLC0415  only for tables

        properties = {**self._catalog, "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO"}
        if self.server is not None:
            access = self.server.access
            properties |= {
                "s3.endpoint": access.endpoint,
                "s3.access-key-id": access.access_key,
                "s3.secret-access-key": access.secret_key,
                "s3.region": "us-east-1",
            }
        return load_catalog("default", **properties).load_table((NAMESPACE, self.name))

    def _fetched(self, url: str, name: str) -> Path:
        if self.server is None:
            return Path(url.removeprefix("file://"))
        bucket, _, key = url.removeprefix("s3://").partition("/")
        path = self.folder / name
        self.server.access.client().fget_object(bucket, key, str(path))
        return path
