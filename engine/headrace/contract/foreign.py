"""Types of data that are not the contract's, as types that headrace has."""

from headrace import _native
from headrace._native import translated
from headrace.batch import Batch
from headrace.errors import ConfigError
from headrace.schema import Field, Schema

# What a foreign Arrow type becomes: the first that holds all of it.
_KNOWN_TYPES = (
    *("bool", "int8", "int16", "int32", "int64", "decimal128(20, 0)", "float", "double"),
    *("string", "binary"),
)


def known_type(batch: Batch, name: str, kind: str) -> str | None:
    """The type of a foreign column as one that headrace has; None where none holds it."""
    known = spelled(kind)
    if known is not None:
        return known
    there = batch.arrow().schema
    for wider in _KNOWN_TYPES:
        if not Schema((Field(name, wider),)).native().too_narrow_for(there):
            return wider
    return None


def spelled(kind: str) -> str | None:
    """The type, where it is one that headrace has."""
    try:
        return Schema.of(Schema((Field("column", kind),)).native()).fields[0].type
    except ConfigError:
        return None


def type_of(name: str, value: object) -> str | None:
    """The narrowest type of a value; None of null."""
    if value is None:
        return None
    with translated():
        return str(_native.infer_rows([{name: value}]).fields[0][1])
