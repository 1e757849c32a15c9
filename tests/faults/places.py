"""Where jobs land in tests of faults, and how to see what is there without the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tests.builders import landed, rows_of_files, visible
from tests.faults.points import POINTS
from tests.iceberg import a_catalog, files_of, stray, the_table
from tests.runs import leftovers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Place(Protocol):
    """A target of a test's own."""

    def section(self, **keys: Any) -> dict[str, Any]:  # noqa: ANN401  any key of the job
        """A job's target section."""

    def of_stream(self, name: str) -> Place:
        """Where one stream of several lands; `{stream}` for the section of all."""

    def rows(self) -> list[tuple[Any, ...]]:
        """What readers see, sorted, by DuckDB."""

    def leftovers(self) -> list[str]:
        """What is there of runs that have ended and no reader sees: staged files, journals, …."""


@dataclass(frozen=True, kw_only=True)
class LocalPlace:
    """A directory."""

    root: Path

    def section(self, **keys: Any) -> dict[str, Any]:  # noqa: ANN401  any key of the job
        """As `Place.section`."""
        return {"type": "local", "path": str(self.root), **keys}

    def of_stream(self, name: str) -> LocalPlace:
        """As `Place.of_stream`."""
        return LocalPlace(root=self.root / name)

    def rows(self) -> list[tuple[Any, ...]]:
        """As `Place.rows`: of every file that a listing shows."""
        return landed(self.root)

    def leftovers(self) -> list[str]:
        """As `Place.leftovers`: also quarantines of runs that have no data."""
        runs = {path.relative_to(self.root).parts[0] for path in visible(self.root)}
        bad = self.root / "_quarantine"
        orphans = [p for p in bad.iterdir() if p.name not in runs] if bad.exists() else []
        return [str(path) for path in [*leftovers(self.root), *orphans]]


@dataclass(frozen=True, kw_only=True)
class IcebergPlace:
    """A table of Iceberg, known to a catalog in SQLite.

    Attributes:
        folder: Of the catalog and its warehouse.
        name: The table's, in its namespace.
    """

    folder: Path
    name: str = "rows"

    def section(self, **keys: Any) -> dict[str, Any]:  # noqa: ANN401  any key of the job
        """As `Place.section`."""
        catalog = a_catalog(self.folder)
        return {"type": "iceberg", "table": f"raw.{self.name}", "catalog": catalog, **keys}

    def of_stream(self, name: str) -> IcebergPlace:
        """As `Place.of_stream`."""
        return IcebergPlace(folder=self.folder, name=name)

    def rows(self) -> list[tuple[Any, ...]]:
        """As `Place.rows`: of the files that the table's `main` names, by PyIceberg."""
        table = the_table(self.folder, f"raw.{self.name}")
        return rows_of_files(files_of(table)) if table is not None else []

    def leftovers(self) -> list[str]:
        """As `Place.leftovers`."""
        return stray(self.folder, f"raw.{self.name}")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of place.

    Attributes:
        name: What the table of faults calls it.
        own_points: The points that a run passes inside of this target alone.
        make: Makes one that belongs to a folder.
    """

    name: str
    own_points: tuple[str, ...]
    make: Callable[[Path], Place]

    @property
    def points(self) -> tuple[str, ...]:
        """Every point that a run to such a place passes."""
        return (*POINTS, *self.own_points)


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            name="local",
            own_points=("after_rename",),
            make=lambda folder: LocalPlace(root=folder / "out"),
        ),
        Kind(
            name="iceberg",
            own_points=(
                "after_upload_begun",
                "after_complete",
                "before_snapshot",
                "after_snapshot",
            ),
            make=lambda folder: IcebergPlace(folder=folder),
        ),
    )
}
"""Every kind of place, by its name."""
