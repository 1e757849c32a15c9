"""`headrace bench`: parses arguments, hands over, turns endings into exit codes.

Modules:
    comparing: `bench compare`.
    display: What is shown while a run goes on.
    doctor: `bench doctor`.
    guarding: The endings of commands as exit codes.
    images: `images build`, `list` and `recipe`.
    listing: `bench list`.
    rendering: `bench report`.
    running: `bench run`.
    services: `services up`, `status` and `down`.
    selection: The plan that the filters leave.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from headrace_harness.cli.guarding import EXIT_USAGE, guarded

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse names it no other way

__all__ = ["EXIT_USAGE", "main", "register"]


def register(subparsers: "Subparsers") -> None:
    """Add `bench` to the engine's command line.

    Args:
        subparsers: Of the `headrace` parser; the handler takes the arguments and returns an
            exit code.
    """
    bench = subparsers.add_parser(
        "bench", help="measure every reader, writer and target against documented figures"
    )
    _add_commands(bench)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `bench` without the engine's command line; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m headrace_harness", description="bench")
    _add_commands(parser)
    args = parser.parse_args(arguments)
    code: int = args.handler(args)
    return code


def _add_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="bench_command", required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="suites, data sets and cells")
    _add_filters(listing)
    listing.set_defaults(handler=_list)
    run = commands.add_parser("run", help="measure the cells of a suite")
    _add_filters(run)
    run.add_argument("--timeout-s", type=_positive_number, help="when a worker is ended [s]")
    run.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="RUN",
        help="go on with a run that was ended early; default: the newest",
    )
    run.add_argument("--keep", action="store_true", help="keep what the jobs wrote")
    run.add_argument(
        "--services",
        choices=("auto", "embedded", "docker", "external"),
        help="where servers are from; default: containers where there are, else embedded ones",
    )
    run.add_argument(
        "--provider",
        action="append",
        default=[],
        metavar="SERVICE=PROVIDER",
        help="where a server is from, as postgres=docker:postgres:17; repeatable",
    )
    _add_reports(run)
    run.set_defaults(handler=_run)
    compare = commands.add_parser("compare", help="measure A against B in pairs")
    compare.add_argument("comparison", nargs="*", metavar="COMPARISON", help="default: all")
    compare.add_argument("--pairs", type=_positive, default=5, help="of each; default: 5")
    compare.add_argument("--rows", type=_positive, help="only the first so many records")
    _add_json(compare)
    _add_reports(compare)
    compare.set_defaults(handler=_compare)
    report = commands.add_parser("report", help="render a run again: HTML and Markdown")
    report.add_argument("run", nargs="?", metavar="RUN", help="id, folder or file; default newest")
    _add_json(report)
    _add_reports(report)
    report.set_defaults(handler=_report)
    doctor = commands.add_parser("doctor", help="what will disturb a measurement, or is missing")
    _add_json(doctor)
    doctor.set_defaults(handler=_doctor)


def _add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--suite", help="default: smoke")
    for name in ("reader", "writer", "target", "dataset"):
        parser.add_argument(
            f"--{name}", action="append", default=[], metavar="NAME", help="repeatable"
        )
    parser.add_argument("--rows", type=_positive, help="only the first so many records")
    parser.add_argument("--samples", type=_positive, help="of each cell")
    _add_json(parser)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def _add_reports(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--reports", type=Path, default=Path("reports"), metavar="DIR", help="default: reports"
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        message = f"{text} is not at least 1"
        raise argparse.ArgumentTypeError(message)
    return number


def _positive_number(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        message = f"{text} is not a positive number"
        raise argparse.ArgumentTypeError(message)
    return number


# The commands import their modules when called: `headrace run` must not pay for `bench`.


def _list(args: argparse.Namespace) -> int:
    from headrace_harness.cli.listing import list_scenarios  # noqa: PLC0415 - see above

    return guarded(list_scenarios, args, command="bench")


def _run(args: argparse.Namespace) -> int:
    from headrace_harness.cli.running import run_suite  # noqa: PLC0415 - see above

    return guarded(run_suite, args, command="bench")


def _compare(args: argparse.Namespace) -> int:
    from headrace_harness.cli.comparing import compare_sides  # noqa: PLC0415 - see above

    return guarded(compare_sides, args, command="bench")


def _report(args: argparse.Namespace) -> int:
    from headrace_harness.cli.rendering import render_run  # noqa: PLC0415 - see above

    return guarded(render_run, args, command="bench")


def _doctor(args: argparse.Namespace) -> int:
    from headrace_harness.cli.doctor import examine  # noqa: PLC0415 - see above

    return guarded(examine, args, command="bench")
