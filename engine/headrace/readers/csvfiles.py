"""What both CSV readers share: options, paths, and which files are still to be read."""

import glob
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Protocol, TypeAlias

import msgspec

from headrace import _native
from headrace._native import translated
from headrace.errors import (
    AuthError,
    ConfigError,
    DecodeError,
    Problem,
    ReaderError,
    SourceNotFoundError,
)
from headrace.job import ByteSize
from headrace.job.check import PathText
from headrace.job.model import DEFAULT_BATCH_BYTES, DEFAULT_BATCH_ROWS, Struct
from headrace.schema import Schema

DEFAULT_SAMPLE_ROWS: Final = 10_000
"""Records from which types are told where there is no contract."""

Encoding: TypeAlias = Literal["utf-8", "utf-16", "utf-16le", "utf-16be", "latin-1", "windows-1252"]
Compression: TypeAlias = Literal["auto", "none", "gzip", "zstd", "bz2"]

# Lone surrogates are no characters of any file.
_Character = Annotated[str, msgspec.Meta(pattern=r"^[^\ud800-\udfff]\Z")]


class CsvConfig(Struct, frozen=True, kw_only=True):
    """The keys of `reader: {type: csv}`.

    `schema`, `drift_policy`, `base_dir`, `stream`, `batch_rows` and `batch_bytes` are set by the
    engine.
    """

    path: PathText | list[PathText]
    delimiter: _Character = ","
    quote: _Character | None = '"'
    escape: _Character | None = None
    comment: _Character | None = None
    skip_lines: Annotated[int, msgspec.Meta(ge=0)] = 0
    encoding: Encoding = "utf-8"
    header: bool = True
    trim: bool = False
    null_values: tuple[str, ...] = ("",)
    decimal: _Character = "."
    thousands: _Character | None = None
    date_format: str | None = None
    time_format: str | None = None
    timestamp_format: str | None = None
    true_values: tuple[str, ...] | None = None
    false_values: tuple[str, ...] | None = None
    compression: Compression = "auto"
    changed_file: Literal["error", "reread"] = "error"
    sample_rows: Annotated[int, msgspec.Meta(ge=1)] = DEFAULT_SAMPLE_ROWS
    schema: list[dict[str, Any]] | None = None
    base_dir: str = "."
    stream: str = ""
    drift_policy: Mapping[str, str] = msgspec.field(default_factory=dict)
    batch_rows: int = DEFAULT_BATCH_ROWS
    batch_bytes: ByteSize = DEFAULT_BATCH_BYTES

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            ConfigError: Every such option.
        """
        if "-" in ([self.path] if isinstance(self.path, str) else self.path):
            message = "path: standard input (-) is not part of this version"
            raise ValueError(message)
        problems = [Problem(path=key, message=why) for key, why in self.options().problems()]
        if problems:
            raise ConfigError(problems=problems)

    def options(self) -> _native.CsvOptions:
        """What of this the core takes."""
        with translated():
            return _native.CsvOptions(
                delimiter=self.delimiter,
                quote=self.quote,
                escape=self.escape,
                comment=self.comment,
                skip_lines=self.skip_lines,
                header=self.header,
                trim=self.trim,
                null_values=self.null_values,
                encoding=self.encoding,
                compression=self.compression,
                decimal=self.decimal,
                thousands=self.thousands,
                date_format=self.date_format,
                time_format=self.time_format,
                timestamp_format=self.timestamp_format,
                true_values=self.true_values,
                false_values=self.false_values,
                new_columns=self.drift_policy.get("new_column", "fail"),
                may_lack_columns=self.drift_policy.get("removed_column", "fail") != "fail",
            )


class State(Protocol):
    """What a reader needs of the state."""

    def get(self, stream: str) -> Any:  # noqa: ANN401  any JSON value
        """The stored cursor."""

    def advance(self, stream: str, cursor: Any) -> None:  # noqa: ANN401  any JSON value
        """Move the cursor past everything yielded so far."""


class CsvFiles:
    """The files of a CSV source.

    Args:
        config: The reader's options.
    """

    def __init__(self, config: CsvConfig) -> None:
        self.config = config
        self._schema: Schema | None = Schema.wrap(config.schema) if config.schema else None

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
            first.setdefault(os.path.realpath(path), path)
        return list(first.values())

    def schema(self) -> Schema:
        """The contract's columns, or those told from the first records of the first file.

        Raises:
            ReaderError: The file cannot be read.
            DecodeError: A sampled record does not parse, or there is nothing at all.
        """
        if self._schema is None:
            path = self.paths()[0]
            fingerprint(path)
            options = self.config.options()
            with translated():
                native = _native.infer_csv([path], options, sample_rows=self.config.sample_rows)
            if not native.fields:
                message = "is empty: its columns cannot be told without a header or a contract"
                raise DecodeError(message, file=path)
            self._schema = Schema.of(native)
        return self._schema

    def check(self) -> str:
        """Open every file.

        Raises:
            ReaderError: One cannot be opened.
        """
        paths = self.paths()
        for path in paths:
            fingerprint(path)
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

        return csvsniff.compare(csvsniff.sniff(self.paths()[0], self.config), self.config, written)

    def pending(self, state: State | None) -> Iterator["PendingFile"]:
        """The files that the state does not hold, and what to tell it once they are read.

        Raises:
            ReaderError: A file that was read has changed since, and `changed_file` is `error`.
        """
        cursor = (state.get(self.config.stream) if state else None) or {}
        done: dict[str, Any] = dict(cursor.get("files", {}))
        for path in self.paths():
            key = self._key(path)
            now = fingerprint(path)
            if key in done and state is not None:
                if done[key] == now:
                    continue
                if self.config.changed_file == "error":
                    message = (
                        "the file was read by an earlier run and has changed; set changed_file: "
                        "reread to read it whole again, or `headrace state reset`"
                    )
                    raise ReaderError(message, file=path)
            yield PendingFile(
                path=path,
                key=key,
                fingerprint=now,
                done=done,
                state=state,
                stream=self.config.stream,
            )

    def _key(self, path: str) -> str:
        """How the state names a file: relative to the job where it is below it."""
        absolute, base = Path(path).absolute(), Path(self.config.base_dir).absolute()
        return (
            absolute.relative_to(base).as_posix()
            if absolute.is_relative_to(base)
            else absolute.as_posix()
        )


class PendingFile:
    """A file that is to be read."""

    def __init__(
        self,
        *,
        path: str,
        key: str,
        fingerprint: Mapping[str, int],
        done: dict[str, Any],
        state: State | None,
        stream: str,
    ) -> None:
        self.path = path
        self._key = key
        self._fingerprint = fingerprint
        self._done = done
        self._state = state
        self._stream = stream

    def is_read(self) -> None:
        """Tell the state that every record of the file has been yielded.

        Raises:
            ReaderError: The file changed while it was read.
        """
        if fingerprint(self.path) != self._fingerprint:
            message = "the file changed while it was read"
            raise ReaderError(message, file=self.path)
        self._done[self._key] = dict(self._fingerprint)
        if self._state is not None:
            self._state.advance(self._stream, {"files": dict(self._done)})


def fingerprint(path: str) -> dict[str, int]:
    """What tells a file from its earlier self: size [bytes] and modification time [ns].

    Raises:
        ReaderError: Nothing at `path`, a directory, or no permission.
    """
    try:
        status = os.stat(path)  # noqa: PTH116  Path.stat would build a Path for each of 10,000 files
    except OSError as error:
        raise unreadable(path, error) from error
    if Path(path).is_dir():
        message = "the path is a directory; write a glob such as data/*.csv for the files in it"
        raise SourceNotFoundError(message, file=path)
    return {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns}


def unreadable(path: str, error: OSError) -> ReaderError:
    """What an operating system error means for someone reading `path`."""
    if isinstance(error, FileNotFoundError):
        return SourceNotFoundError("there is no such file", file=path)
    if isinstance(error, PermissionError):
        return AuthError("no permission to read the file", file=path)
    return ReaderError(f"the file cannot be read: {error.strerror}", file=path)


__all__ = ["CsvConfig", "CsvFiles", "PendingFile", "State", "fingerprint", "unreadable"]
