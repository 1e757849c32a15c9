"""The comparisons of `scenarios/comparisons.toml` as typed values; measures nothing."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from headrace_harness.errors import ScenarioError, UsageError
from headrace_harness.paths import scenarios_dir

_TYPE_KEYS: Final = ("name", "physicalName", "logicalType", "physicalType")
_TYPE_OPTIONS: Final = ("format", "timezone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two: which parts, and whether the contract has its rules or types alone."""

    reader: str
    writer: str
    target: str = "local"
    contract: Literal["rules", "types"] = "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is measured against what.

    Attributes:
        id: Its name on the command line.
        title: One line for people.
        source: Who wants the figure.
        dataset: Read by both sides.
        size: Of the data set.
        figure: The rate of A as a part of the rate of B, at least.
        a: The side that is judged.
        b: The side it is judged by.
    """

    id: str
    title: str
    source: str
    dataset: str
    size: str
    figure: float
    a: Side
    b: Side


@cache
def load_comparisons() -> tuple[Comparison, ...]:
    """Every comparison, in the order of the file.

    Raises:
        ScenarioError: `comparisons.toml` lacks a key.
    """
    path = scenarios_dir() / "comparisons.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return tuple(
            Comparison(**(entry | {"a": Side(**entry["a"]), "b": Side(**entry["b"])}))
            for entry in raw["comparisons"]
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        message = f"{path}: missing or unknown key: {error}"
        raise ScenarioError(message) from error


def chosen(names: list[str]) -> list[Comparison]:
    """The comparisons of these names; all of them where there are none.

    Raises:
        UsageError: There is none of a name.
    """
    known = {comparison.id: comparison for comparison in load_comparisons()}
    if strangers := [name for name in names if name not in known]:
        message = f"no comparison {', '.join(strangers)}; there are {', '.join(known)}"
        raise UsageError(message)
    return [known[name] for name in names] if names else list(known.values())


def write_types(contract: Path, target: Path) -> Path:
    """Write a contract's columns and types, without any rule.

    Args:
        contract: An ODCS document.
        target: Overwritten.
    """
    document: dict[str, Any] = yaml.safe_load(contract.read_text(encoding="utf-8"))
    for entry in document["schema"]:
        entry["properties"] = [_typed(column) for column in entry["properties"]]
        entry.pop("quality", None)
    target.write_text(yaml.safe_dump(document), encoding="utf-8")
    return target


def _typed(column: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: column[key] for key in _TYPE_KEYS if key in column}
    given = column.get("logicalTypeOptions", {})
    options = {key: given[key] for key in _TYPE_OPTIONS if key in given}
    return kept | ({"logicalTypeOptions": options} if options else {})
