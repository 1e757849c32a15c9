"""The streams of a job: each with its contract, its cursor and its place."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from headrace.contract import Contract, load_contract
from headrace.errors import ConfigError, Problem
from headrace.job import Document, KeyPath, Section
from headrace.plugins import Kind, Plugin
from headrace.schema import Schema
from headrace.transforms import Chain, StepPlan, plans_of, source_schema

PLACE_KEYS: Final = ("path", "prefix", "table", "location", "control")
"""Keys of a target in which `{stream}` stands for a stream's name."""

_SLOT: Final = "{stream}"


@dataclass(frozen=True, kw_only=True)
class ResolvedStream:
    """A stream that is ready to be read, checked and written.

    Attributes:
        name: Its name.
        contract: Its contract; None where the reader's schema holds.
        target: Where it lands.
        cursor: What tells its reader what is new; None where the job does not say.
        transforms: The steps before its contract.
    """

    name: str
    contract: Contract | None
    target: Section
    cursor: str | list[str] | None = None
    transforms: tuple[StepPlan, ...] = ()

    @property
    def source_schema(self) -> Schema | None:
        """The columns of the source that the contract tells; None where there is no contract."""
        if self.contract is None:
            return None
        schema = self.contract.schema
        return source_schema(self.transforms, schema) if self.transforms else schema

    def create_chain(self, document: Document) -> Chain | None:
        """Its steps, ready for batches; None where it has none."""
        return Chain(self.transforms, document) if self.transforms else None

    def written_schema(
        self, declared: Callable[[], Schema | None], chain: Chain | None
    ) -> Schema | None:
        """The columns that its writer is given; None where nobody declares any.

        They are the contract's, else the reader's own after the steps.

        Args:
            declared: What the reader declares of the stream.
            chain: Its steps.

        Raises:
            ConfigError: A step does not suit the reader's columns.
        """
        if self.contract is not None:
            return self.contract.schema
        columns = declared()
        if columns is None or chain is None:
            return columns
        chain.declare(columns)
        return chain.output(columns)


def streams_of(
    document: Document, plugins: Mapping[Kind, Plugin], problems: list[Problem]
) -> dict[str, ResolvedStream]:
    """The streams of a job that has a section `streams`; none of one that has not.

    Args:
        document: The job.
        plugins: Its plugins, as far as they were found.
        problems: Gets what is wrong.
    """
    sections = document.value.get("streams")
    if not isinstance(sections, dict) or not sections:
        return {}
    reader = plugins.get("reader")
    if reader is not None and hasattr(reader.cls, "Config") and not reader.declares("streams"):
        message = f"{reader.label} reads one stream: remove streams"
        problems.append(document.problem(("streams",), message))
    found: dict[str, ResolvedStream] = {}
    places: dict[str, str] = {}
    for name, section in sections.items():
        if not isinstance(section, dict):
            continue  # reported by the job's own check
        target = _target_of(name, section, document, problems)
        contract = contract_of(document, ("streams", name), name, problems)
        if target is None:
            continue
        found[name] = ResolvedStream(
            name=name,
            contract=contract,
            target=target,
            cursor=section.get("cursor"),
            transforms=transforms_of(document, ("streams", name), problems),
        )
        place = _place_of(found[name], section, document, plugins.get("target"), problems)
        if place is not None:
            places[name] = place
    problems.extend(_overlaps(document, places))
    return found


def contract_of(
    document: Document, path: KeyPath, stream: str | None, problems: list[Problem]
) -> Contract | None:
    """The contract that a section names, else the job's; None where there is neither.

    Args:
        document: The job.
        path: Key path of the section.
        stream: Which of several schema objects is meant.
        problems: Gets what is wrong.
    """
    value = document.value
    for key in path:
        value = value[key]
    named = value.get("contract")
    if named is None:
        named = document.value.get("contract")
    if not isinstance(named, str):
        return None  # reported by the job's own check
    try:
        return load_contract(document.base_dir / Path(named).expanduser(), stream=stream)
    except ConfigError as error:
        problems.extend(problem for problem in error.problems if problem not in problems)
        return None


def transforms_of(
    document: Document, path: KeyPath, problems: list[Problem]
) -> tuple[StepPlan, ...]:
    """The steps of a section, else the job's; as `contract_of`."""
    section = document.value
    for key in path:
        section = section[key]
    own = section.get("transforms")
    place = (*path, "transforms") if own is not None else ("transforms",)
    found: list[Problem] = []
    steps = document.value.get("transforms") if own is None else own
    plans = plans_of(document, place, steps if steps is not None else [], found)
    problems.extend(problem for problem in found if problem not in problems)
    return plans


def _target_of(
    name: str, section: dict[str, Any], document: Document, problems: list[Problem]
) -> Section | None:
    """The job's target with what the stream's section says instead, and the stream's name."""
    target, own = document.value.get("target"), section.get("target", {})
    if not isinstance(target, dict) or not isinstance(own, dict):
        return None  # reported by the job's own check
    if "type" in own:
        message = "is the job's: the streams of a job land in one kind of target"
        problems.append(document.problem(("streams", name, "target", "type"), message))
        return None
    config = {key: value for key, value in {**target, **own}.items() if key != "type"}
    for key in PLACE_KEYS:
        value = config.get(key)
        if isinstance(value, str) and _SLOT in value:
            if set(name) & set("/\\\0") or name.strip(". ") != name or not name:
                message = f"{name!r} cannot be part of a place: give the stream a target of its own"
                problems.append(document.problem(("streams", name), message))
            config[key] = value.replace(_SLOT, name)
    return Section(type=str(target.get("type")), config=config)


def _place_of(
    stream: ResolvedStream,
    section: dict[str, Any],
    document: Document,
    plugin: Plugin | None,
    problems: list[Problem],
) -> str | None:
    """Where a stream lands, for comparison; None where its target is not understood."""
    if plugin is None:
        return None
    path: KeyPath = ("streams", stream.name, "target") if section.get("target") else ("target",)
    value, found = plugin.configure(stream.target.config, document=document, path=path)
    problems.extend(problem for problem in map(named, found) if problem not in problems)
    return None if found else place_of(plugin, value)


def named(problem: Problem) -> Problem:
    """The problem of a target, or what is to be said of a mode that is not there by intent."""
    if not (problem.path.endswith("target.mode") and "'merge'" in problem.message):
        return problem
    return replace(problem, message="merge is not a mode of this version: append, replace or fail")


def place_of(plugin: Plugin, config: object) -> str:
    """Where a target lands, spelled the same for the same place."""
    place = getattr(plugin.cls, "place", None)
    return str(place(config)) if callable(place) else repr(config)


def _overlaps(document: Document, places: Mapping[str, str]) -> Iterator[Problem]:
    """Streams whose files would mix."""
    for (first, one), (second, other) in combinations(places.items(), 2):
        shorter, longer = sorted((Path(one), Path(other)), key=lambda path: len(path.parts))
        if longer.is_relative_to(shorter):
            what = "land in the same place" if one == other else "land one within the other"
            message = (
                f"{first!r} and {second!r} {what}: write {{stream}} into the target's path, or "
                "give each a target of its own"
            )
            yield document.problem(("streams", second), message)
