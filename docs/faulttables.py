"""The tables of what was done to break headrace, from what `nox -s faults` has found."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from table import Table, codes

FOUND: Final = Path(__file__).with_name("faults.json")

_COUNTS: Final = ("tried", "fired", "survived")


def faults() -> Table:
    """What came of every fault that tests try, as `nox -s faults` found it."""
    return Table(
        head=("fault", "target", *_COUNTS, "recovery", "test"),
        lines=tuple(
            (
                (f"fault:{line['fault']}",),
                (
                    line["means"],
                    line["place"],
                    *(str(line[name]) for name in _COUNTS),
                    _recovery(line["recovery_s"]),
                    codes(line["tests"]),
                ),
            )
            for line in _faults()
        ),
    )


def faults_by_target() -> Table:
    """The same, added up for each kind of target."""
    sums: dict[str, Counter[str]] = {}
    for line in _faults():
        counts = {name: line[name] for name in _COUNTS}
        sums.setdefault(line["place"], Counter()).update(counts, kinds=1)
    return Table(
        head=("target", "kinds of faults", *_COUNTS),
        lines=tuple(
            (
                tuple(f"fault:{line['fault']}" for line in _faults() if line["place"] == place),
                (place, *(str(found[name]) for name in ("kinds", *_COUNTS))),
            )
            for place, found in sums.items()
        ),
    )


def _faults() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(FOUND.read_text(encoding="utf-8"))
    return found


def _recovery(times: Mapping[str, Any]) -> str:
    return f"{times['median']} s, at most {times['slowest']} s" if times["count"] else ""
