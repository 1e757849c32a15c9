"""`state show|set|reset`: the cursors of a job."""

import argparse
import json
from typing import Any

from headrace.cli.output import conceal, emit, say
from headrace.errors import ConfigError, StateError
from headrace.loop import JobTargets, ResolvedJob, resolve_job
from headrace.state import StateDocument, StateStore, open_store


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    state = commands.add_parser("state", help="show, set or reset the cursors of a job")
    actions = state.add_subparsers(dest="action", required=True)
    for name, handler, text in (
        ("show", _show, "print the cursors"),
        ("set", _set, "replace the cursor of a stream"),
        ("reset", _reset, "forget the cursors: the next run reads everything anew"),
    ):
        parser = actions.add_parser(name, help=text)
        parser.add_argument("job", help="the job file")
        parser.add_argument("--json", action="store_true", help="data on stdout as JSON")
        parser.set_defaults(handler=handler)
        if name == "set":
            parser.add_argument("cursor", help="the cursor as JSON")
            parser.add_argument("--stream", help="the stream; the job's name where absent")
        if name == "reset":
            parser.add_argument("--stream", help="the stream; all of them where absent")


def _opened(args: argparse.Namespace) -> tuple[ResolvedJob, StateStore]:
    resolved = resolve_job(args.job)
    conceal(resolved.job.secrets)
    section = resolved.job.state
    if section is None:
        problem = resolved.job.document.problem(("state",), "the job keeps no state")
        raise ConfigError(problems=[problem])
    return resolved, open_store(section, job=resolved.job.name)


def _show(args: argparse.Namespace) -> int:
    resolved, store = _opened(args)
    document = store.load()
    value: dict[str, Any] = {
        "job": resolved.job.name,
        "checkpoint": document.checkpoint if document else None,
        "state": document.streams if document else {},
    }
    if args.json:
        emit(value)
        return 0
    say(f"{store.place}: checkpoint {value['checkpoint'] or 'none'}")
    emit(value["state"])
    return 0


def _set(args: argparse.Namespace) -> int:
    try:
        cursor = json.loads(args.cursor)
    except ValueError as error:
        message = f"the cursor is not JSON: {error}"
        raise ConfigError(message) from error
    resolved, store = _opened(args)
    document = store.load()
    streams = dict(document.streams) if document else {}
    if args.stream is None and resolved.has_streams:
        message = f"--stream: which of {', '.join(resolved.streams)}?"
        raise ConfigError(message)
    name = args.stream or resolved.stream
    if resolved.has_streams and name not in {*resolved.streams, *streams}:
        message = f"--stream: the job has no {name!r}, but {', '.join(resolved.streams)}"
        raise ConfigError(message)
    streams[name] = cursor
    return _store(args, resolved, store, streams)


def _reset(args: argparse.Namespace) -> int:
    resolved, store = _opened(args)
    if args.stream is None:
        return _store(args, resolved, store, {})
    document = store.load()
    streams = dict(document.streams) if document else {}
    if args.stream not in streams:
        known = ", ".join(streams) or "none"
        message = f"--stream: there is no cursor of {args.stream!r}; there are: {known}"
        raise ConfigError(message)
    del streams[args.stream]
    return _store(args, resolved, store, streams)


def _store(
    args: argparse.Namespace,
    resolved: ResolvedJob,
    store: StateStore,
    streams: dict[str, Any],
) -> int:
    """Store cursors as those that belong to the job's last commit."""
    targets = JobTargets(resolved)
    targets.acquire("state")
    try:
        if any(target.pending() for target in targets.by_stream.values()):
            message = "a crash left an unfinished commit: run `headrace recover` first"
            raise StateError(message, file=store.place)
        checkpoint = targets.last()
        document = StateDocument(
            job=resolved.job.name, checkpoint=checkpoint.id if checkpoint else None, streams=streams
        )
        store.save(document)
        # The targets keep a copy, from which a lost state file is restored.
        targets.set_state(streams)
    finally:
        targets.release()
    if args.json:
        emit({"job": document.job, "checkpoint": document.checkpoint, "state": document.streams})
    say(f"{store.place}: {args.action if streams else 'reset'}")
    return 0
