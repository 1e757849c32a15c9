"""Small JSON files that are there whole, or not: temporary file, fsync, rename, fsync."""

import os
from pathlib import Path
from typing import TypeVar

import msgspec

from headrace.errors import StateError

T = TypeVar("T")


def sync_dir(path: Path) -> None:
    """Make the names in a directory durable; where the system cannot, it need not (Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, value: object) -> None:
    """Replace `path` by `value` as JSON, atomically and durably.

    Raises:
        OSError: The disk is full, access is denied, …; `path` is as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    text = encode_json(value)
    for stale in path.parent.glob(f".{path.name}.*.tmp"):
        stale.unlink(missing_ok=True)  # of a process that died here
    try:
        with temporary.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_dir(path.parent)


def read_json(path: Path, kind: type[T], *, version: int) -> T | None:
    """Read what `write_json` wrote.

    Args:
        path: The file.
        kind: The struct it holds; has a `schema_version`.
        version: The newest version that this code reads.

    Returns:
        The value, or None where there is no such file.

    Raises:
        StateError: It is corrupt or of a newer version; it is never taken as absent.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise StateError(message, file=str(path)) from error
    return decode_json(text, kind, version=version, place=str(path))


def encode_json(value: object) -> bytes:
    """A struct as such a file holds it."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1)


def decode_json(text: bytes, kind: type[T], *, version: int, place: str) -> T:
    """A struct of what `encode_json` gave.

    Args:
        text: The file's content.
        kind: The struct it holds; has a `schema_version`.
        version: The newest version that this code reads.
        place: Where the text is from, for errors.

    Raises:
        StateError: It is corrupt or of a newer version; it is never taken as absent.
    """
    try:
        found = msgspec.json.decode(text, type=_Versioned).schema_version
        if found > version:
            message = f"the file is of version {found}, newer than {version}: upgrade headrace"
            raise StateError(message, file=place)
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as error:
        message = f"the file is corrupt: {error}; restore it from a backup, or see `headrace state`"
        raise StateError(message, file=place) from error


class _Versioned(msgspec.Struct):
    schema_version: int
