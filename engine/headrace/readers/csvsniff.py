"""The dialect that a CSV file seems to have: for `headrace discover`, never for a run.

A sample is split by each candidate, and the one that gives the most regular table of the cleanest
cells is the dialect. How values are spelled is told by the readers' own inference of types: the
spelling by which the most columns are more than text.

Source: G. van den Burg, A. Nazábal, C. Sutton, "Wrangling messy CSV files by detecting row and type
patterns", Data Mining and Knowledge Discovery 33 (2019): the score is the product of the two.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from headrace import _native
from headrace._native import translated
from headrace.errors import DecodeError
from headrace.readers.csvconfig import CsvConfig
from headrace.schema import Schema

SAMPLE_LINES: Final = 1_000
SAMPLE_BYTES: Final = 128 << 10
"""What of a file is looked at, whichever is less."""

DELIMITERS: Final = (",", ";", "\t", "|")
RARE_DELIMITERS: Final = ("^", "~", ":", " ")
"""Looked for only where none of the others parts most lines: they stand in prose."""

QUOTES: Final = ('"', "'")

DATE_FORMATS: Final = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%d %b %Y")
NUMBERS: Final[tuple[Mapping[str, str], ...]] = (
    {},
    {"thousands": ","},
    {"decimal": ","},
    {"decimal": ",", "thousands": "."},
    {"decimal": ",", "thousands": " "},
)

_MOSTLY: Final = 0.9
"""The share of lines that a usual delimiter must part alike for the rare ones to be left out."""

_VALUE = re.compile(r"[-+]?[0-9][0-9.,:/ T+-]*%?|true|false", re.IGNORECASE)
_YEAR = re.compile("(19|20)[0-9]{2}")
# What no cell of a table is but part of two, or wrapped in marks of another dialect.
_UNCLEAN = re.compile(r"""["'].*|.*["']|.*[;\t|].*|.*\\["'].*""", re.DOTALL)


def sniff(path: str, config: CsvConfig) -> dict[str, Any]:
    """The options that `path` seems to want: `delimiter`, `quote`, `escape`, `header`, `encoding`.

    Also `decimal`, `thousands` and `date_format`, where one spelling and no other makes columns of
    text numbers or dates.

    Args:
        path: The file.
        config: The job's options; what they say of bytes and lines holds, their dialect does not.

    Raises:
        ReaderError: The file cannot be read.
    """
    text, encoding = _text(path, config)
    delimiter, quote, escape = _dialect(text)
    rows = list(_rows(text, delimiter, quote, escape))
    found = {
        "delimiter": delimiter,
        "quote": quote,
        "escape": escape,
        "header": _has_header(rows),
        "encoding": encoding,
    }
    dialect = {key: found[key] for key in ("delimiter", "quote", "escape", "header", "encoding")}
    return found | _spellings(path, msgspec.structs.replace(config, **dialect))


def compare(
    found: Mapping[str, Any], config: CsvConfig, written: Collection[str]
) -> dict[str, dict[str, Any]]:
    """What of `found` a job does not say: `found`, `missing` from it, and `contradicted` by it.

    Args:
        found: What was sniffed.
        config: The job's options, defaults filled in.
        written: The keys that the job says itself; they hold.
    """
    others = {key: value for key, value in found.items() if getattr(config, key) != value}
    return {
        "found": dict(found),
        "missing": {key: value for key, value in others.items() if key not in written},
        "contradicted": {key: value for key, value in others.items() if key in written},
    }


def _text(path: str, config: CsvConfig) -> tuple[str, str]:
    """The first lines of the file, and the encoding by which they are text."""
    try:
        data = _sample(path, config)
    except DecodeError as error:
        if error.where.get("rule") != "encoding" or config.encoding == "utf-16":
            raise
        return _text(path, msgspec.structs.replace(config, encoding="utf-16"))
    try:
        return data.decode(), config.encoding
    except UnicodeDecodeError:
        if config.encoding != "utf-8":
            return data.decode(errors="replace"), config.encoding
        return _text(path, msgspec.structs.replace(config, encoding="windows-1252"))


def _sample(path: str, config: CsvConfig) -> bytes:
    """The first lines of the file, in UTF-8 where the encoding allows, and else as they are."""
    bare = msgspec.structs.replace(
        config, delimiter="\0", quote=None, escape=None, trim=False, header=False, null_values=()
    )
    with translated():
        scanner = _native.CsvScanner(
            path, bare.options(), width=2, block_rows=SAMPLE_LINES, block_bytes=SAMPLE_BYTES
        )
        block = scanner.next_block()
    return block.data if block else b""


def _dialect(text: str) -> tuple[str, str, str | None]:
    """Delimiter, quote and escape; of equals the first."""
    best: tuple[float, float, tuple[str, str, str | None]] = (-1.0, 0.0, (",", '"', None))
    for delimiters in (DELIMITERS, RARE_DELIMITERS):
        for delimiter in delimiters:
            if delimiter != "," and delimiter not in text:
                continue
            for quote in QUOTES:
                if quote != '"' and quote not in text:
                    continue
                for escape in (None, "\\") if "\\" + quote in text else (None,):
                    rows = list(_rows(text, delimiter, quote, escape))
                    score, share = _score(rows)
                    if score > best[0]:
                        best = (score, share, (delimiter, quote, escape))
        if best[1] >= _MOSTLY:
            break
    return best[2]


def _rows(text: str, delimiter: str, quote: str, escape: str | None) -> Iterator[list[str]]:
    """The records of a sample but blank ones; the last may be cut short."""
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    parsed = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote, escapechar=escape
    )
    return (row for row in parsed if row)


def _score(rows: Sequence[Sequence[str]]) -> tuple[float, float]:
    """How much of a table the rows are, and the share of them that have the commonest width."""
    widths = Counter(map(len, rows))
    if not widths:
        return 0.0, 0.0
    pattern = sum(count * max(width - 1, 1e-3) / width for width, count in widths.items())
    cells = [cell.strip() for row in rows for cell in row]
    clean = sum(_cleanness(cell) for cell in cells) / len(cells)
    width, count = widths.most_common(1)[0]
    share = count / len(rows) if width > 1 else 0.0
    return pattern / len(widths) / len(rows) * clean, share


def _cleanness(cell: str) -> float:
    """1 for a cell as tables have them, less for one with marks of another dialect."""
    if not _UNCLEAN.fullmatch(cell):
        return 1
    # Escapes that are still there are worse than quotes that may be meant.
    return 0 if "\\" in cell else 0.1


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names columns: so it does where a column of values begins with none.

    A file without a column of values is taken to have one, as the readers take it; a year may be
    the name of a column, and tells nothing.
    """
    regular = [row for row in rows if len(row) == len(rows[0])]
    first = [
        cells[0].strip()
        for cells in zip(*regular, strict=True)
        if any(cells[1:]) and all(_VALUE.fullmatch(cell.strip() or "0") for cell in cells[1:])
    ]
    telling = [cell for cell in first if not _YEAR.fullmatch(cell)]
    return not (telling and all(_VALUE.fullmatch(cell) for cell in telling))


