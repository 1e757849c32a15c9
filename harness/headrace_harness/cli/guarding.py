"""The endings of commands as exit codes."""

import argparse
import sys
from collections.abc import Callable

from headrace_harness.errors import HarnessError, UsageError

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


def guarded(
    handler: Callable[[argparse.Namespace], int], args: argparse.Namespace, *, command: str
) -> int:
    """What a handler returns, or the code of what it raises.

    Args:
        handler: Of the command.
        args: Its arguments.
        command: As errors call it.
    """
    try:
        return handler(args)
    except UsageError as error:
        say(f"headrace {command}: {error}")
        return EXIT_USAGE
    except HarnessError as error:
        say(f"headrace {command}: {error}")
        return EXIT_FAILED
    except KeyboardInterrupt:
        say("interrupted")
        return EXIT_INTERRUPTED


def say(text: str) -> None:
    """Tell a person."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - the command line's voice
