"""What a snapshot says of a file: its size, rows, partition, and what its footer knows of columns.

The footer is read whoever wrote the file, so that what the table says of it is true.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import PrimitiveType

from headrace._native import ParquetFooter, translated
from headrace.commit import FileMetadata
from headrace.errors import PluginError, WriteError
from headrace.stores import Store
from headrace.targets.iceberg.partitions import record_of

TAIL_BYTES: Final = 64 << 10
"""What is read of a file at first: more than most footers have [bytes]."""


def data_file(file: FileMetadata, table: Table, *, store: Store, key: str) -> DataFile:
    """A file as the table's manifests have it.

    Args:
        file: What its writer says of it.
        table: The table.
        store: Where the file is.
        key: Its key there.

    Raises:
        WriteError: It is not there, or not as large as it was.
        PluginError: It is no Parquet file, holds other rows than its writer says, or rows of
            several partitions.
    """
    schema, spec = table.schema(), table.spec()
    footer = _footer(file, store, key)
    if footer.rows != file.rows:
        message = f"the writer reports {file.rows} rows of a file that has {footer.rows}"
        raise PluginError(message, file=store.url(key))
    sizes: dict[int, int] = {}
    values: dict[int, int] = {}
    nulls: dict[int, int] = {}
    nans: dict[int, int] = {}
    lower: dict[int, bytes] = {}
    upper: dict[int, bytes] = {}
    for path, given, size, count, null_count, nan_count, least, greatest in footer.columns:
        field_id = given if given is not None else _id_of(schema, path)
        if field_id is None:
            continue
        sizes[field_id], values[field_id] = size, count
        if null_count is not None:
            nulls[field_id] = null_count
        if nan_count is not None:
            nans[field_id] = nan_count
        if least is not None and greatest is not None:
            lower[field_id], upper[field_id] = least, greatest
    made = DataFile.from_args(
        content=DataFileContent.DATA,
        file_path=store.url(key),
        file_format=FileFormat.PARQUET,
        partition=record_of(file, spec, schema),
        record_count=file.rows,
        file_size_in_bytes=file.bytes,
        column_sizes=sizes,
        value_counts=values,
        null_value_counts=nulls,
        nan_value_counts=nans,
        lower_bounds=lower,
        upper_bounds=upper,
        key_metadata=None,
        split_offsets=footer.split_offsets,
        equality_ids=None,
        sort_order_id=None,
    )
    made.spec_id = spec.spec_id
    return made


def field_ids(schema: Schema) -> Mapping[str, int]:
    """The id of every column and of what is nested in it, by path."""
    return dict(schema._name_to_id)  # noqa: SLF001  what `find_field` looks into, whole


def _footer(file: FileMetadata, store: Store, key: str) -> ParquetFooter:
    found = store.head(key)
    if found is None:
        message = "the file is gone before it was committed"
        raise WriteError(message, file=store.url(key))
    if found[0] != file.bytes:
        message = f"the file has {found[0]} bytes, and had {file.bytes} when it was written"
        raise WriteError(message, file=store.url(key))
    tail = _tail(file, store, key, TAIL_BYTES)
    with _held_to_be_parquet(store.url(key)):
        needed = ParquetFooter.needed(tail)
    if needed > len(tail):
        tail = _tail(file, store, key, needed)
    with _held_to_be_parquet(store.url(key)):
        return ParquetFooter(tail)


@contextmanager
def _held_to_be_parquet(url: str) -> Iterator[None]:
    try:
        with translated():
            yield
    except WriteError as error:
        message = f"a table of Iceberg takes Parquet files alone: {error}"
        raise PluginError(message, file=url) from error


def _tail(file: FileMetadata, store: Store, key: str, size: int) -> bytes:
    length = min(size, file.bytes)
    found = store.get(key, offset=file.bytes - length, length=length)
    if found is None:
        message = "the file is gone before it was committed"
        raise WriteError(message, file=store.url(key))
    return found[0]


def _id_of(schema: Schema, path: str) -> int | None:
    """The id of a leaf by its path, for files without ids."""
    try:
        field = schema.find_field(path)
    except ValueError:
        return None
    return field.field_id if isinstance(field.field_type, PrimitiveType) else None
