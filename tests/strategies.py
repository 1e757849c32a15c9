"""Strategies: schemas, contracts, and rows of every type."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from headrace import Contract, Field, Schema
from headrace.contract.spelling import quoted
from hypothesis import strategies as st

TYPES = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "float",
    "double",
    "decimal128(5, 2)",
    "decimal128(38, 0)",
    "string",
    "date32[day]",
    "timestamp[us]",
    "timestamp[us, tz=UTC]",
)


def arrow_types(*, max_leaves: int = 12) -> st.SearchStrategy[str]:
    """Spellings of every type that a column may have, nested ones among them."""
    fixed = ["bool", "int8", "int16", "int32", "int64", "float", "double", "string", "binary"]
    fixed += ["date32[day]", "time32[s]", "time32[ms]", "time64[us]", "time64[ns]"]
    fixed += ["extension<arrow.uuid>", "extension<arrow.json>"]
    zones = ["", ", tz=UTC", ", tz=Etc/UTC", ", tz=Europe/Berlin", ", tz=+05:30"]
    times = st.tuples(st.sampled_from(["s", "ms", "us", "ns"]), st.sampled_from(zones))
    decimals = st.integers(1, 38).flatmap(
        lambda precision: st.integers(0, precision).map(lambda s: f"decimal128({precision}, {s})")
    )
    keys = st.sampled_from(["string", "int64", "date32[day]", "extension<arrow.uuid>"])
    plain = st.sampled_from(fixed) | times.map("timestamp[{0[0]}{0[1]}]".format) | decimals
    return st.recursive(plain, lambda inner: _nested(keys, inner), max_leaves=max_leaves)


def _nested(keys: st.SearchStrategy[str], inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = inner | inner.map("{} not null".format)
    names = st.text(
        st.characters(codec="utf-8", exclude_characters="\0"), max_size=4
    ) | st.from_regex(r"[a-z_]{1,3}", fullmatch=True)
    fields = st.dictionaries(names, members, min_size=1, max_size=3)
    return (
        members.map("list<item: {}>".format)
        | st.tuples(keys, members).map("map<{0[0]}, {0[1]}>".format)
        | fields.map(lambda f: f"struct<{', '.join(f'{quoted(n)}: {m}' for n, m in f.items())}>")
    )


_VALUES: dict[str, st.SearchStrategy[object]] = {
    "bool": st.booleans(),
    "int8": st.integers(-(2**7), 2**7 - 1),
    "int16": st.integers(-(2**15), 2**15 - 1),
    "int32": st.integers(-(2**31), 2**31 - 1),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=32),
    "double": st.floats(),
    "decimal128(5, 2)": st.integers(-99_999, 99_999).map(lambda n: Decimal(n).scaleb(-2)),
    "decimal128(38, 0)": st.integers(-(10**38) + 1, 10**38 - 1).map(Decimal),
    "string": st.text(max_size=8),
    "date32[day]": st.dates(),
    "timestamp[us]": st.datetimes().map(lambda t: t.replace(fold=0)),
    "timestamp[us, tz=UTC]": st.datetimes().map(lambda t: t.replace(fold=0, tzinfo=dt.UTC)),
}


def values(kind: str, *, nullable: bool = True) -> st.SearchStrategy[object]:
    """Values that a column of type `kind` holds, as rows hold them."""
    return st.none() | _VALUES[kind] if nullable else _VALUES[kind]


@st.composite
def schemas(draw: st.DrawFn, *, min_size: int = 1, max_size: int = 5) -> Schema:
    """Schemas over every type."""
    kinds = draw(st.lists(st.sampled_from(TYPES), min_size=min_size, max_size=max_size))
    return Schema(tuple(Field(f"c{n}", kind) for n, kind in enumerate(kinds)))


@st.composite
def rows(draw: st.DrawFn, schema: Schema, *, max_size: int = 12) -> list[dict[str, Any]]:
    """Rows that fit `schema`."""
    one = st.tuples(*(values(field.type) for field in schema.fields))
    return [
        dict(zip(schema.names, row, strict=True)) for row in draw(st.lists(one, max_size=max_size))
    ]


# A few values of each type, so that rules are broken and keys come twice.
_FEW: dict[str, tuple[Any, ...]] = {
    "bool": (False, True),
    **dict.fromkeys(("int8", "int16", "int32", "int64"), (-1, 0, 1, 2, 3)),
    **dict.fromkeys(("float", "double"), (-0.5, 0.0, 0.25, 1.0, 3.0, float("inf"), float("nan"))),
    "decimal128(5, 2)": tuple(map(Decimal, ("-0.50", "0.00", "0.25", "1.00", "3.00"))),
    "decimal128(38, 0)": (Decimal(-1), Decimal(0), Decimal(10**37)),
    "string": ("", "a", "ab", "é", "aa", "😀"),
    "date32[day]": (dt.date(1, 1, 1), dt.date(1969, 12, 31), dt.date(2000, 2, 29)),
    "timestamp[us]": (dt.datetime(1969, 12, 31, 23, 59), dt.datetime(2000, 1, 1, 0, 0, 0, 1)),  # noqa: DTZ001  naive is its point
    "timestamp[us, tz=UTC]": (
        dt.datetime(1969, 12, 31, 23, 59, tzinfo=dt.UTC),
        dt.datetime(2000, 1, 1, 0, 0, 0, 1, tzinfo=dt.UTC),
    ),
}
_MISFITS = (*("5", "x", 3.9, 2**70, b"x", object, [1], Decimal("0.001"), Decimal("NaN")), "\ud800")


@st.composite
def few_rows(
    draw: st.DrawFn, schema: Schema, *, max_size: int = 12, misfits: bool = False
) -> list[dict[str, Any]]:
    """Rows of few values, so that they repeat; with `misfits` some do not fit their columns."""
    made = []
    for _ in range(draw(st.integers(0, max_size))):
        row = {}
        for field in schema.fields:
            value = draw(st.sampled_from((None, *_FEW[field.type])))
            if misfits and draw(st.integers(0, 9)) == 0:
                value = draw(st.sampled_from((*_MISFITS, *(v[0] for v in _FEW.values()))))
            row[field.name] = value
        if misfits and draw(st.integers(0, 9)) == 0:
            del row[schema.fields[0].name]
        made.append(row)
    return made


@st.composite
def contracts(draw: st.DrawFn, *, max_size: int = 4) -> Contract:
    """Contracts over every type and rule."""
    schema = draw(schemas(max_size=max_size))
    rules: dict[str, dict[str, Any]] = {}
    for field in schema.fields:
        chosen: dict[str, Any] = {}
        for name, options in _rules_of(field.type).items():
            if draw(st.integers(0, 4)) == 0:
                chosen[name] = draw(options)
        rules[field.name] = chosen
    if draw(st.integers(0, 3)) == 0:
        for field in schema.fields[:2]:
            rules[field.name] |= {"primary_key": True, "required": True}
    fields = (
        Field(field.name, field.type, not rules[field.name].get("required", False))
        for field in schema.fields
    )
    return Contract(schema=Schema(tuple(fields)), rules=rules)


def _rules_of(kind: str) -> dict[str, st.SearchStrategy[Any]]:
    texts = st.sampled_from([_text(v) for v in _FEW[kind] if v == v])  # noqa: PLR0124  NaN is no bound
    rules: dict[str, st.SearchStrategy[Any]] = {
        "required": st.just(value=True),
        "unique": st.just(value=True),
        "enum": st.lists(texts, min_size=1, unique=True),
    }
    if kind == "string":
        rules |= {"pattern": st.sampled_from(["^a", "é|b", "^.?$"])}
        rules |= {"minLength": st.integers(0, 2), "maxLength": st.integers(0, 2)}
    elif kind != "bool":
        bounds = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
        rules |= dict.fromkeys(bounds, texts)
    if kind.startswith(("int", "float", "double", "decimal128(38")):
        rules["multipleOf"] = st.sampled_from(["1", "2"])
    return rules


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
