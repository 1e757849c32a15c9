"""Batches across by the Arrow C Data Interface.

Who is given an array owns it: what a library is given it releases, and what it fills is released
here, through the batch that is made of it.

Source:
    https://arrow.apache.org/docs/format/CDataInterface.html
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from headrace._native import RecordBatch

SCHEMA: Final = b"arrow_schema"
ARRAY: Final = b"arrow_array"

_RELEASE: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class ArrowSchema(ctypes.Structure):
    """`struct ArrowSchema`."""

    _fields_ = (
        ("format", ctypes.c_void_p),
        ("name", ctypes.c_void_p),
        ("metadata", ctypes.c_void_p),
        ("flags", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


class ArrowArray(ctypes.Structure):
    """`struct ArrowArray`."""

    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.c_void_p),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


_capsule = ctypes.pythonapi.PyCapsule_New
_capsule.restype = ctypes.py_object
_capsule.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)

_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = (ctypes.py_object, ctypes.c_char_p)


@contextmanager
def given(batch: RecordBatch) -> Iterator[tuple[int, int]]:
    """Pointers to the schema and the array of a batch, for a library to take over.

    What it does not take is released at the end of the block.
    """
    schema, array = batch.__arrow_c_array__()
    yield _pointer(schema, SCHEMA), _pointer(array, ARRAY)
    del schema, array  # the capsules release what nobody has taken


class Room:
    """Room for a schema and an array that a library fills; Arrow data once it has."""

    def __init__(self) -> None:
        self._schema = ArrowSchema()
        self._array = ArrowArray()

    @property
    def pointers(self) -> tuple[Any, Any]:
        """Where to."""
        return ctypes.addressof(self._schema), ctypes.addressof(self._array)

    @property
    def is_filled(self) -> bool:
        """Whether both are there."""
        return bool(self._schema.release and self._array.release)

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[Any, Any]:
        """The Arrow PyCapsule interface; the capsules live as long as this."""
        del requested_schema  # a library answers in its own types
        schema, array = self.pointers
        return _capsule(schema, SCHEMA, None), _capsule(array, ARRAY, None)

    def release(self) -> None:
        """Release what nobody has taken; nothing the second time."""
        for struct in (self._array, self._schema):
            if struct.release:
                _RELEASE(struct.release)(ctypes.addressof(struct))
                struct.release = None
