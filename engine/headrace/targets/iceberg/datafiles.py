"""What a snapshot says of a file: its size, rows and partition.

The file is looked for, since no library asks whether what it commits is there.
"""

from collections.abc import Mapping

from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.schema import Schema
from pyiceberg.table import Table

from headrace.commit import FileMetadata
from headrace.errors import WriteError
from headrace.stores import Store
from headrace.targets.iceberg.partitions import record_of


def data_file(file: FileMetadata, table: Table, *, store: Store, key: str) -> DataFile:
    """A file as the table's manifests have it.

    Args:
        file: What its writer says of it.
        table: The table.
        store: Where the file is.
        key: Its key there.

    Raises:
        WriteError: It is not there, or not as large as it was.
        PluginError: It holds rows of several partitions.
    """
    found = store.head(key)
    if found is None:
        message = "the file is gone before it was committed"
        raise WriteError(message, file=store.url(key))
    if found[0] != file.bytes:
        message = f"the file has {found[0]} bytes, and had {file.bytes} when it was written"
        raise WriteError(message, file=store.url(key))
    spec = table.spec()
    made = DataFile.from_args(
        content=DataFileContent.DATA,
        file_path=store.url(key),
        file_format=FileFormat.PARQUET,
        partition=record_of(file, spec, table.schema()),
        record_count=file.rows,
        file_size_in_bytes=file.bytes,
    )
    made.spec_id = spec.spec_id
    return made


def field_ids(schema: Schema) -> Mapping[str, int]:
    """The id of every column and of what is nested in it, by path."""
    return dict(schema._name_to_id)  # noqa: SLF001  what `find_field` looks into, whole
