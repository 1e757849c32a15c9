"""The cursor of records: which is newer, how a request asks for what is, what a state keeps."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, Final

import msgspec

from headrace.errors import ReaderError, StateError
from headrace.readers.apiendpointconfig import CursorConfig
from headrace.readers.apifields import Fields

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?\s*(Z|z|[+-]\d\d(?::?\d\d)?)?"
)
_MAIL = re.compile(r"[A-Z][a-z]{2}, \d")
_UNORDERED = re.compile(r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCHS: Final = {"epoch_s": timedelta(seconds=1), "epoch_ms": timedelta(milliseconds=1)}

Place = tuple[str, Any]
"""The kind of a cursor, and what compares within it."""


def place_of(text: str) -> Place:
    """Where a cursor stands in its order.

    Numbers compare as numbers, also where they come as texts; dates and times as such, whatever
    their zones and however many digits their fractions have; other texts by their characters.
    """
    if _NUMBER.fullmatch(text):
        return "number", Decimal(text)
    try:
        if _DATE.fullmatch(text):
            return "date", date.fromisoformat(text)
        if match := _MOMENT.fullmatch(text):
            day, time, fraction, zone = match.groups()
            moment = datetime.fromisoformat(f"{day}T{time}{(zone or '').upper()}")
            kind = "time" if zone is None else "instant"
            bare = moment if zone is None else moment.astimezone(UTC).replace(tzinfo=None)
            return kind, (bare, (fraction or "").rstrip("0"))
        if _MAIL.match(text):
            moment = parsedate_to_datetime(text)
            return "instant", (moment.astimezone(UTC).replace(tzinfo=None), "")
    except ValueError:
        return "text", text  # 2024-13-01 is one like any other
    return "text", text


class Cursor:
    """The cursor of one stream, as a run goes on.

    Args:
        config: The options.
        field: Path of the field that tells what is new.
        stream: The stream's name.
        since: Where the run before ended, as the state has it; None in the first run.
        newest: The newest that this run had read when it was broken off; None where it was not.

    Raises:
        StateError: What the state has are no cursors of one kind.

    Attributes:
        since: Where the run before ended.
        newest: The newest so far.
        num_old: Records that were left out because the run before had them.
        num_nulls: Records that were left out because they have none.
    """

    def __init__(
        self,
        config: CursorConfig,
        field: str,
        *,
        stream: str,
        since: str | None = None,
        newest: str | None = None,
    ) -> None:
        self._config = config
        self._fields = Fields([field])
        self._stream = stream
        self.field = field
        self.since = since
        self.newest = newest if newest is not None else since
        self._since = None if since is None else place_of(since)
        self._newest = None if self.newest is None else place_of(self.newest)
        if self._since and self._newest and self._since[0] != self._newest[0]:
            message = "the state holds cursors of two kinds: reset it"
            raise StateError(message, stream=stream)
        self.num_old = 0
        self.num_nulls = 0

    @property
    def param(self) -> str | None:
        """What the request's parameter is; None where it has none.

        Raises:
            ReaderError: It cannot be spelled as the options say.
        """
        if self.since is not None:
            return self._spelled(self.since)
        start = self._config.start
        return None if start is None else str(start)

    def take(self, records: bytes, first: int) -> list[bool]:
        """Move past records; says of each whether it is new.

        Args:
            records: An array of objects.
            first: Number of the first of them in its page, from 0, for errors.

        Raises:
            ReaderError: One has no cursor, or one of another kind.
        """
        cursors = self._cursors(records, first)
        return [self._is_new(text, first + index) for index, text in enumerate(cursors)]

    def notes(self) -> list[str]:
        """What a run's report says of it."""
        notes = []
        if self.num_old:
            notes.append(
                f"{self._stream}: {self.num_old} records were left out that are not newer than "
                "the state"
            )
        if self.num_nulls:
            notes.append(f"{self._stream}: {self.num_nulls} records without {self.field!r} skipped")
        return notes

    def _cursors(self, records: bytes, first: int) -> Sequence[str | None]:
        try:
            found = self._fields.texts(records)
        except msgspec.DecodeError:
            return []  # whoever makes rows of it says what is wrong, and where
        return [self._text(text, first + index) for index, (text,) in enumerate(found)]

    def _text(self, data: bytes | None, index: int) -> str | None:
        """A cursor as text; None where there is none."""
        if data is None:
            return None
        if data[:1] == b'"':
            return str(msgspec.json.decode(data))
        if _NUMBER.fullmatch(number := data.decode()):
            return number
        message = f"a record's {self.field!r} is neither a text nor a number"
        raise ReaderError(message, record=index + 1, field=self.field)

    def _is_new(self, text: str | None, index: int) -> bool:
        if text is None:
            if self._config.nulls == "error":
                message = (
                    f"a record has no {self.field!r}, so no run would tell whether it is new: set "
                    "cursor.nulls: skip to pass over such records"
                )
                raise ReaderError(message, record=index + 1, field=self.field)
            self.num_nulls += 1
            return False
        place = place_of(text)
        if place[0] == "text" and _UNORDERED.match(text):
            message = f"a record's {self.field!r} is a date whose characters have not its order"
            raise ReaderError(message, record=index + 1, field=self.field)
        if self._newest is not None and place[0] != self._newest[0]:
            message = (
                f"a record's {self.field!r} is a {place[0]}, where one before is a "
                f"{self._newest[0]}: they have no order"
            )
            raise ReaderError(message, record=index + 1, field=self.field)
        if self._newest is None or place[1] > self._newest[1]:
            self.newest, self._newest = text, place
        if self._since is None:
            return True
        is_new = place[1] > self._since[1] or (
            self._config.inclusive and place[1] == self._since[1]
        )
        self.num_old += not is_new
        return bool(is_new)

    def _spelled(self, text: str) -> str:
        """A cursor as the parameter has it."""
        spelling = self._config.format
        if spelling is None:
            return text
        kind, value = place_of(text)
        if kind in {"time", "instant"}:
            moment = value[0].replace(tzinfo=UTC)
        elif kind == "date":
            moment = datetime(value.year, value.month, value.day, tzinfo=UTC)
        else:
            message = f"cursor.format is for dates and times; {self.field!r} is a {kind}"
            raise ReaderError(message, stream=self._stream, field=self.field)
        if spelling in _EPOCHS:
            return str((moment - _EPOCH) // _EPOCHS[spelling])
        # Whole seconds: the fraction is cut off, so that none between is missed.
        return str(moment.strftime(spelling))


__all__ = ["Cursor", "Place", "place_of"]
