"""Jobs to break, and what must be true of them afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from tests.builders import a_csv, a_job, a_reader, people
from tests.faults.nursery import forked
from tests.runs import Ended, a_job_file, leftovers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.faults.attempts import Faults
    from tests.faults.places import Kind, Place

ROWS = 120
BATCH_ROWS = 40
NOTHING: list[Any] = []
SMALL_FILES = {"file_bytes": 512, "row_group_bytes": 512}
"""So that a part of a run could be visible at all."""

FAILURES = {
    2: ("WriteError", "StateError", "TargetAuthError"),
    3: ("TargetConnectionError", "CommitConflictError"),
    4: ("CommitUnknownError",),
}
"""How a run may end whose target or state fails it, by exit code."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A job with state that reads people from CSV, and the place where they land.

    Attributes:
        folder: Of the job, its source and its state.
        place: Where it lands.
        job: Its file.
    """

    folder: Path
    place: Place
    job: Path

    def source(self) -> list[tuple[Any, ...]]:
        """The source's rows, sorted, by DuckDB."""
        with duckdb.connect() as connection:
            query = "select * from read_csv(?) order by all"
            return connection.execute(query, [str(self.folder / "data" / "*.csv")]).fetchall()

    def run(self, **variables: str) -> Ended:
        """One run, to its end."""
        return forked("run", self.job, "--json", variables=variables)

    def recover(self, **variables: str) -> Ended:
        """`headrace recover`, to its end."""
        return forked("recover", self.job, "--json", variables=variables)

    def leftovers(self) -> list[str]:
        """What is left of runs that have ended, in the place and beside the state."""
        return [*self.place.leftovers(), *map(str, leftovers(self.folder / "state"))]

    def grow(self, rows: int = ROWS) -> None:
        """Have the source hold so many more people, in another file."""
        before = len(self.source())
        path = self.folder / "data" / f"from-{before}.csv"
        a_csv(path, people(rows, start=before), header=["id", "name"])

    def assert_told(self, done: Ended, codes: Sequence[int]) -> None:
        """The end of a first run says whether anything may be visible, and no traceback does.

        Args:
            done: The run.
            codes: What it may end with.
        """
        assert "Traceback" not in done.err
        assert "Exception ignored" not in done.err
        assert done.code in codes, (done.code, done.err)
        seen = self.place.rows()
        if done.code == 0:
            assert seen == self.source()
            return
        error = done.report["error"]
        assert error["type"] in FAILURES[done.code], (done.code, error)
        assert seen in ([NOTHING, self.source()] if done.code == 4 else [NOTHING])

    def assert_recovers(self, faults: Faults) -> None:
        """After `recover` all or nothing is visible and nothing is left; a run brings the rest."""
        with faults.recovering():
            recovered = self.recover()
        assert recovered.code == 0, recovered.err
        assert self.place.rows() in (NOTHING, self.source())
        assert self.leftovers() == []
        self.assert_ends()

    def assert_ends(self) -> None:
        """The next run leaves exactly the source's rows, and nothing else."""
        done = self.run()
        assert done.code == 0, done.err
        assert self.place.rows() == self.source()
        assert self.leftovers() == []


def a_scene(
    folder: Path,
    kind: Kind,
    *,
    writer: str = "rust",
    rows: int = ROWS,
    files: Mapping[str, Any] = SMALL_FILES,
    target: Mapping[str, Any] | None = None,
    **sections: Any,  # noqa: ANN401  as `a_job`
) -> Scene:
    """A job of `rows` people in batches of BATCH_ROWS, that lands in a place of a kind."""
    place = kind.make(folder)
    a_csv(folder / "data" / "people.csv", people(rows), header=["id", "name"])
    batch = {"rows": BATCH_ROWS, **sections.pop("batch", {})}
    reader = sections.pop("reader", None) or a_reader("csv", str(folder / "data" / "*.csv"))
    job = a_job(
        folder,
        reader=reader,
        writer={"type": writer, **files},
        state=True,
        batch=batch,
        **sections,
    )
    job["target"] = place.section(**(target or {}))
    return Scene(folder=folder, place=place, job=a_job_file(folder, job))
