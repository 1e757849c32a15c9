"""The wide data set: records of exactly 1,000 bytes, the line end included."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from headrace_harness.catalog import DataSet, Size
from headrace_harness.data.words import below, pick, text_pool

SEED = 1000
RECORD_BYTES = 1000  # the documents' "1 KB records", 1 KB = 1,000 bytes
_POOL_CHARS = 1 << 20
_HEADER = "id,account,created_at,updated_on,amount,ratio,active,country,category,title,note,body\n"
_COUNTRIES = ("DE", "FR", "GB", "IN", "JP", "NG", "PE", "US")
_CATEGORIES = ("alpha", "beta", "gamma", "delta")
_MARKS = ("Zürich", "Łódź", "東京", "São Paulo", "plain", "naïve")
# Unquoted nothing is null, `""` is an empty text: both must survive.
_NOTES = ("", '""', '"two\nlines"', '"she said ""so"""', '"commas, and more"', "plain note")
_START = datetime(2020, 1, 1, tzinfo=UTC)


def make(dataset: DataSet, size: Size, target: Path) -> None:
    """Write `size.rows` records; the same rows are a prefix of every larger size.

    Args:
        dataset: The definition, of which nothing is needed.
        size: How many rows.
        target: Overwritten.
    """
    del dataset
    random = Random(SEED)  # noqa: S311 - repeatable data, not secrets
    pool = text_pool(random, _POOL_CHARS)
    with target.open("w", encoding="utf-8", newline="") as out:
        out.write(_HEADER)
        for number in range(1, size.rows + 1):
            out.write(_record(random, number, pool))


def _record(random: Random, number: int, pool: str) -> str:
    created = _START + timedelta(seconds=below(random, 126_230_400))
    updated = "" if below(random, 10) == 0 else f"{created + timedelta(days=3):%Y-%m-%d}"
    ratio = "" if below(random, 10) == 0 else repr(random.random())
    fields = (
        str(number),
        str(below(random, 99_999) + 1),
        f"{created:%Y-%m-%dT%H:%M:%S}",
        updated,
        f"{below(random, 10_000_000) / 100:.2f}",
        ratio,
        pick(random, ("true", "false")),
        pick(random, _COUNTRIES),
        pick(random, _CATEGORIES),
        f"{pick(random, _MARKS)} {number}",
        pick(random, _NOTES),
        "",
    )
    head = ",".join(fields)
    length = RECORD_BYTES - len(head.encode()) - 1
    offset = below(random, len(pool) - length)
    return f"{head}{pool[offset : offset + length]}\n"
