"""The contract parser on random inputs: `python -m tests.fuzz.random_contract CORPUS… [-runs=N]`.

It follows no coverage and so tries several times as many inputs as atheris in the same time. It
takes those options of libFuzzer that `session` gives, and ends with the same statistics.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from tests.fuzz.contract import WITH_SCHEMA, YAML_BYTE, contract

_BETWEEN_LOOKS = 256
"""Executions between two looks at the clock."""

_RARELY = 64
"""One input in so many is held against the standard's schema, or is a YAML file: both are slow."""


def inputs(corpus: Sequence[bytes], longest: int, chance: random.Random) -> Iterator[bytes]:
    """Yield inputs without end: the corpus, then bytes of pure chance and changed inputs of it.

    Args:
        corpus: Where changed ones come from.
        longest: Of an input [bytes].
        chance: Decides everything.
    """
    yield from corpus
    while True:
        length = chance.randint(1, longest)
        if chance.random() < 0.5:
            found = chance.randbytes(length)
        else:
            found = _changed(chance.choice(corpus), chance)[:longest]
        # What stands first decides how slow an input is.
        is_slow = found[:1] == bytes([YAML_BYTE]) or found.startswith(WITH_SCHEMA)
        if is_slow and chance.randrange(_RARELY):
            found = bytes([chance.randint(1, YAML_BYTE - 1)]) + found[1:]
        yield found


def _changed(found: bytes, chance: random.Random) -> bytes:
    """An input with one to eight stretches removed, replaced or added."""
    data = bytearray(found)
    for _ in range(chance.randint(1, 8)):
        start = chance.randint(0, len(data))
        end = min(len(data), start + chance.randint(0, 4))
        data[start:end] = chance.randbytes(chance.randint(0, 4))
    return bytes(data)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until a limit is reached or the law is broken; 1 where it was."""
    parser = argparse.ArgumentParser(prog="random_contract", description=main.__doc__)
    parser.add_argument("corpus", nargs="*", type=Path, help="folders of inputs to begin with")
    parser.add_argument("-runs", type=int, help="inputs to try")
    parser.add_argument("-max_total_time", type=float, help="how long [s]")
    parser.add_argument("-max_len", type=int, default=64, help="of an input [bytes]")
    parser.add_argument("-seed", type=int, help="one that was printed; none given: a new one")
    parser.add_argument("-artifact_prefix", default="", help="of the files of what broke the law")
    asked = parser.parse_args(arguments)
    seed = random.SystemRandom().getrandbits(32) if asked.seed is None else asked.seed
    sys.stderr.write(f"INFO: Seed: {seed}\n")
    chance = random.Random(seed)  # noqa: S311  inputs, no secrets
    corpus = [path.read_bytes() for folder in asked.corpus for path in sorted(folder.iterdir())]
    end = time.monotonic() + (asked.max_total_time or float("inf"))
    limit = asked.runs or float("inf")
    code, done = 0, 0
    for done, data in zip(count(1), inputs(corpus, asked.max_len, chance), strict=False):
        try:
            contract(data)
        except Exception:  # noqa: BLE001  whatever it is, it is a finding
            name = f"{asked.artifact_prefix}crash-{hashlib.sha1(data).hexdigest()}"  # noqa: S324  a name
            Path(name).write_bytes(data)
            sys.stderr.write(f"the law is broken by {name}\n")
            sys.excepthook(*sys.exc_info())
            code = 1
            break
        if done >= limit or (done % _BETWEEN_LOOKS == 0 and time.monotonic() >= end):
            break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stderr.write(f"stat::number_of_executed_units: {done}\nstat::peak_rss_mb: {peak}\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
