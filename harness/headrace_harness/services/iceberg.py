"""What every Iceberg catalog is to those who use it."""

from collections.abc import Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from headrace_harness.services.s3 import Access

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyiceberg.catalog import Catalog as PyIcebergCatalog

NAMESPACE: Final = "bench"


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """A catalog, and where the files of its tables are.

    Attributes:
        keys: A job's `catalog` section.
        access: Of the server whose buckets hold the files; absent: they are on this machine.
    """

    keys: Mapping[str, str] = field(repr=False)
    access: Access | None = None

    @classmethod
    def of_database(cls, uri: str, folder: Path) -> "Catalog":
        """One whose tables are known in a database, and are in a folder."""
        warehouse = f"file://{folder.absolute()}/warehouse"
        return cls(keys={"type": "sql", "uri": uri, "warehouse": warehouse})

    def section(self, table: str, **keys: Any) -> Mapping[str, Any]:  # noqa: ANN401  any key of the job
        """A job's target section.

        Args:
            table: Its name, in the namespace `bench`.
            keys: Of the section, beside those that reach the table.
        """
        reached: dict[str, Any] = {}
        if self.access is not None:
            bucket = self.access.section("")
            reached = {k: bucket[k] for k in ("endpoint", "region", "access_key", "secret_key")}
            # Some servers take only data where the tables are.
            reached["control"] = f"s3://{self.access.bucket}/{_control(table)}"
        name = f"{NAMESPACE}.{table}"
        return {"type": "iceberg", "table": name, "catalog": self.keys, **reached, **keys}

    def fetch(self, table: str, folder: Path) -> Mapping[str, Path]:
        """The data files of a table's present snapshot, by name, as PyIceberg finds them.

        Args:
            table: Its name.
            folder: Where they are fetched to, if they are not on this machine.
        """
        with self._opened() as catalog:
            held = catalog.load_table((NAMESPACE, table))
            urls = [task.file.file_path for task in held.scan().plan_files()]
        found = {}
        for url in urls:
            name = url.removeprefix(f"{held.location()}/")
            if self.access is None:
                found[name] = Path(url.removeprefix("file://"))
                continue
            bucket, _, key = url.removeprefix("s3://").partition("/")
            found[name] = folder / name
            self.access.client().fget_object(bucket, key, str(found[name]))
        return found

    def drop(self, table: str) -> None:
        """Forget a table, if it is there, and remove what a job kept in a bucket beside it."""
        from pyiceberg.exceptions import NoSuchTableError  # noqa: PLC0415  only for tables

        with self._opened() as catalog, suppress(NoSuchTableError):
            catalog.drop_table((NAMESPACE, table))
        if self.access is None:
            return
        client, bucket = self.access.client(), self.access.bucket
        for item in client.list_objects(bucket, prefix=f"{_control(table)}/", recursive=True):
            client.remove_object(bucket, str(item.object_name))

    @contextmanager
    def _opened(self) -> "Iterator[PyIcebergCatalog]":
        from pyiceberg.catalog import load_catalog  # noqa: PLC0415  only for tables

        properties = {**self.keys, "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO"}
        # SQLAlchemy's own driver would be one that we do not have.
        properties["uri"] = properties["uri"].replace("postgresql:", "postgresql+pg8000:", 1)
        if "credential" in properties:  # PyIceberg takes the same one, but warns
            properties["oauth2-server-uri"] = f"{properties['uri'].rstrip('/')}/v1/oauth/tokens"
        if self.access is not None:
            properties |= {
                "s3.endpoint": self.access.endpoint,
                "s3.access-key-id": self.access.access_key,
                "s3.secret-access-key": self.access.secret_key,
                "s3.region": self.access.region,
            }
        catalog = load_catalog("default", **properties)
        try:
            yield catalog
        finally:
            catalog.close()


def _control(table: str) -> str:
    return f"control/{table}"
