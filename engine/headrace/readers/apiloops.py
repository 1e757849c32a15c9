"""Servers that lead in circles: found out in constant memory."""

from collections import OrderedDict
from hashlib import blake2b
from typing import Final

from headrace.errors import ReaderError
from headrace.readers.apiendpoint import Request
from headrace.readers.apipage import Page
from headrace.readers.apipagesconfig import PaginationConfig

RECENT: Final = 1_024
"""Requests that are known each: shorter circles are found before anything comes twice."""

MOST_EMPTY: Final = 1_000
"""Pages without a record, one behind the other, that are still taken for a way to the next."""

_DIGEST_BYTES: Final = 16


class Loops:
    """What has been asked, and what came, of one endpoint from its first page to its last.

    Args:
        config: The pagination.
    """

    def __init__(self, config: PaginationConfig | None) -> None:
        self._config = config
        self._recent: OrderedDict[bytes, int] = OrderedDict()
        # Brent's: a request of the past, kept twice as long each time, that a circle comes back to.
        self._past: bytes | None = None
        self._past_number = 0
        self._keeps = 1
        self._kept = 0
        self._digest: bytes | None = None
        self._number = 0
        self._empty = 0

    def ask(self, request: Request, number: int) -> None:
        """Before a request is made.

        Args:
            request: It.
            number: Of its page, from 1.

        Raises:
            ReaderError: It was made before, or there are more pages than may be.
        """
        most = self._config.max_pages if self._config is not None else None
        if most is not None and number > most:
            message = f"there are more pages than max_pages, {most}"
            raise ReaderError(message, page=number)
        key = blake2b(request.key, digest_size=_DIGEST_BYTES).digest()
        before = self._recent.get(key) or (self._past_number if key == self._past else None)
        if before is not None:
            message = (
                f"the server leads in a circle: page {number} would be asked for by the very "
                f"request of page {before}"
            )
            raise ReaderError(message, page=number)
        self._recent[key] = number
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        self._kept += 1
        if self._kept == self._keeps:
            self._past, self._past_number = key, number
            self._keeps, self._kept = self._keeps * 2, 0

    def take(self, page: Page) -> None:
        """When a page has come.

        Raises:
            ReaderError: It has the very records of the one before, or one without records follows
                the other without end.
        """
        if page.num_records == 0:
            self._empty += 1
            if self._empty > MOST_EMPTY:
                message = f"the server gave {self._empty} pages without a record, one by one"
                raise ReaderError(message, **page.where)
            return
        self._empty = 0
        if self._config is None or self._config.repeated_page == "accept":
            return
        if (digest := page.digest) == self._digest:
            message = (
                f"page {page.number} has the very records of page {self._number}: the server "
                "does not go on, or pagination.repeated_page: accept is meant"
            )
            raise ReaderError(message, **page.where)
        self._digest, self._number = digest, page.number


__all__ = ["Loops"]
