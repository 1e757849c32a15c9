"""Cells of a suite: readers x writers x targets x data sets, filtered, with an estimate."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from headrace_harness.catalog import (
    Parts,
    Suite,
    SuiteDataSet,
    load_dataset,
    load_parts,
)
from headrace_harness.contract import read_columns
from headrace_harness.errors import UsageError

START_S = 1.2  # starting a worker and the check of its output, on two 2020s cores
CHECK_WORK_PER_S = 20_000_000.0  # DuckDB's hashing, likewise
BYTES_PER_WORK = 50  # a field, or so many bytes, is one unit of work; see parts.toml


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One combination and how often it is measured.

    Attributes:
        unsupported: Why it cannot work; None if it is run.
        rows: Records of the data set.
        estimate_s: Of one sample, rough [s].
    """

    reader: str
    writer: str
    target: str
    dataset: str
    size: str
    rows: int
    samples: int
    unsupported: str | None
    estimate_s: float

    @property
    def id(self) -> str:
        """As in the bench report: `reader/writer/target/dataset`."""
        return f"{self.reader}/{self.writer}/{self.target}/{self.dataset}"

    def to_dict(self) -> dict[str, Any]:
        """For the run's record."""
        return asdict(self) | {"cell": self.id}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The cell of a run's record."""
        return cls(**{name: value for name, value in facts.items() if name != "cell"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All cells of a run, in order; never empty."""

    suite: str
    cells: tuple[Cell, ...]
    timeout_s: float
    is_cut: bool = False

    @property
    def estimate_s(self) -> float:
        """Of the whole run, rough [s]."""
        return sum(cell.estimate_s * cell.samples for cell in self.runnable)

    @property
    def runnable(self) -> list[Cell]:
        """Cells that are run."""
        return [cell for cell in self.cells if cell.unsupported is None]

    @property
    def unsupported(self) -> Mapping[str, int]:
        """Why cells are not run, and how many are not for that reason."""
        return Counter(cell.unsupported for cell in self.cells if cell.unsupported)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What the command line narrows a suite to; an empty filter lets all pass.

    Attributes:
        lacking: Why services cannot be had here, by their names: cells that need them are declared
            unsupported.
    """

    readers: Collection[str] = ()
    writers: Collection[str] = ()
    targets: Collection[str] = ()
    datasets: Collection[str] = ()
    rows: int | None = None
    samples: int | None = None
    timeout_s: float | None = None
    lacking: Mapping[str, str] = field(default_factory=dict)


def make_plan(suite: Suite, selection: Selection) -> Plan:
    """The cells of a suite that the selection lets pass.

    Raises:
        UsageError: None are left, which must never look like a pass, or a name is unknown.
    """
    _refuse_unknown(suite, selection)
    cells = tuple(
        _make_cell(suite, names, entry, selection)
        for entry in suite.datasets
        if _lets_pass(selection.datasets, entry.name)
        for names in _combinations(suite, selection)
        if entry.name in suite.takes.get(names[0], (entry.name,))
        if _is_crossed(suite, names, entry.name)
    )
    if not cells:
        message = f"no cell of suite {suite.name} is left by these filters"
        raise UsageError(message)
    return Plan(
        suite=suite.name,
        cells=cells,
        timeout_s=selection.timeout_s or suite.timeout_s,
        is_cut=selection.rows is not None,
    )


def _combinations(suite: Suite, selection: Selection) -> list[tuple[str, str, str]]:
    return [
        (reader, writer, target)
        for reader in suite.readers
        if _lets_pass(selection.readers, reader)
        for writer in suite.writers
        if _lets_pass(selection.writers, writer)
        for target in suite.targets
        if _lets_pass(selection.targets, target)
    ]


def _is_crossed(suite: Suite, names: tuple[str, str, str], dataset: str) -> bool:
    """Whether the cell's target is crossed with its other parts."""
    reader, writer, target = names
    only = suite.only.get(target, {})
    wanted = (("readers", reader), ("writers", writer), ("datasets", dataset))
    return all(name in only.get(kind, (name,)) for kind, name in wanted)


def _make_cell(
    suite: Suite, names: tuple[str, str, str], entry: SuiteDataSet, selection: Selection
) -> Cell:
    parts = load_parts()
    dataset = load_dataset(entry.name)
    rows = dataset.size(entry.size).rows
    if selection.rows is not None:
        rows = min(rows, selection.rows)
    reader, writer, target = names
    work = rows * (len(read_columns(dataset.contract)) + dataset.row_bytes / BYTES_PER_WORK)
    rates = (
        parts.readers[reader].work_per_s,
        parts.writers[writer].work_per_s,
        CHECK_WORK_PER_S,
    )
    estimate_s = START_S + sum(work / rate for rate in rates)
    estimate_s += rows / parts.readers[reader].limit_per_s
    samples = entry.samples
    if estimate_s > suite.quick_s:
        samples = min(samples, suite.slow_samples)
    cell = {"reader": reader, "writer": writer, "target": target, "dataset": entry.name}
    return Cell(
        **cell,
        size=entry.size,
        rows=rows,
        samples=selection.samples or samples,
        unsupported=_reason(parts, cell, selection.lacking),
        estimate_s=round(estimate_s, 2),
    )


def _reason(parts: Parts, cell: Mapping[str, str], lacking: Mapping[str, str]) -> str | None:
    for rule in parts.unsupported:
        if all(cell[key] in names for key, names in rule.names.items()):
            return rule.reason
    services = (parts.readers[cell["reader"]].service, parts.targets[cell["target"]].service)
    return next((lacking[service] for service in services if service in lacking), None)


def _lets_pass(names: Collection[str], name: str) -> bool:
    return not names or name in names


def _refuse_unknown(suite: Suite, selection: Selection) -> None:
    for kind, wanted, known in (
        ("reader", selection.readers, suite.readers),
        ("writer", selection.writers, suite.writers),
        ("target", selection.targets, suite.targets),
        ("data set", selection.datasets, [entry.name for entry in suite.datasets]),
    ):
        if strangers := [name for name in wanted if name not in known]:
            message = (
                f"no {kind} {', '.join(strangers)} in suite {suite.name}; it has {', '.join(known)}"
            )
            raise UsageError(message)
