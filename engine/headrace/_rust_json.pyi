"""The part of the native extension's contract that is of JSON; `_rust.pyi` has it whole."""

from collections.abc import Sequence

from headrace._rust import RecordBatch, Schema, _Violation

def encode_json(batch: RecordBatch) -> bytes:
    """The rows as a JSON array of objects, UTF-8 without NUL; docs/json.md has the forms.

    A time outside its day raises kind `contract`, as does JSON of 2 GiB or more.
    """

def decode_json(data: bytes, schema: Schema) -> RecordBatch:
    """The rows of a JSON array of objects, exactly; an absent key is null.

    What is not JSON raises kind `decode` with location.byte_offset; what does not fit the schema
    kind `contract` with location.field, a path such as `address.city` or `tags[3]`.
    """

def decode_records(
    data: bytes,
    schema: Schema,
    *,
    plain: bool = False,
    passes_over: bool = False,
    span: tuple[int, int] | None = None,
) -> tuple[
    RecordBatch,
    list[tuple[int, int, list[_Violation], str]],
    list[str],
    list[tuple[str, str]],
]:
    """The rows of a JSON array of objects that fit, and what the others broke.

    Args:
        data: A document.
        schema: The columns.
        plain: Whether a JSON column takes any value as the text that it is, not its tagged form.
        passes_over: Whether keys that are no column are passed over.
        span: Where the array stands in the document; the whole of it if absent.

    Returns:
        The batch; each misfit's index, byte offset in the document, violations and text; the keys
        that were passed over; and each key that is no column and may not be, with the JSON of its
        first value that is not null. Records with such a key are misfits.
    """

def locate_json(data: bytes, path: Sequence[str]) -> tuple[int, int] | None:
    """Where the value below the keys of `path` stands in a document, from and to [bytes]."""

def cut_records(
    data: bytes, *, batch_rows: int, batch_bytes: int, span: tuple[int, int] | None = None
) -> list[tuple[int, int, int]]:
    """Where an array of records may be cut: from, to [bytes of `data`] and records of each part.

    A part is whole records without the array's brackets: at most `batch_rows`, and at most
    `batch_bytes` bytes where it has more than one.

    Args:
        data: A document.
        batch_rows: Of a part, at least 1.
        batch_bytes: Of a part.
        span: Where the array stands in the document; the whole of it if absent.
    """

def infer_json(data: bytes) -> Schema:
    """The narrowest schema that holds all records of a JSON array; all columns nullable."""
