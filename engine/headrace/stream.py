"""What a job says of one stream of a source that has several."""

from dataclasses import dataclass

from headrace.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOptions:
    """What a reader is told of a stream that it is to read.

    A reader's `Config` that declares `streams: Mapping[str, StreamOptions]` gets one for each name
    of the job's `streams`, in their order, and none where the job has no such section.

    Attributes:
        schema: The columns of the stream's contract; None where it has none.
        cursor: The column or columns that tell what is new, as the job says; None where it does
            not.
    """

    schema: Schema | None = None
    cursor: str | list[str] | None = None


__all__ = ["StreamOptions"]
