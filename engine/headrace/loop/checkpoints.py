"""When a run commits before its end: so that a crash loses minutes, not hours."""

import time
from typing import TYPE_CHECKING

from headrace.loop.committer import Committer

if TYPE_CHECKING:
    from headrace.loop.run import Run


class Checkpoints:
    """The commits of a run in mid-run, as `batch.checkpoint` asks for them.

    Args:
        run: The execution.
        committer: Its committer.
    """

    def __init__(self, run: "Run", committer: Committer) -> None:
        self._run = run
        self._committer = committer
        self._rows = 0
        self._committed_at = time.monotonic()
        self._was_missed = False

    def pass_border(self) -> None:
        """Between two batches, commit those before it where it is time and the state covers them.

        The next batch is at hand but counts as unread: so the reader has had its chance to advance
        past the one before, with or without reading ahead.

        Raises:
            HeadraceError: The commit failed; what was committed before stays.
        """
        run, state = self._run, self._run.state_manager
        if state is None or not self._is_due():
            return
        state.consumed(run.batches_consumed, complete=False)
        if not state.covers(run.batches_consumed):
            self._was_missed = True
            return
        self._committer.commit_so_far()
        self._rows, self._committed_at = run.report.rows.read, time.monotonic()

    def _is_due(self) -> bool:
        bounds, rows = self._run.job.batch.checkpoint, self._run.report.rows.read - self._rows
        if bounds is None or rows == 0:
            return False
        if bounds.rows is not None and rows >= bounds.rows:
            return True
        return bounds.seconds is not None and self._age_s() >= bounds.seconds

    def _age_s(self) -> float:
        return time.monotonic() - self._committed_at

    def notes(self) -> list[str]:
        """What the run's report says of them."""
        commits = self._run.commits
        if self._was_missed and not commits:
            return ["batch.checkpoint: the reader's state never covered what was read in mid-run"]
        if commits and self._run.report.status == "failed":
            return [f"what {commits} commits of this run made visible stays; the next run goes on"]
        return []
