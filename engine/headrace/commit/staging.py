"""What one commit writes before it makes anything visible."""

from dataclasses import dataclass

from headrace.commit.output import Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """Where the files of one commit are until it makes them visible.

    Attributes:
        data: Takes the writer's files.
        quarantine: Takes the rows that are set apart.
    """

    data: Output
    quarantine: Output
