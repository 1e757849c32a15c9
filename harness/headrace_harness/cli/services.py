"""`headrace services`: the servers of a run by hand, with the environment that reaches them."""

import argparse
import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Final

from headrace_harness.cli.guarding import guarded, say
from headrace_harness.errors import ServiceError, UsageError

if TYPE_CHECKING:
    from headrace_harness.cli import Subparsers
    from headrace_harness.services.holder import Held

ENDS_S: Final = 40.0
"""What servers may take to end [s]; a second is usual."""

KINDS: Final = ("auto", "embedded", "docker")


def register(subparsers: "Subparsers") -> None:
    """Add `services` to the engine's command line.

    Args:
        subparsers: Of the `headrace` parser.
    """
    services = subparsers.add_parser("services", help="the servers of a run by hand")
    commands = services.add_subparsers(dest="services_command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start servers, and print how they are reached")
    up.add_argument("service", nargs="*", metavar="SERVICE", help="default: postgres and s3")
    up.add_argument("--services", choices=KINDS, default="auto", help="where they are from")
    up.add_argument(
        "--provider", action="append", default=[], metavar="SERVICE=PROVIDER", help="of one"
    )
    up.set_defaults(handler=lambda args: guarded(_up, args, command="services"))
    status = commands.add_parser("status", help="what is up, and how it is reached")
    status.set_defaults(handler=lambda args: guarded(_status, args, command="services"))
    down = commands.add_parser("down", help="end all of them, and remove what they kept")
    down.set_defaults(handler=lambda args: guarded(_down, args, command="services"))
    for parser in (up, status, down):
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def _up(args: argparse.Namespace) -> int:
    """Start what is not up yet; 1 if a server could not be started."""
    from headrace_harness.cli.selection import providers_from  # noqa: PLC0415 - `run` must not pay
    from headrace_harness.services.holder import HOLDABLE, all_held  # noqa: PLC0415
    from headrace_harness.services.providers import choose_providers  # noqa: PLC0415

    names = args.service or ["postgres", "s3"]
    unknown = [name for name in names if name not in HOLDABLE]
    if unknown:
        message = f"no server {', '.join(unknown)} is of use by hand; {', '.join(HOLDABLE)} are"
        raise UsageError(message)
    running = {name for _, held in all_held() for name in held.names}
    if "iceberg" in running:
        running.add("s3")  # its server has buckets, too
    wanted = [name for name in dict.fromkeys(names) if name not in running]
    overrides = providers_from(args.provider)
    if "iceberg" in wanted:
        # The variables name one server of buckets: that of the catalog.
        overrides["s3"] = overrides.get("iceberg", "embedded")
    choice = choose_providers(args.services, overrides, wanted)
    for reason in choice.reasons.values():
        say(reason)
    errors: Mapping[str, str] = {}
    if wanted:
        errors = _hold(choice.providers)
    for name, error in errors.items():
        say(f"headrace services: no {name}: {error}")
    _show([held for _, held in all_held()], args, errors=errors)
    return 1 if errors else 0


def _status(args: argparse.Namespace) -> int:
    """Say what is up; 1 if nothing is."""
    from headrace_harness.services.holder import all_held  # noqa: PLC0415 - as above

    found = [held for _, held in all_held()]
    for held in found:
        servers = ", ".join(f"{name} ({held.providers[name]})" for name in held.names)
        say(f"up since {held.since}: {servers}")
    if not found:
        say("nothing is up")
    _show(found, args)
    return 0 if found else 1


def _down(args: argparse.Namespace) -> int:
    """End all, and what killed ones left; 1 if something stays."""
    from headrace_harness.services.holder import all_held  # noqa: PLC0415 - as above
    from headrace_harness.services.leftovers import sweep_leftovers  # noqa: PLC0415

    ended = []
    for _, held in all_held():
        end_holder(held.owner)
        ended += held.names
    swept = sweep_leftovers()
    left = [name for _, held in all_held() for name in held.names]
    for text in (*(f"ended {name}" for name in ended), *(f"removed {text}" for text in swept)):
        say(text)
    if args.json:
        _tell({"schema_version": 1, "ended": ended, "removed": swept, "left": left})
    return 1 if left else 0


def _hold(providers: Mapping[str, str]) -> Mapping[str, str]:
    """Have a process hold servers; why some could not be started.

    Raises:
        ServiceError: It ends without a word.
    """
    with TemporaryFile() as complaints:
        process = subprocess.Popen(
            [sys.executable, "-m", "headrace_harness.services.holder"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            start_new_session=True,
        )
        held = _told(process, providers)
        if held is None:
            code = process.wait()
            complaints.seek(0)
            said = complaints.read().decode(errors="replace").strip().splitlines()[-1:]
            message = f"the holder of servers ended with {code}: {' '.join(said)}"
            raise ServiceError(message)
    errors: Mapping[str, str] = held["errors"]
    return errors


def _told(
    process: "subprocess.Popen[str]", providers: Mapping[str, str]
) -> Mapping[str, Any] | None:
    """What a holder says that it holds; None where it ends first."""
    if process.stdin is None or process.stdout is None:
        return None
    try:
        with process.stdin as told, process.stdout as lines:
            told.write(json.dumps({"providers": dict(providers)}) + "\n")
            told.flush()
            for line in lines:
                message: Mapping[str, Any] = json.loads(line)
                if "says" not in message:
                    return message
                say(message["says"])
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    return None


def end_holder(holder: str) -> None:
    """Ask a holder to end and wait for it; what does not end is killed."""
    from headrace_harness.services.owner import Owner  # noqa: PLC0415 - as above

    owner = Owner.parse(holder)
    for number in (signal.SIGTERM, signal.SIGKILL):
        # By now its number may be another's.
        if owner is None or not owner.is_alive():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(owner.pid, number)
        deadline = time.monotonic() + ENDS_S
        # Its folder is gone before it is: there is more that it removes.
        while owner.is_alive() and time.monotonic() < deadline:
            time.sleep(0.05)


def _show(
    found: "Sequence[Held]", args: argparse.Namespace, errors: Mapping[str, str] | None = None
) -> None:
    """The environment to paste, or all of it as JSON."""
    environment = {key: value for held in found for key, value in held.environment.items()}
    if args.json:
        services = [
            {"service": name, "provider": held.providers[name], "since": held.since}
            for held in found
            for name in held.names
        ]
        report = {"schema_version": 1, "services": services, "environment": environment}
        _tell({**report, "errors": dict(errors or {})})
        return
    for key, value in environment.items():
        print(f"export {key}={shlex.quote(value)}", flush=True)  # noqa: T201 - the command's output


def _tell(report: Mapping[str, Any]) -> None:
    print(json.dumps(report), flush=True)  # noqa: T201 - the command's output
