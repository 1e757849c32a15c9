"""Everything headrace raises: one tree, each class with its exit code.

```
HeadraceError
├── ConfigError                  2  before anything ran; lists every problem
├── PluginError                  2  a plugin raised, lied or lacks something; names it
├── ReaderError                  2
│   ├── SourceNotFoundError      2  no such file, table, stream
│   ├── AuthError                2
│   ├── ReaderConnectionError    3  retryable
│   └── RateLimitError           3  retryable, carries retry_after_s
├── DataError                    2  scope = record
│   ├── DecodeError              2  bytes do not parse; file, line, byte offset
│   └── ContractError            2  parses, breaks the contract; row, field, rule
├── WriterError                  2
│   ├── TargetConnectionError    3  retryable
│   ├── TargetAuthError          2
│   └── WriteError               2  disk full, permission, …; nothing visible
├── CommitError
│   ├── CommitConflictError      3
│   ├── CommitUnknownError       4  may be visible; never retried blindly
│   └── FencedError              2  another run owns the target
├── StateError                   2  corrupt, newer version, ahead of data
└── NativeError                  2  our bug: a panic or unmapped kind
```

The class says what happened, its attributes say what to do. Interrupts stay Python's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

__all__ = [
    "AuthError",
    "CommitConflictError",
    "CommitError",
    "CommitUnknownError",
    "ConfigError",
    "ContractError",
    "DataError",
    "DecodeError",
    "FencedError",
    "HeadraceError",
    "NativeError",
    "PluginError",
    "Problem",
    "RateLimitError",
    "ReaderConnectionError",
    "ReaderError",
    "Scope",
    "SourceNotFoundError",
    "StateError",
    "TargetAuthError",
    "TargetConnectionError",
    "WriteError",
    "WriterError",
]


class Scope(StrEnum):
    """How much of a run an error concerns."""

    RECORD = "record"
    STREAM = "stream"
    RUN = "run"


class HeadraceError(Exception):
    """The root: what happened, where, and what to try.

    Args:
        message: What happened and what to try, without the place.
        where: The place, in the order in which it is printed: `file`, `line`, `byte_offset`,
            `row`, `stream`, `field`, `rule`, …; a fact that is None is left out.
    """

    exit_code: ClassVar[int] = 2
    retryable: ClassVar[bool] = False
    scope: ClassVar[Scope] = Scope.RUN
    data_may_be_visible: ClassVar[bool] = False

    def __init__(self, message: str, **where: Any) -> None:  # noqa: ANN401  facts are of any type
        super().__init__(message)
        self.message = message
        self.where: dict[str, Any] = {k: v for k, v in where.items() if v is not None}

    def __str__(self) -> str:
        """The message, and the place behind it."""
        if not self.where:
            return self.message
        return f"{self.message} ({', '.join(f'{k} {v}' for k, v in self.where.items())})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by message and place, so that errors cross process borders whole."""
        return _rebuild, (type(self), self.message, self.where)

    def to_dict(self) -> dict[str, Any]:
        """The error as the run report shows it."""
        return {
            "type": type(self).__name__,
            "message": self.message,
            "retryable": self.retryable,
            "where": self.where,
        }


def _rebuild(cls: type[HeadraceError], message: str, where: Mapping[str, Any]) -> HeadraceError:
    error = cls.__new__(cls)
    HeadraceError.__init__(error, message, **where)
    return error


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in a document that the user wrote.

    Attributes:
        path: Key path, such as `reader.path` or `schema[0].properties[2].logicalType`.
        message: What is wrong and what to try.
        source: The document, where there is one.
        line: Line of the document, from 1; None where unknown.
    """

    path: str
    message: str
    source: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        """`job.yaml:3: reader.path: …`."""
        place = ":".join(str(part) for part in (self.source, self.line) if part is not None)
        return ": ".join(part for part in (place, self.path, self.message) if part)


class ConfigError(HeadraceError):
    """A job, contract or command line is wrong; nothing has run.

    Args:
        message: The summary; made from the problems where absent.
        problems: Everything that is wrong.
    """

    def __init__(self, message: str | None = None, problems: Sequence[Problem] = ()) -> None:
        self.problems = tuple(problems)
        if message is None:
            count = len(self.problems)
            message = "\n".join(
                [f"{count} problem{'s' if count != 1 else ''}", *(f"  {p}" for p in self.problems)]
            )
        super().__init__(message)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with the problems."""
        return type(self), (self.message, self.problems)

    def to_dict(self) -> dict[str, Any]:
        """The error with `where.problems`."""
        where = [
            {"path": p.path, "message": p.message, "source": p.source, "line": p.line}
            for p in self.problems
        ]
        return {**super().to_dict(), "where": {"problems": where}}


class PluginError(HeadraceError):
    """A plugin raised, returned nonsense, or lacks something; `plugin` names it."""


class ReaderError(HeadraceError):
    """The source cannot be read."""

    scope = Scope.STREAM


class SourceNotFoundError(ReaderError):
    """There is no such file, table or stream."""


class AuthError(ReaderError):
    """The source refused the credentials or the access."""


class ReaderConnectionError(ReaderError):
    """The source could not be reached."""

    exit_code = 3
    retryable = True


class RateLimitError(ReaderError):
    """The source asked to slow down; `where["retry_after_s"]` says for how long [s]."""

    exit_code = 3
    retryable = True


class DataError(HeadraceError):
    """A record cannot be taken."""

    scope = Scope.RECORD


class DecodeError(DataError):
    """Bytes do not parse; carries file, line and byte offset."""


class ContractError(DataError):
    """Data parse but break the contract; carries row, field and rule."""


class WriterError(HeadraceError):
    """The target cannot be written."""


class TargetConnectionError(WriterError):
    """The target could not be reached."""

    exit_code = 3
    retryable = True


class TargetAuthError(WriterError):
    """The target refused the credentials."""


class WriteError(WriterError):
    """Disk full, permission denied and the like; nothing became visible."""


class CommitError(HeadraceError):
    """The commit did not happen, or nobody can say."""


class CommitConflictError(CommitError):
    """Somebody else committed first."""

    exit_code = 3
    retryable = True


class CommitUnknownError(CommitError):
    """The commit may or may not be visible: run `headrace recover`."""

    exit_code = 4
    data_may_be_visible = True


class FencedError(CommitError):
    """Another run owns the target."""


class StateError(HeadraceError):
    """The stored state is corrupt, of a newer version, or not of this target's data."""


class NativeError(HeadraceError):
    """A bug of headrace's own: a panic or an unmapped kind."""
