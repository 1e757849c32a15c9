"""The only door to the extension: its classes, and its failures as headrace's errors.

Everything that calls into `headrace._rust` does so under `translated()`, so that callers see one
error tree.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from headrace._rust import (
    AirbyteBatch,
    AirbyteDecoder,
    CsvBatch,
    CsvBlock,
    CsvFile,
    CsvOptions,
    CsvReader,
    CsvScanner,
    Kept,
    NativeFailure,
    ObjectStore,
    ParquetFile,
    ParquetFooter,
    PostgresBatch,
    PostgresConnection,
    RecordBatch,
    Schema,
    Sink,
    TransformStep,
    Validator,
    Verdict,
    batch_from_text,
    bound_heap,
    check_expression,
    cut_records,
    decode_json,
    decode_records,
    encode_json,
    error_kinds,
    expression_functions,
    infer_csv,
    infer_json,
    infer_rows,
    locate_json,
    postgres_fits,
    postgres_spelling,
    postgres_types,
    release_pages,
    string_formats,
)
from headrace.errors import (
    AuthError,
    CommitConflictError,
    ConfigError,
    ContractError,
    DecodeError,
    HeadraceError,
    NativeError,
    PluginError,
    Problem,
    ReaderConnectionError,
    ReaderError,
    SourceNotFoundError,
    TargetAuthError,
    TargetConnectionError,
    WriteError,
)

__all__ = [
    "KINDS",
    "AirbyteBatch",
    "AirbyteDecoder",
    "CsvBatch",
    "CsvBlock",
    "CsvFile",
    "CsvOptions",
    "CsvReader",
    "CsvScanner",
    "Kept",
    "ObjectStore",
    "ParquetFile",
    "ParquetFooter",
    "PostgresBatch",
    "PostgresConnection",
    "RecordBatch",
    "Schema",
    "Sink",
    "TransformStep",
    "Validator",
    "Verdict",
    "batch_from_text",
    "bound_heap",
    "check_expression",
    "cut_records",
    "decode_json",
    "decode_records",
    "encode_json",
    "error_kinds",
    "expression_functions",
    "infer_csv",
    "infer_json",
    "infer_rows",
    "locate_json",
    "postgres_fits",
    "postgres_spelling",
    "postgres_types",
    "release_pages",
    "string_formats",
    "translated",
]

# Each kind of the core and the class that callers see; a test holds it against error_kinds().
KINDS: dict[str, type[HeadraceError]] = {
    "not_found": SourceNotFoundError,
    "permission": AuthError,
    "connection": ReaderConnectionError,
    "read": ReaderError,
    "decode": DecodeError,
    "contract": ContractError,
    "write": WriteError,
    "target_connection": TargetConnectionError,
    "target_auth": TargetAuthError,
    "conflict": CommitConflictError,
    "config": ConfigError,
    "plugin": PluginError,
    "internal": NativeError,
}


@contextmanager
def translated() -> Iterator[None]:
    """Raise the core's failures as headrace's errors.

    Raises:
        HeadraceError: Of the class that `KINDS` gives for the failure's kind.
    """
    try:
        yield
    except NativeFailure as failure:
        kind, message, location = failure.args
        cls = KINDS.get(kind, NativeError)
        if cls is ConfigError:
            path = ".".join(p for p in (location.get("field"), location.get("rule")) if p)
            raise ConfigError(problems=[Problem(path=path, message=message)]) from failure
        location["file"] = location.pop("path", None)
        order = ("file", "line", "byte_offset", "field", "rule")
        raise cls(message, **{key: location.get(key) for key in order}) from failure
    except BaseException as error:
        # A Rust panic arrives as pyo3's own BaseException; anything else passes through.
        if type(error).__name__ == "PanicException":
            message = f"the native core panicked: {error}; please report this"
            raise NativeError(message) from error
        raise
