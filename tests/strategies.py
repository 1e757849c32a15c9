"""Strategies: CSV files with everything that CSV files have, schemas, and rows of every type."""

from __future__ import annotations

import datetime as dt
import gzip
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from headrace import Contract, Field, Schema
from headrace.contract.spelling import quoted
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping

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

# Texts at the borders of the grammar: good, nearly good, and good for another type.
_TEXTS = [
    *("", "0", "1", "-1", "+1", "007", "00123", "-0", "1_0", " 1", "1 ", "3.9", "abc", "NULL", "é"),
    *("127", "128", "-128", "-129", "32767", "32768", "2147483647", "2147483648", "\ufeff1"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775809", "9007199254740993"),
    *("1.0", ".5", "5.", "1e3", "1E-3", "1e400", "1e39", "nan", "NaN", "-inf", "Infinity", "0.1"),
    *("999.99", "999.990", "999.999", "1000", "-0.00", "1.", "1,5", "9" * 38, "9" * 39),
    *("true", "false", "True", "TRUE", "t", "yes", "T"),
    *("1970-01-01", "2000-02-29", "1900-02-29", "9999-12-31", "0000-01-01", "1970-1-1"),
    *("1970-01-01T00:00", "1970-01-01 00:00:00", "1969-12-31T23:59:59.999999", "1970-01-01T24:00"),
    *("1970-01-01T00:00:00Z", "1970-01-01 00:00:00+01:00", "1970-01-01T00:00:00.1234567"),
    *("0001-01-01T00:00:00+01", "9999-12-31T23:59:59-0100", "2000-01-01T00:00:60"),
]


@dataclass(frozen=True, kw_only=True)
class CsvCase:
    """A file, the options to read it with, and a contract."""

    data: bytes
    options: Mapping[str, Any]
    contract: Contract


def csv_texts() -> st.SearchStrategy[str]:
    """Texts that a field may hold."""
    free = st.text(st.sampled_from('ab1é"\n\r,;\x00\t|😀\u2028'), max_size=5)
    return st.one_of(st.sampled_from(_TEXTS), st.sampled_from(_TEXTS), free)


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
def csv_contracts(
    draw: st.DrawFn, *, max_size: int = 4, types: tuple[str, ...] = TYPES
) -> Contract:
    """Contracts of 1 to `max_size` columns, some of them required."""
    names = draw(
        st.lists(
            st.sampled_from(["a", "b", "c d", "é", "x,y", 'q"q', "n\nn"]),
            min_size=1,
            max_size=max_size,
            unique=True,
        )
    )
    fields = [Field(name, draw(st.sampled_from(types)), draw(st.booleans())) for name in names]
    return Contract.of_schema(Schema(tuple(fields)))


@st.composite
def csv_options(draw: st.DrawFn) -> dict[str, Any]:
    """Options of both CSV readers."""
    delimiter = draw(st.sampled_from([",", ",", ",", ";", "\t", "|", " ", "a"]))
    quote = draw(st.sampled_from(['"', '"', '"', "'", "b"]))
    nulls = draw(
        st.sampled_from([("",), ("",), ("NULL",), ("", "NULL"), (), ("0", "é"), ("1", "007")])
    )
    return {
        "delimiter": delimiter,
        "quote": quote,
        "header": draw(st.booleans()),
        "null_values": list(nulls),
    }


@st.composite
def csv_cases(draw: st.DrawFn, *, max_size: int = 8) -> CsvCase:
    """Files of up to `max_size` records: most of each good, with every fault in turn."""
    contract = draw(csv_contracts())
    options = draw(csv_options())
    names = list(contract.schema.names)
    records: list[list[bytes]] = []
    if options["header"]:
        header = draw(st.permutations(names))
        header = draw(st.sampled_from([header] * 12 + [header[1:], [*header, "new"], header * 2]))
        records.append([_field(draw, name, options) for name in header])
    types = {field.name: field.type for field in contract.schema.fields}
    for _ in range(draw(st.integers(0, max_size))):
        width = len(names) + draw(st.sampled_from([0] * 12 + [1, -1]))
        record = [
            _field(draw, draw(_texts_of(types[names[n % len(names)]])), options)
            for n in range(max(width, 0))
        ]
        records.append(record)
    data = b"\xef\xbb\xbf" if draw(st.integers(0, 5)) == 0 else b""
    ends = st.sampled_from([b"\n", b"\n", b"\r\n", b"\r\n", b"\r", b"\n\n", b"\r\n\n"])
    for record in records:
        data += options["delimiter"].encode().join(record) + draw(ends)
    if draw(st.booleans()):
        data = data.rstrip(b"\r\n")
    if draw(st.integers(0, 9)) == 0:
        data += draw(st.sampled_from([options["quote"].encode(), b"\n\n", b"\xff", b'"', b"\r"]))
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.sampled_from([b"\xff", b"\xc3", b'"', b"\n", b"\0"])) + data[at:]
    return CsvCase(data=_packed(draw, data, options), options=options, contract=contract)


