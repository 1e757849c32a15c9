"""Catalogs by PyIceberg, with time limits of their own and their failures as ours.

PyIceberg retries commits and removes the files of those that seem to have failed. Neither is used:
`Catalog.send` gives a catalog one attempt, and whoever calls it knows what the outcome may be
(docs/adr/0060-commit-to-iceberg-in-our-own-loop.md).
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, Final

from pyiceberg import exceptions as iceberg
from pyiceberg.catalog import Catalog as PyCatalog
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table, Transaction
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.update import AssertTableUUID

from headrace.errors import (
    HeadraceError,
    TargetAuthError,
    TargetConnectionError,
    WriteError,
)
from headrace.targets.iceberg.config import CatalogKeys
from headrace.targets.iceberg.database import Database
from headrace.targets.iceberg.fileio import PLACES_KEY, StoreFileIO
from headrace.targets.iceberg.patience import Patience
from headrace.targets.iceberg.places import Places
from headrace.targets.iceberg.sqlcatalog import SqlCatalog

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
    iceberg.TooManyRequestsError,
    iceberg.ServerError,
    iceberg.CommitStateUnknownException,
)
_PASSWORD: Final = re.compile(r"(?<=://)[^/\s]+@")


class ConflictError(Exception):
    """The catalog says that it did not commit, and may later; what it says may be wrong."""


class Catalog:
    """One table's catalog.

    Args:
        keys: How it is reached.
        table: The table's name, with its namespace.
        places: Where its files are.
        retries: Of a request to a REST catalog that may be made again.

    Raises:
        PluginError: A driver is missing; says what installs it.
        WriterError: The catalog cannot be reached, or refuses.
    """

    def __init__(self, keys: CatalogKeys, table: str, places: Places, *, retries: int) -> None:
        self.table = table
        self._namespace = tuple(table.split(".")[:-1])
        self._patience = Patience(retries)
        self._unreached: tuple[type[Exception], ...] = _UNREACHED
        with self._failures():
            if keys.type == "sql":
                database = Database(keys.uri.reveal(), timeout_s=keys.timeout_s)
                io = StoreFileIO({PLACES_KEY: places})
                self._catalog: Any = SqlCatalog(keys.name, database=database, io=io)
            else:
                from headrace.targets.iceberg import restcatalog  # noqa: PLC0415  9 MB

                self._unreached = (*_UNREACHED, restcatalog.UNREACHED)
                self._catalog = restcatalog.rest_catalog(keys, places, self._patience)

    @property
    def asked_s(self) -> float | None:
        """How long it asked to wait when it refused last [s]; None where it did not."""
        return self._patience.asked_s

    def load(self, *, once: bool = False) -> Table | None:
        """The table as it is now; None where there is none.

        Args:
            once: Whether the caller is the one who asks again.

        Raises:
            WriterError: The catalog cannot be reached, or refuses.
        """
        with self._failures(), self._patience.once() if once else nullcontext():
            try:
                table: Table = self._catalog.load_table(self.table)
            except (iceberg.NoSuchTableError, iceberg.NoSuchNamespaceError):
                return None
            return table

    def create(
        self,
        schema: Schema,
        *,
        spec: PartitionSpec,
        location: str,
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
                made: Table = self._catalog.create_table(
                    self.table,
                    schema=schema,
                    location=location,
                    partition_spec=spec,
                    properties=properties,
                )
            except iceberg.TableAlreadyExistsError:
                made = self._catalog.load_table(self.table)
            return made

    def send(self, transaction: Transaction) -> Table:
        """Give the catalog what a transaction has gathered, once; the table with it.

        Raises:
            ConflictError: The catalog says that something it requires is not so any more, or when
                to come again.
            TargetConnectionError: Nobody knows whether it was applied.
            WriterError: The catalog refuses it.
        """
        table = transaction._table  # noqa: SLF001  to pass by commit_transaction and its retries
        requirements = (
            *transaction._requirements,  # noqa: SLF001  likewise
            AssertTableUUID(uuid=table.metadata.table_uuid),
        )
        updates = transaction._updates  # noqa: SLF001  likewise
        with self._failures(), self._patience.once():
            try:
                done = self._catalog.commit_table(table, requirements, updates)
            except (iceberg.CommitFailedException, iceberg.TooManyRequestsError) as error:
                raise ConflictError(_told(error)) from error
            except (HeadraceError, *_AUTH, *_REFUSED):
                raise
            except Exception as error:
                # Whoever says when to come again has done nothing; a 503 without that may be a
                # gateway's that lost its catalog. Source: Iceberg's REST specification,
                # ServiceUnavailableResponse; apache/iceberg#15050.
                is_busy = isinstance(error, iceberg.ServiceUnavailableError)
                if is_busy and self._patience.asked_s is not None:
                    raise ConflictError(_told(error)) from error
                message = f"the catalog's answer was lost or is no answer: {_told(error)}"
                raise TargetConnectionError(message, table=self.table) from error
        self._remove_old(table, done.metadata)
        return Table(
            identifier=table.name(),
            metadata=done.metadata,
            metadata_location=done.metadata_location,
            io=table.io,
            catalog=table.catalog,
            config=table.config,
        )

    def _remove_old(self, table: Table, metadata: TableMetadata) -> None:
        """Do what the table's `write.metadata.delete-after-commit.enabled` asks for, if it does."""
        try:
            PyCatalog._delete_old_metadata(table.io, table.metadata, metadata)  # noqa: SLF001
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
        except self._unreached as error:
            told = f"{_told(error)}{self._patience.told()}"
            message = f"the catalog does not answer as it should: {told}"
            facts = self._patience.facts()
            raise TargetConnectionError(message, table=self.table, **facts) from error
        except Exception as error:
            message = f"the catalog refuses: {_told(error)}"
            raise WriteError(message, table=self.table) from error


def _told(error: Exception) -> str:
    """What an exception says, on one line and without the password of a URL."""
    text = " ".join(str(error).split()) or type(error).__name__
    return _PASSWORD.sub("***@", text)[:500]
