"""Which library the process is in, in memory that outlives the process.

A library can end the process: a segmentation fault, `abort`, `exit`. Nobody in it can then say who
it was, so each call is noted before it is made, in a few pages that a parent shares, and crossed
out when it has returned. Who started the process under `Flight.create` reads them after its end.
"""

import mmap
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

VARIABLE: Final = "HEADRACE_FLIGHT"
"""The environment variable that holds the file descriptor."""

FUNCTIONS: Final = (
    "",
    "the load of the library",
    "abi_version",
    "create_reader",
    "reader_schema",
    "extract_batch",
    "extract_batch_arrow",
    "free_reader",
    "create_writer",
    "write_batch",
    "write_batch_arrow",
    "close_writer",
    "free_writer",
    "last_error",
    "free_string",
)
"""What can be under way, by its number; 0 is nothing."""

_PARTS: Final = ("reader", "writer")
_SLOT_BYTES: Final = 8192  # a path of PATH_MAX bytes and the number of a function before it
_MAGIC: Final = b"headrace flight 1"
_HEAD: Final = len(_PARTS) * _SLOT_BYTES
_OUTCOME: Final = _HEAD + len(_MAGIC)
_PARENT: Final = _OUTCOME + 2
_BYTES: Final = _HEAD + _SLOT_BYTES


@dataclass(frozen=True, slots=True)
class Call:
    """A library, and the function that is under way in it; none where that is empty."""

    part: str
    library: str
    function: str

    def __str__(self) -> str:
        """`write_batch of the writer's library /path/lib.so`."""
        function = f"{self.function} of " if self.function else ""
        return f"{function}the {self.part}'s library {self.library}"


class Flight:
    """The pages.

    Args:
        descriptor: A file that `create` made, here or in the parent; owned from now on.

    Raises:
        ValueError: It is no such file.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._pages = mmap.mmap(descriptor, _BYTES)
        if self._pages[_HEAD : _HEAD + len(_MAGIC)] != _MAGIC:
            message = f"descriptor {descriptor} is no flight's"
            raise ValueError(message)

    @classmethod
    def create(cls) -> "Flight":
        """New pages, in a file without a name that a child may inherit.

        The child finds them by the environment of `environment`, and must inherit `descriptor`.
        """
        if hasattr(os, "memfd_create"):
            descriptor = os.memfd_create("headrace-flight")
        else:
            import tempfile  # noqa: PLC0415  it brings random with it

            with tempfile.TemporaryFile() as file:
                descriptor = os.dup(file.fileno())
        os.truncate(descriptor, _BYTES)
        os.pwrite(descriptor, _MAGIC, _HEAD)
        os.pwrite(descriptor, os.getpid().to_bytes(8, "little"), _PARENT)
        return cls(descriptor)

    @property
    def environment(self) -> dict[str, str]:
        """What a child finds the pages by."""
        return {VARIABLE: str(self.descriptor)}

    @property
    def parent(self) -> int:
        """The process that made the pages."""
        return int.from_bytes(self._pages[_PARENT : _PARENT + 8], "little")

    def close(self) -> None:
        """Let go of the pages and their file."""
        self._pages.close()
        os.close(self.descriptor)

    def slot(self, part: str, library: str) -> memoryview:
        """Note that a library is about to be loaded; its first byte is what is under way."""
        start = _PARTS.index(part) * _SLOT_BYTES
        path = os.fsencode(library)[: _SLOT_BYTES - 2]
        self._pages[start + 1 : start + 2 + len(path)] = path + b"\0"
        return memoryview(self._pages)[start : start + 1]

    def libraries(self) -> Sequence[Call]:
        """Every library that was loaded, and what is under way in it."""
        found = []
        for index, part in enumerate(_PARTS):
            start = index * _SLOT_BYTES
            number = self._pages[start]
            path, _, _ = self._pages[start + 1 : start + _SLOT_BYTES].partition(b"\0")
            if path:
                function = FUNCTIONS[number] if number < len(FUNCTIONS) else "?"
                found.append(Call(part, os.fsdecode(path), function))
        return found

    def under_way(self) -> Sequence[Call]:
        """The calls that have not returned."""
        return [call for call in self.libraries() if call.function]

    def ended(self, code: int) -> None:
        """Note that the process has said all that it has to say, and its exit code."""
        self._pages[_OUTCOME : _OUTCOME + 2] = bytes((1, code & 0xFF))

    @property
    def outcome(self) -> int | None:
        """The exit code that was noted; None where the process did not come that far."""
        return self._pages[_OUTCOME + 1] if self._pages[_OUTCOME] else None


@cache
def attached() -> Flight | None:
    """The pages of whoever started this process; None where nobody reads them."""
    # Not for the children of this process: the pages are one process's.
    descriptor = os.environ.pop(VARIABLE, "")
    if not descriptor.isdecimal():
        return None
    try:
        flight = Flight(int(descriptor))
    except (OSError, ValueError):
        return None  # the descriptor was not inherited
    os.set_inheritable(flight.descriptor, False)  # noqa: FBT003  the system's own interface
    return flight


def slot(part: str, library: str) -> "memoryview | bytearray":
    """Where a library notes what is under way, whether anybody reads it or not."""
    pages = attached()
    return pages.slot(part, library) if pages is not None else bytearray(1)
