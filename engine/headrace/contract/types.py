"""ODCS types to Arrow types: `physicalType` first, then `format`, else the widest."""

import re

# SQL spellings, lower case, without their arguments. Floating `number`s default to double.
_PHYSICAL = {
    "bool": "bool",
    "boolean": "bool",
    "tinyint": "int8",
    "int8": "int8",
    "smallint": "int16",
    "int2": "int16",
    "int16": "int16",
    "int": "int32",
    "integer": "int32",
    "int4": "int32",
    "int32": "int32",
    "bigint": "int64",
    "int64": "int64",
    "long": "int64",
    "real": "float",
    "float4": "float",
    "float32": "float",
    "float": "float",
    "double": "double",
    "double precision": "double",
    "float8": "double",
    "float64": "double",
    "char": "string",
    "character": "string",
    "varchar": "string",
    "character varying": "string",
    "text": "string",
    "string": "string",
    "nvarchar": "string",
    "date": "date32[day]",
    "date32": "date32[day]",
    "timestamp": "timestamp[us]",
    "timestamp without time zone": "timestamp[us]",
    "timestamp_ntz": "timestamp[us]",
    "datetime": "timestamp[us]",
    "timestamptz": "timestamp[us, tz=UTC]",
    "timestamp_tz": "timestamp[us, tz=UTC]",
    "timestamp with time zone": "timestamp[us, tz=UTC]",
}
_DECIMAL = {"decimal", "numeric", "dec", "number"}
_CALL = re.compile(r"([a-z][a-z0-9_ ]*?)\s*(?:\(\s*([0-9, ]*)\s*\)\s*([a-z ]*))?")

# ODCS `logicalTypeOptions.format` of integers and numbers.
_FORMAT = {
    "i8": "int8",
    "i16": "int16",
    "i32": "int32",
    "i64": "int64",
    "f32": "float",
    "f64": "double",
}

_LOGICAL = {
    "string": "string",
    "integer": "int64",
    "number": "double",
    "boolean": "bool",
    "date": "date32[day]",
    "timestamp": "timestamp[us]",
}

LATER = ("time", "object", "array")
"""Logical types of the standard that this version refuses by name."""

_MAX_PRECISION = 38  # decimal128


class TypeRefusedError(ValueError):
    """No Arrow type can be had; `key` is the key of the property that is at fault."""

    def __init__(self, message: str, *, key: str) -> None:
        super().__init__(message)
        self.key = key


def arrow_type(logical: str | None, physical: str | None, options: dict[str, object]) -> str:
    """The Arrow type of an ODCS property, in pyarrow's spelling.

    Args:
        logical: `logicalType`.
        physical: `physicalType`, an SQL spelling; one that SQL does not know is passed over, as
            physical types may be of any system, where a logical type is there to decide.
        options: `logicalTypeOptions`.

    Raises:
        TypeRefusedError: No type can be told, or it is not part of this version.
    """
    if logical in LATER:
        message = f"logicalType {logical!r} is not part of this version"
        raise TypeRefusedError(message, key="logicalType")
    if logical is not None and logical not in _LOGICAL:
        message = f"unknown logicalType {logical!r}; known: {', '.join([*_LOGICAL, *LATER])}"
        raise TypeRefusedError(message, key="logicalType")
    known = _of_physical(physical) if physical else None
    if known is not None:
        _agree(logical, known, str(physical))
        return known
    if logical is None:
        message = (
            f"physicalType {physical!r} is unknown and there is no logicalType"
            if physical
            else "needs a logicalType or a physicalType"
        )
        raise TypeRefusedError(message, key="physicalType")
    spelled = options.get("format")
    if logical in ("integer", "number") and isinstance(spelled, str) and spelled in _FORMAT:
        return _FORMAT[spelled]
    if logical == "timestamp" and options.get("timezone") is True:
        return "timestamp[us, tz=UTC]"
    return _LOGICAL[logical]


def _of_physical(physical: str) -> str | None:
    match = _CALL.fullmatch(" ".join(physical.lower().split()))
    if match is None:
        return None
    name = " ".join(part for part in (match[1], (match[3] or "").strip()) if part)
    numbers = [int(n) for n in (match[2] or "").replace(" ", "").split(",") if n]
    if name in _DECIMAL:
        if not numbers:
            # SQL's default precision differs by system, and a double would lose digits.
            message = f"{physical!r} needs its precision and scale, such as decimal(15,2)"
            raise TypeRefusedError(message, key="physicalType")
        precision, scale = numbers[0], numbers[1] if len(numbers) > 1 else 0
        if not 1 <= precision <= _MAX_PRECISION or scale > precision:
            message = f"{physical!r}: a decimal has 1 to 38 digits and no more after the point"
            raise TypeRefusedError(message, key="physicalType")
        return f"decimal128({precision}, {scale})"
    if name == "float" and numbers:
        return "float" if numbers[0] <= 24 else "double"  # noqa: PLR2004  SQL:2016, 6.1
    return _PHYSICAL.get(name)


# Which Arrow types may stand behind a logical type.
_FAMILIES = {
    "string": ("string",),
    "integer": ("int", "decimal128"),
    "number": ("int", "float", "double", "decimal128"),
    "boolean": ("bool",),
    "date": ("date32", "timestamp"),
    "timestamp": ("timestamp",),
}


def _agree(logical: str | None, arrow: str, physical: str) -> None:
    families = _FAMILIES.get(logical) if logical else None
    if families is not None and not arrow.startswith(families):
        message = f"{physical!r} is no type of the logicalType {logical!r}"
        raise TypeRefusedError(message, key="physicalType")


def odcs_type(arrow: str) -> tuple[str, str]:
    """`logicalType` and `physicalType` of an Arrow type, for contracts that headrace writes."""
    if arrow.startswith("decimal128"):
        return "number", arrow.replace("decimal128", "decimal").replace(" ", "")
    return {
        "bool": ("boolean", "boolean"),
        "int8": ("integer", "tinyint"),
        "int16": ("integer", "smallint"),
        "int32": ("integer", "int"),
        "int64": ("integer", "bigint"),
        "float": ("number", "real"),
        "double": ("number", "double"),
        "string": ("string", "varchar"),
        "date32[day]": ("date", "date"),
        "timestamp[us]": ("timestamp", "timestamp"),
        "timestamp[us, tz=UTC]": ("timestamp", "timestamptz"),
    }[arrow]
