"""The lease by which one run at a time is at work on a target.

It keeps runs out of each other's way and is no safeguard: what keeps a run that was overtaken from
committing is the manifest (docs/commit.md). So no clocks are compared: a run whose process is gone
from this machine is over, and any other is watched for as long as a lease lasts.
"""

import os
import socket
import threading
import time
from pathlib import Path
from typing import Final

import msgspec

from headrace.commit import decode_json, encode_json
from headrace.errors import (
    CommitConflictError,
    FencedError,
    HeadraceError,
    TargetConnectionError,
)
from headrace.stores import Store

LEASE_S: Final = 10.0
"""How long the sign of life of a run elsewhere may stay away [s]."""

BEAT_S: Final = 2.0
"""Between two signs of life [s]."""

POLL_S: Final = 0.5
"""Between two looks at somebody else's [s]."""

VERSION: Final = 1

_at_work: set[str] = set()  # runs of this process


class OwnerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Who is at work.

    Attributes:
        run_id: The run; empty once it is done.
        machine: Where it runs: boot, and process namespace.
        host: The machine's name, for people.
        pid: Its process.
        started: When that began, in the machine's own ticks: a process that came later under the
            same number is another.
        beat: Grows while it lives.
        schema_version: Of this record.
    """

    run_id: str
    machine: str
    host: str
    pid: int
    started: str
    beat: int = 0
    schema_version: int = VERSION

    def is_known(self) -> bool | None:
        """Whether it is at work, where this machine knows at once; else None.

        That its process lives is not enough: a run whose server was away may have ended without
        giving the target back.
        """
        if not self.machine or self.machine != _machine():
            return None
        if self.pid == os.getpid():
            return self.run_id in _at_work
        is_there = bool(self.started) and _started(self.pid) == self.started
        return None if is_there else False


class Owner:
    """A run's hold on a target.

    Args:
        store: Where the record is.
        key: The record's key.
    """

    def __init__(self, store: Store, key: str) -> None:
        self._store = store
        self._key = key
        self._record: OwnerRecord | None = None
        self._etag = ""
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self, run_id: str, *, wait: bool, place: str) -> OwnerRecord | None:
        """Take the target, once nobody else is at work on it.

        Args:
            run_id: The run.
            wait: Whether to wait for whoever is.
            place: The target, for errors.

        Returns:
            Whom it was taken from; None where it was free or given back.

        Raises:
            FencedError: Another run is at work, and `wait` is false.
            StateError: The record is corrupt.
            WriterError: The store failed.
        """
        watch = _Watch()
        while True:
            found = self._load()
            before = found[0] if found is not None and found[0].run_id else None
            if before is not None and not watch.is_dead(before):
                if not wait and watch.has_lived:
                    message = (
                        f"another run owns the target (run {before.run_id}, process {before.pid} "
                        f"on {before.host}); wait for it to end, or set concurrent_run: wait"
                    )
                    raise FencedError(message, file=place)
                time.sleep(POLL_S)
                continue
            record = OwnerRecord(
                run_id=run_id,
                machine=_machine(),
                host=socket.gethostname(),
                pid=os.getpid(),
                started=_started(os.getpid()),
            )
            if self._put(record, found[1] if found else None):
                _at_work.add(run_id)
                self._beat()
                return before

    def release(self) -> None:
        """Give the target back; nothing where it is not held."""
        if self._record is None:
            return
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        record, self._record = self._record, None
        _at_work.discard(record.run_id)
        try:
            self._put(msgspec.structs.replace(record, run_id=""), self._etag)
        except HeadraceError:
            # Nobody is harmed: whoever comes next sees that the process is gone, or the beat.
            return

    def _load(self) -> tuple[OwnerRecord, str] | None:
        found = self._store.get(self._key)
        if found is None:
            return None
        place = self._store.url(self._key)
        return decode_json(found[0], OwnerRecord, version=VERSION, place=place), found[1]

    def _put(self, record: OwnerRecord, etag: str | None) -> bool:
        """Write the record over the one of `etag`; whether it is ours now."""
        try:
            data = encode_json(record)
            self._etag = self._store.put(self._key, data, if_absent=etag is None, if_match=etag)
        except CommitConflictError:
            # An answer that was lost looks like somebody else's record: look.
            found = self._load()
            if found is None or found[0] != record:
                return False
            self._etag = found[1]
        self._record = record if record.run_id else None
        return True

    def _beat(self) -> None:
        self._stop.clear()
        self._thread = threading.Thread(target=self._beat_on, name="headrace-lease", daemon=True)
        self._thread.start()

    def _beat_on(self) -> None:
        while not self._stop.wait(BEAT_S) and self._record is not None:
            record = msgspec.structs.replace(self._record, beat=self._record.beat + 1)
            try:
                if not self._put(record, self._etag):
                    return  # overtaken: the commit will find out
            except TargetConnectionError:
                continue  # the next beat tries again
            except HeadraceError:
                return


class _Watch:
    """Looks at one record again and again."""

    def __init__(self) -> None:
        self._seen: OwnerRecord | None = None
        self._since = 0.0
        self.has_lived = False

    def is_dead(self, record: OwnerRecord) -> bool:
        """Whether whoever wrote the record is gone."""
        is_known = record.is_known()
        if is_known is not None:
            self.has_lived = is_known
            return not is_known
        now = time.monotonic()
        if record != self._seen:
            self.has_lived = self._seen is not None
            self._seen, self._since = record, now
        return now - self._since > LEASE_S


def _machine() -> str:
    """This boot of this machine, and the namespace of its processes; empty where unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When a process began, in ticks since the boot; empty where there is none.

    Source:
        proc_pid_stat(5), field 22; the name in brackets may hold anything. A zombie has ended.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in {"Z", "X"} else fields[19]
