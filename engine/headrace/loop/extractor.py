"""Any reader as bounded batches, read ahead of the loop."""

import math
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from headrace.batch import Batch, batches_of
from headrace.commit import reached
from headrace.errors import HeadraceError
from headrace.loop.prefetch import Prefetch
from headrace.state import StateManager

if TYPE_CHECKING:
    from headrace.loop.run import Run

# Arrow data may be larger than the source bytes that bounded them; only far larger ones are cut.
_BYTES_SLACK = 2


class Extractor:
    """A run's reader.

    Args:
        run: The execution that reads.
    """

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._reader = run.create_reader()
        self._plugin = run.resolved.plugins["reader"]

    def extract(self, state_manager: StateManager | None = None) -> Iterator[Batch]:
        """Yield the source's batches, in order, each within the job's bounds.

        The reader is at most `prefetch + 1` batches ahead of the one yielded last.

        Args:
            state_manager: Where cursors are read and moved; None to read everything.

        The job's `transforms` have been applied to them.

        Raises:
            HeadraceError: Whatever the reader or a step meets; a plugin's own exceptions as
                `PluginError`.
        """
        run = self._run
        state = state_manager if state_manager is not None else StateManager()
        run.reads_with_state = state is run.state_manager
        ahead = run.job.batch.prefetch
        if ahead == 0:
            source: Iterator[Batch] = self._batches(state)
        else:
            prefetch = Prefetch(lambda: self._batches(state), ahead=ahead)
            source = iter(prefetch)
        rows, stages = run.report.rows, run.report.stages_s
        try:
            while True:
                start = time.perf_counter()
                batch = next(source, None)
                waited = time.perf_counter() - start
                stages["read" if ahead == 0 else "wait"] += waited
                if ahead:
                    stages["read"] = prefetch.busy_s
                if batch is None:
                    break
                reached("after_read")
                if run.checkpoints is not None:
                    run.checkpoints.pass_border()
                outlet = run.outlet(batch.stream)
                batch.sequence, batch.first_row = run.batches_consumed, outlet.rows.read + 1
                batch.tally = outlet
                outlet.rows.read += batch.num_records
                if outlet.rows is not rows:
                    rows.read += batch.num_records
                run.batches_consumed += 1
                state.consumed(run.batches_consumed, complete=False)
                if run.progress is not None:
                    run.progress(run)
                yield outlet.transformed(batch)
            run.reader_ended = True
            state.consumed(run.batches_consumed, complete=True)
        except HeadraceError as error:
            run.failure = error
            raise
        finally:
            self._give_up(source)

    def _give_up(self, source: Iterator[Batch]) -> None:
        """Let go of the source; a reader that waits for its own is told, for it hears nothing."""
        cancel = getattr(self._reader, "cancel", None)
        if cancel is not None and not self._run.reader_ended:
            cancel()
        close = getattr(source, "close", None)
        if close is not None:
            close()

    def _batches(self, state: StateManager) -> Iterator[Batch]:
        """What the reader yields, as batches within the bounds; runs on the reading thread."""
        stream = "" if self._run.resolved.has_streams else self._run.resolved.stream
        with self._plugin.blamed("failed"):
            for value in self._iterator(state):
                for batch in batches_of(value, stream=stream, plugin=self._plugin.label):
                    for part in self._bounded(batch):
                        state.yielded(batch.stream)
                        yield part

    def _iterator(self, state: StateManager) -> Iterator[Any]:
        found = self._reader.extract(state)
        if not hasattr(found, "__iter__"):
            message = f"extract returned {type(found).__name__}, which is not an iterator"
            raise TypeError(message)
        return iter(found)

    def _bounded(self, batch: Batch) -> Iterator[Batch]:
        bounds = self._run.job.batch
        parts = math.ceil(len(batch) / bounds.rows)
        if batch.nbytes is not None:
            parts = max(parts, math.ceil(batch.nbytes / (_BYTES_SLACK * bounds.bytes)))
        if parts <= 1:
            yield batch
            return
        length = math.ceil(len(batch) / parts)
        for offset in range(0, len(batch), length):
            yield batch.slice(offset, min(length, len(batch) - offset))
