"""What a writer says of a file that it wrote."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMetadata:
    """A closed file.

    Attributes:
        path: Where it is; once committed, where readers find it.
        rows: Its rows.
        bytes: Its size.
        stream: The stream whose rows it holds.
        partition: Partition values, by hive's column or by a table's term such as `day(ts)`; None
            is null.
        atomic: Whether it becomes visible with the commit; False for a file that the writer put
            somewhere else itself.
    """

    path: str
    rows: int
    bytes: int
    stream: str = ""
    partition: Mapping[str, str | None] = field(default_factory=dict)
    atomic: bool = True
