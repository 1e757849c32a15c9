"""The scenarios as typed values; reads `scenarios/`, decides nothing."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from headrace_harness.errors import ScenarioError, UsageError
from headrace_harness.paths import scenarios_dir

Measure = Literal["rows_per_s", "lifetime_peak", "writer_share", "speedup"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A reader, a writer or a target.

    Attributes:
        name: As in a cell.
        title: One line for people.
        job: The job section that it stands for, path and target missing.
        imports: Modules loaded before the import peak is noted.
        output: How to read back what it writes: `parquet`, `jsonl`; empty for a reader.
        service: Name of the service that it reads from or is on; empty where it needs none.
        serving: How: what the service's class is given, its limit for one.
        options_in: Key of the section below which a reader's options go; empty where they are the
            section's own.
        is_apart: Whether what it starts is a program of somebody else's, whose memory is not the
            engine's and is told apart.
        work_per_s: Rough rate, for the estimate alone; its unit is in `parts.toml`.
    """

    name: str
    title: str
    job: Mapping[str, Any]
    imports: tuple[str, ...] = ()
    output: str = ""
    service: str = ""
    serving: Mapping[str, Any] = field(default_factory=dict)
    options_in: str = ""
    is_apart: bool = False
    work_per_s: float = float("inf")

    @property
    def limit_per_s(self) -> float:
        """Records a second that its service lets through at most; infinite without a limit."""
        return float(self.serving.get("records_per_s") or float("inf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """One size of a data set; `sha256` is empty where no hash is pinned."""

    name: str
    rows: int
    scale: float | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """A data set and how it is made; `row_bytes` is about a record's length [bytes].

    `validation` is what its jobs say in that section beside the mode, and `drift` in that one.
    """

    name: str
    title: str
    maker: str
    contract: Path
    null_values: tuple[str, ...]
    row_bytes: int
    license: str
    source: str
    sizes: Mapping[str, Size]
    package: Mapping[str, str] = field(default_factory=dict)
    validation: Mapping[str, Any] = field(default_factory=dict)
    drift: Mapping[str, str] = field(default_factory=dict)

    def size(self, name: str) -> Size:
        """The size called `name`.

        Raises:
            ScenarioError: There is none.
        """
        if name not in self.sizes:
            known = ", ".join(self.sizes)
            message = f"data set {self.name} has no size {name!r}; it has {known}"
            raise ScenarioError(message)
        return self.sizes[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteDataSet:
    """A data set within a suite: at which size, how often."""

    name: str
    size: str
    samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """What is crossed with what.

    Attributes:
        takes: Of readers that take some of the data sets alone, which.
        only: Of targets that are crossed with some readers, writers and data sets alone, which; by
            kind of name.
        timeout_s: When a sample is ended [s].
        budget_s: What the whole run promises to stay within [s].
        quick_s: Cells whose sample is estimated to take longer are slow [s].
        slow_samples: How often slow cells are sampled at most.
    """

    name: str
    title: str
    readers: tuple[str, ...]
    writers: tuple[str, ...]
    targets: tuple[str, ...]
    datasets: tuple[SuiteDataSet, ...]
    takes: Mapping[str, tuple[str, ...]]
    only: Mapping[str, Mapping[str, tuple[str, ...]]]
    timeout_s: float
    budget_s: float
    quick_s: float
    slow_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A documented figure and the cells that it speaks of.

    Attributes:
        against: Of a `speedup`, the part by which the cell that it is against differs, by its kind.
    """

    id: str
    figure: float
    unit: str
    measure: Measure
    source: str
    tolerance: float
    applies: Mapping[str, Any]
    against: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """Combinations that cannot work.

    Attributes:
        names: Those of their parts, by kind: `reader`, `writer`, `target`, `dataset`; any of a kind
            that is absent.
        reason: Why.
    """

    names: Mapping[str, tuple[str, ...]]
    reason: str

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Self:
        """As `parts.toml` has it."""
        names = {
            kind: (name,) if isinstance(name, str) else tuple(name)
            for kind, name in entry.items()
            if kind != "reason"
        }
        return cls(names=names, reason=entry["reason"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Every reader, writer and target, and the combinations declared unsupported."""

    readers: Mapping[str, Part]
    writers: Mapping[str, Part]
    targets: Mapping[str, Part]
    unsupported: tuple[Unsupported, ...]


def suite_names() -> list[str]:
    """Names of all suites, sorted."""
    return sorted(path.stem for path in (scenarios_dir() / "suites").glob("*.toml"))


def dataset_names() -> list[str]:
    """Names of all data sets, sorted."""
    return sorted(path.stem for path in (scenarios_dir() / "datasets").glob("*.toml"))


@cache
def load_suite(name: str) -> Suite:
    """The suite called `name`.

    Raises:
        UsageError: There is none.
        ScenarioError: Its file lacks a key.
    """
    if name not in suite_names():
        message = f"no suite {name!r}; there are {', '.join(suite_names())}"
        raise UsageError(message)
    path = scenarios_dir() / "suites" / f"{name}.toml"
    raw = _read(path)
    try:
        return Suite(
            name=raw["name"],
            title=raw["title"],
            readers=tuple(raw["readers"]),
            writers=tuple(raw["writers"]),
            targets=tuple(raw["targets"]),
            datasets=tuple(SuiteDataSet(**entry) for entry in raw["datasets"]),
            takes={name: tuple(sets) for name, sets in raw.get("takes", {}).items()},
            only={
                target: {kind: tuple(names) for kind, names in kinds.items()}
                for target, kinds in raw.get("only", {}).items()
            },
            timeout_s=float(raw["timeout_s"]),
            budget_s=float(raw["budget_s"]),
            quick_s=float(raw["quick_s"]),
            slow_samples=raw["slow_samples"],
        )
    except (KeyError, TypeError) as error:
        raise _incomplete(path, error) from error


@cache
def load_dataset(name: str) -> DataSet:
    """The data set called `name`.

    Raises:
        UsageError: There is none.
        ScenarioError: Its file lacks a key.
    """
    if name not in dataset_names():
        message = f"no data set {name!r}; there are {', '.join(dataset_names())}"
        raise UsageError(message)
    path = scenarios_dir() / "datasets" / f"{name}.toml"
    raw = _read(path)
    try:
        return DataSet(
            name=raw["name"],
            title=raw["title"],
            maker=raw["maker"],
            contract=scenarios_dir() / "contracts" / raw["contract"],
            null_values=tuple(raw["null_values"]),
            row_bytes=raw["row_bytes"],
            license=raw["license"],
            source=raw["source"],
            sizes={key: Size(name=key, **value) for key, value in raw["sizes"].items()},
            package=raw.get("package", {}),
            validation=raw.get("validation", {}),
            drift=raw.get("drift", {}),
        )
    except (KeyError, TypeError) as error:
        raise _incomplete(path, error) from error


@cache
def load_parts() -> Parts:
    """Every reader, writer and target.

    Raises:
        ScenarioError: `parts.toml` lacks a key.
    """
    path = scenarios_dir() / "parts.toml"
    raw = _read(path)
    try:
        kinds = {
            kind: {
                name: Part(name=name, **(entry | {"imports": tuple(entry.get("imports", ()))}))
                for name, entry in raw[kind].items()
            }
            for kind in ("readers", "writers", "targets")
        }
        unsupported = tuple(map(Unsupported.from_dict, raw.get("unsupported", ())))
    except (KeyError, TypeError) as error:
        raise _incomplete(path, error) from error
    return Parts(unsupported=unsupported, **kinds)


@cache
def load_figures() -> tuple[Figure, ...]:
    """Every documented figure, in the order of the file.

    Raises:
        ScenarioError: `targets.toml` lacks a key.
    """
    path = scenarios_dir() / "targets.toml"
    raw = _read(path)
    try:
        return tuple(Figure(**({"tolerance": 0.0} | entry)) for entry in raw["figures"])
    except (KeyError, TypeError) as error:
        raise _incomplete(path, error) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        message = f"{path}: {error}"
        raise ScenarioError(message) from error


def _incomplete(path: Path, error: Exception) -> ScenarioError:
    return ScenarioError(f"{path}: missing or unknown key: {error}")
