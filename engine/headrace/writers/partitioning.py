"""How rows are parted over files: not at all, by hive's folders, or by an Iceberg table's terms.

Hive's readers have a partition's values from its folders, so that the columns leave the files.
Iceberg's have them from the table: the columns stay, and folders are for people alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias
from urllib.parse import quote

from headrace._native import RecordBatch, translated
from headrace.errors import ConfigError, Problem, WriteError
from headrace.schema import Schema

HIVE_NULL: Final = "__HIVE_DEFAULT_PARTITION__"
"""How Hive spells a null partition value."""

MAX_FOLDER_BYTES: Final = 64
"""Of a value in a folder that nobody reads values from: names of 255 bytes hold it escaped, each
byte as three [bytes]."""

PartitionKey: TypeAlias = tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows of one partition.

    Attributes:
        key: The text of each partition value; None is null.
        folders: Name and value of each folder that the file lies in, escaped.
        batch: The rows, as files hold them.
    """

    key: PartitionKey
    folders: tuple[tuple[str, str], ...]
    batch: RecordBatch

    def path(self, name: str) -> str:
        """Of a file of that name."""
        return "/".join((*map("=".join, self.folders), name))


class Partitioning(Protocol):
    """A way to part rows.

    Attributes:
        names: What each value of a key is called in a file's metadata.
        file_schema: The columns that stay in the files.
    """

    @property
    def names(self) -> tuple[str, ...]: ...  # noqa: D102  above

    @property
    def file_schema(self) -> Schema: ...  # noqa: D102  above

    def split(self, batch: RecordBatch) -> list[Part]:
        """The batch's rows by partition, in order of first appearance."""


class Unpartitioned:
    """All rows in one.

    Args:
        schema: The columns.
    """

    names: tuple[str, ...] = ()

    def __init__(self, schema: Schema) -> None:
        self.file_schema = schema

    def split(self, batch: RecordBatch) -> list[Part]:
        """The batch."""
        return [Part(key=(), folders=(), batch=batch)]


class HivePartitioning:
    """By the values of columns, which become folders.

    Args:
        columns: Their names.
        schema: All columns.

    Raises:
        ConfigError: A column that the schema lacks, one twice, all columns, one whose folders
            readers would pass over, or one of a type that names no partition.
    """

    def __init__(self, columns: tuple[str, ...], schema: Schema) -> None:
        for column in columns:
            if column not in schema.names:
                message = f"there is no column {column!r}; {', '.join(schema.names)}"
                raise _refused(message)
            if columns.count(column) > 1:
                message = f"column {column!r} stands twice"
                raise _refused(message)
            if column.startswith(("_", ".")):
                message = (
                    f"a folder {column}=… would be hidden from readers, which pass "
                    "over names that begin with _ or ."
                )
                raise _refused(message)
            try:
                with translated():
                    schema.native().check_partition(column)
            except ConfigError as error:
                raise _refused(error.problems[0].message) from error
        self.names = columns
        self.file_schema = schema.without(columns)
        if not self.file_schema.fields:
            message = "names every column; at least one must stay in the files"
            raise _refused(message)

    def split(self, batch: RecordBatch) -> list[Part]:
        """The rows by their values, without the columns.

        Raises:
            WriteError: A value is spelled as null is.
        """
        with translated():
            found = batch.partition_by(self.names)
        for key, _ in found:
            if HIVE_NULL in key:
                message = (
                    f"the text {HIVE_NULL} cannot be a partition value: it is how null is spelled"
                )
                raise WriteError(message)
        return [
            Part(key=tuple(key), folders=tuple(map(_folder, self.names, key)), batch=rows)
            for key, rows in found
        ]


class TermPartitioning:
    """By the transforms of an Iceberg table's partition spec.

    Args:
        terms: As `day(ts)`.
        schema: All columns; they stay in the files.

    Raises:
        ConfigError: A term that names no column, or does not take its type.
    """

    def __init__(self, terms: tuple[str, ...], schema: Schema) -> None:
        try:
            with translated():
                schema.native().check_partition_terms(terms)
        except ConfigError as error:
            raise _refused(error.problems[0].message, key="target.partition_by") from error
        self.names = terms
        self.file_schema = schema

    def split(self, batch: RecordBatch) -> list[Part]:
        """The rows by what the transforms make of their values.

        Raises:
            ContractError: Iceberg has no result for a value.
        """
        with translated():
            found = batch.partition_by_terms(self.names)
        return [
            Part(key=tuple(key), folders=tuple(_shown(*folder) for folder in folders), batch=rows)
            for key, folders, rows in found
        ]


def partitioning_of(
    columns: Sequence[str], terms: Sequence[str], schema: Schema, *, has_ids: bool
) -> Partitioning:
    """How rows are parted.

    Args:
        columns: What the user asked the writer for.
        terms: What the target asks for.
        schema: All columns.
        has_ids: Whether the files are a table's, whose columns must all be in them.

    Raises:
        ConfigError: The user asked the writer for partitions of a table, or the schema does not
            allow them.
    """
    if columns and (terms or has_ids):
        message = "the files of a table hold all its columns; set target.partition_by instead"
        raise _refused(message)
    if terms:
        return TermPartitioning(tuple(terms), schema)
    return HivePartitioning(tuple(columns), schema) if columns else Unpartitioned(schema)


def _folder(column: str, value: str | None) -> tuple[str, str]:
    return quote(column, safe=""), HIVE_NULL if value is None else quote(value, safe=" ")


def _shown(name: str, value: str) -> tuple[str, str]:
    return quote(name, safe=""), quote(value.encode()[:MAX_FOLDER_BYTES], safe="")


def _refused(message: str, *, key: str = "writer.partition_by") -> ConfigError:
    return ConfigError(problems=[Problem(path=key, message=message)])
