"""The faults that are tried, and what came of each, place by place."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.faults.attempts import Attempt

PREFIX: Final = "fault:"
"""Before a fault's name, in the mark `covers` of the tests that try it."""

FAULTS: Final[Mapping[str, str]] = {
    "kill": "SIGKILL at every named point of a run",
    "kill-twice": "SIGKILL at every named point, then at every point of the run that recovers",
    "kill-recover": "SIGKILL at every named point, then at every point of `headrace recover`",
    "kill-checkpoints": "SIGKILL at every point of a run that commits in mid-run",
    "kill-streams": "SIGKILL at every point of a run of several streams",
    "kill-moments": "SIGKILL at twenty moments spread over a long run",
    "kill-calls": "SIGKILL before each system call of a run, then before one of its recovery",
    "call-fails": "each system call of a run failing: no space, I/O error, no access, read-only",
    "calls-fail": "each system call of a run failing, and all that come after it",
    "recovery-call-fails": "each system call of `headrace recover` failing",
    "no-links": "a file system without links",
    "disk-full": "a disk that fills in mid-run",
    "permission": "permission lost in mid-run",
    "busy": "a server that answers 503, or SlowDown, to each request of a run, and then no more",
    "stays-busy": "a server that answers 503 from each request of a run on",
    "reset": "a connection that is reset in the middle of each request of a run",
    "lost": "each answer of a run lost after its request was applied, or all from then on",
    "late": "the answer of the commit held back until nobody waits for it",
    "limited": "a catalog that answers 429 to each request of a run, and says when to come again",
    "gateway": "the commit answered by 500, 502, 503 or 504, and applied all the same, or later",
    "server-ends": "a server that is stopped, or killed, in mid-run, and started again",
    "foreign-snapshot": "a snapshot of somebody else's between write and commit",
    "clock": "a clock that goes back between runs, or in mid-run",
    "records": "state, journal or manifest empty, cut short, overwritten, or of a newer version",
    "rival": "two runs of one target at once",
    "overtaken": "a run that is stopped at each point, overtaken, and goes on",
}
"""What each fault is, by the name that tests mark themselves with."""


@dataclass(kw_only=True)
class Line:
    """What came of one fault at one place."""

    fault: str
    place: str
    tried: int = 0
    fired: int = 0
    survived: int = 0
    recoveries_s: list[float] = field(default_factory=list)
    tests: set[str] = field(default_factory=set)

    def add(self, attempt: Attempt, test: str) -> None:
        """Count an attempt."""
        self.tried += 1
        self.fired += attempt.fired
        self.survived += attempt.survived
        self.tests.add(test)
        if attempt.recovery_s is not None:
            self.recoveries_s.append(attempt.recovery_s)

    def to_dict(self) -> dict[str, Any]:
        """The line as JSON has it."""
        times = self.recoveries_s
        return {
            "fault": self.fault,
            "means": FAULTS[self.fault],
            "place": self.place,
            "tried": self.tried,
            "fired": self.fired,
            "survived": self.survived,
            "recovery_s": {
                "count": len(times),
                "median": round(statistics.median(times), 2) if times else None,
                "slowest": round(max(times), 2) if times else None,
            },
            "tests": sorted(self.tests),
        }


class FaultTable:
    """All attempts of a session of pytest."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], Line] = {}

    def add(self, faults: Iterable[str], test: str, attempts: Iterable[Attempt]) -> None:
        """Count the attempts of a test for each fault that it covers."""
        found = list(attempts)
        for fault in faults:
            for attempt in found:
                key = fault, attempt.place
                line = self._lines.setdefault(key, Line(fault=fault, place=attempt.place))
                line.add(attempt, test)

    @property
    def lines(self) -> list[Line]:
        """In the order of FAULTS, then of the places."""
        order = list(FAULTS)
        return sorted(self._lines.values(), key=lambda it: (order.index(it.fault), it.place))

    def save(self, path: Path) -> None:
        """Put the table into a file for `docs/generate.py`.

        Lines that were not tried now stay as they are there.
        """
        old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        new = [line.to_dict() for line in self.lines]
        found = {(line["fault"], line["place"]): line for line in [*old, *new]}
        order = list(FAULTS)
        keys = sorted((order.index(fault), place) for fault, place in found if fault in FAULTS)
        lines = [found[order[fault], place] for fault, place in keys]
        path.write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")

    def text(self) -> list[str]:
        """The table for the eye, and the sums of each place."""
        rows = [("fault", "place", "tried", "fired", "survived", "recovery, median to slowest")]
        totals: dict[str, Counter[str]] = {}
        for line in self.lines:
            found = line.to_dict()
            times = found["recovery_s"]
            told = f"{times['median']} to {times['slowest']} s" if times["count"] else ""
            counts = {name: found[name] for name in ("tried", "fired", "survived")}
            totals.setdefault(line.place, Counter()).update(counts)
            rows.append((line.fault, line.place, *map(str, counts.values()), told))
        rows += [("all", place, *map(str, sums.values()), "") for place, sums in totals.items()]
        form = "{:20} {:16} {:>6} {:>6} {:>8} {:>28}".format
        return [form(*row).rstrip() for row in rows]
