"""Jobs with a shared library, in a process that this one outlives.

A library can end its process: by a segmentation fault, `abort`, `exit`. So a command that loads one
runs in a child, and what is left of this process waits, passes signals on, and says which library
it was. On Linux alone; elsewhere such a command runs as any other.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import Final

from headrace.cabi.flight import Flight, attached
from headrace.cli import running
from headrace.cli.interrupts import ECHO_S, INTERRUPT_CODES, Interrupted
from headrace.cli.output import emit, say
from headrace.errors import ConfigError, HeadraceError, NativeError, PluginError
from headrace.job import load_document

_COMMANDS: Final = ("run", "check", "discover")
_PASSED_ON: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h

GRACE_S: Final = 5.0
"""For the child to end in order, once it was told to; then a call that does not return ends [s].

More than a blocked read is waited for (2 s), less than whoever stops a service waits (10 s).
"""

_GLANCE_S: Final = 0.1
"""Between two looks at a child that was told to end [s]."""


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
        code, interrupt = _waited(child, numbers, pages)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    try:
        if -code in numbers:
            # It let a signal end it, and so does this process.
            signal.signal(-code, signal.SIG_DFL)
            signal.raise_signal(-code)
        if interrupt and pages.outcome is None:
            return _interrupted(pages, interrupt, args)
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


def _waited(child: int, numbers: set[signal.Signals], pages: Flight) -> tuple[int, int]:
    """Wait for the child, and end it where it is told to end and a library does not let it.

    Python hears of a signal on its main thread alone, between two of its own instructions: who is
    in a call that does not return never does.

    Returns:
        Its exit code, or a signal's number below zero; the interrupt for which it was killed, or 0.
    """
    asked = killed_for = 0
    since = until = 0.0
    while True:
        wanted = {*numbers, signal.SIGCHLD}
        info = signal.sigtimedwait(wanted, _GLANCE_S) if asked else signal.sigwaitinfo(wanted)
        now = time.monotonic()
        if info is not None and info.si_signo == signal.SIGCHLD:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status), killed_for
        elif info is not None:
            if info.si_code <= 0:
                # Somebody sent it to this process. What a terminal sends, the kernel sends to both.
                os.kill(child, info.si_signo)
            if not asked and info.si_signo in INTERRUPT_CODES:
                asked, since, until = info.si_signo, now, now + GRACE_S
            elif now - since >= ECHO_S:
                until = now  # whoever asks twice does not want to wait
        if asked and now >= until and not killed_for and pages.under_way():
            os.kill(child, signal.SIGKILL)
            killed_for = asked


def _interrupted(pages: Flight, number: int, args: argparse.Namespace) -> int:
    """Say what was under way when the process was ended by force."""
    calls = pages.under_way()
    message = (
        f"interrupted; ended by force in {' and in '.join(map(str, calls))}, which did not return; "
        "the next run, or `headrace recover`, settles what it left"
    )
    error = Interrupted(message, plugin=calls[0].library if calls else None)
    return _told(error, args, INTERRUPT_CODES[number])


def _concluded(pages: Flight, code: int, args: argparse.Namespace) -> int:
    outcome = pages.outcome
    if outcome is not None:
        if code != outcome:
            say(f"note: the process {_ending(code)} after it had ended its work")
        return outcome
    error = _failure(pages, code)
    return _told(error, args, error.exit_code)


def _told(error: HeadraceError, args: argparse.Namespace, code: int) -> int:
    if args.command == "run":
        running.show_failure(error, args)
        return code
    if args.json:
        emit({"status": "failed", "error": error.to_dict()})
    say(f"error: {type(error).__name__}: {error}")
    return code


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
