"""Byte sizes as people write them: `4MiB`, `128MiB`, `65536`, `100MB`."""

import re
from typing import Self

_UNITS = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*")


class ByteSize(int):
    """A whole number of bytes, at least 1.

    Raises:
        ValueError: The text is not a number with a known unit, or not a whole number of bytes.
    """

    __slots__ = ()

    def __new__(cls, value: "int | str") -> Self:
        """Read `value`: bytes, or a text such as `4MiB`."""
        if isinstance(value, str):
            match = _SIZE.fullmatch(value)
            unit = _UNITS.get(match[2].lower()) if match else None
            if match is None or unit is None:
                message = f"{value!r} is not a size; write for example 4MiB, 100MB or 65536"
                raise ValueError(message)
            number = float(match[1]) * unit
            if number != int(number):
                message = f"{value!r} is not a whole number of bytes"
                raise ValueError(message)
            value = int(number)
        if value < 1:
            message = f"a size is at least 1 byte, not {value}"
            raise ValueError(message)
        return super().__new__(cls, value)
