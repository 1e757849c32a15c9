"""Makes a run's files visible, once, and only then moves the state."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from headrace.commit import FileMetadata, Intent
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
            with run.stage("commit"):
                intent = self._intended(all_files)
            with uninterrupted():
                with run.stage("commit"):
                    self._commit(intent)
                run.succeeded()
        except BaseException as error:
            run.failed(error)
            raise

    def _intended(self, all_files: Iterable[FileMetadata]) -> Intent:
        run, target = self._run, self._run.target
        self._check_complete(all_files)
        run.check_may_commit(written=sum(file.rows for file in self._writer.files))
        quarantined = run.quarantine.close() if run.quarantine is not None else []
        return Intent(
            run_id=run.run_id,
            job=run.job.name,
            mode=target.mode,
            files=tuple(self._placed(file) for file in self._writer.files),
            quarantine_files=tuple(self._placed(file) for file in quarantined),
            replaces=target.replaced_runs(),
            previous=run.previous,
            state=run.state_manager.snapshot() if run.state_manager is not None else None,
            state_path=str(run.store.path) if run.store is not None else None,
        )

    def _commit(self, intent: Intent) -> None:
        run, target = self._run, self._run.target
        run.intent = intent
        target.journal(intent)
        target.publish(intent)
        run.report.files = list(intent.files)
        run.report.quarantine_files = list(intent.quarantine_files)
        run.report.commit = {"id": intent.run_id, "previous": intent.previous}
        self._store_state(intent)
        try:
            target.finish(intent)
        except HeadraceError as error:
            # Committed all the same: the next run finishes the cleaning.
            run.report.notes.append(f"committed, but {error}")

    def _check_complete(self, all_files: Iterable[FileMetadata]) -> None:
        given = {file.path for file in all_files}
        given |= {file.path for file in self._writer.close()}
        missing = [file.path for file in self._writer.files if file.path not in given]
        unknown = given - {file.path for file in self._writer.files}
        if missing or unknown:
            message = "commit_files needs exactly the files that write_batch returned"
            raise PluginError(message, file=next(iter([*missing, *unknown])))

    def _placed(self, file: FileMetadata) -> FileMetadata:
        """The file as readers will find it."""
        if not file.atomic:
            return file
        return replace(file, path=self._run.target.final_path(self._run.run_id, Path(file.path)))

    def _store_state(self, intent: Intent) -> None:
        run = self._run
        if run.store is None or intent.state is None:
            return
        document = StateDocument(job=run.job.name, checkpoint=intent.run_id, streams=intent.state)
        try:
            run.store.save(document)
        except StateError as error:
            message = (
                f"the files are visible but the state is not stored: it {error.message}; mend "
                "that and run `headrace recover`"
            )
            raise CommitUnknownError(message, **error.where) from error
        run.report.state = intent.state
