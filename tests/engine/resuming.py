"""The law of readers that resume: cut a run at every batch, and prefix and rest are the whole.

`cuts_of(job, tmp_path)` runs a job, whole and cut at every batch, each time in a place of its own,
with a commit wherever the reader's state allows one; what it returns is held to the law by
`assert_resumes`.
"""

from __future__ import annotations

import itertools
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headrace import HeadraceError, ReaderError, RunReport, execute_job
from headrace.loop.extractor import Extractor

from tests.builders import landed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A run that was cut, and the one that went on.

    Attributes:
        batches: After how many batches of the reader.
        prefix: The rows of each stream that were visible then.
        rows: Those that were visible after the next run.
        first: The report of the run that was cut.
        second: The report of the next one.
    """

    batches: int
    prefix: Rows
    rows: Rows
    first: RunReport
    second: RunReport


class CutError(ReaderError):
    """What ends a run that is cut."""


@contextmanager
def cut_after(batches: int) -> Iterator[None]:
    """Within the block readers fail at the batch after so many, when they have moved on to it."""
    whole = Extractor._iterator  # noqa: SLF001  where every batch of every reader comes by

    def broken(self: Extractor, state: Any) -> Iterator[Any]:  # noqa: ANN401  as the method
        values = whole(self, state)
        try:
            for n, value in enumerate(values):
                if n == batches:
                    message = "cut"
                    raise CutError(message)
                yield value
        finally:
            close = getattr(values, "close", None)
            if close is not None:
                close()

    Extractor._iterator = broken  # type: ignore[method-assign]  # noqa: SLF001
    try:
        yield
    finally:
        Extractor._iterator = whole  # type: ignore[method-assign]  # noqa: SLF001


def cuts_of(job: Mapping[str, Any], tmp_path: Path) -> tuple[Rows, list[Cut]]:
    """The rows of each stream of a whole run, and of runs that were cut after 0, 1, … batches.

    Args:
        job: A job with a local target; target and state are moved into `tmp_path`, batches are not
            read ahead, and every place that the state covers is committed.
        tmp_path: Gets a folder for each run.
    """
    streams = list(job.get("streams") or ())
    whole = placed(job, tmp_path / "whole")
    execute_job(whole)
    cuts: list[Cut] = []
    for batches in itertools.count():
        folder = tmp_path / f"cut-{batches}"
        moved = placed(job, folder)
        failed: list[RunReport] = []
        try:
            with cut_after(batches):
                execute_job(moved, on_failure=failed.append)
        except CutError:
            prefix = rows_of(folder, streams)
            second = execute_job(moved)
            rows = rows_of(folder, streams)
            cut = Cut(batches=batches, prefix=prefix, rows=rows, first=failed[0], second=second)
            cuts.append(cut)
        else:
            return rows_of(tmp_path / "whole", streams), cuts
    raise AssertionError


def placed(job: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The job with its target and state in `folder`, and a commit wherever there may be one."""
    place = folder / "out" / "{stream}" if job.get("streams") else folder / "out"
    target = {**job["target"], "path": str(place)}
    batch = {**job.get("batch", {}), "prefetch": 0, "checkpoint": {"rows": 1}}
    state = {"type": "local", "path": str(folder / "state")}
    return {**job, "target": target, "state": state, "batch": batch}


def rows_of(folder: Path, streams: list[str]) -> Rows:
    """What of each stream is visible, sorted."""
    if not streams:
        return {"": landed(folder / "out")}
    return {name: landed(folder / "out" / name) for name in streams}


def assert_resumes(whole: Rows, cuts: list[Cut]) -> None:
    """Wherever it was cut: a prefix is visible, and after the next run every row, each once."""
    assert cuts
    for cut in cuts:
        for name, rows in whole.items():
            extra = Counter(cut.prefix[name]) - Counter(rows)
            assert not extra, f"cut after {cut.batches}: rows that are not the source's"
            assert cut.rows[name] == rows, f"cut after {cut.batches}: {name!r} is not whole"
        assert isinstance(cut.first.error, HeadraceError)
        written = sum(len(rows) for rows in cut.prefix.values())
        assert cut.first.rows.written == written, f"cut after {cut.batches}: wrongly reported"
        assert sum(file.rows for file in cut.first.files) == written
