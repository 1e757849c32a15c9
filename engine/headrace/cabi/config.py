"""The keys of a cabi section, and where the library is."""

import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from headrace.job.struct import Struct

Transport: TypeAlias = Literal["auto", "json", "arrow"]
Part: TypeAlias = Literal["reader", "writer"]

BUILTIN: Final = "builtin"
"""Names the library that comes with headrace."""

_BUILTIN_STEMS: Final[dict[Part, str]] = {"reader": "csv_reader", "writer": "parquet_writer"}

LibraryPath: TypeAlias = Annotated[
    str,
    msgspec.Meta(
        extra={"headrace": "path", "names": (BUILTIN,)},
        description="Relative to the job file; builtin is the library that comes with headrace.",
    ),
]


class LibraryConfig(Struct, frozen=True, kw_only=True):
    """The keys of a cabi section that readers and writers share.

    Attributes:
        library: The shared library.
        config: What its `create_` function gets, beside the keys of the engine.
        transport: How batches cross; `auto` is Arrow where the library declares it, else JSON.
    """

    library: LibraryPath
    config: Mapping[str, Any] = msgspec.field(default_factory=dict)
    transport: Transport = "auto"

    def refuse(self, reserved: Collection[str]) -> None:
        """Refuse keys of the library's config that the engine sets.

        Raises:
            ValueError: There is one.
        """
        for key in self.config:
            if key in reserved:
                message = f"config.{key} is set by headrace and cannot be given"
                raise ValueError(message)


def place_of(library: str, part: Part) -> Path:
    """Where a library is, `builtin` included."""
    if library != BUILTIN:
        return Path(library)
    prefix, suffix = {"win32": ("", ".dll"), "darwin": ("lib", ".dylib")}.get(
        sys.platform, ("lib", ".so")
    )
    return Path(__file__).parent.parent / "_lib" / f"{prefix}{_BUILTIN_STEMS[part]}{suffix}"
