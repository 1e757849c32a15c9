"""Seeded text for the generated sets.

Only `Random.random` is drawn from: Python promises its sequence for a seed across versions,
and makes no such promise for `choice` or `randrange`.
"""

from collections.abc import Sequence
from random import Random

WORDS = (
    *("water", "wheel", "mill", "channel", "gate", "stream", "flow", "river"),
    *("stone", "level", "depth", "gauge", "record", "batch", "measure", "steady"),
    *("constant", "early", "morning", "north", "valley", "bridge", "clear", "heavy"),
    *("narrow", "broad", "quiet", "winter", "spring", "summer", "autumn", "report"),
    *("ledger", "column", "figure", "account", "carrier", "harbour", "signal"),
)


def below(random: Random, limit: int) -> int:
    """An integer in 0..limit-1."""
    return int(random.random() * limit)


def pick(random: Random, items: Sequence[str]) -> str:
    """One of `items`."""
    return items[below(random, len(items))]


def text_pool(random: Random, length: int) -> str:
    """ASCII prose of at least `length` characters, to be sliced from."""
    words: list[str] = []
    total = 0
    while total < length:
        word = pick(random, WORDS)
        words.append(word)
        total += len(word) + 1
    return " ".join(words)
