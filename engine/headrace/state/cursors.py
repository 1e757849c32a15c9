"""What a reader sees of the state, and which of its advances a commit covers.

A reader runs ahead of the writer, so an advance is kept with the number of batches that were
yielded before it, and counts only once those have been handed on.
"""

import copy
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

import msgspec

from headrace.errors import PluginError


class StateManager:
    """Cursors of the streams of one run.

    Args:
        streams: The stored cursors.
    """

    def __init__(self, streams: Mapping[str, Any] | None = None) -> None:
        self._stored = copy.deepcopy(dict(streams or {}))
        self._seen = dict(self._stored)
        self._pending: deque[tuple[int, str, Any]] = deque()
        self._yielded = 0
        self._covered = 0
        self._lock = threading.Lock()

    def get(self, stream: str) -> Any:  # noqa: ANN401  a cursor is the reader's own JSON value
        """The cursor of a stream: the last advance, else what is stored, else None."""
        with self._lock:
            return copy.deepcopy(self._seen.get(stream))

    def advance(self, stream: str, cursor: Any) -> None:  # noqa: ANN401  any JSON value
        """Move a stream's cursor; covers everything yielded before it.

        It is stored only once all of that is committed.

        Raises:
            PluginError: The cursor would not come back from JSON as it is.
        """
        value = _as_stored(cursor)
        with self._lock:
            self._seen[stream] = value
            self._pending.append((self._yielded, stream, value))

    def yielded(self) -> None:
        """Count a batch that the reader yielded."""
        with self._lock:
            self._yielded += 1

    def consumed(self, batches: int, *, complete: bool) -> None:
        """Take the advances that the first `batches` batches cover.

        Args:
            batches: Batches that were handed on.
            complete: Whether the reader has ended: then every advance counts.
        """
        with self._lock:
            while self._pending and (complete or self._pending[0][0] <= batches):
                self._covered, stream, cursor = self._pending.popleft()
                self._stored[stream] = cursor

    def covers(self, batches: int) -> bool:
        """Whether the cursors that a commit stores now are past the first `batches` batches."""
        with self._lock:
            return self._covered >= batches

    def snapshot(self) -> dict[str, Any]:
        """The cursors that a commit stores now."""
        with self._lock:
            return copy.deepcopy(self._stored)


def _as_stored(cursor: Any) -> Any:  # noqa: ANN401  any JSON value
    try:
        value = msgspec.json.decode(msgspec.json.encode(cursor))
    except (TypeError, ValueError, RecursionError) as error:
        message = f"the reader's cursor is no JSON value: {error}"
        raise PluginError(message) from error
    if value != cursor:
        message = (
            f"the reader's cursor would come back from JSON as {value!r:.200}; write dates, "
            "decimals and bytes as text, keys as texts and sequences as lists"
        )
        raise PluginError(message)
    return value
