"""Named points of a run, where tests stop it.

after_read · after_write · before_journal · after_journal · before_commit · after_commit ·
before_state · after_state · before_ack, and those that a target has inside of its own commit.
"""

from collections.abc import Callable

_hooks: list[Callable[[str], None]] = []


def on_reached(hook: Callable[[str], None]) -> None:
    """Have `hook` called with each point's name from now on; for tests of crashes."""
    _hooks.append(hook)


def reached(name: str) -> None:
    """Say that the run is at a point."""
    for hook in _hooks:
        hook(name)
