"""The contract of the native extension; mypy.stubtest holds the two together.

Its parts for JSON, object stores, Postgres and transforms stand in stubs of their own: no module is
behind those.
"""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Self, TypeAlias, final

from headrace._rust_json import cut_records as cut_records
from headrace._rust_json import decode_json as decode_json
from headrace._rust_json import decode_records as decode_records
from headrace._rust_json import encode_json as encode_json
from headrace._rust_json import infer_json as infer_json
from headrace._rust_json import locate_json as locate_json
from headrace._rust_objectstore import ObjectStore as ObjectStore
from headrace._rust_objectstore import Sink as Sink
from headrace._rust_postgres import PostgresBatch as PostgresBatch
from headrace._rust_postgres import PostgresConnection as PostgresConnection
from headrace._rust_postgres import postgres_fits as postgres_fits
from headrace._rust_postgres import postgres_spelling as postgres_spelling
from headrace._rust_postgres import postgres_types as postgres_types
from headrace._rust_transforms import Kept as Kept
from headrace._rust_transforms import TransformStep as TransformStep
from headrace._rust_transforms import check_expression as check_expression
from headrace._rust_transforms import expression_functions as expression_functions

# (field | None, rule, value | None, message): one broken rule of one row.
_Violation: TypeAlias = tuple[str | None, str, str | None, str]
# (index in the batch, line, byte offset, violations, the record's text).
_RejectedRecord: TypeAlias = tuple[int, int, int, list[_Violation], str]

class NativeFailure(Exception):  # noqa: N818  no error of the tree: _native.py translates it
    """What the core reports; args are (kind, message, location)."""

def error_kinds() -> list[str]: ...
def bound_heap() -> None: ...
def release_pages() -> int: ...

@final
class Schema:
    """Columns in order; type spellings are pyarrow's."""

    def __new__(cls, fields: Sequence[tuple[str, str, bool]]) -> Self: ...
    @staticmethod
    def from_arrow(source: object) -> Schema: ...  # anything with __arrow_c_schema__
    @property
    def fields(self) -> list[tuple[str, str, bool]]: ...  # name, type, nullable
    def with_field_ids(self, ids: Mapping[str, int]) -> Schema: ...  # as ParquetFile's
    def for_parquet(self) -> Schema: ...  # of a file: seconds are milliseconds there
    def check_partition(self, column: str) -> None:
        """Raise kind `config` where values of the column cannot name a partition."""
    def check_partition_terms(self, terms: Sequence[str]) -> None:
        """Raise kind `config` where Iceberg's partitions do not fit the columns."""
    def too_narrow_for(self, other: Schema) -> list[str]:
        """The columns of both whose type here does not hold every value of the type there."""
    def __arrow_c_schema__(self) -> object: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class RecordBatch:
    """Arrow data owned by the core; importable by anyone through the PyCapsule interface."""

    @staticmethod
    def from_arrow(source: object) -> RecordBatch: ...  # __arrow_c_array__; zero copy
    @staticmethod
    def list_from_arrow(source: object) -> list[RecordBatch]: ...  # __arrow_c_stream__
    @staticmethod
    def from_rows(
        rows: Sequence[Mapping[str, Any]], schema: Schema
    ) -> tuple[RecordBatch, list[int], list[tuple[int, list[_Violation]]]]:
        """Rows that fit as Arrow, their indices, and what the others broke.

        Never lossy: 3.9 is not an int64, "5" is not an int64, True is not an int64, a naive
        datetime is not a zoned timestamp. A missing key is null. An unknown key breaks rule
        `columns`. A null in a non-nullable column is NOT a violation here (the validator's rule
        `required` is); the built column is then nullable in fact.
        """

    def to_rows(self) -> list[dict[str, Any]]: ...
    @property
    def num_rows(self) -> int: ...
    @property
    def nbytes(self) -> int: ...
    @property
    def schema(self) -> Schema: ...
    @staticmethod
    def concat(batches: Sequence[RecordBatch]) -> RecordBatch: ...  # of one schema; copied
    def slice(self, offset: int, length: int) -> RecordBatch: ...
    def with_schema(
        self, schema: Schema
    ) -> RecordBatch: ...  # names and types equal; sets nullability
    def for_parquet(self, schema: Schema) -> RecordBatch:
        """The rows as a Parquet file stores them, of `Schema.for_parquet()` of their own.

        Raises kind `contract` where a value is beyond its milliseconds.
        """
    def project(self, schema: Schema) -> RecordBatch:
        """The columns of `schema` by name, in its order, each in the type that it has here.

        One that is missing is null in every row; others are left out.
        """
    def without_rows(self, rows: Sequence[int]) -> RecordBatch: ...
    def null_count(self, column: str) -> int: ...
    def null_columns(self) -> list[str]: ...  # names of those that hold a null
    def partition_by(self, columns: Sequence[str]) -> list[tuple[list[str | None], RecordBatch]]:
        """One batch for each combination of values, in order of first appearance.

        The columns are removed; a value is its text (dates ISO, null is None).
        """
    def partition_by_terms(
        self, terms: Sequence[str]
    ) -> list[tuple[list[str | None], list[tuple[str, str]], RecordBatch]]:
        """One batch for each combination of Iceberg's partitions, in order of first appearance.

        Terms are as `day(ts)`. A value is its exact text (ordinals since 1970 and buckets are
        digits, dates and times ISO, bytes hexadecimal, null is None); folders have it as people
        read it (`ts_day`, `2024-01-01`). The columns stay. Raises kind `config` where a term does
        not fit, and `contract` where Iceberg has no result for a value.
        """
    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...
    def __arrow_c_schema__(self) -> object: ...
    def __len__(self) -> int: ...

