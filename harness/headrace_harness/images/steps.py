"""What a recipe is made of: steps that fill an image's file system, each a line of a Dockerfile."""

import hashlib
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final, Protocol

NO_FILES: Final = frozenset[str]()

COMPILED: Final = "__pycache__"
"""Is kept, for it makes starts quick, but says nothing of what is in an image."""


class Step(Protocol):
    """One line of a recipe."""

    def line(self) -> str:
        """As a Dockerfile would say it."""

    def mark(self) -> str:
        """What changes whenever what it puts into an image does."""

    def fill(self, tar: tarfile.TarFile) -> None:
        """Put it into an image."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A file or folder of this machine, links followed.

    Attributes:
        source: Where it is.
        target: Where it is to be; none given: at the same place.
        without: Names of files and folders that are left out, wherever they are.
    """

    source: Path
    target: str = ""
    without: frozenset[str] = NO_FILES

    def line(self) -> str:
        """As `Step`."""
        left = f"  # without {', '.join(sorted(self.without))}" if self.without else ""
        return f"COPY {self.source} {self.target or self.source}{left}"

    def mark(self) -> str:
        """As `Step`: names and contents, wherever they are here."""
        digest = hashlib.blake2b(f"{self.target or self.source}\n".encode())
        for path in self._files():
            name = path.relative_to(self.source)
            with path.open("rb") as file:
                digest.update(
                    f"{name} {hashlib.file_digest(file, 'blake2b').hexdigest()}\n".encode()
                )
        return digest.hexdigest()

    def fill(self, tar: tarfile.TarFile) -> None:
        """As `Step`."""
        tar.add(self.source, self.target or None, filter=self._wanted)

    def _files(self) -> Iterator[Path]:
        if self.source.is_file():
            yield self.source
            return
        for path in sorted(self.source.rglob("*")):
            parts = set(path.relative_to(self.source).parts)
            if path.is_file() and not parts & (self.without | {COMPILED}):
                yield path

    def _wanted(self, item: tarfile.TarInfo) -> tarfile.TarInfo | None:
        item.uid = item.gid = 0
        item.uname = item.gname = "root"
        item.mode |= 0o444 if item.isfile() else 0o555  # whoever runs it may read it
        return None if self.without & set(Path(item.name).parts) else item


@dataclass(frozen=True, slots=True)
class Libraries:
    """The shared libraries that programs link to, and their loader.

    Attributes:
        files: The programs, and libraries that load others themselves.
        within: What is below is in the image already.
    """

    files: tuple[Path, ...]
    within: Path | None = None

    def line(self) -> str:
        """As `Step`."""
        first, *rest = (str(file) for file in self.files)
        more = f" and {len(rest)} more" if rest else ""
        return f"COPY $(ldd {first}{more}) /"

    def mark(self) -> str:
        """As `Step`: those of the files mark their libraries, too."""
        return ""

    def fill(self, tar: tarfile.TarFile) -> None:
        """As `Step`."""
        for path in sorted({path for file in self.files for path in _linked(file)}):
            if self.within is None or not path.is_relative_to(self.within):
                tar.add(path)


@dataclass(frozen=True, slots=True)
class Write:
    """A small file."""

    target: str
    text: str

    def line(self) -> str:
        """As `Step`."""
        return f"COPY <<EOF {self.target}\n{self.text.strip()}\nEOF"

    def mark(self) -> str:
        """As `Step`: the line says it all."""
        return self.line()

    def fill(self, tar: tarfile.TarFile) -> None:
        """As `Step`."""
        data = self.text.encode()
        item = tarfile.TarInfo(self.target)
        item.size, item.mode = len(data), 0o644
        tar.addfile(item, BytesIO(data))


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that everybody may write to."""

    target: str

    def line(self) -> str:
        """As `Step`."""
        return f"RUN mkdir -m 1777 {self.target}"

    def mark(self) -> str:
        """As `Step`: the line says it all."""
        return self.line()

    def fill(self, tar: tarfile.TarFile) -> None:
        """As `Step`."""
        item = tarfile.TarInfo(self.target)
        item.type, item.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(item)


def _linked(file: Path) -> list[Path]:
    ldd = shutil.which("ldd") or "ldd"
    done = subprocess.run([ldd, str(file)], capture_output=True, text=True, check=False)  # noqa: S603 - our own argument
    words = [word for line in done.stdout.splitlines() for word in line.split()]
    return [Path(word) for word in words if word.startswith("/") and not word.endswith(":")]
