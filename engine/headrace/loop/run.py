"""One execution of a job: its id, counters, clocks, and the target that it owns."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from headrace.commit import Intent
from headrace.contract import SchemaValidator
from headrace.errors import CommitError, HeadraceError, NativeError, PluginError
from headrace.loop.quarantine import Quarantine
from headrace.loop.recovery import settle
from headrace.loop.report import RunReport
from headrace.loop.resolve import ResolvedJob
from headrace.schema import Schema
from headrace.state import LocalStateStore, StateManager

Progress = Callable[["Run"], None]


class Run:
    """What the parts of one execution share.

    The parts of a loop find each other through the run: `create_extractor`, `create_writer` and
    `create_committer` of one job join the run that is open for it, so that the committer knows
    what was read, what was refused, and what the state may say.

    Args:
        resolved: The job.
        progress: Called after each batch.
    """

    # Open runs by job and target, for loops that are written by hand.
    _open: ClassVar[dict[tuple[str, str], "Run"]] = {}

    def __init__(self, resolved: ResolvedJob, *, progress: Progress | None = None) -> None:
        self.resolved = resolved
        self.job = resolved.job
        self.progress = progress
        self.run_id = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{os.urandom(6).hex()}"
        self.report = RunReport(run_id=self.run_id, job=self.job.name, secrets=self.job.secrets)
        self.target: Any = None
        self.store: LocalStateStore | None = None
        self.state_manager: StateManager | None = None
        self.previous: str | None = None
        self.staging = Path()
        self.reader: Any = None
        self.validators: list[SchemaValidator] = []
        self.quarantine: Quarantine | None = None
        self.batches_consumed = 0
        self.reader_ended = False
        self.reads_with_state = False
        self.parts: set[str] = set()
        self.intent: Intent | None = None
        self.owns_target = False
        self.is_over = False
        self.failure: HeadraceError | None = None
        self._started = time.perf_counter()
        self._abandon: list[Callable[[], None]] = []

    @classmethod
    def open(cls, resolved: ResolvedJob, *, progress: Progress | None = None) -> "Run":
        """A run that has started; as `start`."""
        run = cls(resolved, progress=progress)
        try:
            run.start()
        except BaseException as error:
            run.failed(error)
            raise
        return run

    def start(self) -> None:
        """Own the target, settle what a crash left, load the state, make room for files.

        Raises:
            FencedError: Another run owns the target.
            WriteError: The target cannot be written.
            StateError: State or manifest are corrupt or do not belong together.
        """
        self.target = self.resolved.create("target", {})
        self.target.acquire(self.run_id)
        self.owns_target = True
        if self.job.state is not None:
            self.store = LocalStateStore(self.job.state.path, job=self.job.name)
        self.report.recovered, document = settle(self.target, self.job.name, self.store)
        checkpoint = self.target.checkpoint(self.job.name)
        self.previous = checkpoint.id if checkpoint else None
        if self.store is not None:
            self.state_manager = StateManager(document.streams if document else {})
            self.report.state = self.state_manager.snapshot()
        self.target.check_replace(self.job.name)
        self.staging = self.target.begin(self.run_id)
        if self.resolved.contract is not None:
            self.report.notes.extend(self.resolved.contract.notes)
        self._open[self._key] = self

    @classmethod
    def joined(cls, resolved: ResolvedJob, part: str) -> "Run":
        """The run that is open for a job; a new one where there is none, or where it has `part`."""
        run = cls._open.get((resolved.job.name, _place(resolved)))
        if run is not None and (part in run.parts or run.is_over):
            run.abandon()
            run = None
        if run is None:
            run = cls.open(resolved)
        run.parts.add(part)
        return run

    @property
    def _key(self) -> tuple[str, str]:
        return self.job.name, _place(self.resolved)

    @property
    def schema(self) -> Schema | None:
        """The columns that are declared: the contract's, else the reader's own; None if neither."""
        if self.resolved.contract is not None:
            return self.resolved.contract.schema
        declared = getattr(self.reader, "schema", None)
        if declared is None:
            return None
        plugin = self.resolved.plugins["reader"]
        with plugin.blamed("could not tell its schema"):
            columns = declared() if callable(declared) else declared
            return Schema.wrap(columns) if columns is not None else None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time of a block towards a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.report.stages_s[name] += time.perf_counter() - start

    def create_reader(self) -> Any:  # noqa: ANN401  any plugin
        """The job's reader; one for the run."""
        if self.reader is None:
            self.reader = self.resolved.create_reader()
        return self.reader

    def create_validator(self) -> SchemaValidator:
        """The job's validator, whose bad rows go to the run's quarantine."""
        settings = self.job.validation
        validator = SchemaValidator(
            self.resolved.contract or self.schema,
            mode=settings.mode,
            max_error_ratio=settings.max_error_ratio,
            unique_bytes=settings.unique_bytes,
            drift=self.job.drift,
            stream=self.resolved.stream,
        )
        self.adopt(validator)
        return validator

    def adopt(self, validator: SchemaValidator) -> None:
        """Take a validator's verdicts as this run's."""
        if validator in self.validators:
            return
        self.validators.append(validator)
        if self.quarantine is None:
            self.quarantine = Quarantine(self.target.quarantine_dir(self.run_id))
        validator.on_errors = validator.on_errors or self.quarantine.write

    def on_abandon(self, action: Callable[[], None]) -> None:
        """Call `action` where the run is given up."""
        self._abandon.append(action)

    def check_may_commit(self, *, written: int) -> None:
        """Refuse a commit that would lose rows or hide a failure.

        Raises:
            HeadraceError: What a validator raised before.
            ContractError: There are more bad rows than `max_error_ratio` allows.
            PluginError: Rows are missing between reader and writer.
            CommitError: The loop was left early, where the state cannot follow.
        """
        if self.failure is not None:
            raise self.failure
        for validator in self.validators:
            if validator.failure is not None:
                raise validator.failure
            validator.check_ratio()
            self._check_quality(validator)
        rows = self.report.rows
        rows.written = written
        rows.quarantined = sum(v.rows_quarantined for v in self.validators)
        rows.warned = sum(v.rows_warned for v in self.validators)
        accounted = rows.written + rows.quarantined + rows.filtered
        if rows.read != accounted:
            message = (
                f"{rows.read} rows were read but {rows.written} written, {rows.quarantined} "
                f"quarantined and {rows.filtered} filtered; nothing is committed"
            )
            raise PluginError(message, stream=self.resolved.stream)
        state = self.state_manager
        if state is None or self.reader_ended or not self.reads_with_state:
            return
        state.consumed(self.batches_consumed, complete=False)
        if not state.covers(self.batches_consumed):
            message = (
                "the loop was left where the reader's state does not cover what it has read, so "
                "the next run would read it again; nothing is committed"
            )
            raise CommitError(message, stream=self.resolved.stream)

    def _check_quality(self, validator: SchemaValidator) -> None:
        """Report what the quality rules measured; the commit is refused where one must hold."""
        for result in validator.quality():
            self.report.quality.append(result.to_dict())
            if not result.passed:
                column = f"column {result.rule.field!r}: " if result.rule.field else ""
                self.report.notes.append(f"{result.rule.severity}: {column}{result.message}")
        validator.check_quality()

    def succeeded(self) -> None:
        """End the run after its commit."""
        rows = self.report.rows
        is_broken = any(not result["passed"] for result in self.report.quality)
        is_partial = rows.quarantined or rows.warned or is_broken
        self.report.status = "partial" if is_partial else "succeeded"
        self._end()

    def failed(self, error: BaseException) -> None:
        """End the run without a commit: nothing of it stays, unless it may be visible already.

        Nothing where the run is over: an interrupt that comes after the commit undoes none.
        """
        if self.is_over:
            return
        known = error if isinstance(error, HeadraceError) else None
        if known is None and isinstance(error, Exception):
            known = NativeError(f"{type(error).__name__}: {error}; please report this")
        self.report.status = "failed"
        self.report.error = known
        may_be_visible = known is not None and known.data_may_be_visible
        keep = may_be_visible or self._is_committed()
        rows = self.report.rows
        if not keep:
            rows.written = rows.quarantined = rows.warned = 0
            rows.discarded = rows.read - rows.filtered
        self.abandon(keep=keep)

    def _is_committed(self) -> bool:
        return self.intent is not None and bool(self.target.is_committed(self.intent))

    def abandon(self, *, keep: bool = False) -> None:
        """Let go of everything; remove what was staged, unless it must be kept for recovery.

        What cannot be let go of is noted: it must not hide why the run is given up.
        """
        if self.is_over:
            return
        actions = [*reversed(self._abandon)]
        if self.quarantine is not None:
            actions.append(self.quarantine.abort)
        if self.owns_target and not keep:
            actions.append(lambda: self.target.discard(self.run_id))
        try:
            for action in actions:
                try:
                    action()
                except HeadraceError as error:
                    self.report.notes.append(f"while giving up: {error}")
        finally:
            self._end()

    def _end(self) -> None:
        self.is_over = True
        if self._open.get(self._key) is self:
            del self._open[self._key]
        if self.owns_target:
            self.target.release()
        self.report.wall_s = time.perf_counter() - self._started
        self.report.peak_rss_bytes = peak_rss_bytes()
        self.report.drift = [c.to_dict() for v in self.validators for c in v.changes]
        self.report.notes.extend(getattr(self.reader, "notes", ()))
        rows = self.report.rows
        self.report.streams = {self.resolved.stream: {"read": rows.read, "written": rows.written}}


def _place(resolved: ResolvedJob) -> str:
    return repr(sorted(resolved.job.target.config.items(), key=str)) + str(resolved.job.base_dir)


def peak_rss_bytes() -> int | None:
    """The process's peak resident memory so far (VmHWM); None where the platform has none [bytes].

    Source:
        proc(5). `ru_maxrss` is never used: a child inherits its parent's.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), None)
    return int(line.split()[1]) * 1024 if line else None


__all__ = ["Progress", "Run", "peak_rss_bytes"]
