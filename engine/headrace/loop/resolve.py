"""A job with its plugins and contract; everything that is wrong with it, at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from headrace.contract import Contract, load_contract
from headrace.errors import ConfigError, PluginError, Problem
from headrace.job import Document, Job, parse_job, redact, secrets_of
from headrace.plugins import KINDS, Kind, Plugin, resolve

JobConfig: TypeAlias = "str | Path | Mapping[str, Any] | ResolvedJob"


@dataclass(frozen=True, kw_only=True)
class ResolvedJob:
    """A job that is ready to run.

    Attributes:
        job: What the user wrote, typed.
        plugins: Reader, writer and target.
        contract: The contract; None where the reader's schema holds.
    """

    job: Job
    plugins: Mapping[Kind, Plugin]
    contract: Contract | None

    @property
    def stream(self) -> str:
        """The name of the job's one stream."""
        return self.job.name

    def create(self, kind: Kind, engine: Mapping[str, Any], **asked: object) -> Any:  # noqa: ANN401
        """An instance of a section's plugin.

        Args:
            kind: Which section.
            engine: The keys that the engine adds.
            asked: What the class's constructor asks for beside its config.

        Raises:
            ConfigError: The config is not what the plugin takes.
            PluginError: The plugin raised.
        """
        plugin = self.plugins[kind]
        section = getattr(self.job, kind)
        config, problems = plugin.configure(
            section.config, document=self.job.document, engine=engine
        )
        if problems:
            raise ConfigError(problems=problems)
        return plugin.create(config, **asked)

    def create_reader(self, *, with_contract: bool = True) -> Any:  # noqa: ANN401  any plugin
        """An instance of the job's reader.

        Args:
            with_contract: Whether it is given the contract's columns, or tells its own.

        Raises:
            ConfigError: The config is not what the plugin takes.
            PluginError: The plugin raised.
        """
        contract = self.contract if with_contract else None
        return self.create(
            "reader",
            {
                "schema": contract.schema.to_list() if contract else None,
                "base_dir": str(self.job.base_dir),
                "keeps_state": self.job.state is not None,
                "stream": self.stream,
                "drift_policy": {
                    "new_column": self.job.drift.new_column,
                    "removed_column": self.job.drift.removed_column,
                },
                "batch_rows": self.job.batch.rows,
                "batch_bytes": int(self.job.batch.bytes),
            },
        )


def resolve_job(job_config: JobConfig, *, base_dir: Path | None = None) -> ResolvedJob:
    """Parse a job, find its plugins and read its contract; source and target are not touched.

    Args:
        job_config: Path of a job file, the job as a mapping, or the resolved job.
        base_dir: What relative paths resolve against; the file's folder, or the current one.

    Raises:
        ConfigError: Lists every problem with its key path and line.
    """
    if isinstance(job_config, ResolvedJob):
        return job_config
    job, document, problems = parse_job(job_config, base_dir=base_dir)
    plugins: dict[Kind, Plugin] = {}
    for kind in KINDS:
        plugin = _plugin(kind, document, problems)
        if plugin is not None:
            plugins[kind] = plugin
    contract = _contract(document, problems)
    if job is not None and job.state is not None and job.target.config.get("mode") == "replace":
        message = "with a state a run reads only what is new, and replace would keep only that"
        problems.append(document.problem(("target", "mode"), message))
    if job is None or problems:
        secrets = secrets_of(document.value)
        raise ConfigError(
            problems=[replace(p, message=redact(p.message, secrets)) for p in problems]
        )
    return ResolvedJob(job=job, plugins=plugins, contract=contract)


def _plugin(kind: Kind, document: Document, problems: list[Problem]) -> Plugin | None:
    section = document.value.get(kind)
    name = section.get("type") if isinstance(section, dict) else None
    if not isinstance(name, str) or not name:
        return None  # reported by the job's own check
    try:
        plugin = resolve(kind, name, base_dir=document.base_dir)
    except PluginError as error:
        problems.append(document.problem((kind, "type"), error.message))
        return None
    config = {key: value for key, value in section.items() if key != "type"}
    value, found = plugin.configure(config, document=document)
    problems.extend(_named(problem, document) for problem in found)
    # What a class only stands for, such as a shared library, is whom errors are to name.
    origin = getattr(plugin.cls, "origin", None)
    if value is not None and origin is not None:
        plugin = replace(plugin, origin=origin(value))
    return replace(plugin, secrets=secrets_of(document.value))


def _named(problem: Problem, document: Document) -> Problem:
    """The problem, or what is to be said of a mode that is not there by intent."""
    if problem.path != "target.mode" or document.value["target"]["mode"] != "merge":
        return problem
    message = "merge is not a mode of this version: append, replace or fail"
    return document.problem(("target", "mode"), message)


def _contract(document: Document, problems: list[Problem]) -> Contract | None:
    path = document.value.get("contract")
    if not isinstance(path, str):
        return None  # reported by the job's own check
    name = document.value.get("name")
    try:
        return load_contract(
            document.base_dir / Path(path).expanduser(),
            stream=name if isinstance(name, str) else None,
        )
    except ConfigError as error:
        problems.extend(error.problems)
        return None
