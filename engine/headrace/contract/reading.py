"""One pass over a contract's document: problems and notes are gathered as they are met."""

from typing import Any

from headrace.errors import Problem
from headrace.job import Document, KeyPath


class Reading:
    """The pass.

    Args:
        document: What is read.
        problems: What is already known to be wrong; more are added.

    Attributes:
        notes: What the document asks and a stream cannot check.
    """

    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self.document = document
        self.problems = problems
        self.notes: list[str] = []

    def report(self, path: KeyPath, message: str) -> None:
        """Add a problem at `path`."""
        self.problems.append(self.document.problem(path, message))

    def note(self, path: KeyPath, message: str) -> None:
        """Add a note on what stands at `path`."""
        self.notes.append(f"{self.document.problem(path, '').path}: {message}")


def text_of(value: object) -> str:
    """A YAML scalar in the text grammar of its type: dates in ISO 8601, true and false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return str(value)


def quality_of(reading: Reading, item: dict[str, Any], place: KeyPath) -> list[dict[str, Any]]:
    """The quality rules of an object or a property; reports what is no list of mappings."""
    rules = item.get("quality") or []
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        reading.report((*place, "quality"), "is a list of mappings")
        return []
    return rules
