"""Arrow's spellings of nested types, taken apart and put together."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_NULL = " not null"
_CLOSING = {"<": ">", "(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class Member:
    """A type within a type.

    Attributes:
        type: Its spelling.
        nullable: Whether nulls are allowed.
        name: Of a struct's field; of a list's item and a map's value it is empty.
    """

    type: str
    nullable: bool = True
    name: str = ""

    def __str__(self) -> str:
        """The spelling, with `not null` where nulls are not allowed."""
        return self.type if self.nullable else self.type + _NOT_NULL


def list_of(item: Member) -> str:
    """The list type of such items."""
    return f"list<item: {item}>"


def struct_of(fields: Sequence[Member]) -> str:
    """The struct type of these fields."""
    return f"struct<{', '.join(f'{quoted(field.name)}: {field}' for field in fields)}>"


def map_of(key: str, value: Member) -> str:
    """The map type from keys, which are never null, to values."""
    return f"map<{key}, {value}>"


def members_of(arrow: str) -> tuple[Member, ...]:
    """The item of a list, the fields of a struct, key and value of a map; of others nothing."""
    kind, bracket, rest = arrow.partition("<")
    if not bracket or kind not in ("list", "struct", "map"):
        return ()
    parts = split(rest[:-1])
    if kind == "list":
        return (_member(rest[:-1].partition(": ")[2]),)
    if kind == "map":
        return tuple(_member(part) for part in parts)
    return tuple(_named(part) for part in parts)


def quoted(name: str) -> str:
    """A field's name, as a JSON string where it is no plain identifier."""
    return name if _IDENTIFIER.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def split(text: str) -> list[str]:
    """`text` cut at the commas that stand in no bracket and no quotes."""
    return list(_parts(text))


def _parts(text: str) -> Iterator[str]:
    depth, start, at = 0, 0, 0
    while at < len(text):
        char = text[at]
        if char in "\"'`":
            at = _end_of_quotes(text, at)
        elif char in _CLOSING:
            depth += 1
        elif char in _CLOSING.values():
            depth -= 1
        elif char == "," and depth == 0:
            yield text[start:at].strip()
            start = at + 1
        at += 1
    yield text[start:].strip()


def _end_of_quotes(text: str, at: int) -> int:
    """Where the quotes that open at `at` close; the end of the text where they do not."""
    quote, at = text[at], at + 1
    while at < len(text) and text[at] != quote:
        at += 2 if text[at] == "\\" else 1
    return at


def _member(text: str, name: str = "") -> Member:
    spelled = text.removesuffix(_NOT_NULL)
    return Member(spelled, nullable=spelled == text, name=name)


def _named(text: str) -> Member:
    if text.startswith('"'):
        name, end = json.JSONDecoder().raw_decode(text)
        return _member(text[end:].removeprefix(": "), name)
    name, _, spelled = text.partition(": ")
    return _member(spelled, name)