def infer_rows(rows: Sequence[Mapping[str, Any]]) -> Schema:
    """The narrowest schema that holds all rows."""

@final
class CsvOptions:
    """What every CSV entry takes; each raises kind `config` where it cannot be meant."""

    def __new__(
        cls,
        *,
        delimiter: str = ",",  # one character, as the three below
        quote: str | None = ...,  # '"'
        escape: str | None = None,
        comment: str | None = None,
        skip_lines: int = 0,
        header: bool = True,
        trim: bool = False,
        null_values: Sequence[str] = ...,  # ("",)
        decimal: str = ".",  # one character
        thousands: str | None = None,
        date_format: str | None = None,  # these as strptime's, docs/csv.md
        time_format: str | None = None,
        timestamp_format: str | None = None,
        true_values: Sequence[str] | None = None,
        false_values: Sequence[str] | None = None,
        new_columns: str = "fail",  # fail | ignore | evolve: columns that the schema lacks
        may_lack_columns: bool = False,  # batches then lack them too
        encoding: str = "utf-8",  # utf-8 | utf-16 | utf-16le | utf-16be | latin-1 | windows-1252
        compression: str = "auto",  # auto | none | gzip | zstd | bz2
    ) -> Self: ...
    def complaint(self) -> tuple[str, str]: ...  # rule and message of bytes that are no text
    def problems(self) -> list[tuple[str, str]]: ...  # option, why it cannot be meant

@final
class CsvFile:
    """A file of a CSV source, and what of it is to be read."""

    def __new__(
        cls,
        path: str,
        *,
        is_stream: bool = False,  # comes once; "-" is then standard input
        is_growing: bool = False,  # what no line end ends is left
        read_from: tuple[int, int] | None = None,  # byte offset and line of a record
    ) -> Self: ...

@final
class CsvReader:
    """Native CSV to Arrow, file after file; a batch never spans two files."""

    def __new__(
        cls,
        files: Sequence[CsvFile | str],
        schema: Schema,
        options: CsvOptions,
        *,
        batch_rows: int = 10_000,
        batch_bytes: int = 4 << 20,
    ) -> Self: ...
    def next_batch(self) -> CsvBatch | None: ...

