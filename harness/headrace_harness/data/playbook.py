"""The playbook data set: 100,000 records of id, name, email, created_at, value."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from headrace_harness.catalog import DataSet, Size
from headrace_harness.data.words import below, pick

SEED = 11  # the documents' Test Case 11
_FIRST = (
    *("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Frances", "Ken", "Radia", "Tim"),
    *("Zoë", "José", "Søren"),
)
_LAST = (
    *("Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Allen", "Perlman"),
    *("O'Neil", "Müller", "Ng"),
)
_START = datetime(2024, 1, 1, tzinfo=UTC)
_NULL_SHARE = 0.02
_QUOTED_SHARE = 0.05


def make(dataset: DataSet, size: Size, target: Path) -> None:
    """Write `size.rows` records; the same rows are a prefix of every larger size.

    Args:
        dataset: The definition, of which nothing is needed.
        size: How many rows.
        target: Overwritten.
    """
    del dataset
    random = Random(SEED)  # noqa: S311 - repeatable data, not secrets
    with target.open("w", encoding="utf-8", newline="") as out:
        out.write("id,name,email,created_at,value\n")
        for number in range(1, size.rows + 1):
            out.write(_record(random, number))


def _record(random: Random, number: int) -> str:
    first, last = pick(random, _FIRST), pick(random, _LAST)
    name = f'"{last}, {first}"' if random.random() < _QUOTED_SHARE else f"{first} {last}"
    email = f"user.{number}@mail{below(random, 40)}.example.org"
    created = _START + timedelta(seconds=below(random, 31_536_000))
    value = "" if random.random() < _NULL_SHARE else f"{random.random() * 1000:.4f}"
    return f"{number},{name},{email},{created:%Y-%m-%dT%H:%M:%SZ},{value}\n"
