"""Single fields of many records: what a cursor or a parent's child needs, and nothing else of them.

Records are passed over by the decoder, so that a page does not become Python objects.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from headrace.errors import DecodeError, ReaderError
from headrace.readers.apipage import Page
from headrace.readers.jsonpath import JsonPath

_NULL = msgspec.Raw(b"null")


class Fields:
    """Reads fields of records.

    Args:
        paths: Of keys.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        keys = [JsonPath(path).keys or (path,) for path in paths]
        outer = list(dict.fromkeys(first for first, *_ in keys))
        names = {f"f{n}": key for n, key in enumerate(outer)}
        record = msgspec.defstruct(
            "Record", [(name, msgspec.Raw, _NULL) for name in names], rename=names
        )
        self._decoder: Any = msgspec.json.Decoder(list[record])  # type: ignore[valid-type]
        members = [f"f{outer.index(first)}" for first, *_ in keys]
        below = [JsonPath("$" + "".join(f"[{key!r}]" for key in inner)) for _, *inner in keys]
        self._parts = list(zip(members, below, strict=True))

    def texts(self, records: bytes) -> list[list[bytes | None]]:
        """The JSON of each field of each record; None where it has none, or null.

        Args:
            records: An array of objects.

        Raises:
            msgspec.DecodeError: It is not JSON, or has something else in it.
        """
        return [
            [_below(getattr(record, member), path) for member, path in self._parts]
            for record in self._decoder.decode(records)
        ]


def fields_of(
    page: Page, fields: Mapping[str, bool], *, last_only: bool = False
) -> list[dict[str, str]]:
    """Fields of a page's records, as JSON.

    Args:
        page: The page.
        fields: Paths of keys, each with whether it is part of a request.
        last_only: Whether those of the last part of the page are enough.

    Raises:
        ReaderError: What is part of a request is not there, or no text, number or boolean.
        DecodeError: The records are not objects.
    """
    reader = Fields(list(fields))
    found: list[dict[str, str]] = []
    first = 0
    for start, end, count in page.cuts:
        if not last_only or end == page.cuts[-1][1]:
            try:
                records = reader.texts(b"[%b]" % page.data[start:end])
            except msgspec.DecodeError as error:
                message = f"the page's records cannot be read: {error}"
                raise DecodeError(message, **page.where) from error
            for index, texts in enumerate(records):
                told = dict(zip(fields, texts, strict=True))
                where = {**page.where, "record": first + index + 1}
                _check_asked([name for name in told if fields[name]], told, where)
                found.append({name: (text or b"null").decode() for name, text in told.items()})
        first += count
    return found


def _check_asked(
    names: Sequence[str], record: Mapping[str, bytes | None], where: Mapping[str, Any]
) -> None:
    """Refuse fields that cannot be part of a request."""
    for name in names:
        text = record[name]
        if text is None or text[:1] in (b"{", b"["):
            message = f"a record has no text or number at {name!r}, which the next request needs"
            raise ReaderError(message, **where, field=name)


def _below(value: msgspec.Raw, path: JsonPath) -> bytes | None:
    """What stands at a path within a field; None where that is nothing, or null."""
    data = bytes(value)
    texts = path.texts(data) if path.keys else [data]
    return None if not texts or texts[0] == b"null" else texts[0]


__all__ = ["Fields", "fields_of"]
