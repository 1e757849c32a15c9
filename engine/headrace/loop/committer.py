"""Makes a run's files visible, once, and only then moves the state."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from headrace._native import release_pages
from headrace.commit import FileMetadata, Intent, reached
from headrace.errors import CommitError, CommitUnknownError, HeadraceError, PluginError, StateError
from headrace.loop.shield import uninterrupted
from headrace.loop.writer import JobWriter
from headrace.state import StateDocument

if TYPE_CHECKING:
    from headrace.loop.run import Run


class Committer:
    """A run's committer.

    Args:
        run: The execution that commits.
        writer: Its writer.
    """

    def __init__(self, run: "Run", writer: JobWriter) -> None:
        self._run = run
        self._writer = writer
        self._committed: set[str] = set()

    def commit_files(self, all_files: Iterable[FileMetadata]) -> None:
        """Close the writer, commit its files with those given, then store the state.

        Args:
            all_files: What `write_batch` returned, all of it.

        Raises:
            HeadraceError: What a validator raised before; or the commit failed: nothing is
                visible.
            CommitError: The run is over: committed, failed or given up.
            CommitUnknownError: The files may be visible or the state may not be stored; the next
                run or `headrace recover` finishes.
        """
        run = self._run
        if run.is_over:
            message = "the run is over: it was committed, has failed or was given up"
            raise CommitError(message, run=run.run_id)
        try:
            self._check_complete({file.path for file in all_files} - self._committed)
            with run.stage("commit"):
                run.check_verdicts()
                intents = self._intended()
            with uninterrupted():
                with run.stage("commit"):
                    self._commit(intents)
                reached("before_ack")
                run.succeeded()
        except BaseException as error:
            run.failed(error)
            raise

    def commit_so_far(self) -> None:
        """Commit in mid-run what was handed on; the run goes on with the next commit.

        Raises:
            HeadraceError: As `commit_files`; what was committed before stays.
        """
        run, writer = self._run, self._writer
        writer.close()
        with run.stage("commit"):
            intents = self._intended()
        with uninterrupted(), run.stage("commit"):
            self._commit(intents)
            self._committed |= {file.path for file in writer.files}
            run.begin_next()
            writer.renew()

    def _intended(self) -> Mapping[str, Intent]:
        run, writers = self._run, self._writer.by_stream
        run.check_may_commit({name: writer.rows for name, writer in writers.items()})
        manager = run.state_manager
        state: dict[str, Any] | None = manager.snapshot() if manager is not None else None
        return {name: o.intent(writers[name].files, state) for name, o in run.outlets.items()}

    def _commit(self, intents: Mapping[str, Intent]) -> None:
        release_pages()  # a commit needs other code than the stream did
        run, report = self._run, self._run.report
        run.intents = intents
        reached("before_journal")
        run.targets.journal(intents)
        reached("after_journal")
        run.targets.publish(intents)
        first = next(iter(intents.values()))
        for intent in intents.values():
            report.files += intent.files
            report.quarantine_files += intent.quarantine_files
        report.commit = {"id": first.run_id, "previous": first.previous}
        reached("before_state")
        self._store_state(first)
        reached("after_state")
        try:
            run.targets.finish(intents)
        except HeadraceError as error:
            # Committed all the same: the next run finishes the cleaning.
            report.notes.append(f"committed, but {error}")

    def _check_complete(self, given: set[str]) -> None:
        given |= {file.path for file in self._writer.close()}
        files = self._writer.files
        missing = [file.path for file in files if file.path not in given]
        unknown = given - {file.path for file in files}
        if missing or unknown:
            message = "commit_files needs exactly the files that write_batch returned"
            raise PluginError(message, file=next(iter([*missing, *unknown])))

    def _store_state(self, intent: Intent) -> None:
        run, store = self._run, self._run.store
        if store is None or intent.state is None:
            return
        document = StateDocument(job=run.job.name, checkpoint=intent.run_id, streams=intent.state)
        try:
            found = store.load()
            passed = found.checkpoint if found is not None else None
            # A run that was asleep may have been settled and passed: it must not put cursors back.
            if passed not in (None, intent.previous, intent.run_id):
                message = f"follows commit {passed} already: another run has settled this one's"
                raise StateError(message, file=store.place)
            store.save(document)
        except HeadraceError as error:
            message = (
                f"the files are visible but the state is not stored: it {error.message}; mend "
                "that and run `headrace recover`"
            )
            raise CommitUnknownError(message, **error.where) from error
        run.report.state = intent.state
