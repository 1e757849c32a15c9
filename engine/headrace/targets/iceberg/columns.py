"""A table that is made from a job's columns, or checked against them, and changed where it may be.

A table is changed before the files that need it are written: a run that fails leaves a column
without values behind, never values without a column.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema as IcebergSchema
from pyiceberg.schema import assign_fresh_schema_ids
from pyiceberg.table import Table, TableProperties, Transaction
from pyiceberg.table.name_mapping import create_mapping_from_schema
from pyiceberg.types import DoubleType, FloatType, IcebergType, NestedField, PrimitiveType

from headrace.commit import Declared
from headrace.errors import ConfigError, Problem, WriteError
from headrace.targets.iceberg.config import IcebergConfig
from headrace.targets.iceberg.partitions import (
    PartitionTermError,
    canonical,
    partition_spec,
    terms_of,
)
from headrace.targets.iceberg.types import RefusedTypeError, holds, iceberg_schema

FORMAT: Final = "2"
"""Of tables that are made: 3 is not read everywhere yet, PyIceberg included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a table's column must become.

    Attributes:
        name: The column.
        add: The new column's type.
        widen: The wider type.
        relax: Whether nulls come to be allowed.
    """

    name: str
    add: IcebergType | None = None
    widen: PrimitiveType | None = None
    relax: bool = False


def wanted_schema(declared: Declared, table: str) -> IcebergSchema:
    """The columns that a job writes, as Iceberg's.

    Raises:
        WriteError: A table cannot hold one of them.
    """
    schema = declared.schema
    required = {field.name for field in schema.fields if not field.nullable}
    keys = declared.keys if required.issuperset(declared.keys) else ()
    try:
        found = iceberg_schema(schema, docs=declared.docs)
        fields = {f.name: f.field_type for f in found.fields}
        # The specification lets no floating-point column identify a row.
        if all(
            isinstance(fields[key], PrimitiveType)
            and not isinstance(fields[key], FloatType | DoubleType)
            for key in keys
        ):
            found = iceberg_schema(schema, docs=declared.docs, keys=keys)
    except RefusedTypeError as error:
        raise WriteError(str(error), table=table) from error
    return found


def new_table(wanted: IcebergSchema, config: IcebergConfig) -> tuple[IcebergSchema, dict[str, str]]:
    """Columns and properties of a table that is to be made.

    Files without ids are read by the name mapping among them.
    """
    fresh = assign_fresh_schema_ids(wanted)
    mapping = create_mapping_from_schema(fresh)
    return fresh, {
        **config.properties,
        TableProperties.FORMAT_VERSION: FORMAT,
        TableProperties.DEFAULT_NAME_MAPPING: mapping.model_dump_json(),
    }


def check_format(table: Table) -> None:
    """Refuse tables of a format that headrace does not write.

    Raises:
        WriteError: It is of format 1 or 3.
    """
    found = table.metadata.format_version
    if found != int(FORMAT):
        message = f"the table is of format {found}, and headrace writes format {FORMAT}"
        raise WriteError(message, table=".".join(table.name()))


def check_partitions(table: Table, config: IcebergConfig) -> None:
    """Refuse a job whose `partition_by` is not the table's.

    Raises:
        ConfigError: It is not.
    """
    found = terms_of(table.spec(), table.schema())
    if not config.partition_by:
        return
    wanted = canonical(config.partition_by)
    if wanted != found:
        message = (
            f"the table is partitioned by {', '.join(found) or 'nothing'}; leave partition_by out, "
            "or change the table's spec with another tool"
        )
        raise partition_problem(message)


def new_spec(schema: IcebergSchema, config: IcebergConfig) -> PartitionSpec:
    """The partition spec of a table that is to be made.

    Raises:
        ConfigError: `partition_by` does not fit the columns.
    """
    try:
        return partition_spec(config.partition_by, schema)
    except PartitionTermError as error:
        raise partition_problem(str(error)) from error


def partition_problem(message: str) -> ConfigError:
    """What is wrong with `partition_by`."""
    return ConfigError(problems=[Problem(path="target.partition_by", message=message)])


def changed(table: Table, wanted: IcebergSchema, declared: Declared) -> Transaction | None:
    """What the table must become to hold the job's columns; None where it does.

    Raises:
        WriteError: It does not, and the job's `drift` does not allow it to change.
    """
    changes = list(_changes(table, wanted, declared))
    needs_mapping = table.metadata.name_mapping() is None
    if not changes and not needs_mapping:
        return None
    transaction = table.transaction()
    if needs_mapping:
        mapping = create_mapping_from_schema(table.schema())
        transaction.set_properties(
            {TableProperties.DEFAULT_NAME_MAPPING: mapping.model_dump_json()}
        )
    if changes:
        with transaction.update_schema() as update:
            for change in changes:
                if change.add is not None:
                    doc = declared.docs.get(change.name)
                    update.add_column((change.name,), change.add, doc=doc)
                if change.widen is not None:
                    update.update_column((change.name,), field_type=change.widen)
                if change.relax:
                    update.make_column_optional((change.name,))
    return transaction


def _changes(table: Table, wanted: IcebergSchema, declared: Declared) -> Iterator[Change]:
    drift, name_of = declared.drift, ".".join(table.name())
    schema = table.schema()
    keys = schema.identifier_field_names()
    there = {field.name: field for field in schema.fields}
    for field in wanted.fields:
        own = there.pop(field.name, None)
        if own is None:
            if drift.new_column != "evolve":
                text = "is not in the table; set drift.new_column: evolve, and it is added"
                raise _refused(field, text, name_of)
            yield Change(name=field.name, add=field.field_type)
            continue
        relax = own.required and not field.required
        if relax and (drift.nullability != "evolve" or field.name in keys):
            text = "is required in the table and may be null in the job"
            text += (
                "; a key stays required"
                if field.name in keys
                else "; set drift.nullability: evolve, and the table allows it"
            )
            raise _refused(field, text, name_of)
        widen = None if holds(own.field_type, field.field_type) else _wider(own, field, name_of)
        if widen is not None and drift.type_change != "evolve":
            text = (
                f"is {own.field_type} in the table and {field.field_type} in the job; set "
                "drift.type_change: evolve, and it is widened"
            )
            raise _refused(field, text, name_of)
        if relax or widen is not None:
            yield Change(name=field.name, widen=widen, relax=relax)
    for own in there.values():
        if not own.required:
            continue
        if drift.removed_column != "evolve" or own.name in keys:
            text = "is required in the table and not in the job"
            text += (
                "; a key stays required"
                if own.name in keys
                else "; set drift.removed_column: evolve, and it is null from now on"
            )
            raise _refused(own, text, name_of)
        yield Change(name=own.name, relax=True)


def _wider(own: NestedField, field: NestedField, table: str) -> PrimitiveType:
    kind = field.field_type
    if isinstance(kind, PrimitiveType) and holds(kind, own.field_type):
        return kind
    text = f"is {own.field_type} in the table and {kind} in the job, and neither holds the other"
    raise _refused(field, text, table)


def _refused(field: NestedField, text: str, table: str) -> WriteError:
    return WriteError(f"column {field.name!r} {text}", table=table, field=field.name)
