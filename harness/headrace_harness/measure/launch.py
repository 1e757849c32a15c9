"""Starts a worker, watches it, ends it, and says how it ended.

Each worker is exec'ed afresh, ends with whoever started it, and leads a session of its own, so that
all it started ends with it and a Ctrl-C at the terminal reaches the harness alone.
"""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headrace import Flight

from headrace_harness.measure.memory import MemoryWatch
from headrace_harness.measure.noise import read_noise
from headrace_harness.services import owner
from headrace_harness.services.scratch import new_folder, remove_folder
from headrace_harness.services.tied import tied

POLL_S = 0.05  # 20 Hz, which with VmHWM misses no peak (measured against 10 ms samplers)
GRACE_S = 2.0  # between SIGTERM and SIGKILL
TAIL_CHARS = 2000

Watcher = Callable[[float, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a worker ended.

    Attributes:
        result: What it reported; None if it delivered nothing.
        reason: Why there is no usable result; None if there is one.
        wall_s: From start to end, imports included [s].
        memory: What was seen from outside.
        noise: What else the machine did.
        stdout_tail: The end of what it printed.
        stderr_tail: The end of what it complained.
    """

    result: dict[str, Any] | None
    reason: str | None
    wall_s: float
    memory: dict[str, Any]
    noise: dict[str, Any]
    stdout_tail: str
    stderr_tail: str


def run_worker(
    specification: Mapping[str, Any],
    *,
    logs: Path,
    name: str,
    timeout_s: float,
    watch: Watcher | None = None,
) -> Ending:
    """Run one worker to its end.

    Args:
        specification: For `headrace_harness.worker`.
        logs: Folder for its standard output and error.
        name: Stem of the log files.
        timeout_s: When it is ended [s].
        watch: Told the time passed [s] and the peak so far [bytes] at each poll.
    """
    logs.mkdir(parents=True, exist_ok=True)
    out_path, err_path = logs / f"{name}.out", logs / f"{name}.err"
    read_fd, write_fd = os.pipe()
    flight = Flight.create()
    # What the worker leaves there, if it is killed, goes with the folder.
    temporary = new_folder("worker")
    noise, began = read_noise(), time.monotonic()
    module = [sys.executable, "-X", "faulthandler", "-m", "headrace_harness.worker"]
    with out_path.open("wb") as out, err_path.open("wb") as err:
        process = subprocess.Popen(  # noqa: S603 - our own module
            tied([*module, str(write_fd)], number=signal.SIGKILL),
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            pass_fds=(write_fd, flight.descriptor),
            env={
                **os.environ,
                **flight.environment,
                **owner.environment(),
                "TMPDIR": str(temporary),
            },
            start_new_session=True,
        )
    os.close(write_fd)
    memory = MemoryWatch(process.pid)
    try:
        _send(process, specification)
        data, has_hung = _collect(process, read_fd, memory, began + timeout_s, watch)
    finally:
        end_group(process)
        remove_folder(temporary)
        os.close(read_fd)
        calls = flight.under_way()
        flight.close()
    stderr_tail = _tail(err_path)
    result, reason = _read_result(data, process.returncode, stderr_tail)
    if result is None and calls:
        reason = f"{reason} in {' and in '.join(map(str, calls))}"
    if has_hung:
        result, reason = None, f"no end within {timeout_s:g} s; the worker was ended"
    return Ending(
        result=result,
        reason=reason,
        wall_s=time.monotonic() - began,
        memory=memory.to_dict(),
        noise=noise.until_now(),
        stdout_tail=_tail(out_path),
        stderr_tail=stderr_tail,
    )


def end_group(process: "subprocess.Popen[bytes]") -> None:
    """End a worker and all of its session: SIGTERM, then SIGKILL; returns when it is gone."""
    if process.poll() is None:
        _signal_group(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)
    # The leader may be gone while others of its group live on.
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()


def _send(process: "subprocess.Popen[bytes]", specification: Mapping[str, Any]) -> None:
    if process.stdin is None:
        return
    with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
        stdin.write(json.dumps(specification).encode())


def _collect(
    process: "subprocess.Popen[bytes]",
    read_fd: int,
    memory: MemoryWatch,
    deadline: float,
    watch: Watcher | None,
) -> tuple[bytes, bool]:
    """All that the worker sent, and whether it had to be ended."""
    data, is_open, began = b"", True, time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(read_fd, selectors.EVENT_READ)
        while process.poll() is None:
            if time.monotonic() > deadline:
                return data, True
            memory.poll()
            if watch is not None:
                watch(time.monotonic() - began, memory.hwm_bytes)
            if not is_open:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(POLL_S)
            elif selector.select(POLL_S):
                chunk = os.read(read_fd, 1 << 16)
                data += chunk
                is_open = bool(chunk)
    os.set_blocking(read_fd, False)
    with contextlib.suppress(BlockingIOError):
        while chunk := os.read(read_fd, 1 << 16):
            data += chunk
    return data, False


def _read_result(
    data: bytes, returncode: int, stderr_tail: str
) -> tuple[dict[str, Any] | None, str | None]:
    if returncode < 0:
        return None, f"the worker died of {signal.Signals(-returncode).name}"
    last = stderr_tail.strip().splitlines()[-1:]
    if returncode != 0:
        said = last[0] if last else "nothing on standard error"
        return None, f"the worker ended with {returncode}: {said}"
    try:
        result: dict[str, Any] = json.loads(data)
    except ValueError:
        return None, "the worker ended without a result"
    if error := result["error"]:
        return result, f"{error['type']}: {error['message']}"
    return result, None


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _tail(path: Path) -> str:
    """The end of a log; an empty log is removed."""
    text = path.read_bytes()[-TAIL_CHARS:].decode(errors="replace")
    if not text:
        path.unlink()
    return text
