"""Where text and data go: text to stderr, data to stdout, and stdout kept clean of plugins."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import Any

from headrace.job import redact

_data: int | None = None
_secrets: frozenset[str] = frozenset()


def conceal(secrets: frozenset[str]) -> None:
    """Let nothing that is written from now on hold any of `secrets`."""
    global _secrets  # noqa: PLW0603  the process has one stdout
    _secrets = secrets


@contextmanager
def clean_stdout() -> Iterator[None]:
    """Send what anybody prints to stdout to stderr; only `emit` reaches the real stdout."""
    global _data  # noqa: PLW0603  the process has one stdout
    sys.stdout.flush()
    _data = os.dup(1)
    os.dup2(2, 1)
    before = sys.stdout
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        before.flush()
        os.dup2(_data, 1)
        os.close(_data)
        _data = None
        conceal(frozenset())


def emit(value: Any) -> None:  # noqa: ANN401  any JSON value, or text
    """Write data to the real stdout: a text as it is, anything else as JSON."""
    value = redact(value, _secrets)
    text = value if isinstance(value, str) else json.dumps(value, indent=2, default=str)
    data = (text.rstrip("\n") + "\n").encode()
    target = _data if _data is not None else 1
    with suppress(BrokenPipeError):  # nobody reads on; what was done is done
        while data:
            data = data[os.write(target, data) :]


def say(text: str) -> None:
    """Write a line for people."""
    sys.stderr.write(redact(text, _secrets) + "\n")
    sys.stderr.flush()
