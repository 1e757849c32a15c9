"""Any writer in a shared library, by the C ABI."""

from collections.abc import Sequence
from typing import Any, Final

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
        """Load the library and look for its functions; no writer is made.

        Raises:
            PluginError: It is none.
        """
        library = Library(config.library, part="writer")
        library.takes_arrow(config.transport)
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
            message = f"{name} returned neither a JSON array of files nor an object with files"
            raise self._library.fault(message)
        return files
