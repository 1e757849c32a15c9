"""`bench run`: plan, run, render, exit code."""

import argparse
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from headrace_harness.cli.display import LiveDisplay, PlainDisplay, describe_plan
from headrace_harness.cli.guarding import say
from headrace_harness.cli.rendering import render_files
from headrace_harness.cli.selection import plan_with_servers
from headrace_harness.environment import package_version
from headrace_harness.errors import UsageError
from headrace_harness.paths import scratch_dir
from headrace_harness.report.text import render_text
from headrace_harness.store import Store, find_run
from headrace_harness.suite.plan import Plan
from headrace_harness.suite.resume import read_unfinished
from headrace_harness.suite.run import RunOptions, run_plan

# Shells report a process that a signal ended as 128 and the signal's number.
EXIT_SIGNAL = 128

_SAID_BY_A_RUN: Final = (
    *("suite", "reader", "writer", "target", "dataset"),
    *("rows", "samples", "timeout_s", "services", "provider"),
)


def run_suite(args: argparse.Namespace) -> int:
    """Measure; 0 if every cell is valid or declared unsupported, 1 if not, 128 + n on a signal.

    Raises:
        UsageError: The filters match nothing, or the engine is not installed.
    """
    if package_version("headrace") is None and not _has_module("headrace"):
        message = "the engine is not installed; pip install headrace"
        raise UsageError(message)
    folder, interruption = _resumed(args) if args.resume is not None else _begun(args)
    summary = render_files(folder)
    say("")
    say(render_text(summary))
    say(f"report {folder / 'report.html'}")
    if args.keep:
        say(f"output {scratch_dir() / folder.name}")
    if args.json:
        print(json.dumps(summary.to_dict()))  # noqa: T201 - the command's output
    if interruption is not None:
        return EXIT_SIGNAL + interruption
    return 0 if summary.verdict == "ok" else 1


def _begun(args: argparse.Namespace) -> tuple[Path, int | None]:
    """A new run: its folder, and the signal that ended it early."""
    plan, servers = plan_with_servers(args)
    say(describe_plan(plan))
    for reason in servers.reasons.values():
        say(f"  service  {reason}")
    folder = args.reports / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{plan.suite}-{uuid4().hex[:6]}"
    options = RunOptions(
        rows=args.rows,
        keeps_output=args.keep,
        providers=servers.providers,
        reasons=servers.reasons,
    )
    display = _display(plan)
    with Store(folder) as store, display:
        return folder, run_plan(plan, store, display, options=options)


def _resumed(args: argparse.Namespace) -> tuple[Path, int | None]:
    """A run that goes on; as `_begun`."""
    if given := [name for name in _SAID_BY_A_RUN if getattr(args, name)]:
        message = f"--resume goes on as the run was begun: leave out --{', --'.join(given)}"
        raise UsageError(message.replace("_", "-"))
    path = find_run(args.reports, args.resume or None)
    with Store(path.parent, resumes=True) as store:
        found = read_unfinished(path)
        if not found.left:
            message = f"{path.parent.name} has all its samples"
            raise UsageError(message)
        say(describe_plan(found.plan))
        planned = sum(cell.samples for cell in found.plan.runnable)
        say(f"going on with {path.parent.name}: it has {len(found.taken)} of {planned} samples")
        options = replace(found.options, keeps_output=args.keep or found.options.keeps_output)
        with _display(found.plan) as display:
            interruption = run_plan(found.plan, store, display, options=options, taken=found.taken)
    return path.parent, interruption


def _display(plan: Plan) -> LiveDisplay | PlainDisplay:
    return LiveDisplay(plan) if sys.stderr.isatty() else PlainDisplay()


def _has_module(name: str) -> bool:
    from importlib.util import find_spec  # noqa: PLC0415 - one question, asked once

    return find_spec(name) is not None
