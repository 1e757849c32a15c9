"""Values of every column type, as Python rows hold them."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
import zoneinfo
from decimal import Decimal
from typing import Any, TypeVar

from headrace.contract.spelling import Member, members_of
from hypothesis import strategies as st

_T = TypeVar("_T", dt.datetime, dt.time)
_TEXTS = st.text(max_size=8)

# A unit's digits of a second that a datetime has.
_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 6}

_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "bool": st.booleans(),
    "int8": st.integers(-(2**7), 2**7 - 1),
    "int16": st.integers(-(2**15), 2**15 - 1),
    "int32": st.integers(-(2**31), 2**31 - 1),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=32),
    "double": st.floats(),
    "string": _TEXTS,
    "binary": st.binary(max_size=8),
    "date32[day]": st.dates(),
    "extension<arrow.uuid>": st.uuids(),
    "extension<arrow.json>": st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | _TEXTS,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXTS, inner, max_size=2),
        max_leaves=3,
    ).map(json.dumps),
}


def values(kind: str, *, nullable: bool = True) -> st.SearchStrategy[Any]:
    """Values that a column of type `kind` holds, as `to_rows` gives them."""
    made = _values(kind)
    return st.none() | made if nullable else made


def _values(kind: str) -> st.SearchStrategy[Any]:
    if kind in _SCALARS:
        return _SCALARS[kind]
    if kind.startswith("decimal"):
        precision, scale = map(int, re.findall(r"\d+(?=[,)])", kind))
        limit = 10**precision - 1
        return st.integers(-limit, limit).map(lambda unscaled: Decimal(f"{unscaled}E-{scale}"))
    if kind.startswith("timestamp"):
        return _timestamps(kind)
    if kind.startswith("time"):
        digits = _DIGITS[kind.partition("[")[2].removesuffix("]")]
        return st.times().map(lambda time: _cut(time.replace(fold=0), digits))
    return _nested(kind)


def _nested(kind: str) -> st.SearchStrategy[Any]:
    members = members_of(kind)
    if kind.startswith("list"):
        return st.lists(_of(members[0]), max_size=3)
    if kind.startswith("struct"):
        names = [member.name for member in members]  # in the order of the type
        parts = st.tuples(*map(_of, members))
        return parts.map(lambda found: dict(zip(names, found, strict=True)))
    return st.dictionaries(_values(members[0].type), _of(members[1]), max_size=3)


def _of(member: Member) -> st.SearchStrategy[Any]:
    return values(member.type, nullable=member.nullable)


def _timestamps(kind: str) -> st.SearchStrategy[dt.datetime]:
    unit, _, zone = kind.removeprefix("timestamp[").removesuffix("]").partition(", tz=")
    # Nanoseconds end in 1677 and 2262; a day from its ends, a zone leads out of a calendar.
    first, last = (1678, 2261) if unit == "ns" else (1, 9999)
    ends = (dt.datetime(first, 1, 2), dt.datetime(last, 12, 30))  # noqa: DTZ001  naive is its point
    clock = st.datetimes(*ends).map(lambda at: _cut(at.replace(fold=0), _DIGITS[unit]))
    if not zone:
        return clock
    return clock.map(lambda at: at.replace(tzinfo=dt.UTC).astimezone(zone_of(zone)))


def _cut(value: _T, digits: int) -> _T:
    return value.replace(microsecond=value.microsecond - value.microsecond % 10 ** (6 - digits))


def zone_of(zone: str) -> dt.tzinfo:
    """The `tzinfo` that `to_rows` gives for a zone."""
    if zone == "UTC":
        return dt.UTC
    if zone[0] in "+-":
        offset = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[4:]))
        return dt.timezone(-offset if zone[0] == "-" else offset)
    return zoneinfo.ZoneInfo(zone)


_FEW: dict[str, tuple[Any, ...]] = {
    "bool": (False, True),
    **dict.fromkeys(("int8", "int16", "int32", "int64"), (-1, 0, 1, 2, 3)),
    **dict.fromkeys(("float", "double"), (-0.5, 0.0, 0.25, 1.0, 3.0, float("inf"), float("nan"))),
    "string": ("", "a", "ab", "é", "aa", "😀"),
    "binary": (b"", b"a", b"ab", b"\0\xff"),
    "date32[day]": (dt.date(1, 1, 1), dt.date(1969, 12, 31), dt.date(2000, 2, 29)),
    "extension<arrow.uuid>": (uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)),
    "extension<arrow.json>": ("null", "[1, 1]", '{"a": 1}', '{ "a": 1, "b": [] }'),
}


def few(kind: str) -> tuple[Any, ...]:
    """A few values of a type, so that rules are broken and keys come twice."""
    if kind in _FEW:
        return _FEW[kind]
    if kind.startswith("decimal"):
        scale = int(kind.rpartition(" ")[2].removesuffix(")"))
        return tuple(Decimal(f"{unscaled}E-{scale}") for unscaled in (-50, 0, 25, 100, 300))
    if kind.startswith("timestamp"):
        zone = kind.partition(", tz=")[2].removesuffix("]")
        first, second = dt.datetime(1969, 12, 31, 23, 59), dt.datetime(2000, 1, 1, 0, 0, 1)  # noqa: DTZ001
        in_zone = (lambda at: at.replace(tzinfo=dt.UTC).astimezone(zone_of(zone))) if zone else None
        return tuple(map(in_zone, (first, second))) if in_zone else (first, second)
    if kind.startswith("time"):
        return dt.time(0), dt.time(12, 30), dt.time(23, 59, 59)
    return _few_nested(kind)


def _few_nested(kind: str) -> tuple[Any, ...]:
    members = members_of(kind)
    inner = few(members[-1].type)
    if kind.startswith("list"):
        return [], [inner[0]], [inner[0], inner[0]], [inner[1], inner[0], inner[1]]
    if kind.startswith("map"):
        keys = few(members[0].type)
        return {}, {keys[0]: inner[0]}, {keys[0]: inner[1], keys[1]: inner[0]}
    return tuple({m.name: few(m.type)[n] for m in members} for n in range(2))


def text_of(value: object) -> str:
    """A value as the text of a bound or of an allowed value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return {b"": "", b"a": "YQ==", b"ab": "YWI=", b"\0\xff": "AP8="}[value]
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value)
