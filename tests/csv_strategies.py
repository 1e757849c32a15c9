"""Strategies: CSV files with everything that CSV files have, and the options to read them with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headrace import Contract, Field, Schema
from hypothesis import assume
from hypothesis import strategies as st

from tests.csv_packing import encoded, packed
from tests.strategies import TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    """Options of both CSV readers that can be meant."""
    delimiter = draw(st.sampled_from([",", ",", ",", ";", "\t", "|", " ", "a", "é", "😀"]))
    quote = draw(st.sampled_from(['"', '"', '"', "'", "b", "«", None]))
    nulls = draw(
        st.sampled_from(
            [("",), ("",), ("NULL",), ("", "NULL"), (), ("0", "é"), ("1", "007"), (r"\N", "N")]
        )
    )
    options: dict[str, Any] = {"delimiter": delimiter, "quote": quote}
    if draw(st.booleans()):
        escape = draw(st.sampled_from([None, "\\", "\\", "x", "😀"]))
        comment = draw(st.sampled_from([None, "#", "#", "1", "ö"]))
        options |= {"escape": escape, "comment": comment, "trim": draw(st.booleans())}
        options["skip_lines"] = draw(st.sampled_from([0, 0, 1, 3]))
        marks = [one for one in (delimiter, quote, escape, comment) if one is not None]
        assume(len(set(marks)) == len(marks))
    if draw(st.booleans()):
        options |= draw(value_options())
    words = [*(options.get("true_values") or ()), *(options.get("false_values") or ())]
    nulls = tuple(
        null for null in nulls if not set(null) & {delimiter, quote} and null not in words
    )
    return options | {"header": draw(st.booleans()), "null_values": list(nulls)}


# Good and nearly good texts of each option of values that changes what good is.
_SPELLED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("decimal", ","): ("1,5", "-0,25", "12", "1,5e3"),
    ("decimal", "·"): ("1·5", "-0·25", "1·5e3", "1.5"),
    ("thousands", "'"): ("1'234", "12'345'678", "-1'234", "1234'5"),
    ("thousands", "."): ("1.234", "12.345.678,5", "1.23"),
    ("thousands", " "): ("1 234", "12 345 678", "1 23"),
    ("thousands", ","): ("1,234", "-12,345", "1,23,456"),
    ("date_format", "%d.%m.%Y"): ("31.12.1999", "1.1.2000", "30.02.2000"),
    ("date_format", "%j/%y"): ("366/00", "1/69", "366/01"),
    ("date_format", "%a, %d %B %Y"): ("Tue, 29 FEBRUARY 2000", "Mon, 29 February 2000"),
    ("time_format", "%H.%M"): ("23.59", "0.0", "24.00"),
    ("time_format", "%I:%M:%S %p"): ("12:30:00 AM", "11:59:59 pm", "13:00:00 PM"),
    ("time_format", "%H%M%S,%f"): ("235959,999999999", "000000,5", "1200001"),
    ("timestamp_format", "%Y%m%d %I:%M %p"): ("20000101 12:30 AM", "19991231 13:00 PM"),
    ("timestamp_format", "%d.%m.%Y %H:%M:%S.%f %z"): (
        *("31.12.1999 23:59:59.5 +01:00", "1.1.2000 0:0:0.25 Z", "1.1.2000 0:0:0.25"),
    ),
    ("timestamp_format", "%d.%m.%Y"): ("31.12.1999", "1.1.2000 00:00"),
    ("timestamp_format", "%Y-%m-%dT%H%%%M"): ("2000-01-01T12%30", "2000-01-01T12:30"),
    ("true_values", "ja"): ("ja", "JA", "true"),
    ("true_values", "1"): ("1", "true"),
    ("false_values", "nein"): ("nein", "Nein", "false"),
    ("false_values", "0"): ("0", "false"),
}


def _spellings(option: str) -> st.SearchStrategy[str]:
    return st.sampled_from([value for name, value in _SPELLED if name == option])


@st.composite
def value_options(draw: st.DrawFn) -> dict[str, Any]:
    """Options of how values are spelled."""
    options = {
        name: draw(st.one_of(st.none(), _spellings(name)))
        for name in ("thousands", "date_format", "time_format", "timestamp_format")
    }
    decimal = draw(st.one_of(st.just("."), _spellings("decimal")))
    assume(options["thousands"] != decimal)
    words = st.one_of(st.none(), st.lists(_spellings("true_values"), min_size=1, unique=True))
    noes = st.one_of(st.none(), st.lists(_spellings("false_values"), min_size=1, unique=True))
    return options | {"decimal": decimal, "true_values": draw(words), "false_values": draw(noes)}


def _spelled(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Texts that the options give a meaning."""
    chosen = ((key, one) for key, value in options.items() for one in _listed(value))
    return tuple(text for one in chosen for text in _SPELLED.get(one, ()))


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


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
            _field(draw, draw(_texts_of(types[names[n % len(names)]], options)), options)
            for n in range(max(width, 0))
        ]
        records.append(record)
    data = b"\xef\xbb\xbf" if draw(st.integers(0, 5)) == 0 else b""
    for _ in range(options.get("skip_lines", 0)):
        data += draw(st.sampled_from([b"", b'a "title"', b"\xff", b"\\"])) + b"\n"
    ends = st.sampled_from([b"\n", b"\n", b"\r\n", b"\r\n", b"\r", b"\n\n", b"\r\n\n"])
    for record in records:
        data += options["delimiter"].encode().join(record) + draw(ends)
        if options.get("comment") and draw(st.integers(0, 3)) == 0:
            data += options["comment"].encode() + draw(
                st.sampled_from([b"", b'"', b"\xff", b",\\"])
            )
            data += draw(ends)
    if draw(st.booleans()):
        data = data.rstrip(b"\r\n")
    if draw(st.integers(0, 9)) == 0:
        marks = [(options.get(key) or "").encode() for key in ("quote", "escape", "comment")]
        data += draw(st.sampled_from([*marks, b"\n\n", b"\xff", b'"', b"\r"]))
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.sampled_from([b"\xff", b"\xc3", b'"', b"\n", b"\0"])) + data[at:]
    data = packed(draw, encoded(draw, data, options), options)
    return CsvCase(data=data, options=options, contract=contract)


