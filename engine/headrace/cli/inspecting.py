"""`check`, `discover`, `validate`, `plugins`, `schema`: nothing is moved."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import yaml

from headrace.cli.dialects import notes_of, sniffed
from headrace.cli.output import conceal, emit, say
from headrace.cli.schemas import contract_schema, job_schema
from headrace.contract import write_contract
from headrace.errors import HeadraceError, PluginError
from headrace.loop import ResolvedJob, resolve_job
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
    code = max(code, _check_writer(resolved, results))
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


def _check_writer(resolved: ResolvedJob, results: dict[str, dict[str, Any]]) -> int:
    """Check what a writer can tell before a run."""
    plugin = resolved.plugins["writer"]
    check = getattr(plugin.cls, "check_config", None)
    if check is None:
        return 0
    try:
        columns = _columns(resolved)
        config, _ = plugin.configure(
            resolved.job.writer.config,
            document=resolved.job.document,
            engine={"schema": columns.to_list() if columns else []},
        )
        with plugin.blamed("failed its check"):
            results["writer"] = {"ok": True, "detail": str(check(config))}
    except HeadraceError as error:
        results["writer"] = {"ok": False, "error": error.to_dict()}
        return error.exit_code
    return 0


def _columns(resolved: ResolvedJob) -> Schema | None:
    """The columns that a writer would be given, as far as anybody declares them."""
    contracts = (stream.contract for stream in resolved.streams.values())
    contract = next((contract for contract in contracts if contract is not None), None)
    if contract is not None:
        return contract.schema
    try:
        declared = getattr(resolved.create_reader(), "schema", None)
        with resolved.plugins["reader"].blamed("could not tell its schema"):
            columns = declared() if callable(declared) else declared
            return Schema.wrap(columns) if columns is not None else None
    except HeadraceError:
        return None  # the reader's own check says what is wrong


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
