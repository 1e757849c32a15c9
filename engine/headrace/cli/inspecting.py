"""`check`, `discover`, `validate`, `plugins`, `schema`: nothing is moved."""

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import yaml

from headrace.cli.dialects import notes_of, sniffed
from headrace.cli.output import conceal, emit, say
from headrace.cli.schemas import contract_schema, job_schema
from headrace.contract import write_contract
from headrace.errors import HeadraceError, PluginError
from headrace.loop import ResolvedJob, ResolvedStream, resolve_job
from headrace.plugins import Kind, listed
from headrace.schema import Schema


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    for name, handler, text in (
        ("check", _check, "reach source and target, move nothing"),
        ("discover", _discover, "list streams and their schema"),
        ("validate", _validate, "parse and resolve the job, without I/O to source or target"),
    ):
        parser = commands.add_parser(name, help=text)
        parser.add_argument("job", help="the job file")
        parser.set_defaults(handler=handler)
        if name == "discover":
            parser.add_argument("--contract", action="store_true", help="print a starting contract")
    plugins = commands.add_parser("plugins", help="list every reader, writer and target")
    plugins.set_defaults(handler=_plugins)
    schema = commands.add_parser("schema", help="print the JSON Schema for editors")
    schema.add_argument("what", choices=["job", "contract"])
    schema.set_defaults(handler=_schema)


def _check(args: argparse.Namespace) -> int:
    resolved = resolve_job(args.job)
    conceal(resolved.job.secrets)
    results: dict[str, dict[str, Any]] = {}
    code = 0
    for part, (kind, create) in _parts(resolved).items():
        try:
            check = getattr(create(), "check", None)
            if check is None:
                results[part] = {"ok": None, "detail": "the plugin has no check"}
            else:
                with resolved.plugins[kind].blamed("failed its check"):
                    results[part] = {"ok": True, "detail": str(check())}
        except HeadraceError as error:
            results[part] = {"ok": False, "error": error.to_dict()}
            code = max(code, error.exit_code)
    code = max([code, *_check_streams(resolved, results)])
    if args.json:
        emit(results)
    for part, result in results.items():
        mark = {True: "ok", False: "failed", None: "unknown"}[result["ok"]]
        detail = result.get("detail") or result["error"]["message"]
        say(f"{part}: {mark}: {detail}")
    return code


def _parts(resolved: ResolvedJob) -> dict[str, tuple[Kind, Callable[[], Any]]]:
    """What is checked, and how it is made: the reader, and the target of each stream."""
    parts: dict[str, tuple[Kind, Callable[[], Any]]] = {
        "reader": ("reader", resolved.create_reader)
    }
    for stream in resolved.streams.values():
        name = f"target {stream.name}" if resolved.has_streams else "target"
        parts[name] = ("target", partial(resolved.create_target, stream))
    return parts


def _check_streams(resolved: ResolvedJob, results: dict[str, dict[str, Any]]) -> Iterator[int]:
    """Check what each stream's steps and writer can tell before a run; gives exit codes."""
    declared = cache(partial(_declared, resolved))
    has_check = hasattr(resolved.plugins["writer"].cls, "check_config")
    for stream in resolved.streams.values():
        if not (has_check or stream.transforms):
            continue
        label = f" {stream.name}" if resolved.has_streams else ""
        part = "transforms"
        try:
            chain = stream.create_chain(resolved.job.document)
            columns = stream.written_schema(partial(_told_of, declared, stream.name), chain)
            if chain is not None:
                results[part + label] = _steps_told(stream, columns)
            part = "writer"
            if has_check:
                results[part + label] = {"ok": True, "detail": _writer_told(resolved, columns)}
        except HeadraceError as error:
            results[part + label] = {"ok": False, "error": error.to_dict()}
            yield error.exit_code


def _declared(resolved: ResolvedJob) -> dict[str, Schema]:
    try:
        return resolved.declared_schemas(resolved.create_reader())
    except HeadraceError:
        return {}  # the reader's own check says what is wrong


def _told_of(declared: Callable[[], dict[str, Schema]], stream: str) -> Schema | None:
    return declared().get(stream)


def _writer_told(resolved: ResolvedJob, columns: Schema | None) -> str:
    """What a writer of these columns says of itself."""
    plugin = resolved.plugins["writer"]
    check: Any = getattr(plugin.cls, "check_config", None)
    config, _ = plugin.configure(
        resolved.job.writer.config,
        document=resolved.job.document,
        engine={"schema": resolved.lenient(columns).to_list() if columns else []},
    )
    with plugin.blamed("failed its check"):
        return str(check(config))


def _steps_told(stream: ResolvedStream, columns: Schema | None) -> dict[str, Any]:
    """What is known of steps that nothing is wrong with so far."""
    if stream.contract is not None:
        detail = "the contract is of the columns after them: what comes before shows with the data"
        return {"ok": None, "detail": detail}
    if columns is None:
        return {"ok": None, "detail": "the reader declares no columns before it reads"}
    return {"ok": True, "detail": f"they give {', '.join(columns.names)}"}


def _discover(args: argparse.Namespace) -> int:
    resolved = resolve_job(args.job)
    conceal(resolved.job.secrets)
    resolved, dialect = sniffed(resolved)
    reader = resolved.create_reader(with_contract=False)
    discover = getattr(reader, "discover", None)
    plugin = resolved.plugins["reader"]
    if discover is None:
        message = f"{plugin.label} cannot discover: it has no method discover"
        raise PluginError(message, plugin=plugin.origin)
    with plugin.blamed("failed to discover"):
        streams = {name: Schema.wrap(schema) for name, schema in discover().items()}
        details: dict[str, dict[str, Any]] = getattr(reader, "details", dict)()
    for note in notes_of(dialect):
        say(note)
    if args.contract:
        if not streams:
            message = "the source has no stream to write a contract of"
            raise PluginError(message, plugin=plugin.origin)
        name = next(iter(streams)) if len(streams) == 1 else resolved.job.name
        contract = write_contract(streams, name=name)
        emit(contract if args.json else yaml.safe_dump(contract, sort_keys=False))
        return 0
    if args.json:
        found: dict[str, Any] = {
            "streams": {name: schema.to_list() for name, schema in streams.items()}
        }
        found |= {"dialect": dialect} if dialect else {}
        emit(found | ({"details": details} if details else {}))
        return 0
    for name, schema in streams.items():
        known = [f"{key} {value}" for key, value in details.get(name, {}).items() if value]
        say(f"{name} ({', '.join(known)})" if known else name)
        width = max(len(field.name) for field in schema.fields)
        for field in schema.fields:
            say(f"  {field.name:<{width}}  {field.type}")
    return 0


def _validate(args: argparse.Namespace) -> int:
    resolved = resolve_job(args.job)
    conceal(resolved.job.secrets)
    contracts = [stream.contract for stream in resolved.streams.values() if stream.contract]
    notes = list(dict.fromkeys(note for contract in contracts for note in contract.notes))
    if args.json:
        names = {"streams": list(resolved.streams)} if resolved.has_streams else {}
        emit({"valid": True, "job": resolved.job.name, **names, "notes": notes})
    say(f"{args.job}: valid")
    for note in notes:
        say(f"  note: {note}")
    return 0


def _plugins(args: argparse.Namespace) -> int:
    rows = listed()
    if args.json:
        emit({"plugins": rows})
        return 0
    for row in rows:
        sys.stderr.write(f"{row['kind']:<8} {row['name']:<10} {row['class']}  ({row['origin']})\n")
    return 0


def _schema(args: argparse.Namespace) -> int:
    emit(job_schema() if args.what == "job" else contract_schema())
    return 0