def _spellings(path: str, config: CsvConfig) -> dict[str, Any]:
    """The spellings of numbers and dates by which more columns are more than text."""
    plain = msgspec.structs.replace(
        config, decimal=".", thousands=None, date_format=None, timestamp_format=None
    )
    numbers = [(_columns(path, plain, options), options) for options in NUMBERS]
    found = dict(_only_best(numbers, is_number=True))
    dates = [
        (_columns(path, plain, {"date_format": one}), {"date_format": one}) for one in DATE_FORMATS
    ]
    best = _only_best([(_columns(path, plain, {}), {}), *dates], is_number=False)
    return found | dict(best)


def _columns(path: str, config: CsvConfig, options: Mapping[str, str]) -> Schema | None:
    """The types told by these options; None where the sample has a record that is no row."""
    try:
        with translated():
            tried = msgspec.structs.replace(config, **options).options()
            return Schema.of(_native.infer_csv([path], tried, sample_rows=SAMPLE_LINES))
    except DecodeError:
        return None


def _only_best(
    tried: Sequence[tuple[Schema | None, Mapping[str, str]]], *, is_number: bool
) -> Mapping[str, str]:
    """The options by which the most columns are numbers, or dates; none if the first do as well.

    Formats of dates that are as good as one another read other dates: then none is told.
    """
    kinds = {"int64", "double"} if is_number else {"date32[day]"}
    counts = [
        sum(field.type in kinds for field in schema.fields) if schema else 0 for schema, _ in tried
    ]
    best = max(counts)
    if best == counts[0]:
        return {}
    winners = [options for count, (_, options) in zip(counts, tried, strict=True) if count == best]
    return winners[0] if len(winners) == 1 or is_number else {}
