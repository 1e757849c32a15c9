"""What a bad row becomes: the error of a strict run, and its own text."""

import math
from collections.abc import Mapping
from typing import Final

import msgspec

from headrace._native import translated
from headrace.batch import Batch, RowError
from headrace.errors import ContractError, DataError, DecodeError

DECODE_RULES: Final = frozenset({"columns", "utf8", "encoding", "quote"})
"""Rules that bytes break, not values: a strict run raises DecodeError for them."""

RECORD_CHARACTERS: Final = 65_536
"""Text of a quarantined record [characters]."""


def failure_of(error: RowError) -> DataError:
    """What a strict run raises for a bad row."""
    cls = DecodeError if error.rule in DECODE_RULES else ContractError
    value = "null" if error.value is None else repr(error.value)
    subject = "the record" if error.field is None else f"column {error.field!r}: {value}"
    colon = ":" if error.message.startswith("expected") else ""
    return cls(f"{subject}{colon} {error.message}", **error.where)


def record_text(batch: Batch, row: int) -> str | None:
    """Row `row` of a batch as JSON, cut to 65,536 characters.

    A row that JSON has no form for is Python's own text; one that Python has none for is None.
    """
    try:
        with translated():
            (values,) = (
                batch.arrow().slice(row, 1).to_rows() if batch.is_arrow else [batch.rows()[row]]
            )
    except ContractError:
        return None
    try:
        text = msgspec.json.encode(_plain(values), enc_hook=str).decode()
    except Exception:  # noqa: BLE001  a plugin's rows hold any object at all
        text = ascii(values)
    return text[:RECORD_CHARACTERS]


def _plain(value: object) -> object:
    # JSON has no spelling for these, and msgspec would write null.
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
