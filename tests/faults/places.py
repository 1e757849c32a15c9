"""Where jobs land in tests of faults, and how to see what is there without the engine."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tests import s3
from tests.builders import landed, rows_of_files, visible
from tests.faults.points import POINTS
from tests.iceberg import a_catalog, files_of, pyiceberg, stray, the_table
from tests.resttables import RestTable, a_rest_table
from tests.runs import leftovers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyiceberg.table import Table

KEPT = ("manifest", "owner", "probe")
"""What every S3 target keeps of itself."""


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

    def records(self) -> list[str]:
        """The names of the manifest and of the journals that are there."""

    def read(self, record: str) -> bytes:
        """What a record holds."""

    def overwrite(self, record: str, content: bytes) -> None:
        """Have a record hold something else."""


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

    def records(self) -> list[str]:
        """As `Place.records`."""
        control = self.root / "_headrace"
        found = [control / "manifest.json", *(control / "journal").glob("*.json")]
        return [str(path.relative_to(self.root)) for path in found if path.exists()]

    def read(self, record: str) -> bytes:
        """As `Place.read`."""
        return (self.root / record).read_bytes()

    def overwrite(self, record: str, content: bytes) -> None:
        """As `Place.overwrite`."""
        (self.root / record).write_bytes(content)


@dataclass(frozen=True, kw_only=True)
class S3Place:
    """A prefix of a bucket."""

    inner: s3.Place

    def section(self, **keys: Any) -> dict[str, Any]:  # noqa: ANN401  any key of the job
        """As `Place.section`."""
        return self.inner.section(**keys)

    def of_stream(self, name: str) -> S3Place:
        """As `Place.of_stream`."""
        return S3Place(inner=replace(self.inner, prefix=f"{self.inner.prefix}/{name}"))

    def rows(self) -> list[tuple[Any, ...]]:
        """As `Place.rows`: of every file that the manifest names."""
        with tempfile.TemporaryDirectory() as folder:
            for n, key in enumerate(self._visible()):
                Path(folder, f"{n}.parquet").write_bytes(self.inner.get(key))
            return landed(Path(folder))

    def leftovers(self) -> list[str]:
        """As `Place.leftovers`: objects that the manifest does not name, and open uploads."""
        known = {*self._visible(), *(f"_headrace/{name}.json" for name in KEPT)}
        objects = [key for key in self.inner.list() if key not in known]
        return [*objects, *(f"upload of {key}" for key, _ in s3.open_uploads(self.inner))]

    def records(self) -> list[str]:
        """As `Place.records`."""
        wanted = ("_headrace/manifest.json", "_headrace/journal/")
        return [key for key in self.inner.list() if key.startswith(wanted)]

    def read(self, record: str) -> bytes:
        """As `Place.read`."""
        return self.inner.get(record)

    def overwrite(self, record: str, content: bytes) -> None:
        """As `Place.overwrite`."""
        self.inner.put(record, content)

    def _visible(self) -> list[str]:
        if "_headrace/manifest.json" not in self.inner.list():
            return []
        manifest = json.loads(self.inner.get("_headrace/manifest.json"))
        return [file["path"] for run in manifest["runs"] for file in run["files"]]


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

    def table(self) -> Table | None:
        """The table as it is now, by PyIceberg; None where there is none."""
        return the_table(self.folder, f"raw.{self.name}")

    @contextmanager
    def opened(self) -> Iterator[Table]:
        """The table, which must be there, to be changed by PyIceberg's own means."""
        with pyiceberg(self.folder) as catalog:
            yield catalog.load_table(f"raw.{self.name}")

    def loaded(self) -> Table:
        """The table, which must be there."""
        table = self.table()
        assert table is not None
        return table

    def rows(self) -> list[tuple[Any, ...]]:
        """As `Place.rows`: of the files that the table's `main` names, by PyIceberg."""
        table = self.table()
        return rows_of_files(files_of(table)) if table is not None else []

    def leftovers(self) -> list[str]:
        """As `Place.leftovers`."""
        return stray(self.folder, f"raw.{self.name}")

    def records(self) -> list[str]:
        """As `Place.records`."""
        journal = self._root / "_headrace" / "journal"
        return [str(path.relative_to(self._root)) for path in journal.glob("*.json")]

    def read(self, record: str) -> bytes:
        """As `Place.read`."""
        return (self._root / record).read_bytes()

    def overwrite(self, record: str, content: bytes) -> None:
        """As `Place.overwrite`."""
        (self._root / record).write_bytes(content)

    @property
    def _root(self) -> Path:
        return self.folder / "warehouse" / "raw" / self.name


