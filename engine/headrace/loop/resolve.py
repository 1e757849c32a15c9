"""A job with its plugins and contract; everything that is wrong with it, at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from headrace.contract import Contract
from headrace.errors import ConfigError, PluginError, Problem
from headrace.job import Document, Job, parse_job, redact, secrets_of
from headrace.loop.streams import (
    ResolvedStream,
    contract_of,
    named,
    place_of,
    streams_of,
    transforms_of,
)
from headrace.plugins import KINDS, Kind, Plugin, resolve
from headrace.schema import Schema
from headrace.stream import StreamOptions

JobConfig: TypeAlias = "str | Path | Mapping[str, Any] | ResolvedJob"


@dataclass(frozen=True, kw_only=True)
class ResolvedJob:
    """A job that is ready to run.

    Attributes:
        job: What the user wrote, typed.
        plugins: Reader, writer and target.
        streams: Its streams by name; the one of a job without a section `streams` has the job's
            name.
    """

    job: Job
    plugins: Mapping[Kind, Plugin]
    streams: Mapping[str, ResolvedStream]

    @property
    def stream(self) -> str:
        """The stream of batches that do not say theirs: the job's name."""
        return self.job.name

    @property
    def has_streams(self) -> bool:
        """Whether the job has a section `streams`."""
        return bool(self.job.streams)

    @property
    def contract(self) -> Contract | None:
        """The contract of a job without `streams`; None where the reader's columns hold."""
        return None if self.has_streams else self.streams[self.stream].contract

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

    def create_target(self, stream: ResolvedStream) -> Any:  # noqa: ANN401  any plugin
        """An instance of the job's target, at the place of a stream; as `create`."""
        plugin = self.plugins["target"]
        config, problems = plugin.configure(stream.target.config, document=self.job.document)
        if problems:
            raise ConfigError(problems=problems)
        return plugin.create(config)

    def place(self, stream: ResolvedStream) -> str:
        """Where a stream lands, spelled the same for the same place."""
        plugin = self.plugins["target"]
        config, _ = plugin.configure(stream.target.config, document=self.job.document)
        return place_of(plugin, config)

    def create_reader(self, *, with_contract: bool = True) -> Any:  # noqa: ANN401  any plugin
        """An instance of the job's reader.

        Args:
            with_contract: Whether it is given the contract's columns, or tells its own.

        Raises:
            ConfigError: The config is not what the plugin takes.
            PluginError: The plugin raised.
        """
        schema = None if self.has_streams else self.streams[self.stream].source_schema
        # Columns are compared with the contract after the steps.
        has_steps = any(stream.transforms for stream in self.streams.values())
        drift = self.job.drift
        return self.create(
            "reader",
            {
                "schema": schema.to_list() if schema and with_contract else None,
                "base_dir": str(self.job.base_dir),
                "keeps_state": self.job.state is not None,
                "stream": self.stream,
                "streams": self._options(with_contract=with_contract),
                "drift_policy": {
                    "new_column": "evolve" if has_steps else drift.new_column,
                    "removed_column": "evolve" if has_steps else drift.removed_column,
                },
                "batch_rows": self.job.batch.rows,
                "batch_bytes": int(self.job.batch.bytes),
            },
        )

    def declared_schemas(self, reader: Any) -> dict[str, Schema]:  # noqa: ANN401  any plugin
        """The columns that the reader itself declares of each stream, before the steps.

        Streams of which it tells none are left out.

        Args:
            reader: The job's reader.

        Raises:
            HeadraceError: The reader cannot tell them.
        """
        declared = getattr(reader, "schemas" if self.has_streams else "schema", None)
        with self.plugins["reader"].blamed("could not tell its schema"):
            told = declared() if callable(declared) else declared
            by_stream = told if self.has_streams else {self.stream: told}
            return {
                name: Schema.wrap(columns)
                for name, columns in (by_stream or {}).items()
                if columns is not None
            }

    def lenient(self, schema: Schema) -> Schema:
        """The columns of a writer that is given bad rows, too, where the job only warns."""
        return schema.nullable() if self.job.validation.mode == "warn" else schema

    def _options(self, *, with_contract: bool) -> dict[str, StreamOptions]:
        if not self.has_streams:
            return {}
        return {
            stream.name: StreamOptions(
                schema=stream.source_schema if with_contract else None,
                cursor=stream.cursor,
            )
            for stream in self.streams.values()
        }


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
    streams = streams_of(document, plugins, problems)
    if not document.value.get("streams"):
        name = document.value.get("name")
        contract = contract_of(document, (), name if isinstance(name, str) else None, problems)
        steps = transforms_of(document, (), problems)
        if job is not None:
            one = ResolvedStream(
                name=job.name, contract=contract, target=job.target, transforms=steps
            )
            streams = {job.name: one}
    if job is not None:
        problems.extend(_contradictions(job, streams))
    if job is None or problems:
        secrets = secrets_of(document.value)
        raise ConfigError(
            problems=[replace(p, message=redact(p.message, secrets)) for p in problems]
        )
    return ResolvedJob(job=job, plugins=plugins, streams=streams)


def _contradictions(job: Job, streams: Mapping[str, ResolvedStream]) -> Iterator[Problem]:
    """What no section has wrong by itself."""
    document = job.document
    modes = [stream.target.config.get("mode") for stream in streams.values()]  # of any type yet
    for mode in ("replace", "overwrite"):
        if job.state is not None and mode in modes:
            message = f"with a state a run reads only what is new, and {mode} would keep only that"
            yield document.problem(("target", "mode"), message)
    if job.batch.checkpoint is None:
        return
    place = ("batch", "checkpoint")
    if job.state is None:
        message = "needs a state: without one the next run would read again what was committed"
        yield document.problem(place, message)
    if "fail" in modes:
        message = "a run that broke off could not go on where the target's mode is fail: use append"
        yield document.problem(place, message)
    if job.validation.mode == "warn":
        return
    contracts = [stream.contract for stream in streams.values() if stream.contract is not None]
    for rule in (rule for contract in contracts for rule in contract.quality):
        if rule.severity == "error":
            message = (
                f"{rule.where.path} ({rule.metric}) is judged at the end, before anything is "
                "visible: give it the severity warning, or commit once"
            )
            yield document.problem(place, message)


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
    if kind == "target" and document.value.get("streams"):
        return replace(plugin, secrets=secrets_of(document.value))  # each stream configures its own
    config = {key: value for key, value in section.items() if key != "type"}
    # Of several streams the cursors are each one's own, and are checked with all of them.
    has_state = kind == "reader" and document.value.get("state") is not None
    has_state = has_state and not document.value.get("streams")
    engine = {"keeps_state": True} if has_state else None
    value, found = plugin.configure(config, document=document, engine=engine)
    problems.extend(map(named, found))
    # What a class only stands for, such as a shared library, is whom errors are to name.
    origin = getattr(plugin.cls, "origin", None)
    if value is not None and origin is not None:
        plugin = replace(plugin, origin=origin(value))
    return replace(plugin, secrets=secrets_of(document.value))
