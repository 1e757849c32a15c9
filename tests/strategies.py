"""Strategies: schemas, contracts, and rows of every type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from headrace import ConfigError, Contract, Field, Schema
from headrace._native import Validator, translated
from headrace.contract.spelling import members_of, quoted
from hypothesis import strategies as st

from tests.values import few, text_of, values

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
    "binary",
    "extension<arrow.uuid>",
    "extension<arrow.json>",
    "date32[day]",
    "time32[s]",
    "time32[ms]",
    "time64[us]",
    "time64[ns]",
    "timestamp[s]",
    "timestamp[ms]",
    "timestamp[us]",
    "timestamp[ns]",
    "timestamp[us, tz=UTC]",
    "timestamp[ns, tz=UTC]",
    "timestamp[ms, tz=Europe/Berlin]",
    "timestamp[us, tz=+05:30]",
)
"""A type of each kind, but for nested ones."""

NESTED = (
    "list<item: string>",
    "list<item: timestamp[us, tz=UTC] not null>",
    "struct<a: int64, b: string not null>",
    "map<string, double>",
    "list<item: struct<a: list<item: extension<arrow.uuid>>, m: map<int64, date32[day] not null>>>",
)
"""Nested types, each in its own way."""


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


@st.composite
def schemas(
    draw: st.DrawFn, *, min_size: int = 1, max_size: int = 5, kinds: tuple[str, ...] = ()
) -> Schema:
    """Schemas over every type, nested ones among them, or of `kinds` alone."""
    one = st.sampled_from(kinds) if kinds else st.sampled_from(TYPES) | arrow_types(max_leaves=6)
    found = draw(st.lists(one, min_size=min_size, max_size=max_size))
    return Schema(tuple(Field(f"c{n}", kind) for n, kind in enumerate(found)))


@st.composite
def rows(draw: st.DrawFn, schema: Schema, *, max_size: int = 12) -> list[dict[str, Any]]:
    """Rows that fit `schema`."""
    one = st.tuples(*(values(field.type) for field in schema.fields))
    return [
        dict(zip(schema.names, row, strict=True)) for row in draw(st.lists(one, max_size=max_size))
    ]


_MISFITS = (*("5", "x", 3.9, 2**70, b"x", object, [1], Decimal("0.001"), Decimal("NaN")), "\ud800")
_STRAYS = (*_MISFITS, *(few(kind)[0] for kind in (*TYPES, *NESTED)))


@st.composite
def few_rows(
    draw: st.DrawFn, schema: Schema, *, max_size: int = 12, misfits: bool = False
) -> list[dict[str, Any]]:
    """Rows of few values, so that they repeat; with `misfits` some do not fit their columns."""
    made = []
    for _ in range(draw(st.integers(0, max_size))):
        row = {}
        for field in schema.fields:
            value = draw(st.sampled_from((None, *few(field.type))))
            if misfits and draw(st.integers(0, 9)) == 0:
                value = draw(st.sampled_from(_STRAYS))
            row[field.name] = value
        if misfits and draw(st.integers(0, 9)) == 0:
            del row[schema.fields[0].name]
        made.append(row)
    return made


@st.composite
def contracts(draw: st.DrawFn, *, max_size: int = 4) -> Contract:
    """Contracts over every type and rule."""
    schema = draw(schemas(max_size=max_size, kinds=(*TYPES, *NESTED)))
    rules = {field.name: draw(_some_rules(field.type)) for field in schema.fields}
    if draw(st.integers(0, 3)) == 0:
        for field in [field for field in schema.fields if _is_key(field.type)][:2]:
            rules[field.name] |= {"primary_key": True, "required": True}
    fields = (
        Field(field.name, field.type, not rules[field.name].get("required", False))
        for field in schema.fields
    )
    return Contract(schema=Schema(tuple(fields)), rules=rules)


@st.composite
def _some_rules(draw: st.DrawFn, kind: str, *, nested: bool = False) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for name, options in _rules_of(kind).items():
        if draw(st.integers(0, 4)) == 0 and not (nested and name in ("required", "unique")):
            chosen[name] = draw(options)
    return _possible(kind, chosen)


def _possible(kind: str, rules: dict[str, Any]) -> dict[str, Any]:
    """The rules less those that leave no value beside another: a contract of both is refused."""
    while True:
        try:
            with translated():
                Validator([("c", kind, rules)], unique_bytes=1)
        except ConfigError as error:
            (problem,) = error.problems
            if "no value is " not in problem.message:
                raise
            del rules[problem.path.rpartition(".")[2]]
        else:
            return rules


def _is_key(kind: str) -> bool:
    return not kind.startswith(("extension<arrow.json>", "list", "struct", "map"))


_COUNTS = st.integers(0, 2)
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def _rules_of(kind: str) -> dict[str, st.SearchStrategy[Any]]:
    rules: dict[str, st.SearchStrategy[Any]] = {"required": st.just(value=True)}
    if not _is_key(kind):
        return rules | _nested_rules(kind)
    rules["unique"] = st.just(value=True)
    texts = st.sampled_from([text_of(v) for v in few(kind) if v == v])  # noqa: PLR0124  NaN is no bound
    rules["enum"] = st.lists(texts, min_size=1, unique=True)
    if kind == "string":
        rules |= {"pattern": st.sampled_from(["^a", "é|b", "^.?$"]), "format": st.just("hostname")}
    if kind in ("string", "binary"):
        rules |= {"minLength": _COUNTS, "maxLength": _COUNTS}
    elif kind not in ("bool", "extension<arrow.uuid>"):
        rules |= dict.fromkeys(_BOUNDS, texts)
    if kind.startswith(("int", "float", "double", "decimal128(38")):
        rules["multipleOf"] = st.sampled_from(["1", "2"])
    return rules


def _nested_rules(kind: str) -> dict[str, st.SearchStrategy[Any]]:
    """Of lists, structs, maps, and JSON, which may be any of them."""
    items = {"minItems": _COUNTS, "maxItems": _COUNTS}
    properties = {"minProperties": _COUNTS, "maxProperties": _COUNTS}
    members = members_of(kind)
    if kind.startswith("list"):
        within = _some_rules(members[0].type, nested=True)
        return {**items, "uniqueItems": st.just(value=True), "items": within}
    if kind.startswith("struct"):
        of = {member.name: _some_rules(member.type, nested=True) for member in members}
        required = st.just([members[0].name])
        of_members = st.fixed_dictionaries(of)
        return {**properties, "requiredProperties": required, "properties": of_members}
    if kind.startswith("map"):
        return {**properties}
    texts = st.lists(st.sampled_from(few(kind)), min_size=1, unique=True)
    return {**items, **properties, "requiredProperties": st.just(["b"]), "enum": texts}