def _below(url: str) -> s3.Place:
    """What lies below a folder of SeaweedFS."""
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    return s3.Place(access=replace(s3.server("seaweedfs").access, bucket=bucket), prefix=prefix)


def _around(url: str) -> tuple[s3.Place, str]:
    """The folder of an object, and its name there."""
    folder, _, name = url.rpartition("/")
    return _below(folder), name


@dataclass(frozen=True, kw_only=True)
class RestPlace:
    """A table of Iceberg, known to SeaweedFS's REST catalog.

    Attributes:
        inner: The table.
    """

    inner: RestTable = field(default_factory=a_rest_table)

    def section(self, **keys: Any) -> dict[str, Any]:  # noqa: ANN401  any key of the job
        """As `Place.section`."""
        return self.inner.section(**keys)

    def of_stream(self, name: str) -> RestPlace:
        """As `Place.of_stream`."""
        namespace = self.inner.name.partition(".")[0]
        return RestPlace(inner=replace(self.inner, name=f"{namespace}.{name}"))

    def table(self) -> Table | None:
        """The table as it is now, by PyIceberg; None where there is none."""
        return self.inner.found()

    @contextmanager
    def opened(self) -> Iterator[Table]:
        """The table, which must be there, to be changed by PyIceberg's own means."""
        with self.inner.opened() as table:
            yield table

    def loaded(self) -> Table:
        """The table, which must be there."""
        table = self.table()
        assert table is not None
        return table

    def rows(self) -> list[tuple[Any, ...]]:
        """As `Place.rows`: of the files that the table's `main` names, by PyIceberg."""
        table = self.table()
        if table is None:
            return []
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for n, url in enumerate(files_of(table)):
                files.append(Path(folder, f"{n}.parquet"))
                files[n].write_bytes(self.read(url))
            return rows_of_files([str(file) for file in files])

    def leftovers(self) -> list[str]:
        """As `Place.leftovers`, and uploads that are open."""
        table, control = self.table(), self.inner.control
        roots = [control] if table is None else [control, table.location()]
        uploads = [key for url in roots for key, _ in s3.open_uploads(_below(url))]
        return [*self.inner.stray(), *(f"upload of {key}" for key in uploads)]

    def records(self) -> list[str]:
        """As `Place.records`: by their URLs."""
        folder = f"{self.inner.control}/_headrace/journal"
        return [f"{folder}/{name}" for name in _below(folder).list()]

    def read(self, record: str) -> bytes:
        """As `Place.read`."""
        folder, name = _around(record)
        return folder.get(name)

    def overwrite(self, record: str, content: bytes) -> None:
        """As `Place.overwrite`."""
        folder, name = _around(record)
        folder.put(name, content)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of place.

    Attributes:
        name: What the table of faults calls it.
        own_points: The points that a run passes inside of this target alone.
        make: Makes one that belongs to a folder.
        server: What it is on, as `tests.s3.server` calls it; empty for a disk.
        is_table: Whether it is a table of Iceberg.
    """

    name: str
    own_points: tuple[str, ...]
    make: Callable[[Path], Place]
    server: str = ""
    is_table: bool = False

    @property
    def points(self) -> tuple[str, ...]:
        """Every point that a run to such a place passes."""
        return (*POINTS, *self.own_points)


def _a_prefix(server: str, _folder: Path) -> Place:
    return S3Place(inner=s3.a_place(server))


_OF_OBJECTS = ("after_upload_begun", "after_complete")
_OF_TABLES = (*_OF_OBJECTS, "before_snapshot", "after_snapshot")

KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            name="local",
            own_points=("after_rename",),
            make=lambda folder: LocalPlace(root=folder / "out"),
        ),
        Kind(
            name="Iceberg, SQLite",
            own_points=_OF_TABLES,
            make=lambda folder: IcebergPlace(folder=folder),
            is_table=True,
        ),
        Kind(
            name="Iceberg, REST",
            own_points=_OF_TABLES,
            make=lambda _: RestPlace(),
            server="seaweedfs",
            is_table=True,
        ),
        *(
            Kind(
                name=f"S3, {name}",
                own_points=_OF_OBJECTS,
                make=partial(_a_prefix, server),
                server=server,
            )
            for server, name in (("seaweedfs", "SeaweedFS"), ("minio", "MinIO"))
        ),
    )
}
"""Every kind of place, by its name."""
