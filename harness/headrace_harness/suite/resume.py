"""A run that was ended early, and goes on."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headrace_harness.environment import describe_environment
from headrace_harness.errors import StoreError, UsageError
from headrace_harness.services.identity import identities
from headrace_harness.store import read_records
from headrace_harness.suite.plan import Cell, Plan
from headrace_harness.suite.run import RunOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """What a run had planned, and what it has.

    Attributes:
        plan: Every cell, those that are done among them.
        options: As it was begun with.
        taken: Records of its samples.
    """

    plan: Plan
    options: RunOptions
    taken: tuple[Mapping[str, Any], ...]

    @property
    def left(self) -> int:
        """Samples that are to be taken; none of a cell that has failed."""
        counted = Counter(sample["cell"] for sample in self.taken)
        failed = {sample["cell"] for sample in self.taken if sample["status"] != "ok"}
        return sum(
            max(0, cell.samples - counted[cell.id])
            for cell in self.plan.runnable
            if cell.id not in failed
        )


def read_unfinished(path: Path) -> Unfinished:
    """The run of a record file.

    Args:
        path: Its JSONL file.

    Raises:
        StoreError: It is corrupt, or its plan is not in it.
        UsageError: It is not from this machine, or from another version of what is measured.
    """
    records = list(read_records(path))
    run = next((record for record in records if record["kind"] == "run"), None)
    environment = next((record for record in records if record["kind"] == "env"), None)
    if run is None or environment is None:
        message = f"{path.parent.name} was ended before anything was measured; start anew"
        raise UsageError(message)
    _refuse_another_environment(path, environment["environment"])
    _refuse_other_servers(path, run)
    try:
        plan = Plan(
            suite=run["suite"],
            cells=tuple(map(Cell.from_dict, run["plan"])),
            timeout_s=run["timeout_s"],
            is_cut=run["rows"] is not None,
        )
        options = RunOptions(
            rows=run["rows"],
            keeps_output=run["keeps_output"],
            providers=run["providers"],
            reasons=run["services"],
        )
    except (KeyError, TypeError) as error:
        message = f"{path}: the record of kind run is incomplete: {error}"
        raise StoreError(message) from error
    taken = tuple(record for record in records if record["kind"] == "sample")
    return Unfinished(plan=plan, options=options, taken=taken)


def _refuse_other_servers(path: Path, run: Mapping[str, Any]) -> None:
    """Nor are they of two servers."""
    then, now = run.get("servers", {}), identities(run.get("providers", {}))
    if others := sorted(name for name in then | now if then.get(name) != now.get(name)):
        message = (
            f"{path.parent.name} cannot go on: {', '.join(others)} would be from another image or"
            " place than it was; start anew"
        )
        raise UsageError(message)


def _refuse_another_environment(path: Path, then: Mapping[str, Any]) -> None:
    """Samples of one cell are of one machine and one version."""
    now = describe_environment()
    for fact in ("fingerprint", "packages", "code"):
        if then.get(fact) != now[fact]:
            message = (
                f"{path.parent.name} cannot go on: its {fact} was {then.get(fact)}, and is"
                f" {now[fact]}; start anew"
            )
            raise UsageError(message)
