"""The repository's documents, taken apart: blocks, tables, links, headings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.builders import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENTS = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
        ROOT / "examples" / "README.md",
        *(ROOT / "docs").rglob("*.md"),
    ]
)
RECORDS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_PLACE = re.compile(r"(?:docs|tests|engine|harness|rust|scenarios|examples|\.ci)/[\w./-]*\w/?")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks_of(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return [body for found, body in _FENCE.findall(text) if found == language]


def prose_of(text: str) -> str:
    """The text without its fenced blocks."""
    return _FENCE.sub("", text)


def sections_of(text: str) -> dict[str, str]:
    """What stands under each heading of the second level."""
    parts = re.split(r"^## (.+)$", prose_of(text), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows_of(section: str) -> list[list[str]]:
    """The cells of a section's tables, header and ruler left out."""
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    rulers = {n for n, row in enumerate(cells) if set("".join(row)) <= {"-"}}
    headers = {n - 1 for n in rulers}
    return [row for n, row in enumerate(cells) if n not in rulers | headers]


def codes_of(text: str) -> list[str]:
    """What stands between backticks."""
    return _CODE.findall(text)


def anchors_of(text: str) -> set[str]:
    """The anchors of headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose_of(text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def missing_links(path: Path) -> Iterator[str]:
    """The relative links of a document that lead nowhere, with their anchors."""
    for link in _LINK.findall(prose_of(path.read_text(encoding="utf-8"))):
        if "://" in link:
            continue
        place, _, anchor = link.partition("#")
        target = path.parent / place if place else path
        if not target.exists() or (anchor and anchor not in anchors_of(target.read_text())):
            yield link


def missing_places(text: str) -> Iterator[str]:
    """The paths of the repository between backticks at which there is nothing."""
    for code in codes_of(text):
        if _PLACE.fullmatch(code) and not (ROOT / code).exists():
            yield code


def crowded_lines(text: str) -> Iterator[str]:
    """The lines of prose that hold more than one sentence."""
    for line in prose_of(text).splitlines():
        plain = re.sub(r"^\d+\. ", "", _CODE.sub("x", line))
        if not line.startswith("|") and re.search(r"[\w)\]]\. +[A-Z\[]", plain):
            yield line
