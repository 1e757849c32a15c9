"""A run that was ended early, and goes on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headrace_harness.environment import describe_environment
from headrace_harness.errors import StoreError, UsageError
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
    if run is None:
        message = f"{path}: no record of kind run: nothing was planned"
        raise StoreError(message)
    _refuse_another_environment(path, records)
    plan = Plan(
        suite=run["suite"],
        cells=tuple(map(Cell.from_dict, run["plan"])),
        timeout_s=run["timeout_s"],
        is_cut=run["rows"] is not None,
    )
    return Unfinished(
        plan=plan,
        options=RunOptions(rows=run["rows"], providers=run["providers"]),
        taken=tuple(record for record in records if record["kind"] == "sample"),
    )


def _refuse_another_environment(path: Path, records: list[dict[str, Any]]) -> None:
    """Samples of one cell are of one machine and one version."""
    now = describe_environment()
    for record in records:
        if record["kind"] != "env":
            continue
        then = record["environment"]
        for fact in ("fingerprint", "commit", "packages"):
            if then[fact] != now[fact]:
                message = (
                    f"{path.parent.name} cannot go on: its {fact} was {then[fact]}, and is"
                    f" {now[fact]}; start anew"
                )
                raise UsageError(message)