def _texts_of(kind: str, options: Mapping[str, Any]) -> st.SearchStrategy[str]:
    good = st.sampled_from(_GOOD[kind])
    spelled = _spelled(options)
    other = st.sampled_from(spelled) if spelled and kind != "string" else good
    return st.one_of(good, other, other, csv_texts())


_GOOD = {
    "bool": ("true", "FALSE", "True"),
    **dict.fromkeys(("int8", "int16", "int32", "int64"), ("0", "-7", "+12", "007")),
    **dict.fromkeys(("float", "double"), ("0.1", "1e3", "-inf", "NaN", "5")),
    **dict.fromkeys(("decimal128(5, 2)", "decimal128(38, 0)"), ("1", "-0", "12.00")),
    "string": ("x", "00123", "é", "a b"),
    "date32[day]": ("1970-01-01", "2000-02-29"),
    "binary": ("AP8=", "YQ=="),
    "extension<arrow.uuid>": ("00112233-4455-6677-8899-AABBCCDDEEFF",),
    "extension<arrow.json>": ("null", '{"a": [1]}'),
    "time32[s]": ("00:00", "23:59:59"),
    **dict.fromkeys(("time32[ms]", "time64[us]", "time64[ns]"), ("00:00", "12:30:15.25")),
    **dict.fromkeys(("timestamp[s]", "timestamp[ms]"), ("1970-01-01T00:00", "2000-01-01 12:30:15")),
    **dict.fromkeys(
        ("timestamp[us]", "timestamp[ns]"), ("1970-01-01T00:00", "2000-01-01 12:30:15.25")
    ),
    **dict.fromkeys(
        (kind for kind in TYPES if "tz=" in kind),
        ("1970-01-01T00:00Z", "2000-01-01 12:30:15.25+02:00"),
    ),
}


def _field(draw: st.DrawFn, text: str, options: Mapping[str, Any]) -> bytes:
    """A field's bytes: quoted where it must be, sometimes where it need not, sometimes badly."""
    quote, escape = options["quote"], options.get("escape")
    special = {options["delimiter"], quote, escape, "\r", "\n"} - {None}
    choice = draw(st.integers(0, 39))
    if escape is not None and draw(st.integers(0, 3)) == 0:
        escaped = draw(st.sampled_from([special, special | {" ", "\t", "1", "N", "é"}]))
        text = "".join(escape + c if c in escaped else c for c in text)
        special -= {escape, options["delimiter"], "\n"}
    quoted = text if quote is None else f"{quote}{text.replace(quote, quote * 2)}{quote}"
    padding = ("", "")
    if options.get("trim") or draw(st.integers(0, 19)) == 0:
        padding = draw(st.tuples(*[st.sampled_from(["", "", " ", "\t ", "   "])] * 2))
    if choice == 0:
        return (quoted + "junk").encode()
    if choice == 1:
        return text.encode() + b"\xff"
    if choice == 2:
        return quoted.encode()[:-1] + b"\xe2\x82" + (quote or "").encode()
    if choice == 3:
        return text.encode()
    is_quoted = choice < 14 or set(text) & special
    return (padding[0] + (quoted if is_quoted else text) + padding[1]).encode()


@st.composite
def raw_csv_cases(draw: st.DrawFn, *, max_size: int = 40) -> CsvCase:
    """Any bytes at all, over an alphabet in which each byte means something."""
    alphabet = [b",", b'"', b"\n", b"\r", b"a", b"1", b"\0", b"\xff", b"\xc3\xa9", b"\xef\xbb\xbf"]
    alphabet += draw(st.sampled_from([[], [b"\\", b"#", b" ", b"\t", b"\xc3", b"\xa9"]]))
    data = b"".join(draw(st.lists(st.sampled_from(alphabet), max_size=max_size)))
    width = draw(st.integers(1, 3))
    kinds = [draw(st.sampled_from(["string", "string", "int8"])) for _ in range(width)]
    fields = tuple(Field(name, kind) for name, kind in zip("abc", kinds, strict=False))
    header = draw(st.booleans())
    if header and draw(st.integers(0, 5)):
        data = ",".join("abc"[:width]).encode() + b"\n" + data
    options: dict[str, Any] = {"header": header}
    options["null_values"] = draw(st.sampled_from([[""], ["a"], [], ["\\1", "1"]]))
    if b"#" in alphabet:
        options["escape"] = draw(st.sampled_from(["\\", None]))
        options["comment"] = draw(st.sampled_from(["#", "ä", None]))
        options["quote"] = draw(st.sampled_from(['"', "é", None]))
        options["trim"] = draw(st.booleans())
        options["skip_lines"] = draw(st.sampled_from([0, 0, 1, 2]))
    data = packed(draw, encoded(draw, data, options), options)
    return CsvCase(data=data, options=options, contract=Contract.of_schema(Schema(fields)))
