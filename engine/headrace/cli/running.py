"""`run` and `recover`."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from headrace.cli.interrupts import (
    SIGINT_CODE,
    SIGTERM_CODE,
    Interrupted,
    Interruption,
    TerminatedError,
)
from headrace.cli.output import conceal, emit, say
from headrace.cli.progress import ProgressLine, summary
from headrace.errors import HeadraceError
from headrace.loop import RunReport, execute_job, recover_job, resolve_job

if TYPE_CHECKING:
    from headrace.loop.run import Run

_INTERRUPTS: Final[Mapping[type[BaseException], int]] = {
    KeyboardInterrupt: SIGINT_CODE,
    TerminatedError: SIGTERM_CODE,
}


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    run = commands.add_parser("run", help="run a job")
    run.add_argument("job", help="the job file")
    run.add_argument("--quiet", action="store_true", help="no progress and no summary")
    run.set_defaults(handler=_run)
    recover = commands.add_parser("recover", help="finish or roll back what a crash left")
    recover.add_argument("job", help="the job file")
    recover.set_defaults(handler=_recover)


def _run(args: argparse.Namespace) -> int:
    try:
        resolved = resolve_job(args.job)
    except HeadraceError as error:
        return show_failure(error, args)
    conceal(resolved.job.secrets)
    line = ProgressLine() if sys.stderr.isatty() and not args.quiet else None
    code = 0
    failed: list[RunReport] = []
    try:
        progress = _progress(args.interruption, line)
        report = execute_job(resolved, progress=progress, on_failure=failed.append)
    except (Exception, KeyboardInterrupt, TerminatedError) as error:
        if not failed:
            raise
        report = failed[0]
        if report.status == "failed":  # else the interrupt came after the commit
            code = _INTERRUPTS.get(type(error), 0)
    if line is not None:
        line.clear()
    _show(report, args, _root(resolved.job.target.config), code)
    return code or report.exit_code


def _progress(interruption: Interruption, line: ProgressLine | None) -> Callable[["Run"], None]:
    """What is done after each batch."""

    def passed(run: "Run") -> None:
        interruption.check()
        if line is not None:
            line(run)

    return passed


def _root(target: Mapping[str, Any]) -> str:
    """What a target is called, for people: its path, its table, or its bucket and prefix."""
    named = [target[key] for key in ("path", "table", "bucket", "prefix") if target.get(key)]
    return "/".join(map(str, named))


def show_failure(error: HeadraceError, args: argparse.Namespace) -> int:
    """Show a run that nobody can report of; who reads the JSON finds the shape of a report."""
    report = RunReport(run_id="", job=Path(args.job).stem, status="failed", error=error)
    _show(report, args, "", 0)
    return error.exit_code


def _show(report: RunReport, args: argparse.Namespace, root: str, code: int) -> None:
    value = report.to_dict()
    if code:
        value["error"] = value["error"] or Interrupted().to_dict()
    if args.json:
        emit(value)
    if report.run_id and not args.quiet:
        say(summary(report, root))
    if value["error"]:
        error = value["error"]
        place = ", ".join(f"{k} {v}" for k, v in error["where"].items() if k != "problems")
        say(f"error: {error['type']}: {error['message']}" + (f" ({place})" if place else ""))


def _recover(args: argparse.Namespace) -> int:
    resolved = resolve_job(args.job)
    conceal(resolved.job.secrets)
    found = recover_job(resolved)
    if args.json:
        emit(found)
    for item in found["recovered"]:
        say(f"run {item['run_id']}: {item['outcome']}")
    if not found["recovered"]:
        say("nothing to recover")
    return 0
