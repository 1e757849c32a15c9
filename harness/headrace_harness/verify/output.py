"""What a run left in its target, against what its report lists and its source holds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headrace_harness.catalog import DataSet
from headrace_harness.contract import read_columns
from headrace_harness.errors import VerifyError
from headrace_harness.verify.checksum import Checksum, Format, TableSpec, difference
from headrace_harness.verify.process import checksum_table


def check_output(
    *,
    dataset: DataSet,
    source: Checksum,
    output_format: Format,
    found: Mapping[str, Path],
    report: Mapping[str, Any],
) -> str | None:
    """Why the output is not the source's rows; None if it is.

    Args:
        dataset: Names the contract.
        source: The checksum of what was read.
        output_format: How the writer's files are read.
        found: The visible files of the target, of this run alone, by name relative to it.
        report: The run report.
    """
    if report["status"] != "succeeded":
        return f"the run report says {report['status']}"
    listed = {entry["path"] for entry in report["files"]}
    if missing := sorted(listed - found.keys()):
        return f"listed but not visible in the target: {missing[0]}"
    if extra := sorted(found.keys() - listed):
        return f"visible in the target but not listed: {extra[0]}"
    columns = [(column.name, column.sql_type) for column in read_columns(dataset.contract)]
    table = TableSpec(
        format=output_format,
        paths=[str(path) for path in sorted(found.values())],
        columns=columns,
    )
    try:
        reason = difference(source, checksum_table(table))
    except VerifyError as error:
        return str(error)
    written = report["rows"]["written"]
    if reason is None and written != source.rows:
        return f"the run report says {written} rows, the output has {source.rows}"
    return reason


def visible_files(target: Path) -> list[Path]:
    """Files under `target` of whose path no part starts with `.` or `_`, resolved."""
    return [
        path.resolve()
        for path in sorted(target.rglob("*"))
        if path.is_file()
        and not any(part.startswith((".", "_")) for part in path.relative_to(target).parts)
    ]
