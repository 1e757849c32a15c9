"""Jobs with a shared library, in a process that this one outlives.

A library can end its process: by a segmentation fault, `abort`, `exit`. So a command that loads one
runs in a child, and what is left of this process waits, passes signals on, and says which library
it was. On Linux alone; elsewhere such a command runs as any other.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from typing import Final

from headrace.cabi.flight import Flight, attached
from headrace.cli import running
from headrace.cli.output import emit, say
from headrace.errors import ConfigError, HeadraceError, NativeError, PluginError
from headrace.job import load_document

_COMMANDS: Final = ("run", "check", "discover")
_PASSED_ON: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def is_wanted(args: argparse.Namespace) -> bool:
    """Whether a command loads a library and is not in a child already."""
    if args.command not in _COMMANDS or not sys.platform.startswith("linux"):
        return False
    if is_child():
        return False
    try:
        document, _ = load_document(args.job)
    except ConfigError:
        return False  # the command itself says what is wrong
    sections = document.value if isinstance(document.value, dict) else {}
    parts = (sections.get(kind) for kind in ("reader", "writer"))
    return any(isinstance(part, dict) and part.get("type") == "cabi" for part in parts)


def is_child() -> bool:
    """Whether this process is one that a parent outlives."""
    return attached() is not None


def noted(code: int) -> int:
    """Tell the parent, where there is one, that this process has said all that it has to say."""
    pages = attached()
    if pages is not None:
        pages.ended(code)
    return code


def run(arguments: Sequence[str], args: argparse.Namespace) -> int:
    """Run a command in a child, to its end.

    Args:
        arguments: Of the command line.
        args: The same, parsed.

    Returns:
        The child's exit code; that of a `PluginError` where a library ended it.
    """
    pages = Flight.create()
    os.set_inheritable(pages.descriptor, True)  # noqa: FBT003  the system's own interface
    numbers = {signal.Signals[name] for name in _PASSED_ON}
    # Blocked, they wait until the child is there to have them; it starts with the mask as it was.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {*numbers, signal.SIGCHLD})
    try:
        child = os.posix_spawn(
            sys.executable,
            [sys.executable, *_interpreter(), *arguments],
            {**os.environ, **pages.environment},
            setsigmask=mask,
        )
        code = _waited(child, numbers)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    try:
        if -code in numbers:
            # It let a signal end it, and so does this process.
            signal.signal(-code, signal.SIG_DFL)
            signal.raise_signal(-code)
        return _concluded(pages, code, args)
    finally:
        pages.close()


def bound_to_parent() -> None:
    """End with the parent, whatever ends that: nobody else would hear of this process."""
    pages = attached()
    if pages is None or not sys.platform.startswith("linux"):
        return
    import ctypes  # noqa: PLC0415  only a process that loads libraries has it

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != pages.parent:
        os._exit(128 + signal.SIGKILL)  # it was gone before the system was told


def _interpreter() -> Sequence[str]:
    """How this process was started, up to the arguments of the command line."""
    started = sys.orig_argv[1 : len(sys.orig_argv) - len(sys.argv) + 1]
    if started and (started[-1] == sys.argv[0] or started[-2:] == ["-m", "headrace"]):
        return started
    return ["-m", "headrace"]  # called from Python


def _waited(child: int, numbers: set[signal.Signals]) -> int:
    """Wait for the child; its exit code, or a signal's number below zero."""
    while True:
        info = signal.sigwaitinfo({*numbers, signal.SIGCHLD})
        if info.si_signo == signal.SIGCHLD:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
        elif info.si_code <= 0:
            # Somebody sent it to this process. What a terminal sends, the kernel sends to both.
            os.kill(child, info.si_signo)


def _concluded(pages: Flight, code: int, args: argparse.Namespace) -> int:
    outcome = pages.outcome
    if outcome is not None:
        if code != outcome:
            say(f"note: the process {_ending(code)} after it had ended its work")
        return outcome
    error = _failure(pages, code)
    if args.command == "run":
        return running.show_failure(error, args)
    if args.json:
        emit({"status": "failed", "error": error.to_dict()})
    say(f"error: {type(error).__name__}: {error}")
    return error.exit_code


def _failure(pages: Flight, code: int) -> HeadraceError:
    """What a process died of that had not come to its end."""
    calls = pages.under_way()
    if calls:
        places = " and in ".join(map(str, calls))
        message = f"the process {_ending(code)} in {places}; nothing of the run is visible"
        return PluginError(message, plugin=calls[0].library)
    ending = f"the process {_ending(code)}"
    libraries = pages.libraries()
    if not libraries:
        return NativeError(f"{ending} before it had loaded a library")
    message = f"{ending} outside of any call of {' and '.join(map(str, libraries))}"
    message += "; the next run, or `headrace recover`, settles what it left"
    return PluginError(message, plugin=libraries[0].library)


def _ending(code: int) -> str:
    return f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
