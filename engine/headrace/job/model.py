"""The sections of a job: keys, defaults and what they mean.

Each default is one named constant, used by the code and by the documentation.
"""

from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from headrace.job.bucket import BucketKeys, BucketName, KeyPrefix
from headrace.job.check import PathText
from headrace.job.document import Document
from headrace.job.size import ByteSize
from headrace.job.struct import Struct

DEFAULT_BATCH_ROWS: Final = 10_000
"""Rows of a batch: enough that Python's cost for each batch vanishes in that of its rows."""

DEFAULT_BATCH_BYTES: Final = ByteSize("1MiB")
"""Bytes of a batch: rows alone would not bound memory on wide rows.

Larger ones were no faster, and rows as Python objects cost many times their text: docs/adr/0014.
"""

DEFAULT_PREFETCH: Final = 1
"""Batches read ahead while one is written; 0 is strict lock-step."""

DEFAULT_UNIQUE_BYTES: Final = ByteSize("16MiB")
"""Memory for the keys of unique fields; exact within it, refused beyond it."""

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"


Policy: TypeAlias = Literal["fail", "evolve", "ignore"]


class Validation(Struct, frozen=True, kw_only=True):
    """What happens to rows that break the contract."""

    mode: Literal["strict", "warn", "quarantine"] = "strict"
    max_error_ratio: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    unique_bytes: ByteSize = DEFAULT_UNIQUE_BYTES


class Drift(Struct, frozen=True, kw_only=True):
    """What happens where the source's schema is not the contract's.

    Nulls in a required column cannot be passed over: `nullability` has no `ignore`.
    """

    new_column: Policy = "fail"
    removed_column: Policy = "fail"
    type_change: Policy = "fail"
    nullability: Literal["fail", "evolve"] = "fail"

    @property
    def evolves(self) -> bool:
        """Whether the columns may change while a run goes on."""
        return "evolve" in (
            self.new_column,
            self.removed_column,
            self.type_change,
            self.nullability,
        )


class Checkpointing(Struct, frozen=True, kw_only=True):
    """When a run commits before its end: at the first of the two, as soon as the state allows.

    Raises:
        ValueError: Neither is given.
    """

    rows: Annotated[int, msgspec.Meta(ge=1)] | None = None
    seconds: Annotated[float, msgspec.Meta(gt=0)] | None = None

    def __post_init__(self) -> None:
        """Refuse a checkpoint that never comes."""
        if self.rows is None and self.seconds is None:
            message = "needs rows, seconds or both"
            raise ValueError(message)


class Batching(Struct, frozen=True, kw_only=True):
    """The bounds of a batch, whichever fills first, the lead of the reader, commits in mid-run."""

    rows: Annotated[int, msgspec.Meta(ge=1)] = DEFAULT_BATCH_ROWS
    bytes: ByteSize = DEFAULT_BATCH_BYTES
    prefetch: Annotated[int, msgspec.Meta(ge=0, le=16)] = DEFAULT_PREFETCH
    checkpoint: Checkpointing | None = None


class StateSection(BucketKeys, frozen=True, kw_only=True):
    """Where cursors are kept.

    Raises:
        ValueError: A key is missing, or belongs to another type.
    """

    type: Literal["local", "s3"]
    path: PathText | None = None
    bucket: BucketName | None = None
    prefix: KeyPrefix = ""

    def __post_init__(self) -> None:
        """Refuse what does not belong together."""
        of_bucket = {"bucket", "prefix", *BucketKeys.__struct_fields__}
        needed, foreign = ("path", of_bucket) if self.type == "local" else ("bucket", {"path"})
        if getattr(self, needed) is None:
            message = f"type {self.type} needs {needed}"
            raise ValueError(message)
        for field in msgspec.structs.fields(self):
            if field.name in foreign and getattr(self, field.name) != field.default:
                message = f"type {self.type} has no {field.name}"
                raise ValueError(message)


class StreamSection(Struct, frozen=True, kw_only=True):
    """One stream of a source that has several.

    `target` holds the keys in which its place differs from the job's target; `transforms` are its
    own steps, in place of the job's.
    """

    contract: PathText | None = None
    transforms: list[Any] | None = None
    cursor: str | list[str] | None = None
    target: dict[str, Any] = msgspec.field(default_factory=dict)


class RawJob(Struct, frozen=True, kw_only=True):
    """A job as written; the sections of plugins are still plain mappings."""

    version: Literal[1]
    name: Annotated[str, msgspec.Meta(pattern=NAME)]
    reader: dict[str, Any]
    writer: dict[str, Any]
    target: dict[str, Any]
    transforms: list[Any] = msgspec.field(default_factory=list)
    contract: PathText | None = None
    validation: Validation = Validation()
    drift: Drift = Drift()
    streams: dict[str, StreamSection] = msgspec.field(default_factory=dict)
    state: StateSection | None = None
    batch: Batching = Batching()


class Section(Struct, frozen=True, kw_only=True):
    """The section of a plugin: its type, and all other keys as its config."""

    type: str
    config: dict[str, Any]


class Job(Struct, frozen=True, kw_only=True):
    """A job with every reference to the outside resolved but its plugins' own."""

    name: str
    reader: Section
    writer: Section
    target: Section
    contract: str | None
    streams: dict[str, StreamSection]
    validation: Validation
    drift: Drift
    state: StateSection | None
    batch: Batching
    base_dir: Path
    document: Document
    secrets: frozenset[str]
