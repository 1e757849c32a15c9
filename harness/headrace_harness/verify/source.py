"""Checksums of data sets, cached by the hash of the data and of the contract."""

import hashlib
import json
import os
from pathlib import Path

from headrace_harness.catalog import DataSet
from headrace_harness.contract import read_columns
from headrace_harness.data.cache import Prepared, hash_file
from headrace_harness.verify.checksum import Checksum, TableSpec
from headrace_harness.verify.process import checksum_table

# Raised when the way of computing changes. DuckDB's hash may change with its version, too.
CHECKSUM_VERSION = 1


def source_checksum(
    dataset: DataSet, prepared: Prepared, folder: Path, *, engine_version: str
) -> Checksum:
    """The checksum of a data set, from the cache where it is there.

    Args:
        dataset: Names the contract and the spellings of null.
        prepared: The file and its hash.
        folder: The cache; created.
        engine_version: Of DuckDB; its hashes are comparable within a version only.

    Raises:
        VerifyError: The data do not fit their contract's types.
    """
    key = json.dumps(
        [
            CHECKSUM_VERSION,
            engine_version,
            prepared.sha256,
            hash_file(dataset.contract),
            dataset.null_values,
        ]
    )
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    path = folder / f"{dataset.name}-{digest}.json"
    if path.exists():
        return Checksum(**json.loads(path.read_text(encoding="utf-8")))
    columns = [(column.name, column.sql_type) for column in read_columns(dataset.contract)]
    checksum = checksum_table(
        TableSpec(
            format="csv",
            paths=[str(prepared.path)],
            columns=columns,
            null_values=dataset.null_values,
        )
    )
    folder.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(checksum.to_dict()), encoding="utf-8")
    temporary.replace(path)
    return checksum
