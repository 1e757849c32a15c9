"""A catalog in a database: the tables that Iceberg's JDBC catalog and PyIceberg keep there.

```
iceberg_tables                where each table's metadata are now, and were before
iceberg_namespace_properties  which namespaces there are
```

A commit writes the new metadata and then moves the one row, if it still says what it said.
"""

import re
import uuid
from typing import Final

from pyiceberg.catalog import MetastoreCatalog
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.serializers import FromInputFile, ToOutputFile
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.table.locations import load_location_provider
from pyiceberg.table.metadata import TableMetadata, new_table_metadata
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER
from pyiceberg.table.update import (
    AddSnapshotUpdate,
    TableRequirement,
    TableUpdate,
    update_table_metadata,
)
from pyiceberg.typedef import Identifier

from headrace.targets.iceberg.database import Database, IsThereError, MissingTablesError
from headrace.targets.iceberg.fileio import StoreFileIO

MAKE: Final = (
    """create table if not exists iceberg_tables (
        catalog_name varchar(255) not null,
        table_namespace varchar(255) not null,
        table_name varchar(255) not null,
        metadata_location varchar(1000),
        previous_metadata_location varchar(1000),
        iceberg_type varchar(5),
        primary key (catalog_name, table_namespace, table_name))""",
    """create table if not exists iceberg_namespace_properties (
        catalog_name varchar(255) not null,
        namespace varchar(255) not null,
        property_key varchar(255) not null,
        property_value varchar(1000) not null,
        primary key (catalog_name, namespace, property_key))""",
)
"""As PyIceberg 0.12 makes them."""

LOAD: Final = (
    "select * from iceberg_tables where catalog_name = ? and table_namespace = ? and table_name = ?"
)
MOVE: Final = (
    "update iceberg_tables set metadata_location = ?, previous_metadata_location = ? "
    "where catalog_name = ? and table_namespace = ? and table_name = ? and metadata_location = ?"
)


class SqlCatalog:
    """A catalog of PyIceberg's kind, as far as a commit needs one.

    Args:
        name: The catalog's name; a database keeps several.
        database: Where.
        io: Reads and writes metadata.
    """

    def __init__(self, name: str, *, database: Database, io: StoreFileIO) -> None:
        self._name = name
        self._database = database
        self._io = io

    def load_table(self, identifier: str | Identifier) -> Table:
        """A table as it is now.

        Raises:
            NoSuchTableError: There is none.
        """
        place = self._place(identifier)
        try:
            with self._database.transaction() as transaction:
                found = transaction.rows(LOAD, place)
        except MissingTablesError:
            found = []
        # A catalog of before views has no types, and none of its rows is a view.
        tables = [row for row in found if row.get("iceberg_type") in (None, "TABLE")]
        if not tables or not tables[0]["metadata_location"]:
            raise NoSuchTableError(".".join(place[1:]))
        return self._table(place, tables[0]["metadata_location"])

    def create_namespace(self, namespace: str | Identifier) -> None:
        """Make a namespace where it is missing, and the catalog, where the database has none."""
        name = namespace if isinstance(namespace, str) else ".".join(namespace)
        values = (self._name, name, "exists", "true")
        is_made = False
        try:
            with self._database.transaction() as transaction:
                is_made = bool(
                    transaction.rows(
                        "select * from iceberg_namespace_properties "
                        "where catalog_name = ? and namespace = ?",
                        values[:2],
                    )
                )
        except MissingTablesError:
            self._make()
        if is_made:
            return
        try:
            with self._database.transaction() as transaction:
                transaction.execute(
                    "insert into iceberg_namespace_properties values (?, ?, ?, ?)", values
                )
        except IsThereError:
            return  # somebody else was faster

    def create_table(
        self,
        identifier: str | Identifier,
        *,
        schema: Schema,
        location: str,
        partition_spec: PartitionSpec,
        properties: dict[str, str],
    ) -> Table:
        """Make a table.

        Raises:
            TableAlreadyExistsError: There is one.
        """
        place = self._place(identifier)
        metadata = new_table_metadata(
            schema=schema,
            partition_spec=partition_spec,
            sort_order=UNSORTED_SORT_ORDER,
            location=location,
            properties=dict(properties),
        )
        written = self._write(metadata, version=0)
        try:
            with self._database.transaction() as transaction:
                transaction.execute(
                    "insert into iceberg_tables (catalog_name, table_namespace, table_name, "
                    "metadata_location) values (?, ?, ?, ?)",
                    (*place, written),
                )
        except IsThereError as error:
            raise TableAlreadyExistsError(".".join(place[1:])) from error
        return self._table(place, written)

    def commit_table(
        self,
        table: Table,
        requirements: tuple[TableRequirement, ...],
        updates: tuple[TableUpdate, ...],
    ) -> CommitTableResponse:
        """Apply updates to a table as it is now, if what they require is so.

        Raises:
            CommitFailedException: It is not, or somebody else was faster.
        """
        now = self.load_table(table.name())
        for requirement in requirements:
            requirement.validate(now.metadata)
        metadata = update_table_metadata(
            now.metadata, updates, metadata_location=now.metadata_location
        )
        # PyIceberg takes this clock's time, which may be behind the table's.
        latest = max(metadata.last_updated_ms, now.metadata.last_updated_ms)
        metadata = metadata.model_copy(update={"last_updated_ms": latest})
        version = MetastoreCatalog._parse_metadata_version(now.metadata_location)  # noqa: SLF001
        written = self._write(metadata, version=version + 1, name=_attempt_of(updates))
        was, place = now.metadata_location, self._place(table.name())
        with self._database.transaction() as transaction:
            moved = transaction.execute(MOVE, (written, was, *place, was))
        if moved != 1:
            self._io.delete(written)
            message = "the table's metadata were replaced meanwhile"
            raise CommitFailedException(message)
        return CommitTableResponse.model_validate(
            {"metadata": metadata, "metadata-location": written}
        )

    def close(self) -> None:
        """Nothing: no connection outlives its use."""

    def _place(self, identifier: str | Identifier) -> tuple[str, str, str]:
        parts = identifier.split(".") if isinstance(identifier, str) else list(identifier)
        return self._name, ".".join(parts[:-1]), parts[-1]

    def _table(self, place: tuple[str, str, str], location: str) -> Table:
        metadata = FromInputFile.table_metadata(self._io.new_input(location))
        return Table(
            identifier=(*place[1].split("."), place[2]),
            metadata=metadata,
            metadata_location=location,
            io=self._io,
            catalog=NoopCatalog(self._name),
        )

    def _write(self, metadata: TableMetadata, *, version: int, name: str = "") -> str:
        provider = load_location_provider(metadata.location, metadata.properties)
        name = f"{version:05}-{name or uuid.uuid4()}.metadata.json"
        location = provider.new_metadata_location(name)
        ToOutputFile.table_metadata(metadata, self._io.new_output(location))
        return location

    def _make(self) -> None:
        try:
            with self._database.transaction(makes=True) as transaction:
                for statement in MAKE:
                    transaction.execute(statement)
        except IsThereError:
            return  # somebody else made them at the same moment


def _attempt_of(updates: tuple[TableUpdate, ...]) -> str:
    """The id in the names of the manifests that are added: the metadata file takes it, too."""
    for update in updates:
        if isinstance(update, AddSnapshotUpdate):
            found = re.search(r"([0-9a-f-]{36})\.avro$", update.snapshot.manifest_list)
            return found[1] if found else ""
    return ""
