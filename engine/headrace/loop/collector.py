"""Python's cyclic garbage collector, kept from counting rows."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

YOUNG_OBJECTS: Final = 100_000
"""Live new containers before a collection: more than the rows of all batches in flight.

At Python's default of 700, collections are 40% of the time of a row run (docs/adr/0010): rows are
dicts without cycles, freed by their count of references.
"""


@contextmanager
def patient_collector() -> Iterator[None]:
    """Collect less often within the block; cycles are still found, and the setting restored."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], YOUNG_OBJECTS) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
