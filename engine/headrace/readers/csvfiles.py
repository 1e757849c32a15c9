"""The files of both CSV readers."""

import glob
import os
import sys
from collections.abc import Collection, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from headrace import _native
from headrace._native import translated
from headrace.errors import DecodeError, ReaderError, SourceNotFoundError
from headrace.readers.csvconfig import CsvConfig
from headrace.readers.csvpending import STDIN, Pending, PendingFile, is_pipe, unreadable
from headrace.readers.state import State
from headrace.schema import Schema


class CsvFiles:
    """The files of a CSV source.

    Args:
        config: The reader's options.

    Attributes:
        notes: What a run's report says of the files.
    """

    def __init__(self, config: CsvConfig) -> None:
        self.config = config
        self.notes: list[str] = []
        self._pipes: dict[str, _native.CsvFile] = {}
        self._schema: Schema | None = (
            Schema.wrap(config.schema) if config.schema is not None else None
        )

    def paths(self) -> list[str]:
        """The files, globs expanded and sorted, each once, in the order of the job.

        Raises:
            SourceNotFoundError: Nothing at a path, a directory, or a glob without a match.
        """
        patterns = [self.config.path] if isinstance(self.config.path, str) else self.config.path
        found: dict[str, None] = {}
        for pattern in patterns:
            if glob.has_magic(pattern) and not Path(pattern).exists():
                # Path.glob takes no absolute pattern before 3.13.
                found_here = glob.iglob(pattern, recursive=True)  # noqa: PTH207
                matches = sorted(path for path in found_here if Path(path).is_file())
                if not matches:
                    message = "no file matches the pattern"
                    raise SourceNotFoundError(message, file=pattern)
                found.update(dict.fromkeys(matches))
            else:
                found[pattern] = None
        if not found:
            message = "path is an empty list"
            raise SourceNotFoundError(message)
        # One file by two paths is one file: the first path stands.
        first: dict[str, str] = {}
        for path in found:
            first.setdefault(path if path == STDIN else os.path.realpath(path), path)
        return list(first.values())

    def schema(self) -> Schema:
        """The contract's columns, or those told from the first records of the first file.

        Raises:
            ReaderError: The file cannot be read.
            DecodeError: A sampled record does not parse, or there is nothing at all.
        """
        if self._schema is None:
            path = self.paths()[0]
            is_growing = self.config.grown_file == "append"
            file = self._pipe(path) or _native.CsvFile(path, is_growing=is_growing)
            options = self.config.options()
            with translated():
                native = _native.infer_csv([file], options, sample_rows=self.config.sample_rows)
            if not native.fields:
                message = "is empty: its columns cannot be told without a header or a contract"
                raise DecodeError(message, file=path)
            self._schema = Schema.of(native)
        return self._schema

    def declared(self) -> Schema | None:
        """As `schema`; None where the sample fails and a state may say why: the file has changed.

        Raises:
            ReaderError: As `schema`.
            DecodeError: As `schema`, where the job keeps no state.
        """
        try:
            return self.schema()
        except DecodeError:
            # `pending` asks the state, and whoever extracts asks for the schema again.
            if not self.config.keeps_state:
                raise
            return None

    def check(self) -> str:
        """Open every file; pipes, which come once, are left to the run.

        Raises:
            ReaderError: One cannot be opened.
        """
        paths = self.paths()
        for path in paths:
            if self._pipe(path) is not None:
                continue
            try:
                with Path(path).open("rb"):
                    pass
            except OSError as error:
                raise unreadable(path, error) from error
        return f"{len(paths)} file{'s' if len(paths) != 1 else ''} can be read"

    def discover(self) -> dict[str, Schema]:
        """The one stream and its schema."""
        return {self.config.stream or "csv": self.schema()}

    def sniff(self, written: Collection[str]) -> dict[str, dict[str, Any]]:
        """The dialect that the first file seems to have, beside what the job says of it.

        Args:
            written: The keys of the reader's section that the job has.

        Raises:
            ReaderError: The file cannot be read.
        """
        from headrace.readers import csvsniff  # noqa: PLC0415  no run needs it

        path = self.paths()[0]
        # What comes once is there for its types alone.
        found = {} if self._pipe(path) is not None else csvsniff.sniff(path, self.config)
        return csvsniff.compare(found, self.config, written)

    def pending(self, state: State | None) -> Iterator[PendingFile]:
        """The files that the state does not hold; each is told once it is read.

        Whether the first one has changed is told at once, before anything in it is looked at.

        Raises:
            ReaderError: A file that was read has changed since, and `changed_file` is `error`.
        """
        config = self.config
        pending = Pending(
            changed_file=config.changed_file,
            grown_file=config.grown_file,
            base_dir=config.base_dir,
            stream=config.stream,
            notes=self.notes,
        )
        files = pending.files({path: self._pipe(path) for path in self.paths()}, state)
        return chain(list(islice(files, 1)), files)

    def _pipe(self, path: str) -> _native.CsvFile | None:
        """What comes once, and is opened once for a sample and for its records; None for files.

        Raises:
            ReaderError: The job keeps a state, which cannot say what of a pipe was read.
        """
        if not is_pipe(path):
            return None
        if path == STDIN and sys.stdin is None:
            message = "standard input is closed"
            raise SourceNotFoundError(message, file=path)
        if self.config.keeps_state:
            message = "a pipe cannot be read again, and so has no state: remove `state`"
            raise ReaderError(message, file=path)
        if path not in self._pipes:
            self._pipes[path] = _native.CsvFile(path, is_stream=True)
        return self._pipes[path]


__all__ = ["CsvConfig", "CsvFiles", "PendingFile", "State"]
