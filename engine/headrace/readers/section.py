"""What the sections of all readers have: the keys that the engine sets."""

from collections.abc import Mapping
from typing import Any

import msgspec

from headrace.job import ByteSize
from headrace.job.model import DEFAULT_BATCH_BYTES, DEFAULT_BATCH_ROWS
from headrace.job.struct import Struct
from headrace.stream import StreamOptions


def means(text: str) -> msgspec.Meta:
    """What a key means, for editors and documents."""
    return msgspec.Meta(description=text)


class ReaderSection(Struct, frozen=True, kw_only=True):
    """The keys that the engine sets in a reader's section.

    Attributes:
        schema: The contract's columns; None where there is no contract.
        base_dir: What relative paths are relative to: the job file's folder.
        keeps_state: Whether the job keeps a state; None where no job is run.
        stream: The stream's name, where the reader gives one.
        drift_policy: The job's `drift`.
        batch_rows: Rows of a batch at most.
        batch_bytes: Size of a batch, about [bytes].
    """

    schema: list[dict[str, Any]] | None = None
    base_dir: str = "."
    keeps_state: bool | None = None
    stream: str = ""
    drift_policy: Mapping[str, str] = msgspec.field(default_factory=dict)
    batch_rows: int = DEFAULT_BATCH_ROWS
    batch_bytes: ByteSize = DEFAULT_BATCH_BYTES


class StreamsSection(ReaderSection, frozen=True, kw_only=True):
    """The keys that the engine sets for a reader of several streams.

    Attributes:
        streams: What the job says of each of its `streams`; empty where it has no such section.
    """

    streams: Mapping[str, StreamOptions] = msgspec.field(default_factory=dict)


__all__ = ["ReaderSection", "StreamsSection", "means"]
