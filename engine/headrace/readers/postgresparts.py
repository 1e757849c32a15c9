"""Ranges of a key that are read at once, each on a thread and in a session of its own."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final, Generic, TypeVar

from headrace.errors import ConfigError, Problem
from headrace.readers.postgrescatalog import INTEGERS, Source
from headrace.readers.postgresconfig import PostgresConfig
from headrace.readers.postgressession import Session, quoted

T = TypeVar("T")

STOP_S: Final = 5.0
"""How long readings that are given up may take to end [s]; then they are left behind."""

_POLL_S: Final = 0.1


def ranges_of(session: Session, source: Source, config: PostgresConfig) -> list[str]:
    """Conditions that split a source into ranges of a key, each row in one of them.

    Raises:
        ConfigError: There is no such key, or it is no integer.
    """
    name = config.partition_key
    if name is None and len(source.primary_key) == 1:
        name = source.primary_key[0]
    if name is None or source.column(name).wire not in INTEGERS:
        message = "is needed: an integer column, where the primary key is none"
        raise ConfigError(problems=[Problem(path="reader.partition_key", message=message)])
    key = quoted(name)
    low, high = session.query(f"SELECT min({key}), max({key}) {source.from_clause}")[0]
    if low is None or high is None:
        return ["true"]  # no rows, or none with a key
    first, width = int(low), int(high) - int(low) + 1
    count = min(config.partitions, width)
    starts = [first + width * at // count for at in range(1, count)]
    # Rows without a key go with the first range.
    conditions = []
    for start, end in pairwise([None, *starts, None]):
        parts = [f"{key} >= {start}"] if start is not None else []
        parts += [f"{key} < {end}"] if end is not None else []
        condition = " AND ".join(parts) or "true"
        conditions.append(f"{condition} OR {key} IS NULL" if start is None else condition)
    return conditions


def in_parts(parts: Sequence[Callable[[], Iterator[T]]]) -> Iterator[T]:
    """What all parts yield, in whichever order it comes; one item of each waits at most.

    Raises:
        BaseException: What the first part that fails raises; the others are then given up.
    """
    found: _Items[T] = _Items(len(parts))
    threads = [
        threading.Thread(target=found.take, args=(make,), name=f"headrace-read-{at}", daemon=True)
        for at, make in enumerate(parts)
    ]
    for thread in threads:
        thread.start()
    try:
        left = len(threads)
        while left:
            item = found.queue.get()
            if item is None:
                left -= 1
            elif isinstance(item, BaseException):
                raise item
            else:
                yield item[0]
    finally:
        found.stopped.set()
        for thread in threads:
            thread.join(timeout=STOP_S)


class _Items(Generic[T]):
    """What the parts yield: an item, the error of a part, or None for the end of one."""

    def __init__(self, size: int) -> None:
        self.queue: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(maxsize=size)
        self.stopped = threading.Event()

    def take(self, make: Callable[[], Iterator[T]]) -> None:
        """Take all that a part yields; runs on the part's thread."""
        try:
            items = make()
            try:
                for item in items:
                    self._put((item,))
                    if self.stopped.is_set():
                        return
            finally:
                close = getattr(items, "close", None)
                if close is not None:
                    close()
        except BaseException as error:  # noqa: BLE001  handed to the consumer, who raises it
            self._put(error)
        else:
            self._put(None)

    def _put(self, item: tuple[T] | BaseException | None) -> None:
        while not self.stopped.is_set():
            try:
                self.queue.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return
