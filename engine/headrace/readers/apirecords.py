"""The records of a page as batches, part by part: each part is decoded when it is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from headrace.batch import Batch, Position
from headrace.errors import ContractError, DecodeError
from headrace.readers.apipage import Cut, Page
from headrace.readers.jsonrecords import JsonRecords, Place


class Part:
    """A part of a page's records.

    Args:
        page: The page.
        cut: Where the part stands in it.
        first: Index of its first record in the page, from 0.

    Attributes:
        document: Its records, as an array.
        first: Index of its first record.
    """

    def __init__(self, page: Page, cut: Cut, first: int) -> None:
        start, end, _ = cut
        self.document = b"[%b]" % page.data[start:end]
        self.first = first
        self._where = page.where
        self._path = f"{page.url} (page {page.number})"
        self._start = start if page.is_verbatim else None
        # The array as it was cut, where that was changed, and which records of it are left.
        self._original: bytes | None = None
        self._kept: Sequence[int] | None = None

    def texts(self) -> list[msgspec.Raw]:
        """Each record's own text.

        Raises:
            DecodeError: One is not JSON.
        """
        try:
            return msgspec.json.decode(self.document, type=list[msgspec.Raw])
        except msgspec.DecodeError as error:
            message = f"the page is not JSON: {error}"
            raise DecodeError(message, **self._where, record=self.first + 1) from error

    def keep(self, are_kept: Sequence[bool]) -> None:
        """Leave out the records that are not kept."""
        if all(are_kept):
            return
        kept = [index for index, is_kept in enumerate(are_kept) if is_kept]
        texts = self.texts()
        self._change([texts[index] for index in kept])
        self._kept = kept

    def add(self, members: Mapping[str, bytes]) -> None:
        """Give each record members, by name and JSON."""
        added = b",".join(msgspec.json.encode(name) + b":" + text for name, text in members.items())
        if added:
            self._change([_with(added, text) for text in self.texts()])

    def batch(self, records: JsonRecords) -> Batch | None:
        """The part as a batch; None where it has no records left.

        Raises:
            DecodeError: It is not JSON; says the byte.
            ContractError: A record is no object, or none has a key and nobody has declared columns.
        """
        try:
            return records.batch(self.document, place=self._placed())
        except DecodeError as error:
            offset = error.where.get("byte_offset")
            at = None
            if offset is not None and self._start is not None and self._original is None:
                at = self._start + offset - 1
            raise DecodeError(error.message, **self._where, byte_offset=at) from error
        except ContractError as error:
            for index, text in enumerate(self.texts()):
                if bytes(text)[:1] != b"{":
                    number = self._number(index)
                    message = "a record is no JSON object: see `records`"
                    raise ContractError(message, **self._where, record=number) from error
            error.where = self._where | error.where
            raise

    def _change(self, texts: Sequence[Any]) -> None:
        if self._original is None:
            self._original = self.document
        self.document = b"[%b]" % b",".join(bytes(text) for text in texts)

    def _number(self, index: int) -> int:
        """Of a record of the document in its page, from 1."""
        return self.first + (self._kept[index] if self._kept is not None else index) + 1

    def _placed(self) -> Place:
        path, start, original, kept = self._path, self._start, self._original, self._kept
        first = self.first

        @cache
        def offsets() -> list[int]:
            """Of each record in the array as it was cut."""
            found, at = [], 0
            for text in msgspec.json.decode(original or b"[]", type=list[msgspec.Raw]):
                at = (original or b"").index(bytes(text), at)
                found.append(at)
                at += len(bytes(text))
            return found

        def place(index: int, offset: int) -> Position:
            number = kept[index] if kept is not None else index
            within = offset if original is None else offsets()[number]
            at = None if start is None else start + within - 1
            return Position(path, first + number + 1, at)

        return place


def parts_of(page: Page) -> Iterator[Part]:
    """The parts of a page, one by one."""
    first = 0
    for cut in page.cuts:
        yield Part(page, cut, first)
        first += cut[2]


def _with(added: bytes, text: msgspec.Raw) -> bytes:
    """An object with members before its own; anything else as it is."""
    record = bytes(text)
    if record[:1] != b"{":
        return record
    own = record[1:].lstrip()
    return b"{%b%b%b" % (added, b"" if own == b"}" else b",", own)


__all__ = ["Part", "parts_of"]
