"""What a reader sees of the state, and which of its advances a commit covers.

A reader runs ahead of the writer, so an advance is kept with the number of batches that were
yielded before it, and counts only once those have been handed on.
"""

import copy
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from headrace.errors import PluginError


class StateManager:
    """Cursors of the streams of one run.

    Args:
        streams: The stored cursors.
        names: The streams of a job that has several. An advance under one of these names covers
            that stream's batches, under any other name those of all streams.
    """

    def __init__(
        self, streams: Mapping[str, Any] | None = None, *, names: Iterable[str] = ()
    ) -> None:
        self._names = frozenset(names)
        self._stored = copy.deepcopy(dict(streams or {}))
        self._seen = copy.deepcopy(self._stored)
        # Batches before it, stream, value, and whether that is a patch.
        self._pending: deque[tuple[int, str, Any, bool]] = deque()
        self._yielded = 0
        self._handed_on = 0
        # Streams of the batches that were yielded and not handed on yet.
        self._order: deque[str] = deque()
        # Of each stream: how many batches there were up to its last one, and up to its cursor.
        self._last: dict[str, int] = {}
        self._covered: dict[str, int] = {}
        self._covered_all = 0
        self._lock = threading.Lock()

    def get(self, stream: str) -> Any:  # noqa: ANN401  a cursor is the reader's own JSON value
        """The cursor of a stream: the last advance, else what is stored, else None."""
        with self._lock:
            return copy.deepcopy(self._seen.get(stream))

    def advance(self, stream: str, cursor: Any) -> None:  # noqa: ANN401  any JSON value
        """Move a stream's cursor; covers everything yielded before it.

        In a job with several streams it covers what that stream yielded; a cursor of all of them
        goes by a name that is none of theirs. It is stored only once all of that is committed.

        Raises:
            PluginError: The cursor would not come back from JSON as it is.
        """
        value = _as_stored(cursor)
        with self._lock:
            self._seen[stream] = value
            self._pending.append((self._yielded, stream, copy.deepcopy(value), False))

    def merge(self, stream: str, patch: Any) -> None:  # noqa: ANN401  any JSON value
        """Change a stream's cursor by a JSON merge patch; covers what `advance` covers.

        It takes the time of the patch, not of the cursor: for cursors that hold much, such as one
        entry a file.

        Raises:
            PluginError: The patch would not come back from JSON as it is.

        Source:
            RFC 7396: objects are merged, null removes, anything else replaces.
        """
        value = _as_stored(patch)
        with self._lock:
            self._seen[stream] = _merged(self._seen.get(stream), copy.deepcopy(value))
            self._pending.append((self._yielded, stream, value, True))

    def yielded(self, stream: str = "") -> None:
        """Count a batch of a stream that the reader yielded."""
        with self._lock:
            self._yielded += 1
            self._order.append(stream if self._names else "")

    def consumed(self, batches: int, *, complete: bool) -> None:
        """Take the advances that the first `batches` batches cover.

        Args:
            batches: Batches that were handed on.
            complete: Whether the reader has ended: then every advance counts.
        """
        with self._lock:
            while self._order and self._handed_on < batches:
                self._handed_on += 1
                self._last[self._order.popleft()] = self._handed_on
            while self._pending and (complete or self._pending[0][0] <= batches):
                before, stream, value, is_patch = self._pending.popleft()
                if stream in self._names:
                    self._covered[stream] = before
                else:
                    self._covered_all = before
                cursor = _merged(self._stored.get(stream), value) if is_patch else value
                self._stored[stream] = cursor

    def covers(self, batches: int) -> bool:
        """Whether the cursors that a commit stores now are past the first `batches` batches."""
        with self._lock:
            return self._handed_on >= batches and all(
                last <= max(self._covered_all, self._covered.get(stream, 0))
                for stream, last in self._last.items()
            )

    def snapshot(self) -> dict[str, Any]:
        """The cursors that a commit stores now."""
        with self._lock:
            return copy.deepcopy(self._stored)


def _merged(target: Any, patch: Any) -> Any:  # noqa: ANN401  any JSON value
    """`target`, changed in place where it can be, by a merge patch that is given away."""
    if not isinstance(patch, dict):
        return patch
    merged = target if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return merged


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
