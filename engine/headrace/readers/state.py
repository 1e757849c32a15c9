"""The state, as a reader sees it."""

from typing import Any, Protocol


class State(Protocol):
    """What a reader needs of the state."""

    def get(self, stream: str) -> Any:  # noqa: ANN401  any JSON value
        """The stored cursor."""

    def advance(self, stream: str, cursor: Any) -> None:  # noqa: ANN401  any JSON value
        """Move the cursor to one past everything yielded so far."""

    def merge(self, stream: str, patch: Any) -> None:  # noqa: ANN401  any JSON value
        """Change the cursor, as JSON Merge Patch does, to one past everything yielded so far."""


__all__ = ["State"]
