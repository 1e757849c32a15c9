"""Catalogs by PyIceberg, with time limits of their own and their failures as ours.

PyIceberg retries commits and removes the files of those that seem to have failed. Neither is used:
`Catalog.send` gives a catalog one attempt, and whoever calls it knows what the outcome may be
(docs/adr/0060-commit-to-iceberg-in-our-own-loop.md).
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from pyiceberg import catalog as iceberg_catalogs
from pyiceberg import exceptions as iceberg
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.io import PY_IO_IMPL
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table, Transaction
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.update import AssertTableUUID
from requests import RequestException, Session
from requests.adapters import HTTPAdapter

from headrace.errors import (
    HeadraceError,
    TargetAuthError,
    TargetConnectionError,
    WriteError,
)
from headrace.plugins import require
from headrace.targets.iceberg.config import CatalogKeys
from headrace.targets.iceberg.fileio import PLACES_KEY, StoreFileIO
from headrace.targets.iceberg.places import Places

_log = logging.getLogger(__name__)

_AUTH: Final = (
    iceberg.UnauthorizedError,
    iceberg.ForbiddenError,
    iceberg.AuthorizationExpiredError,
    iceberg.OAuthError,
)
_REFUSED: Final = (
    iceberg.BadRequestError,
    iceberg.NoSuchTableError,
    iceberg.NoSuchNamespaceError,
    NotImplementedError,
)
_UNREACHED: Final = (
    iceberg.ServiceUnavailableError,
    iceberg.ServerError,
    iceberg.TooManyRequestsError,
    iceberg.CommitStateUnknownException,
    RequestException,
)
_PASSWORD: Final = re.compile(r"(?<=://)[^/@\s]+@")


class ConflictError(Exception):
    """The catalog says that somebody else was faster; it may be wrong."""


class Timed(HTTPAdapter):
    """Requests that end.

    Args:
        timeout_s: To connect, and for each piece of an answer [s].
    """

    def __init__(self, timeout_s: float) -> None:
        super().__init__()
        self._timeout_s = timeout_s

    def send(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  as of requests
        """As of requests, with a time limit where there is none."""
        kwargs["timeout"] = kwargs.get("timeout") or self._timeout_s
        return super().send(*args, **kwargs)


class TimedRestCatalog(RestCatalog):
    """A REST catalog that is not waited for for ever.

    Args:
        name: The catalog's name.
        timeout_s: For one answer [s].
        properties: As of PyIceberg.
    """

    def __init__(self, name: str, *, timeout_s: float, **properties: Any) -> None:  # noqa: ANN401  as of PyIceberg
        self._timeout_s = timeout_s
        super().__init__(name, **properties)

    def _config_headers(self, session: Session) -> None:
        # The first thing that is done to a new session: before it asks for a token.
        for scheme in ("http://", "https://"):
            session.mount(scheme, Timed(self._timeout_s))
        super()._config_headers(session)


class Catalog:
    """One table's catalog.

    Args:
        keys: How it is reached.
        table: The table's name, with its namespace.
        places: Where its files are.

    Raises:
        PluginError: A driver is missing; says what installs it.
        WriterError: The catalog cannot be reached, or refuses.
    """

    def __init__(self, keys: CatalogKeys, table: str, places: Places) -> None:
        self.table = table
        self._namespace = tuple(table.split(".")[:-1])
        properties: dict[str, Any] = {
            **keys.properties,
            PY_IO_IMPL: f"{StoreFileIO.__module__}.{StoreFileIO.__name__}",
            PLACES_KEY: places,
        }
        open_catalog = _rest if keys.type == "rest" else _sql
        with self._failures():
            self._catalog = open_catalog(keys, properties)

    def load(self) -> Table | None:
        """The table as it is now; None where there is none.

        Raises:
            WriterError: The catalog cannot be reached, or refuses.
        """
        with self._failures():
            try:
                return self._catalog.load_table(self.table)
            except (iceberg.NoSuchTableError, iceberg.NoSuchNamespaceError):
                return None

    def create(
        self,
        schema: Schema,
        *,
        spec: PartitionSpec,
        location: str | None,
        properties: dict[str, str],
    ) -> Table:
        """Make the table, or find that somebody else has made it meanwhile.

        Raises:
            WriterError: The catalog cannot be reached, or refuses.
        """
        with self._failures():
            with suppress(iceberg.NamespaceAlreadyExistsError):
                self._catalog.create_namespace(self._namespace)
            try:
                return self._catalog.create_table(
                    self.table,
                    schema=schema,
                    location=location,
                    partition_spec=spec,
                    properties=properties,
                )
            except iceberg.TableAlreadyExistsError:
                return self._catalog.load_table(self.table)

    def send(self, transaction: Transaction) -> Table:
        """Give the catalog what a transaction has gathered, once; the table with it.

        Raises:
            ConflictError: The catalog says that something it requires is not so any more.
            TargetConnectionError: Nobody knows whether it was applied.
            WriterError: The catalog refuses it.
        """
        table = transaction._table  # noqa: SLF001  to pass by commit_transaction and its retries
        requirements = (
            *transaction._requirements,  # noqa: SLF001  likewise
            AssertTableUUID(uuid=table.metadata.table_uuid),
        )
        updates = transaction._updates  # noqa: SLF001  likewise
        with self._failures():
            try:
                done = self._catalog.commit_table(table, requirements, updates)
            except iceberg.CommitFailedException as error:
                raise ConflictError(str(error)) from error
            except (HeadraceError, *_AUTH, *_REFUSED):
                raise
            except Exception as error:
                message = f"the catalog's answer was lost or is no answer: {_told(error)}"
                raise TargetConnectionError(message, table=self.table) from error
        self._remove_old(table, done.metadata)
        return Table(
            identifier=table.name(),
            metadata=done.metadata,
            metadata_location=done.metadata_location,
            io=table.io,
            catalog=self._catalog,
            config=table.config,
        )

    def _remove_old(self, table: Table, metadata: TableMetadata) -> None:
        """Do what the table's `write.metadata.delete-after-commit.enabled` asks for, if it does."""
        try:
            self._catalog._delete_old_metadata(table.io, table.metadata, metadata)  # noqa: SLF001
        except HeadraceError as error:
            # The commit is done; what stays is removed by whoever removes orphans.
            _log.warning("headrace.iceberg.old_metadata_stays", extra={"error": str(error)})

    def close(self) -> None:
        """Let go of connections."""
        self._catalog.close()

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Raise what PyIceberg raises as an error of ours."""
        try:
            yield
        except (HeadraceError, ConflictError):
            raise
        except _AUTH as error:
            message = f"the catalog refuses the credentials: {_told(error)}"
            raise TargetAuthError(message, table=self.table) from error
        except _UNREACHED as error:
            message = f"the catalog does not answer as it should: {_told(error)}"
            raise TargetConnectionError(message, table=self.table) from error
        except Exception as error:
            if _is_of_database(error):
                message = f"the catalog's database failed: {_told(error)}"
                raise TargetConnectionError(message, table=self.table) from error
            message = f"the catalog refuses: {_told(error)}"
            raise WriteError(message, table=self.table) from error


def _rest(keys: CatalogKeys, properties: dict[str, Any]) -> iceberg_catalogs.Catalog:
    uri = keys.uri.reveal().rstrip("/")
    properties |= {"uri": uri}
    if keys.warehouse is not None:
        properties["warehouse"] = keys.warehouse
    if keys.credential is not None:
        properties["credential"] = keys.credential.reveal()
    if keys.token is not None:
        properties["token"] = keys.token.reveal()
    # The place that older servers have; said, because PyIceberg warns where it guesses it.
    properties["oauth2-server-uri"] = keys.oauth2_server_uri or f"{uri}/v1/oauth/tokens"
    if keys.scope is not None:
        properties["scope"] = keys.scope
    if keys.ca_certificate is not None:
        properties["ssl"] = {"cabundle": keys.ca_certificate}
    return TimedRestCatalog(keys.name, timeout_s=keys.timeout_s, **properties)


def _sql(keys: CatalogKeys, properties: dict[str, Any]) -> iceberg_catalogs.Catalog:
    require("sqlalchemy", extra="iceberg", needed_by="a catalog of type sql")
    from headrace.targets.iceberg.sqlcatalog import TimedSqlCatalog  # noqa: PLC0415  12 MB

    properties["warehouse"] = _as_url(keys.warehouse or "")
    uri = re.sub(r"^postgres(ql)?:", "postgresql+pg8000:", keys.uri.reveal())
    if uri.startswith("postgresql+pg8000:"):
        require("pg8000", extra="iceberg", needed_by="a catalog in Postgres")
    return TimedSqlCatalog(keys.name, timeout_s=keys.timeout_s, uri=uri, **properties)


def _as_url(place: str) -> str:
    return place if "://" in place else f"file://{place}"


def _is_of_database(error: Exception) -> bool:
    return any(cls.__module__.startswith("sqlalchemy.") for cls in type(error).__mro__)


def _told(error: Exception) -> str:
    """What an exception says, on one line and without the password of a URL."""
    text = " ".join(str(error).split()) or type(error).__name__
    return _PASSWORD.sub("***@", text)[:500]