@final
class CsvBatch:
    @property
    def batch(self) -> RecordBatch: ...  # the good rows
    @property
    def rejects(self) -> list[_RejectedRecord]: ...
    @property
    def num_records(self) -> int: ...  # good and rejected
    @property
    def path(self) -> str: ...
    @property
    def end(self) -> tuple[int, int]: ...  # byte offset and line of what follows
    @property
    def last_of_file(self) -> bool: ...
    @property
    def left_out(self) -> list[str]: ...  # the file's columns that `new_columns` leaves out
    def position(self, row: int) -> tuple[int, int]:
        """Line and byte offset of good row `row` (index into `batch`)."""

@final
class AirbyteDecoder:
    """Reads what an Airbyte connector prints, in pieces."""

    def __new__(
        cls,
        streams: list[tuple[str, str | None, Schema]],  # name, namespace, columns
        *,
        batch_rows: int,
        batch_bytes: int,
        passes_over: bool,  # keys that are no column
    ) -> Self: ...
    def feed(self, data: bytes) -> list[AirbyteBatch | tuple[int, bool, str]]:
        """Batches and `(line, is a message, text)`, in order; errors come behind what precedes."""
    def finish(self) -> list[AirbyteBatch | tuple[int, bool, str]]:
        """What is left at the end; to be called until nothing comes."""

@final
class AirbyteBatch:
    @property
    def stream(self) -> int: ...  # index of its stream
    @property
    def batch(self) -> RecordBatch: ...  # the good rows
    @property
    def rejects(self) -> list[_RejectedRecord]: ...
    @property
    def left_out(self) -> list[str]: ...  # keys that are no column and were passed over
    def position(self, row: int) -> tuple[int, int]:
        """Line and byte offset of good row `row` (index into `batch`)."""

@final
class CsvScanner:
    """The scanner beside Python's parser: cuts one file into blocks of whole records."""

    def __new__(
        cls,
        file: CsvFile | str,
        options: CsvOptions,
        *,
        width: int | None = None,  # columns of a file without a header
        block_rows: int = 10_000,
        block_bytes: int = 4 << 20,
    ) -> Self: ...
    @property
    def header(self) -> list[str] | None: ...
    def columns(self, schema: Schema, options: CsvOptions) -> tuple[Schema, list[int], list[str]]:
        """Columns of batches, index in a record of each, those left out; raises drift."""
    def next_block(self) -> CsvBlock | None: ...

@final
class CsvBlock:
    """Whole records of one file, blank lines included in `data` but not in the records.

    Where the dialect has comments, escapes or padding, `data` is the records alone, a line feed
    behind each; where it has padding, `trimmed` is that without it, and where each record is.
    """

    @property
    def data(self) -> bytes: ...
    @property
    def num_records(self) -> int: ...
    @property
    def end(self) -> tuple[int, int]: ...  # byte offset and line of what follows
    @property
    def last_of_file(self) -> bool: ...
    @property
    def trimmed(self) -> tuple[bytes, list[tuple[int, int]]] | None: ...
    @property
    def settled_nulls(self) -> list[tuple[int, int, bool]]:
        """(record, column, is null) of fields whose value does not tell whether they are null."""
    def spans(self) -> list[tuple[int, int, int, int]]:
        """Of each record: start and end in `data` (terminator excluded), line, byte offset."""

def batch_from_text(
    records: Sequence[Sequence[str] | None],
    schema: Schema,
    columns: Sequence[int],
    options: CsvOptions,
    *,
    settled_nulls: Sequence[tuple[int, int, bool]],
    width: int | None = None,  # fields of a record; those of `columns` where absent
) -> tuple[RecordBatch, list[tuple[int, list[_Violation]]]]:
    """Records of text as a batch, by the grammar of the native reader; columns are nullable.

    `columns[i]` is the index in a record of schema field i. A record of another length than the
    file's header (max(columns) + 1) breaks rule `columns`; None stands for a record that the
    caller has already rejected and is passed over. Returns the good rows, and index and
    violations of the bad records.
    """