def _texts_of(kind: str) -> st.SearchStrategy[str]:
    good = st.sampled_from(_GOOD[kind])
    return st.one_of(good, good, good, csv_texts())


_GOOD = {
    "bool": ("true", "FALSE", "True"),
    **dict.fromkeys(("int8", "int16", "int32", "int64"), ("0", "-7", "+12", "007")),
    **dict.fromkeys(("float", "double"), ("0.1", "1e3", "-inf", "NaN", "5")),
    **dict.fromkeys(("decimal128(5, 2)", "decimal128(38, 0)"), ("1", "-0", "12.00")),
    "string": ("x", "00123", "é", "a b"),
    "date32[day]": ("1970-01-01", "2000-02-29"),
    "timestamp[us]": ("1970-01-01T00:00", "2000-01-01 12:30:15.25"),
    "timestamp[us, tz=UTC]": ("1970-01-01T00:00Z", "2000-01-01 12:30:15.25+02:00"),
}


def _field(draw: st.DrawFn, text: str, options: Mapping[str, Any]) -> bytes:
    """A field's bytes: quoted where it must be, sometimes where it need not, sometimes badly."""
    quote = options["quote"]
    quoted = f"{quote}{text.replace(quote, quote * 2)}{quote}"
    needs = set(text) & {options["delimiter"], quote, "\r", "\n"}
    choice = draw(st.integers(0, 39))
    if choice == 0:
        return (quoted + "junk").encode()
    if choice == 1:
        return text.encode() + b"\xff"
    if choice == 2:
        return quoted.encode()[:-1] + b"\xe2\x82" + quote.encode()
    if choice == 3:
        return text.encode()
    if needs or choice < 14:
        return quoted.encode()
    return text.encode()


def _packed(draw: st.DrawFn, data: bytes, options: dict[str, Any]) -> bytes:
    """Plain in most cases, else gzip of one member or of two."""
    if draw(st.integers(0, 7)):
        return data
    options["compression"] = draw(st.sampled_from(["auto", "gzip"]))
    cut = draw(st.integers(0, len(data)))
    packed = gzip.compress(data[:cut], mtime=0) + gzip.compress(data[cut:], mtime=0)
    return packed if draw(st.integers(0, 4)) else packed[: draw(st.integers(0, len(packed)))]


@st.composite
def raw_csv_cases(draw: st.DrawFn, *, max_size: int = 40) -> CsvCase:
    """Any bytes at all, over an alphabet in which each byte means something."""
    alphabet = [b",", b'"', b"\n", b"\r", b"a", b"1", b"\0", b"\xff", b"\xc3\xa9", b"\xef\xbb\xbf"]
    data = b"".join(draw(st.lists(st.sampled_from(alphabet), max_size=max_size)))
    width = draw(st.integers(1, 3))
    kinds = [draw(st.sampled_from(["string", "string", "int8"])) for _ in range(width)]
    fields = tuple(Field(name, kind) for name, kind in zip("abc", kinds, strict=False))
    header = draw(st.booleans())
    if header and draw(st.integers(0, 5)):
        data = ",".join("abc"[:width]).encode() + b"\n" + data
    options = {"header": header, "null_values": draw(st.sampled_from([[""], ["a"], []]))}
    return CsvCase(data=data, options=options, contract=Contract.of_schema(Schema(fields)))


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
