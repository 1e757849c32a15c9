"""Reads ahead on a thread, a bounded number of batches."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")

STOP_S: Final = 2.0
"""How long a source that is given up may take to end its read [s]; then it is left behind."""


@dataclass(slots=True)
class _Item(Generic[T]):
    value: T


class Prefetch(Generic[T]):
    """Iterates over what `make` gives, on a thread of its own.

    At most `ahead` items wait, and one more is being read: the source is never more than
    `ahead + 1` items ahead of the consumer, however slow that is.

    Args:
        make: Makes the iterator; called on the thread.
        ahead: Items that may wait, at least 1.
    """

    def __init__(self, make: Callable[[], Iterator[T]], *, ahead: int) -> None:
        self._make = make
        # A slot is taken before an item is read, so that the item being read counts too.
        self._slots = threading.Semaphore(ahead)
        # An item, or what ended the source: its error, or None.
        self._items: queue.SimpleQueue[_Item[T] | BaseException | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="headrace-read", daemon=True)
        self.busy_s = 0.0

    def _work(self) -> None:
        try:
            iterator = self._make()
            try:
                while True:
                    self._slots.acquire()
                    if self._stopped.is_set():
                        return
                    start = time.perf_counter()
                    try:
                        item = next(iterator)
                    except StopIteration:
                        break
                    finally:
                        self.busy_s += time.perf_counter() - start
                    self._items.put(_Item(item))
            finally:
                close = getattr(iterator, "close", None)
                if close is not None:
                    close()
        except BaseException as error:  # noqa: BLE001  handed to the consumer, who raises it
            self._items.put(error)
        else:
            self._items.put(None)

    def __iter__(self) -> Iterator[T]:
        """The items in order; raises what the source raised."""
        self._thread.start()
        try:
            while True:
                found = self._items.get()
                if found is None:
                    return
                if isinstance(found, BaseException):
                    raise found
                # The slot is free once the item is taken: the next is read while this one is used.
                self._slots.release()
                yield found.value
        finally:
            self.close()

    def close(self) -> None:
        """Stop reading; waits for the read that is under way, though not for ever.

        A source that is blocked must not keep an interrupted run from ending.
        """
        self._stopped.set()
        self._slots.release()
        if self._thread.ident is not None:
            self._thread.join(timeout=STOP_S)
