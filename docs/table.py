"""A table that the code holds, as Markdown."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a document.

    Attributes:
        head: The names of its columns.
        lines: Its lines, each with the ids of what tests cover.
    """

    head: tuple[str, ...]
    lines: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]

    @property
    def ids(self) -> set[str]:
        """What tests must cover."""
        return {one for ids, _ in self.lines for one in ids}

    def markdown(self) -> str:
        """The table as the document has it."""
        rows = [
            f"| {' | '.join(cells)} |\n" for cells in (self.head, *(row for _, row in self.lines))
        ]
        return "".join([rows[0], "|---" * len(self.head) + "|\n", *rows[1:]])


def codes(names: Iterable[str]) -> str:
    """Names as code, side by side."""
    return " ".join(f"`{name}`" for name in names)
