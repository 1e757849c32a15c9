"""What a job says of an Iceberg table; nothing here imports PyIceberg."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from headrace.errors import ConfigError, Problem
from headrace.job import BucketKeys, Secret
from headrace.job.check import PathText
from headrace.job.struct import Struct

DEFAULT_CATALOG_TIMEOUT_S: Final = 30.0
"""For one answer of a catalog: PyIceberg itself waits for ever [s]."""

DEFAULT_COMMIT_TIMEOUT_S: Final = 120.0
"""How long a commit is tried again that is beaten, or for which the catalog is too busy [s]."""

TABLE: Final = r"^[^.\s/]+(\.[^.\s/]+)+$"


class CatalogKeys(Struct, frozen=True, kw_only=True):
    """How a catalog is reached.

    Attributes:
        type: `rest`, or `sql` for tables in SQLite or Postgres.
        uri: Its URL: `https://…`, `sqlite:////folder/catalog.db`, `postgresql://user@host/db`.
        warehouse: What the catalog calls its warehouse; of `sql`, where its tables' files are.
        name: The catalog's name; SQL catalogs keep several.
        credential: `id:secret` of a REST catalog that gives tokens.
        token: A token of a REST catalog.
        scope: What the token is asked for.
        oauth2_server_uri: Who gives tokens; the catalog itself where absent.
        ca_certificate: A PEM file of the authority that signed the catalog's certificate.
        properties: Whatever else PyIceberg's catalog takes.
        timeout_s: For one answer of the catalog [s].
    """

    type: Literal["rest", "sql"]
    uri: Secret
    warehouse: str | None = None
    name: str = "default"
    credential: Secret | None = None
    token: Secret | None = None
    scope: str | None = None
    oauth2_server_uri: str | None = None
    ca_certificate: PathText | None = None
    properties: Mapping[str, str] = {}
    timeout_s: Annotated[float, msgspec.Meta(gt=0)] = DEFAULT_CATALOG_TIMEOUT_S

    def __post_init__(self) -> None:
        """Refuse what only one type of catalog has.

        Raises:
            ConfigError: The URL is not of the type, or a key is the other type's.
        """
        uri, schemes = self.uri.reveal(), ("http://", "https://")
        if self.type == "rest" and not uri.startswith(schemes):
            message = "a REST catalog's is http:// or https://"
            raise _refused(message, key="uri")
        if self.type == "rest":
            return
        if not uri.startswith(("sqlite:", "postgresql:", "postgres:")):
            message = "a SQL catalog's is sqlite:/// or postgresql://"
            raise _refused(message, key="uri")
        if uri.startswith("sqlite:") and not uri.startswith("sqlite:////"):
            message = "needs the file's full path: sqlite:////folder/catalog.db"
            raise _refused(message, key="uri")
        if self.warehouse is not None and not _is_place(self.warehouse):
            message = "of a SQL catalog is a URL or a full path"
            raise _refused(message, key="warehouse")
        if self.warehouse is None:
            message = "is required of a SQL catalog: where its tables' files are"
            raise _refused(message, key="warehouse")
        for key in ("credential", "token", "scope", "oauth2_server_uri", "ca_certificate"):
            if getattr(self, key) is not None:
                message = "is of REST catalogs"
                raise _refused(message, key=key)


class IcebergConfig(BucketKeys, frozen=True, kw_only=True):
    """The keys of `target: {type: iceberg}`; those of `s3` say how the files are reached.

    Attributes:
        table: Namespace and name, as `raw.flights`.
        catalog: Where the table is known.
        location: Where a table that is not there yet will be; the warehouse decides where absent.
        partition_by: What a new table is partitioned by, and what one that is there must be.
        properties: Of a new table.
        mode: What of the data that are there.
        control: Where journal, lease and quarantine are; below the table where absent.
        concurrent_run: What where another run is at work.
        commit_timeout_s: How long a commit is tried again that others were faster than, or the
            catalog too busy for [s].
    """

    table: Annotated[str, msgspec.Meta(pattern=TABLE, title="namespace.table")]
    catalog: CatalogKeys
    location: PathText | None = None
    partition_by: tuple[str, ...] = ()
    properties: Mapping[str, str] = {}
    mode: Literal["append", "replace", "fail", "overwrite"] = "append"
    control: PathText | None = None
    concurrent_run: Literal["fail", "wait"] = "fail"
    commit_timeout_s: Annotated[float, msgspec.Meta(gt=0)] = DEFAULT_COMMIT_TIMEOUT_S


def _is_place(warehouse: str) -> bool:
    return "://" in warehouse or Path(warehouse).is_absolute()


def _refused(message: str, *, key: str) -> ConfigError:
    return ConfigError(problems=[Problem(path=key, message=message)])
