"""Tables of SeaweedFS's REST catalog: jobs that write them, through proxies with faults or not."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError

from tests.builders import a_job
from tests.faultproxy import FaultProxy
from tests.iceberg import all_files_of, rows_of
from tests.s3 import server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyiceberg.table import Table


@dataclass(frozen=True, kw_only=True)
class RestTable:
    """A table of a test's own, which is not there yet.

    Attributes:
        name: With its namespace.
    """

    name: str

    @property
    def commits(self) -> str:
        """What the path of a commit to it holds."""
        return rf"/tables/{self.name.partition('.')[2]}$"

    @property
    def control(self) -> str:
        """Where its journal is: the catalog's own bucket takes nothing but data."""
        return f"s3://{server('seaweedfs').access.bucket}/control/{self.name}"

    def section(self, **keys: Any) -> dict[str, Any]:  # noqa: ANN401  any key of the job
        """A job's target section."""
        weed = server("seaweedfs")
        catalog = {
            "type": "rest",
            "uri": weed.catalog_uri,
            "warehouse": weed.warehouse,
            "credential": f"{weed.access.access_key}:{weed.access.secret_key}",
            **keys.pop("catalog", {}),
        }
        return {
            "type": "iceberg",
            "table": self.name,
            "catalog": catalog,
            "control": self.control,
            "endpoint": weed.access.endpoint,
            "access_key": weed.access.access_key,
            "secret_key": weed.access.secret_key,
            **keys,
        }

    def job(self, tmp_path: Path, target: dict[str, Any] | None = None, **sections: Any) -> Any:  # noqa: ANN401
        """A job as `a_job`, into the table."""
        return {**a_job(tmp_path, **sections), "target": self.section(**(target or {}))}

    @contextmanager
    def opened(self) -> Iterator[Table]:
        """The table as it is now, by PyIceberg and pyarrow, past proxies; to be changed, too."""
        weed = server("seaweedfs")
        catalog = RestCatalog(
            "seaweedfs",
            uri=weed.catalog_uri,
            warehouse=weed.warehouse,
            credential=f"{weed.access.access_key}:{weed.access.secret_key}",
            **{
                "oauth2-server-uri": f"{weed.catalog_uri}/v1/oauth/tokens",
                "s3.endpoint": weed.access.endpoint,
                "s3.access-key-id": weed.access.access_key,
                "s3.secret-access-key": weed.access.secret_key,
                "s3.region": "us-east-1",
            },
        )
        try:
            yield catalog.load_table(self.name)
        finally:
            catalog.close()

    def loaded(self) -> Table:
        """The same, to be read."""
        with self.opened() as table:
            return table

    def found(self) -> Table | None:
        """The same; None where there is none."""
        try:
            return self.loaded()
        except (NoSuchTableError, NoSuchNamespaceError):
            return None

    def rows(self) -> list[tuple[Any, ...]]:
        """The table's rows, sorted, by PyIceberg's own scan."""
        return rows_of(self.loaded())

    def stray(self) -> list[str]:
        """Objects that are of nobody: neither the table's, nor the catalog's, nor kept by us."""
        table, control = self.found(), urlsplit(self.control)
        kept = keys_below(control.netloc, f"{control.path[1:]}/")
        found = {url for url in kept if not url.endswith("/owner.json")}
        if table is not None:
            bucket, _, prefix = table.location().removeprefix("s3://").partition("/")
            known = all_files_of(table)
            # The catalog keeps metadata files of its own, under names of its own.
            found |= {
                url
                for url in keys_below(bucket, f"{prefix}/")
                if url not in known and not url.endswith(".json")
            }
        return sorted(found)


@dataclass(frozen=True, kw_only=True)
class ProxiedRestTable(RestTable):
    """One that jobs reach through proxies, and tests directly.

    Attributes:
        catalog: A proxy before the catalog.
        store: A proxy before its S3.
    """

    catalog: FaultProxy
    store: FaultProxy

    def section(self, **keys: Any) -> dict[str, Any]:  # noqa: ANN401  any key of the job
        """As `RestTable.section`."""
        catalog = {"uri": self.catalog.endpoint, **keys.pop("catalog", {})}
        return super().section(catalog=catalog, **{"endpoint": self.store.endpoint, **keys})


def a_rest_table() -> RestTable:
    """One in a namespace of its own."""
    return RestTable(name=f"ns{secrets.token_hex(4)}.people")


def keys_below(bucket: str, prefix: str) -> set[str]:
    """URLs of the objects below a prefix."""
    client = server("seaweedfs").access.client()
    found = client.list_objects(bucket, prefix=prefix, recursive=True)
    return {f"s3://{bucket}/{item.object_name}" for item in found}


def rest_tables() -> Iterator[ProxiedRestTable]:
    """One behind proxies; for a fixture."""
    weed = server("seaweedfs")
    table = ProxiedRestTable(
        name=a_rest_table().name,
        catalog=FaultProxy(replace(weed.access, endpoint=weed.catalog_uri)),
        store=FaultProxy(weed.access),
    )
    yield table
    table.catalog.close()
    table.store.close()
