"""One page: where its records stand, and what else it says, without a Python object a record."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from headrace import _native
from headrace._native import translated
from headrace.errors import ContractError, DecodeError, ReaderError
from headrace.readers.apiconnection import Answer
from headrace.readers.jsonpath import JsonPath

_BYTE = re.compile(r"\(byte (\d+)\)")
_DIGEST_BYTES: Final = 16
_NO_CONTENT: Final = 204
_NOTHING: Final = b"[]"
_CORE: Final = "the records are not JSON: "

Cut = tuple[int, int, int]
"""A part of the records: from, to [bytes], and how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page.

    Attributes:
        url: What was asked, without secrets.
        number: Of the page in its endpoint, from 1.
        headers: Of the answer, names in lower case.
        data: JSON that has the array of the records.
        span: Where that stands in it.
        cuts: Its parts, each no larger than a batch.
        rest: The document without its records, decoded.
        is_verbatim: Whether `data` is what the server sent, so that bytes of it are places.
    """

    url: str
    number: int
    headers: Mapping[str, str]
    data: bytes
    span: tuple[int, int]
    cuts: Sequence[Cut]
    rest: Any
    is_verbatim: bool

    @property
    def num_records(self) -> int:
        """How many records it has."""
        return sum(count for _, _, count in self.cuts)

    @property
    def digest(self) -> bytes:
        """Of its records."""
        start, end = self.span
        records = memoryview(self.data)[start:end]
        return hashlib.blake2b(records, digest_size=_DIGEST_BYTES).digest()

    @property
    def where(self) -> dict[str, Any]:
        """For errors."""
        return {"url": self.url, "page": self.number}

    def value(self, path: str) -> Any:  # noqa: ANN401  any JSON value
        """What a path finds beside the records; None where that is nothing.

        Raises:
            ReaderError: It finds several values.
        """
        found = JsonPath(path).values(self.rest)
        if len(found) > 1:
            message = f"{path} finds {len(found)} values in the page, where one is wanted"
            raise ReaderError(message, **self.where)
        return found[0] if found else None


class Pager:
    """Makes pages of answers.

    Args:
        records: Where the records stand.
        batch_rows: Records of a part at most.
        batch_bytes: Size of a part, about [bytes].
    """

    def __init__(self, records: JsonPath, *, batch_rows: int, batch_bytes: int) -> None:
        self._records = records
        self._rows = batch_rows
        self._bytes = batch_bytes

    def page(self, answer: Answer, *, url: str, number: int) -> Page:
        """The page that an answer is.

        Args:
            answer: What the server answered.
            url: What was asked, without secrets.
            number: Of the page.

        Raises:
            DecodeError: It is not JSON; says the byte.
            ReaderError: The records are not where they should be, or no array.
        """
        where = {"url": url, "page": number}
        if answer.status == _NO_CONTENT:
            data, span, rest, is_verbatim = _NOTHING, (0, len(_NOTHING)), None, True
        else:
            data, span, rest, is_verbatim = self._found(answer, where)
        cuts: Sequence[Cut] = []
        if not data.startswith(b"null", span[0], span[1]):
            cuts = self._cuts(data, span, where)
        return Page(
            url=url,
            number=number,
            headers=answer.headers,
            data=data,
            span=span,
            cuts=cuts,
            rest=rest,
            is_verbatim=is_verbatim,
        )

    def _found(
        self, answer: Answer, where: Mapping[str, Any]
    ) -> tuple[bytes, tuple[int, int], Any, bool]:
        """The records' document and place, the page without them, and whether that is the page."""
        data, keys = answer.body, self._records.keys
        if keys is None:
            records, rest = self._searched(answer, where)
            return records, (0, len(records)), rest, False
        try:
            with translated():
                span = _native.locate_json(data, keys)
        except DecodeError as error:
            raise _no_json(answer, error.message, error.where.get("byte_offset"), where) from error
        if span is None:
            _decoded(data, answer, where)
            raise self._missing(where)
        rest = data[: span[0]] + b"[]" + data[span[1] :]
        return data, span, _decoded(rest, answer, where, span=span), True

    def _searched(self, answer: Answer, where: Mapping[str, Any]) -> tuple[bytes, Any]:
        """The records that a path of more than keys finds, as an array, and the whole page."""
        document = _decoded(answer.body, answer, where)
        found = self._records.texts(answer.body)
        if len(found) == 1 and found[0][:1] in (b"[", b"n"):
            return found[0], document
        return b"[" + b",".join(found) + b"]", document

    def _cuts(self, data: bytes, span: tuple[int, int], where: Mapping[str, Any]) -> Sequence[Cut]:
        try:
            with translated():
                return _native.cut_records(
                    data, batch_rows=self._rows, batch_bytes=self._bytes, span=span
                )
        except ContractError as error:
            message = f"what stands at {self._records.text} is no array of records"
            raise ReaderError(message, **where) from error
        except DecodeError as error:
            offset = error.where.get("byte_offset")
            at = None if offset is None else span[0] + offset
            raise _no_json(None, error.message, at, where) from error

    def _missing(self, where: Mapping[str, Any]) -> ReaderError:
        message = f"the page has no records at {self._records.text}: see `records`"
        return ReaderError(message, **where)


def _decoded(
    data: bytes,
    answer: Answer,
    where: Mapping[str, Any],
    *,
    span: tuple[int, int] | None = None,
) -> Any:  # noqa: ANN401  any JSON value
    """A document, decoded; in place of what stood at `span` it has an empty array."""
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        told = _BYTE.search(str(error))
        at = int(told[1]) if told else None
        if at is not None and span is not None and at > span[0]:
            at += span[1] - span[0] - len(b"[]")
        what = _BYTE.sub("", str(error)).strip().removeprefix("JSON is malformed: ")
        raise _no_json(answer, what, at, where) from error


def _no_json(
    answer: Answer | None, what: str, at: int | None, where: Mapping[str, Any]
) -> DecodeError:
    headers = answer.headers if answer is not None else {}
    kind = headers.get("content-type", "").partition(";")[0].strip()
    is_other = kind and "json" not in kind
    told = what.removeprefix(_CORE)
    message = f"the page is not JSON{f' but {kind}' if is_other else ''}: {told}"
    return DecodeError(message, **where, byte_offset=at)


__all__ = ["Cut", "Page", "Pager"]
