"""Row count and order-independent checksums of a table, by DuckDB.

Each column has its count of values and the sum of their hashes; the sum over whole rows finds
values that were swapped between rows. Sums do not depend on order, and a duplicated row
changes them, which an exclusive-or would not show.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from headrace_harness.errors import VerifyError

if TYPE_CHECKING:
    import duckdb

Format = Literal["csv", "parquet", "jsonl"]

# Enough for hashing a stream; a larger table never needs more, because nothing is kept.
MEMORY_LIMIT = "512MB"
THREADS = 2  # each holds buffers of its own, and the limit has to suffice for all


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSpec:
    """A table on disk.

    Attributes:
        format: How it is read.
        paths: Its files; none is a table of no rows.
        columns: Name and DuckDB type of each column, in order.
        null_values: CSV: unquoted spellings of null.
    """

    format: Format
    paths: Sequence[str]
    columns: Sequence[tuple[str, str]]
    null_values: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksum:
    """What a table holds, whatever the order of its rows.

    Attributes:
        rows: How many.
        values: Of each column, how many are not null.
        sums: Of each column, the sum of the hashes of its values.
        row_sum: The sum of the hashes of whole rows.
    """

    rows: int
    values: dict[str, int]
    sums: dict[str, int]
    row_sum: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON; sums exceed 64 bits, which JSON of Python holds."""
        return asdict(self)


def compute_checksum(connection: "duckdb.DuckDBPyConnection", table: TableSpec) -> Checksum:
    """The checksum of a table.

    Args:
        connection: In memory; its settings are changed.
        table: What to read.

    Raises:
        VerifyError: A Parquet column is missing or of another type, or a value does not fit.
    """
    import duckdb  # noqa: PLC0415 - 30 MB, wanted by this function alone

    try:
        connection.execute(f"SET memory_limit='{MEMORY_LIMIT}'")
        connection.execute(f"SET threads={THREADS}")
        connection.execute("SET TimeZone='UTC'")
        connection.execute("SET preserve_insertion_order=false")
        if not table.paths:
            empty = {name: 0 for name, _ in table.columns}
            return Checksum(rows=0, values=empty, sums=dict(empty), row_sum=0)
        if table.format == "parquet":
            _check_parquet_types(connection, table)
        row = connection.execute(_checksum_sql(table), _parameters(table)).fetchone()
    except duckdb.Error as error:
        message = f"DuckDB cannot read the {table.format} files: {_first_line(error)}"
        raise VerifyError(message) from error
    if row is None:
        message = "DuckDB returned no row for an aggregate"
        raise VerifyError(message)
    names = [name for name, _ in table.columns]
    return Checksum(
        rows=int(row[0]),
        values=dict(zip(names, map(int, row[2::2]), strict=True)),
        sums=dict(zip(names, (int(value or 0) for value in row[3::2]), strict=True)),
        row_sum=int(row[1] or 0),
    )


def difference(source: Checksum, output: Checksum) -> str | None:
    """Why the two are not the same rows; None if they are."""
    if source.rows != output.rows:
        return f"{output.rows} rows in the output, {source.rows} in the source"
    for name, count in source.values.items():
        if output.values.get(name) != count:
            found = output.values.get(name, 0)
            return f"column {name}: {found} values in the output, {count} in the source"
    changed = [name for name, total in source.sums.items() if output.sums.get(name) != total]
    if changed:
        return f"column {', '.join(changed)}: values differ from the source"
    if source.row_sum != output.row_sum:
        return "every column has its values, but rows mix those of different records"
    return None


def _checksum_sql(table: TableSpec) -> str:
    quoted = [_quote(name) for name, _ in table.columns]
    casts = ", ".join(
        f"CAST({column} AS {kind}) AS {column}"
        for column, (_, kind) in zip(quoted, table.columns, strict=True)
    )
    sums = ", ".join(
        f"count({column}), sum(CAST(hash({column}) AS HUGEINT)) FILTER ({column} IS NOT NULL)"
        for column in quoted
    )
    whole = f"sum(CAST(hash({', '.join(quoted)}) AS HUGEINT))"
    # Names are quoted, types come from a closed table, values are parameters.
    return f"SELECT count(*), {whole}, {sums} FROM (SELECT {casts} FROM {_reader_sql(table)})"  # noqa: S608 - see above


def _reader_sql(table: TableSpec) -> str:
    if table.format == "parquet":
        return "read_parquet($paths, hive_partitioning=false)"
    if table.format == "jsonl":
        return f"read_json($paths, format='newline_delimited', columns={_struct(table.columns)})"
    text = [(name, "VARCHAR") for name, _ in table.columns]
    return (
        f"read_csv($paths, auto_detect=false, header=true, columns={_struct(text)}, "
        "delim=',', quote='\"', escape='\"', nullstr=$nulls, allow_quoted_nulls=false)"
    )


def _parameters(table: TableSpec) -> dict[str, Any]:
    parameters: dict[str, Any] = {"paths": list(table.paths)}
    if table.format == "csv":
        parameters["nulls"] = list(table.null_values) or [""]
    return parameters


def _check_parquet_types(connection: "duckdb.DuckDBPyConnection", table: TableSpec) -> None:
    described = connection.execute(
        "DESCRIBE SELECT * FROM read_parquet($paths, hive_partitioning=false)",
        {"paths": list(table.paths)},
    ).fetchall()
    found = {row[0]: str(row[1]) for row in described}
    for name, kind in table.columns:
        if name not in found:
            message = f"column {name} is missing in the output"
            raise VerifyError(message)
        if found[name] != kind:
            message = f"column {name} is {found[name]} in the output, {kind} in the contract"
            raise VerifyError(message)
    if extra := sorted(set(found) - {name for name, _ in table.columns}):
        message = f"column {', '.join(extra)} is in the output, not in the contract"
        raise VerifyError(message)


def _struct(columns: Sequence[tuple[str, str]]) -> str:
    inner = ", ".join(f"{_literal(name)}: '{kind}'" for name, kind in columns)
    return f"{{{inner}}}"


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
