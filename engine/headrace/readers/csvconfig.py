"""The options of both CSV readers; each says what it means, for editors and documents."""

from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from headrace import _native
from headrace._native import translated
from headrace.errors import ConfigError, Problem
from headrace.job.check import PathText
from headrace.readers.csvpending import STDIN
from headrace.readers.section import ReaderSection, means

DEFAULT_SAMPLE_ROWS: Final = 10_000
"""Records from which types are told where there is no contract."""

Encoding: TypeAlias = Literal["utf-8", "utf-16", "utf-16le", "utf-16be", "latin-1", "windows-1252"]
Compression: TypeAlias = Literal["auto", "none", "gzip", "zstd", "bz2"]

# Lone surrogates are no characters of any file.
_Character = Annotated[
    str, msgspec.Meta(pattern=r"^[^\ud800-\udfff]\Z", title="a text of one character")
]


class CsvConfig(ReaderSection, frozen=True, kw_only=True):
    """The keys of `reader: {type: csv}`."""

    path: Annotated[
        PathText | list[PathText],
        means("one path, a glob, or a list of both; `-` is standard input"),
    ]
    delimiter: Annotated[_Character, means("between fields: any one character, no line end")] = ","
    quote: Annotated[
        _Character | None,
        means("around fields: any one character, no line end; `null` where no character quotes"),
    ] = '"'
    escape: Annotated[
        _Character | None,
        means("one character that makes the next one data, within quotes and outside"),
    ] = None
    comment: Annotated[
        _Character | None,
        means(
            "one character; a line that begins with it, where a record would begin, is no record"
        ),
    ] = None
    skip_lines: Annotated[
        int,
        msgspec.Meta(ge=0),
        means("lines passed over before the header, whatever they hold"),
    ] = 0
    encoding: Annotated[
        Encoding,
        means(
            "`utf-8`, `utf-16` (by its byte order mark), `utf-16le`, `utf-16be`, "
            "`latin-1`, `windows-1252`"
        ),
    ] = "utf-8"
    header: Annotated[bool, means("whether the first record names the columns")] = True
    trim: Annotated[
        bool,
        means("whether spaces and tabs around fields, outside their quotes, are no part of them"),
    ] = False
    null_values: Annotated[
        tuple[str, ...],
        means("unquoted spellings of null; none may hold the delimiter, the quote or a line end"),
    ] = ("",)
    decimal: Annotated[_Character, means("one character before the fraction of a number")] = "."
    thousands: Annotated[
        _Character | None,
        means("one character between groups of three digits of a number's whole part"),
    ] = None
    date_format: Annotated[
        str | None,
        means("the format of dates, in the directives of [csv.md](csv.md#spellings-of-values)"),
    ] = None
    time_format: Annotated[str | None, means("the format of times of day")] = None
    timestamp_format: Annotated[str | None, means("the format of timestamps")] = None
    true_values: Annotated[
        tuple[str, ...] | None, means("spellings of true, exactly; none given: `true` in any case")
    ] = None
    false_values: Annotated[
        tuple[str, ...] | None,
        means("spellings of false, exactly; none given: `false` in any case"),
    ] = None
    compression: Annotated[
        Compression, means("`auto` (by the file's first bytes), `none`, `gzip`, `zstd`, `bz2`")
    ] = "auto"
    changed_file: Annotated[
        Literal["error", "reread"],
        means(
            "a file that an earlier run read and that has changed: `error`, or "
            "`reread` it whole; with `state` only"
        ),
    ] = "error"
    grown_file: Annotated[
        Literal["change", "append"],
        means(
            "what a file is that an earlier run read and that has grown: a "
            "`change`, or read on (`append`); with `state` only"
        ),
    ] = "change"
    sample_rows: Annotated[
        int,
        msgspec.Meta(ge=1),
        means("records from which types are told where there is no contract [records]"),
    ] = DEFAULT_SAMPLE_ROWS

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            ConfigError: Every such option.
        """
        problems = [Problem(path=key, message=why) for key, why in self.options().problems()]
        if self.keeps_state and STDIN in ([self.path] if isinstance(self.path, str) else self.path):
            message = "standard input cannot be read again, and so has no state: remove `state`"
            problems.append(Problem(path="path", message=message))
        if self.grown_file == "append" and self.keeps_state is False:
            message = "where the job keeps no `state`, no run knows what an earlier one has read"
            problems.append(Problem(path="grown_file", message=message))
        if self.grown_file == "append" and self.compression not in {"auto", "none"}:
            message = "a compressed file cannot be read on from where it ended"
            problems.append(Problem(path="grown_file", message=message))
        if problems:
            raise ConfigError(problems=problems)

    def options(self) -> _native.CsvOptions:
        """What of this the core takes."""
        with translated():
            return _native.CsvOptions(
                delimiter=self.delimiter,
                quote=self.quote,
                escape=self.escape,
                comment=self.comment,
                skip_lines=self.skip_lines,
                header=self.header,
                trim=self.trim,
                null_values=self.null_values,
                encoding=self.encoding,
                compression=self.compression,
                decimal=self.decimal,
                thousands=self.thousands,
                date_format=self.date_format,
                time_format=self.time_format,
                timestamp_format=self.timestamp_format,
                true_values=self.true_values,
                false_values=self.false_values,
                new_columns=self.drift_policy.get("new_column", "fail"),
                may_lack_columns=self.drift_policy.get("removed_column", "fail") != "fail",
            )
