"""A connector at work: a process, its output, and its end, whatever ends it."""

import atexit
import contextlib
import fcntl
import logging
import os
import select
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Final, Self

from headrace.errors import PluginError, ReaderConnectionError, ReaderError

CHUNK_BYTES: Final = 256 << 10
"""Of output taken at once [bytes]."""

PIPE_BYTES: Final = 1 << 20
"""What a connector may print ahead of us, where the system lets us say so [bytes]."""

TICK_S: Final = 0.1
"""How often a silent connector is looked after [s]."""

GRACE_S: Final = 5.0
"""Between asking a connector to end and ending it [s]."""

TAIL_LINES: Final = 10
"""Last lines of stderr that an error repeats."""

_LINE_BYTES: Final = 2_000
_log = logging.getLogger(__name__)


class ConnectorProcess:
    """A connector that runs one command of the protocol.

    It leads a process group of its own, so that what it starts ends with it.

    Args:
        command: Program and arguments; no secrets, which every user of the machine could see.
        label: How errors name it.
        idle_timeout_s: How long it may print nothing [s].
        environment: Variables beside those of this process.
        redact: Takes the config's secrets out of a text.
        stop: Called where it is given up, before its processes are asked to end.

    Attributes:
        waited_s: How long we waited for it, so far [s].

    Raises:
        PluginError: The program cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        label: str,
        cwd: str,
        idle_timeout_s: float,
        environment: Mapping[str, str],
        redact: Callable[[str], str],
        stop: Callable[[], None] | None = None,
    ) -> None:
        self.label = label
        self.waited_s = 0.0
        self._idle_timeout_s = idle_timeout_s
        self._redact = redact
        self._stop = stop
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._ending = threading.Lock()
        self._has_ended = False
        self._is_cancelled = False
        try:
            self._process = subprocess.Popen(  # noqa: S603  what the job says is to run
                list(command),
                cwd=cwd,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            message = f"the connector cannot be started: {error.strerror}: {command[0]}"
            raise PluginError(message, plugin=label) from error
        if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux, and as far as it allows
            with contextlib.suppress(OSError):
                fcntl.fcntl(self._stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        # A process that ends without unwinding its generators leaves no connector behind.
        atexit.register(self._end)
        self._drain = threading.Thread(
            target=self._drain_stderr, name="headrace-stderr", daemon=True
        )
        self._drain.start()

    def __enter__(self) -> Self:
        """As a context manager: ends it."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.close()

    @property
    def _stdout(self) -> IO[bytes]:
        assert self._process.stdout is not None  # noqa: S101  it was asked for
        return self._process.stdout

    @property
    def is_cancelled(self) -> bool:
        """Whether it was told to end before it had."""
        return self._is_cancelled

    def chunks(self) -> Iterator[bytes]:
        """Yield its output until its end.

        What it started and left behind may hold the output open: with the connector itself, and
        what was printed so far, the output has ended.

        Raises:
            ReaderConnectionError: It printed nothing for too long.
        """
        fd = self._stdout.fileno()
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        heard = time.monotonic()
        has_ended = False
        while not self._is_cancelled:
            with self._waiting():
                is_there = poll.poll(0 if has_ended else TICK_S * 1000)
            if is_there:
                data = os.read(fd, CHUNK_BYTES)
                if not data:
                    return
                yield data
                heard = time.monotonic()
            elif has_ended:
                return
            elif time.monotonic() - heard > self._idle_timeout_s:
                message = (
                    f"the connector printed nothing for {self._idle_timeout_s:g} s and was ended: "
                    "raise idle_timeout_s if it needs longer"
                )
                raise ReaderConnectionError(message, plugin=self.label)
            # After the look at the output, so that what came last is seen.
            has_ended = self._process.poll() is not None

    def wait(self) -> int:
        """Its exit code, once its output has ended.

        Raises:
            ReaderError: It goes on although its output has ended.
        """
        try:
            with self._waiting():
                return self._process.wait(timeout=min(self._idle_timeout_s, 2 * GRACE_S))
        except subprocess.TimeoutExpired:
            message = "the connector closed its output and did not end; it was ended"
            raise ReaderError(message, plugin=self.label) from None

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.waited_s += time.perf_counter() - began

    def said(self) -> str:
        """The last lines of its stderr, for an error; empty where there are none."""
        self._drain.join(timeout=1)
        return " | ".join(self._tail)

    def cancel(self) -> None:
        """Have it end, from another thread; who reads its output sees the end of that."""
        self._is_cancelled = True
        self._end()

    def close(self) -> None:
        """End it and what it has started; nothing is left of them."""
        self._end()
        self._stdout.close()

    def _end(self) -> None:
        with self._ending:
            if self._has_ended:
                return  # its number may be another's by now
            self._has_ended = True
            if self._stop is not None and self._process.poll() is None:
                self._stop()
            if self._process.poll() is None:
                self._signal(signal.SIGTERM)
                try:
                    self._process.wait(timeout=GRACE_S)
                except subprocess.TimeoutExpired:
                    _log.warning("headrace.airbyte.killed", extra={"plugin": self.label})
            # Children that outlive their parent are of its group still.
            self._signal(signal.SIGKILL)
            self._process.wait()
        atexit.unregister(self._end)
        self._drain.join(timeout=1)

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            return  # nobody is left

    def _drain_stderr(self) -> None:
        """Read stderr to its end: a connector must never wait for us to."""
        assert self._process.stderr is not None  # noqa: S101  it was asked for
        with self._process.stderr as stderr:
            rest = b""
            while data := os.read(stderr.fileno(), CHUNK_BYTES):
                *lines, rest = (rest + data).split(b"\n")
                rest = rest[:_LINE_BYTES]
                for line in lines:
                    self._heard(line)
            self._heard(rest)

    def _heard(self, line: bytes) -> None:
        text = self._redact(line[:_LINE_BYTES].decode(errors="replace").rstrip())
        if text:
            self._tail.append(text)
            _log.debug("headrace.airbyte.stderr", extra={"plugin": self.label, "text": text})


__all__ = ["ConnectorProcess"]
