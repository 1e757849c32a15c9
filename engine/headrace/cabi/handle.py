"""A reader or writer of a library, freed once."""

from collections.abc import Mapping
from typing import Any

import msgspec

from headrace.cabi.library import Library


class Handle:
    """What `create_reader` or `create_writer` returned.

    Args:
        library: The library.
        config: The config that it gets, as JSON.

    Raises:
        PluginError: It returned NULL.
    """

    def __init__(self, library: Library, config: Mapping[str, Any]) -> None:
        self.library = library
        create = f"create_{library.part}"
        self._pointer: int | None = library.call(create, msgspec.json.encode(config))
        if not self._pointer:
            raise self._failed(create, library.last_error(None))

    def text(self, name: str, *arguments: Any) -> bytes:  # noqa: ANN401  any C value
        """Call a function that returns a string.

        Raises:
            PluginError: It returned NULL.
        """
        text = self.library.string(name, self._pointer, *arguments)
        if text is None:
            raise self._failed(name, self.library.last_error(self._pointer))
        return text

    def text_or_end(self, name: str) -> bytes | None:
        """As `text`, where NULL without an error is the end.

        Raises:
            PluginError: It returned NULL, and has an error.
        """
        text = self.library.string(name, self._pointer)
        if text is None and (said := self.library.last_error(self._pointer)):
            raise self._failed(name, said)
        return text

    def filled(self, name: str, *arguments: Any) -> bool:  # noqa: ANN401  any C value
        """Call a function that fills structs: whether it did, or is at its end.

        Raises:
            PluginError: It failed, or returned neither 1 nor 0.
        """
        outcome = self.library.call(name, self._pointer, *arguments)
        if outcome not in (0, 1):
            said = self.library.last_error(self._pointer)
            raise self._failed(name, said or f"it returned {outcome}")
        return bool(outcome)

    def json(self, name: str, *arguments: Any) -> Any:  # noqa: ANN401  any JSON value
        """Call a function that returns JSON.

        Raises:
            PluginError: It returned NULL, or what is no JSON.
        """
        text = self.text(name, *arguments)
        try:
            return msgspec.json.decode(text.decode("utf-8"))
        except (UnicodeDecodeError, msgspec.DecodeError) as error:
            message = f"{name} returned what is no JSON: {error}"
            raise self.library.fault(message) from error

    def free(self) -> None:
        """End its life, where the library can; nothing the second time."""
        pointer, self._pointer = self._pointer, None
        free = f"free_{self.library.part}"
        if pointer and free in self.library:
            self.library.call(free, pointer)

    def _failed(self, name: str, said: str) -> Exception:
        return self.library.fault(f"{name} failed: {said or 'it does not say why'}")
