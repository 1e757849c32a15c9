"""A shared library: loaded, its functions found and called.

ctypes lets go of the interpreter's lock for as long as a call takes. Symbols stay the library's
own (`RTLD_LOCAL`): two libraries may both have a `free_string`. A library is never unloaded, which
runtimes such as Go's do not survive.
"""

import ctypes
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from headrace.cabi.config import BUILTIN, Part, Transport, place_of
from headrace.cabi.flight import FUNCTIONS, slot
from headrace.errors import PluginError

ABI_VERSION: Final = 1
"""The version that headrace speaks; a library without `abi_version` is taken to have it."""

SAID_CHARACTERS: Final = 2_000
"""Of what a library says of its error, in ours [characters]."""

_HANDLE: Final = ctypes.c_void_p
_STRING: Final = ctypes.c_void_p  # not c_char_p: the pointer is needed, to give the string back
_TEXT: Final = ctypes.c_char_p
_STRUCT: Final = ctypes.c_void_p

_Signature = tuple[Any, tuple[Any, ...]]

SHARED: Final[Mapping[str, _Signature]] = {
    "abi_version": (ctypes.c_uint32, ()),
    "free_string": (None, (_STRING,)),
    "last_error": (_STRING, (_HANDLE,)),
}
SIGNATURES: Final[Mapping[Part, Mapping[str, _Signature]]] = {
    "reader": {
        **SHARED,
        "create_reader": (_HANDLE, (_TEXT,)),
        "reader_schema": (_STRING, (_HANDLE,)),
        "extract_batch": (_STRING, (_HANDLE,)),
        "extract_batch_arrow": (ctypes.c_int, (_HANDLE, _STRUCT, _STRUCT)),
        "free_reader": (None, (_HANDLE,)),
    },
    "writer": {
        **SHARED,
        "create_writer": (_HANDLE, (_TEXT,)),
        "write_batch": (_STRING, (_HANDLE, _TEXT)),
        "write_batch_arrow": (_STRING, (_HANDLE, _STRUCT, _STRUCT)),
        "close_writer": (_STRING, (_HANDLE,)),
        "free_writer": (None, (_HANDLE,)),
    },
}
"""Result and arguments of every function that headrace calls."""

REQUIRED: Final[Mapping[Part, tuple[str, ...]]] = {
    "reader": ("create_reader", "extract_batch", "free_string"),
    "writer": ("create_writer", "write_batch", "free_string"),
}
"""What a library must have; everything else is used where it is there."""

ARROW: Final[Mapping[Part, str]] = {"reader": "extract_batch_arrow", "writer": "write_batch_arrow"}
"""The function by which a library declares that batches may cross as Arrow data."""


class Library:
    """A library with all of the functions that its part must have.

    Args:
        library: Its path, or `builtin`.
        part: What it is loaded as.

    Raises:
        PluginError: It is not there, cannot be loaded, lacks a function, or has another version.
    """

    def __init__(self, library: str, *, part: Part) -> None:
        self.part = part
        self.path = str(place_of(library, part))
        if not Path(self.path).is_file():
            raise self.fault(_missing(library))
        self._under_way = slot(part, self.path)
        self._functions: dict[str, tuple[int, Any]] = {}
        loaded = self._load()
        for name, (result, arguments) in SIGNATURES[part].items():
            function = getattr(loaded, name, None)
            if function is not None:
                function.restype, function.argtypes = result, arguments
                self._functions[name] = (FUNCTIONS.index(name), function)
        missing = [name for name in REQUIRED[part] if name not in self._functions]
        if missing:
            message = f"it lacks {', '.join(missing)}"
            raise self.fault(message)
        if "abi_version" in self:
            version = self.call("abi_version")
            if version != ABI_VERSION:
                message = f"it has version {version} of the ABI; headrace speaks {ABI_VERSION}"
                raise self.fault(message)

    def __contains__(self, name: str) -> bool:
        """Whether it has a function."""
        return name in self._functions

    def __str__(self) -> str:
        """What `headrace check` says of it."""
        transports = "arrow and json" if ARROW[self.part] in self else "json"
        return f"{self.path} has ABI version {ABI_VERSION}, by {transports}"

    def takes_arrow(self, transport: Transport) -> bool:
        """Whether batches cross as Arrow data.

        Raises:
            PluginError: They are to, and the library does not declare it.
        """
        declares = ARROW[self.part] in self
        if transport == "arrow" and not declares:
            message = f"transport: arrow needs {ARROW[self.part]}, which it lacks"
            raise self.fault(message)
        return declares and transport != "json"

    def call(self, name: str, *arguments: Any) -> Any:  # noqa: ANN401  any C value
        """Call a function that is there."""
        number, function = self._functions[name]
        before = self._under_way[0]
        self._under_way[0] = number
        try:
            return function(*arguments)
        finally:
            self._under_way[0] = before

    def string(self, name: str, *arguments: Any) -> bytes | None:  # noqa: ANN401  any C value
        """Call a function that returns a string; the string is given back, once.

        Returns:
            Its bytes; None for NULL.
        """
        pointer = self.call(name, *arguments)
        if not pointer:
            return None
        try:
            return ctypes.string_at(pointer)
        finally:
            self.call("free_string", pointer)

    def last_error(self, handle: int | None) -> str:
        """What the library says of its last error; empty where it says nothing."""
        said = self.string("last_error", handle) if "last_error" in self else None
        return said.decode("utf-8", "replace")[:SAID_CHARACTERS] if said else ""

    def fault(self, message: str, **where: Any) -> PluginError:  # noqa: ANN401  facts of any type
        """An error that names the library."""
        message = f"the library of {self.part} cabi: {message}"
        return PluginError(message, plugin=self.path, **where)

    def _load(self) -> ctypes.CDLL:
        self._under_way[0] = FUNCTIONS.index("the load of the library")
        try:
            mode = ctypes.RTLD_LOCAL | getattr(os, "RTLD_NOW", 0)
            return ctypes.CDLL(self.path, mode=mode)
        except OSError as error:
            message = f"it cannot be loaded: {error}"
            raise self.fault(message) from error
        finally:
            self._under_way[0] = 0


def _missing(library: str) -> str:
    if library == BUILTIN:
        return "it is not there: this installation of headrace was built without its libraries"
    return "there is no such file"
