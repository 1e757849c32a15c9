"""What the state keeps of a stream: where the run before ended, and where this one stands."""

from collections.abc import Mapping
from typing import Any, Final

from headrace.errors import StateError
from headrace.readers.apicursor import Cursor
from headrace.readers.apiendpoint import Endpoint
from headrace.readers.apiwalk import Entry
from headrace.readers.state import State

FIELD: Final = "field"
"""Key of the state's entry: the field of the cursor."""

SINCE: Final = "since"
"""Key: the newest cursor of the runs that have ended, as text."""

NEWEST: Final = "max"
"""Key: the newest of a run that was broken off."""

NEXT: Final = "next"
"""Key: where such a run is continued."""


class Bookmark:
    """The state of one stream that has a cursor.

    Args:
        state: What is stored; None where nothing is kept.
        stream: The stream's name.
        endpoint: What is read.
        field: The field of its cursor.

    Raises:
        StateError: What is stored is not of this stream as the job has it.

    Attributes:
        entry: Where to begin; None at the first page.
        cursor: The cursor, as it stands.
    """

    def __init__(self, state: State | None, stream: str, endpoint: Endpoint, field: str) -> None:
        self._state = state
        self._stream = stream
        stored = state.get(stream) if state is not None else None
        self._stored = _checked(stored, field, stream)
        self.entry: Entry | None = self._stored.get(NEXT)
        if endpoint.cursor is None:
            message = "the stream has no cursor"
            raise AssertionError(message)
        self.cursor = Cursor(
            endpoint.cursor,
            field,
            stream=stream,
            since=self._stored.get(SINCE),
            newest=self._stored.get(NEWEST),
        )

    def move(self, after: Entry | None) -> None:
        """Have the state cover what was yielded so far.

        Args:
            after: Where the next run begins; None where this one has read everything.
        """
        if self._state is None:
            return
        cursor = self.cursor
        entry: dict[str, Any] = {FIELD: cursor.field}
        since = cursor.newest if after is None else cursor.since
        if since is not None:
            entry[SINCE] = since
        if after is not None:
            entry[NEXT] = after
            if cursor.newest is not None:
                entry[NEWEST] = cursor.newest
        if entry != self._stored and (self._stored or len(entry) > 1):
            self._state.advance(self._stream, entry)
            self._stored = entry


def _checked(stored: object, field: str, stream: str) -> Mapping[str, Any]:
    """What is stored; empty where nothing is.

    Raises:
        StateError: It is of another cursor, or none of this reader's.
    """
    if stored is None:
        return {}
    if isinstance(stored, dict) and stored.get(FIELD) == field:
        texts = [stored[key] for key in (SINCE, NEWEST) if key in stored]
        if all(isinstance(text, str) for text in texts) and isinstance(stored.get(NEXT, {}), dict):
            return stored
    message = f"the state is of another cursor than {field!r}: have it again, or reset the state"
    raise StateError(message, stream=stream)


__all__ = ["Bookmark"]