def infer_csv(
    files: Sequence[CsvFile | str],
    options: CsvOptions,
    *,
    sample_rows: int = 10_000,
) -> Schema:
    """Types from the first `sample_rows` records of the first file; all columns nullable."""

def string_formats() -> list[tuple[str, str]]: ...  # those that rule `format` knows: name, meaning

@final
class Validator:
    """The compiled rules of a contract. Keeps the keys of `unique` fields across batches."""

    def __new__(
        cls,
        rules: Sequence[tuple[str, str, Mapping[str, Any]]],
        *,
        unique_bytes: int,
        bad_rows_pass: bool = False,  # keys of rows that break another rule then count
    ) -> Self:
        """`rules`: (name, type, options) for each column, in order.

        Options, all optional: required: bool, unique: bool, enum: list[str], pattern, format: str,
        minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf: str (text of the
        column's type), minLength, maxLength: int [characters; bytes of binary], minItems,
        maxItems, minProperties, maxProperties: int, uniqueItems: bool, requiredProperties:
        list[str]. `items` are the options of a list's items, `properties` those of a struct's
        members by name; that they are not null is said by their type. `primary_key: bool` marks the
        parts of one composite key (required and unique together). A column of JSON breaks rule
        `type` where a text is none. A violation within a column names the path: `address.city`,
        `tags[3]`, `attrs[key]`.
        A bad pattern or bound raises kind `config` with location.field and location.rule; one that
        is nested has the column and `items` or `properties` there.
        """
    def evolve(self, rules: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
        """Other rules for the batches to come: new columns at the end, wider types, fewer required.

        Keys are kept; raises kind `contract` where the type of one would change.
        """
    def validate(self, batch: RecordBatch) -> Verdict: ...
    def count(self, batch: RecordBatch) -> int: ...  # rows that break a rule, keys kept likewise

@final
class Verdict:
    @property
    def valid(self) -> RecordBatch: ...  # the same batch where nothing is wrong
    @property
    def violations(self) -> list[tuple[int, list[_Violation]]]: ...  # row index in the batch

@final
class ParquetFooter:
    """What the footer of a Parquet file says of its columns, in Iceberg's words."""

    def __new__(cls, tail: bytes) -> Self: ...  # a file's last bytes; raises kind `write`
    @staticmethod
    def needed(tail: bytes) -> int: ...  # of how many last bytes; the last eight tell
    @property
    def rows(self) -> int: ...
    @property
    def split_offsets(self) -> list[int]: ...  # where row groups begin [bytes]
    @property
    def columns(
        self,
    ) -> list[tuple[str, int | None, int, int, int | None, int | None, bytes | None, bytes | None]]:
        """Path, id, compressed size [bytes], values, nulls, NaNs, and both bounds of each leaf.

        Values count nulls; NaNs are counted where the file says so of floats. Bounds are in
        Iceberg's single-value encoding, texts and bytes cut to 16; none below lists and maps, and
        none that may be wrong.
        """

@final
class ParquetFile:
    """One Parquet file being written; row groups are encoded in parallel and appended in order."""

    def __new__(
        cls,
        place: str | PathLike[str] | Sink,  # a path, of a file that is not there yet
        schema: Schema,
        *,
        compression: str = "zstd",  # zstd | snappy | gzip | none
        row_group_bytes: int = 4 << 20,
        metadata: Mapping[str, str] | None = None,
        field_ids: Mapping[str, int] | None = None,  # by path: a, s.x, l.element, m.key, m.value
    ) -> Self: ...
    def write(self, batch: RecordBatch) -> None: ...
    @property
    def num_rows(self) -> int: ...
    @property
    def buffered_bytes(self) -> int: ...  # rows not yet handed to an encoder
    @property
    def written_bytes(self) -> int: ...  # bytes in the file so far
    def flush(self) -> None: ...  # ends the row group
    def close(self) -> tuple[int, int]: ...  # rows, bytes; closes the sink, fsyncs the file
    def abort(self) -> None: ...  # drops what is in flight, aborts the sink; a file stays on disk
