"""Any writer in a shared library, by the C ABI."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from headrace import _native
from headrace._native import translated
from headrace.batch import Batch
from headrace.cabi.arrow import given
from headrace.cabi.config import LibraryConfig, place_of
from headrace.cabi.handle import Handle
from headrace.cabi.library import Library
from headrace.schema import Schema

ENGINE_KEYS: Final = ("output_path", "schema")
"""Keys of the library's config that the engine sets."""

RETURNED_CHARACTERS: Final = 200
"""Of what a library returned in place of files, in our message [characters]."""


class CabiWriterConfig(LibraryConfig, frozen=True, kw_only=True):
    """The keys of `writer: {type: cabi}`; `output_path` and `schema` are set by the engine."""

    output_path: str = ""
    schema: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what the engine sets."""
        self.refuse(ENGINE_KEYS)


class CabiWriter:
    """Writes batches by a library.

    Args:
        config: The job's writer section with `output_path` and `schema`.

    Raises:
        PluginError: The library is none, or refuses its config.
    """

    Config = CabiWriterConfig

    def __init__(self, config: CabiWriterConfig) -> None:
        self._library = Library(config.library, part="writer")
        self._by_arrow = self._library.takes_arrow(config.transport)
        self._schema = Schema.wrap(config.schema).native()
        added = {"output_path": config.output_path, "schema": config.schema}
        self._handle = Handle(self._library, {**config.config, **added})

    @staticmethod
    def origin(config: CabiWriterConfig) -> str:
        """Whom errors name: the library."""
        return str(place_of(config.library, "writer"))

    @staticmethod
    def check_config(config: CabiWriterConfig) -> str:
        """Load the library and look for its functions.

        Where the columns are known, a writer is made and freed, in a folder of its own.

        Raises:
            PluginError: It is none, or refuses its config.
        """
        library = Library(config.library, part="writer")
        library.takes_arrow(config.transport)
        if not config.schema:
            return f"{library}; no writer was made, for nobody declares the columns"
        from tempfile import TemporaryDirectory  # noqa: PLC0415  a run needs none

        with TemporaryDirectory(prefix="headrace-check-") as scratch:
            CabiWriter(msgspec.structs.replace(config, output_path=scratch)).abort()
        return str(library)

    def write_batch(self, batch: Batch, file_counter: int) -> Sequence[Any]:  # noqa: ARG002  a library names its files
        """Take a batch; returns the files that it completed.

        Raises:
            PluginError: The library failed, or returned what is no list of files.
        """
        native = batch.arrow()
        if native.schema != self._schema:
            with translated():
                native = native.with_schema(self._schema)
        if self._by_arrow:
            with given(native) as pointers:
                return self._files("write_batch_arrow", *pointers)
        with translated():
            records = _native.encode_json(native)
        return self._files("write_batch", records)

    def close(self) -> Sequence[Any]:
        """End the open files, where the library has any; returns them.

        Raises:
            PluginError: The library failed, or returned what is no list of files.
        """
        files = self._files("close_writer") if "close_writer" in self._library else []
        self._handle.free()
        return files

    def abort(self) -> None:
        """Let go of the writer."""
        self._handle.free()

    def _files(self, name: str, *arguments: Any) -> Sequence[Any]:  # noqa: ANN401  any C value
        found = self._handle.json(name, *arguments)
        files = found.get("files") if isinstance(found, dict) else found
        if not isinstance(files, list):
            said = msgspec.json.encode(found).decode()[:RETURNED_CHARACTERS]
            message = (
                f"{name} returned neither a JSON array of files nor an object with files: {said}"
            )
            raise self._library.fault(message)
        return files
