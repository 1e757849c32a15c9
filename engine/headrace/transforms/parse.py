"""The job's list of steps: everything that is wrong with it, at once."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from headrace.errors import ConfigError, PluginError, Problem
from headrace.job import Document, KeyPath, check, secrets_of
from headrace.plugins import BUILT_IN, Plugin, resolve
from headrace.schema import Field, Schema
from headrace.transforms.step import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPlan:
    """A step as the job has it.

    Attributes:
        name: How the job names it.
        path: Its key path.
        create: Makes one for a stream, for it may keep what it has seen.
    """

    name: str
    path: KeyPath
    create: Callable[[], Step]


def plans_of(
    document: Document, path: KeyPath, value: object, problems: list[Problem]
) -> tuple[StepPlan, ...]:
    """The steps of a list.

    Args:
        document: The job.
        path: Key path of the list.
        value: The list.
        problems: Gets what is wrong.
    """
    if not isinstance(value, list):
        return ()  # reported by the job's own check
    found = [_plan(document, (*path, index), item, problems) for index, item in enumerate(value)]
    return tuple(plan for plan in found if plan is not None)


def source_schema(plans: Sequence[StepPlan], contract: Schema) -> Schema:
    """The columns of the source whose type the contract tells: those that the steps pass on.

    Args:
        plans: The steps.
        contract: The columns after them.
    """
    steps = [plan.create() for plan in plans]
    fields = []
    for field in contract.fields:
        name: str | None = field.name
        for step in reversed(steps):
            name = step.source(name) if name is not None else None
        if name is not None:
            fields.append(Field(name, field.type, field.nullable))
    return Schema(tuple(fields))


def _plan(
    document: Document, path: KeyPath, item: object, problems: list[Problem]
) -> StepPlan | None:
    if not isinstance(item, dict) or len(item) != 1:
        message = "a step is one key, its name, such as `filter: x > 0`"
        problems.append(document.problem(path, message))
        return None
    ((name, value),) = item.items()
    path = (*path, name)
    create = _creator(document, path, value, problems)
    if create is None:
        return None
    try:
        create()
    except ConfigError as error:
        for problem in error.problems:
            place = (*path, problem.path) if problem.path else path
            problems.append(document.problem(place, problem.message))
        return None
    except PluginError as error:
        problems.append(document.problem(path, error.message))
        return None
    return StepPlan(name=name, path=path, create=create)


def _creator(
    document: Document, path: KeyPath, value: object, problems: list[Problem]
) -> Callable[[], Step] | None:
    name = str(path[-1])
    if name not in BUILT_IN["transform"]:
        return _plugin(document, path, value, problems)
    kind: Any = resolve("transform", name, base_dir=document.base_dir).cls
    checked = check(kind.Config, value, document=document, path=path)
    problems.extend(checked.problems)
    config = checked.value
    return None if config is None else lambda: kind.of(config, document)


def _plugin(
    document: Document, path: KeyPath, value: object, problems: list[Problem]
) -> Callable[[], Step] | None:
    """A step of somebody else: a class whose `apply` is what `python` calls."""
    name = str(path[-1])
    try:
        plugin = resolve("transform", name, base_dir=document.base_dir)
    except PluginError as error:
        near = difflib.get_close_matches(name, BUILT_IN["transform"], n=1)
        message = f"there is no step {name!r}; did you mean {near[0]!r}?" if near else error.message
        problems.append(document.problem(path, message))
        return None
    if value is not None and not isinstance(value, dict):
        problems.append(document.problem(path, "the config of a plugin is a mapping"))
        return None
    plugin = replace(plugin, secrets=secrets_of(document.value))
    config, found = plugin.configure(value or {}, document=document, path=path)
    problems.extend(found)
    return None if found else lambda: _made(plugin, config)


def _made(plugin: Plugin, config: object) -> Step:
    from headrace.transforms.python import Python  # noqa: PLC0415  few jobs have such a step

    return Python.of_plugin(plugin, plugin.create(config))
