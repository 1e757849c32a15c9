"""The parser, errors and exit codes."""

import argparse
import sys
import traceback
from collections.abc import Callable, Sequence

from headrace import __version__
from headrace.cli import inspecting, running, starting, stating, supervision
from headrace.cli.interrupts import SIGINT_CODE, SIGTERM_CODE, TerminatedError, terminable
from headrace.cli.output import clean_stdout, emit, say
from headrace.errors import ConfigError, HeadraceError, NativeError

# Commands that other distributions bring and that are installed.
_FOREIGN: set[str] = set()

# Commands of the harness, which the engine never imports: name and what it does.
_HARNESS = {
    "bench": "measure every reader, writer and target",
    "images": "the images of servers and connectors",
    "services": "the servers of a run by hand",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: Arguments without the program's name; the process's own where absent.

    Returns:
        The exit code: 0 all rows written; 1 some were quarantined or warned about; 2 failed; 3
        failed, worth retrying; 4 the commit's outcome is unknown; 130 and 143 on signals.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    parser = _parser(arguments)
    args, unknown = parser.parse_known_args(arguments)
    if unknown and args.handler is not _missing:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if supervision.is_wanted(args):
        return supervision.run(arguments, args)
    supervision.bound_to_parent()
    return supervision.noted(_called(args))


def _called(args: argparse.Namespace) -> int:
    handler: Callable[[argparse.Namespace], int] = args.handler
    try:
        if args.command in _FOREIGN:
            # Its own handling of output and signals: what it prints to stdout is its data.
            return _guarded(handler, args)
        with clean_stdout(), terminable(has_parent=supervision.is_child()) as interruption:
            args.interruption = interruption
            return _guarded(handler, args)
    except KeyboardInterrupt:
        say("interrupted")
        return SIGINT_CODE
    except TerminatedError:
        say("terminated")
        return SIGTERM_CODE


def _guarded(handler: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    try:
        return handler(args)
    except HeadraceError as error:
        failure = error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if isinstance(error, SystemExit):
            raise
        say(traceback.format_exc())
        failure = NativeError(f"{type(error).__name__}: {error}; please report this")
    if getattr(args, "json", False):
        emit({"status": "failed", "error": failure.to_dict()})
    say(f"error: {type(failure).__name__}: {failure}")
    return failure.exit_code


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="headrace",
        description="Streams records from any reader to any writer in constant memory.",
    )
    parser.add_argument("--version", action="version", version=f"headrace {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (running, inspecting, stating, starting):
        module.register(commands)
    for name, parser_of in commands.choices.items():
        if name != "state":
            parser_of.add_argument("--json", action="store_true", help="data on stdout as JSON")
    _register_harness(commands, arguments)
    return parser


def _register_harness(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", arguments: Sequence[str]
) -> None:
    """Add what other distributions bring, importing them only where they are called."""
    from importlib.metadata import entry_points  # noqa: PLC0415  3 MB

    asked = next((a for a in arguments if not a.startswith("-")), None)
    found = {entry.name: entry for entry in entry_points(group="headrace.commands")}
    for name, text in {**_HARNESS, **dict.fromkeys(found, "")}.items():
        if name not in found:
            missing = commands.add_parser(name, help=f"{text} (pip install headrace-harness)")
            missing.set_defaults(handler=_missing, name=name, json="--json" in arguments)
        elif asked == name:
            _FOREIGN.add(name)
            found[name].load()(commands)
        else:
            commands.add_parser(name, help=text, add_help=False)


def _missing(args: argparse.Namespace) -> int:
    message = f"`headrace {args.name}` needs the harness: pip install headrace-harness"
    raise ConfigError(message)
