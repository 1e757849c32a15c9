"""One execution of a job: its id, counters, clocks, and the targets that it owns."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from headrace.commit import Intent
from headrace.contract import SchemaValidator
from headrace.errors import CommitError, ConfigError, HeadraceError, NativeError, PluginError
from headrace.loop.outlet import Outlet
from headrace.loop.recovery import settle
from headrace.loop.report import RowCounts, RunReport
from headrace.loop.resolve import ResolvedJob
from headrace.loop.targets import JobTargets
from headrace.schema import Schema
from headrace.state import StateManager, StateStore, open_store

if TYPE_CHECKING:
    from headrace.loop.checkpoints import Checkpoints

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
        self.commit_id = self.run_id
        self.commits = 0
        self.commits_before = 0
        self.targets = JobTargets(resolved)
        self.outlets: dict[str, Outlet] = {}
        self.store: StateStore | None = None
        self.state_manager: StateManager | None = None
        self.previous: str | None = None
        self.checkpoints: Checkpoints | None = None
        self.reader: Any = None
        self.batches_consumed = 0
        self.reader_ended = False
        self.reads_with_state = False
        self.parts: set[str] = set()
        self.intents: Mapping[str, Intent] = {}
        self.is_over = False
        self.failure: HeadraceError | None = None
        self._started = time.perf_counter()
        self._abandon: list[Callable[[], None]] = []
        self._declared: dict[str, Schema] = {}

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
        """Own the targets, settle what a crash left, load the state, make room for files.

        Raises:
            FencedError: Another run owns a target.
            WriteError: A target cannot be written.
            StateError: State or manifest are corrupt or do not belong together.
        """
        self.targets.acquire(self.run_id)
        if self.job.state is not None:
            self.store = open_store(self.job.state, job=self.job.name)
        self.report.recovered, document = settle(self.targets, self.store)
        checkpoint = self.targets.last()
        self.previous = checkpoint.id if checkpoint else None
        self.commits_before = checkpoint.number if checkpoint else 0
        streams = self.resolved.streams.values()
        for stream in streams:
            # Of a job with one stream the run's counts are the stream's.
            rows = RowCounts() if len(streams) > 1 else self.report.rows
            target = self.targets.by_stream[stream.name]
            self.outlets[stream.name] = Outlet(self, stream, target, rows)
        if self.store is not None:
            names = self.outlets if self.resolved.has_streams else ()
            self.state_manager = StateManager(document.streams if document else {}, names=names)
            self.report.state = self.state_manager.snapshot()
        for outlet in self.outlets.values():
            outlet.target.check_replace(self.job.name)
        for outlet in self.outlets.values():
            outlet.begin()
        contracts = [stream.contract for stream in streams if stream.contract is not None]
        notes = (note for contract in contracts for note in contract.notes)
        self.report.notes.extend(dict.fromkeys(notes))
        self._open[self._key] = self

    @classmethod
    def joined(cls, resolved: ResolvedJob, part: str) -> "Run":
        """The run that is open for a job; a new one where there is none, or where it has `part`.

        Raises:
            ConfigError: The job wants commits in mid-run, which a loop by hand cannot make.
            HeadraceError: As `start`.
        """
        if resolved.job.batch.checkpoint is not None:
            message = "commits in mid-run are made by execute_job; a loop by hand commits once"
            problem = resolved.job.document.problem(("batch", "checkpoint"), message)
            raise ConfigError(problems=[problem])
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
    def validators(self) -> list[SchemaValidator]:
        """Every validator whose verdicts count."""
        return [v for outlet in self.outlets.values() for v in outlet.validators]

    def outlet(self, stream: str) -> Outlet:
        """Where a stream's batches land; all of them, where the job has no section `streams`.

        Raises:
            PluginError: The job has no such stream.
        """
        if not self.resolved.has_streams:
            return self.outlets[self.resolved.stream]
        outlet = self.outlets.get(stream)
        if outlet is None:
            reader, known = self.resolved.plugins["reader"], ", ".join(map(repr, self.outlets))
            message = f"{reader.label} yielded stream {stream!r}; the job has {known}"
            raise PluginError(message, plugin=reader.origin, stream=stream)
        return outlet

    def declared_schema(self, stream: str) -> Schema | None:
        """The columns that the reader itself declares of a stream; None where it does not."""
        # A reader of one stream may learn its columns as it reads, and is asked anew.
        if not self._declared or not self.resolved.has_streams:
            self._declared = self.resolved.declared_schemas(self.reader)
        return self._declared.get(stream)

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

    def on_abandon(self, action: Callable[[], None]) -> None:
        """Call `action` where the run is given up."""
        self._abandon.append(action)

    def check_verdicts(self) -> None:
        """Refuse to end a run whose data are not what the contract wants of the whole.

        Raises:
            HeadraceError: What the reader or a validator raised before.
            ContractError: There are more bad rows than `max_error_ratio` allows, or a quality rule
                does not hold.
        """
        self._check_failures()
        for outlet in self.outlets.values():
            outlet.check_verdicts()

    def _check_failures(self) -> None:
        if self.failure is not None:
            raise self.failure
        for validator in self.validators:
            if validator.failure is not None:
                raise validator.failure

    def check_may_commit(self, written: Mapping[str, int]) -> None:
        """Refuse a commit that would lose rows or hide a failure.

        Args:
            written: Rows that each stream's writer took.

        Raises:
            HeadraceError: What a validator raised before.
            PluginError: Rows are missing between reader and writer.
            CommitError: The loop was left early, where the state cannot follow.
        """
        self._check_failures()
        for name, outlet in self.outlets.items():
            outlet.count(written=written[name])
        self.total()
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

    def total(self) -> None:
        """Add up the streams' counts."""
        for field in fields(RowCounts):
            total = sum(getattr(outlet.rows, field.name) for outlet in self.outlets.values())
            setattr(self.report.rows, field.name, total)

    def begin_next(self) -> None:
        """After a commit, begin the next one of this run.

        Raises:
            WriteError: There is no room for its files.
        """
        for outlet in self.outlets.values():
            outlet.keep()
        self.intents = {}
        self.previous = self.commit_id
        self.commits += 1
        self.commit_id = f"{self.run_id}-{self.commits + 1:06}"
        for outlet in self.outlets.values():
            outlet.begin()

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
        is_committed = may_be_visible or self._is_committed()
        if not is_committed:
            for outlet in self.outlets.values():
                outlet.take_back()
        self.total()
        # What nobody can look at is left to recovery.
        self.abandon(keep=is_committed is not False)

    def _is_committed(self) -> bool | None:
        """Whether the commit point is passed; None where the target does not tell."""
        try:
            return self.targets.is_committed(self.intents)
        except HeadraceError as error:
            self.report.notes.append(f"while giving up: {error}")
            return None

    def abandon(self, *, keep: bool = False) -> None:
        """Let go of everything; remove what was staged, unless it must be kept for recovery.

        What cannot be let go of is noted: it must not hide why the run is given up.
        """
        if self.is_over:
            return
        actions = [*reversed(self._abandon)]
        actions += [o.quarantine.abort for o in self.outlets.values() if o.quarantine is not None]
        if self.targets.are_owned and not keep:
            targets = self.targets.by_stream.values()
            actions += [partial(target.discard, self.commit_id) for target in targets]
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
        self.targets.release()
        self.report.wall_s = time.perf_counter() - self._started
        self.report.peak_rss_bytes = peak_rss_bytes()
        self.report.transforms = [c for outlet in self.outlets.values() for c in outlet.steps()]
        self.report.drift = [c for outlet in self.outlets.values() for c in outlet.drift()]
        self.report.notes.extend(getattr(self.reader, "notes", ()))
        waited_s = getattr(self.reader, "waited_s", None)
        self.report.source_wait_s = waited_s if isinstance(waited_s, int | float) else None
        for target in self.targets.by_stream.values():
            self.report.notes.extend(getattr(target, "notes", ()))
        self.report.notes.extend(self.checkpoints.notes() if self.checkpoints else ())
        self.report.streams = {
            name: {"read": rows.read, "written": rows.written}
            for name in self.resolved.streams
            for rows in [self.outlets[name].rows if name in self.outlets else RowCounts()]
        }


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
