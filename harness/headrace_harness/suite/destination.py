"""Where a sample's output goes, and how it is fetched from there to be checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from headrace_harness.services.iceberg import Catalog
from headrace_harness.verify.output import visible_files

if TYPE_CHECKING:
    from headrace_harness.services.s3 import Access


class Destination(Protocol):
    """The place of one sample alone."""

    @property
    def section(self) -> Mapping[str, Any]:
        """The target section of the job."""

    def collect(self) -> Mapping[str, Path]:
        """The files that are visible there, by name relative to it, on this machine."""

    def remove(self) -> None:
        """Leave nothing there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalDestination:
    """A directory.

    Attributes:
        job: The section that the target's name stands for.
        folder: Not made yet.
    """

    job: Mapping[str, Any]
    folder: Path

    @property
    def section(self) -> Mapping[str, Any]:
        """As `Destination`."""
        return {**self.job, "path": str(self.folder)}

    def collect(self) -> Mapping[str, Path]:
        """As `Destination`."""
        root = self.folder.resolve()
        return {path.relative_to(root).as_posix(): path for path in visible_files(self.folder)}

    def remove(self) -> None:
        """As `Destination`: it goes with the sample's folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketDestination:
    """A prefix in a bucket; looked at by another client than the engine's.

    Attributes:
        job: The section that the target's name stands for.
        access: How the bucket is reached.
        prefix: Nothing is below it yet.
        folder: Where objects are fetched to; not made yet.
    """

    job: Mapping[str, Any]
    access: "Access"
    prefix: str
    folder: Path

    @property
    def section(self) -> Mapping[str, Any]:
        """As `Destination`."""
        return {**self.access.section(self.prefix), **self.job}

    def collect(self) -> Mapping[str, Path]:
        """As `Destination`: what is visible is fetched."""
        client, found = self.access.client(), {}
        for key in self._keys():
            name = key.removeprefix(f"{self.prefix}/")
            if not any(part.startswith((".", "_")) for part in name.split("/")):
                found[name] = self.folder / name
                client.fget_object(self.access.bucket, key, str(found[name]))
        return found

    def remove(self) -> None:
        """As `Destination`."""
        client = self.access.client()
        for key in self._keys():
            client.remove_object(self.access.bucket, key)

    def _keys(self) -> list[str]:
        listed = self.access.client().list_objects(
            self.access.bucket, prefix=f"{self.prefix}/", recursive=True
        )
        return [item.object_name for item in listed if item.object_name]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDestination:
    """An Iceberg table of its own; looked at through PyIceberg with pyarrow's file systems.

    Attributes:
        job: The section that the target's name stands for.
        catalog: Where it is known.
        name: Of the table, which is not there yet.
        folder: Where files are fetched to; not made yet.
    """

    job: Mapping[str, Any]
    catalog: Catalog
    name: str
    folder: Path

    @property
    def section(self) -> Mapping[str, Any]:
        """As `Destination`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return {**self.catalog.section(self.name), **self.job}

    def collect(self) -> Mapping[str, Path]:
        """As `Destination`: the data files of the table's present snapshot are fetched."""
        return self.catalog.fetch(self.name, self.folder)

    def remove(self) -> None:
        """As `Destination`: the table, and what the job kept beside it."""
        self.catalog.drop(self.name)
