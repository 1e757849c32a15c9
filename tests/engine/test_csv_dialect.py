"""Each option of a CSV dialect, by both readers."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
from headrace import ConfigError
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.builders import READERS
from tests.readings import a_file, a_reading, a_source, columns

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("kind", READERS)

A_B = columns(a="string", b="string")


def the_rows(
    kind: str,
    folder: Path,
    data: bytes | str,
    **options: Any,  # noqa: ANN401  any key
) -> list[list[object]]:
    """The values of a file of text columns a and b that has no fault."""
    reading = a_reading(kind, a_file(folder, data), contract=A_B, **options)
    assert (reading.failure, reading.errors) == (None, ())
    return [list(record.values()) for record in reading.records]


class TestGivenOtherMarks:
    @pytest.mark.covers("csv:delimiter")
    @pytest.mark.parametrize("delimiter", [";", "\t", " ", "\0", "é", "€", "😀", "\u2028"])
    def test_when_the_delimiter_is_any_character_then_fields_are_parted(
        self, kind: str, delimiter: str, tmp_path: Path
    ) -> None:
        """The delimiter is any one character, of however many bytes."""
        data = f'a{delimiter}b\n1{delimiter}"x{delimiter}y"\r\n{delimiter}\n'

        rows = the_rows(kind, tmp_path, data, delimiter=delimiter)

        assert rows == [["1", f"x{delimiter}y"], [None, None]]

    @pytest.mark.covers("csv:quote")
    @pytest.mark.parametrize("quote", ["'", "|", "«", "😀"])
    def test_when_the_quote_is_any_character_then_it_quotes(
        self, kind: str, quote: str, tmp_path: Path
    ) -> None:
        """The quote is any one character, doubled within quotes."""
        data = f'a,b\n{quote}1,\n{quote},{quote}{quote}\n"x",{quote}y{quote}{quote}{quote}\n'

        rows = the_rows(kind, tmp_path, data, quote=quote)

        assert rows == [["1,\n", ""], ['"x"', f"y{quote}"]]

    @pytest.mark.covers("csv:quote")
    def test_when_there_is_no_quote_then_it_is_data(self, kind: str, tmp_path: Path) -> None:
        """With `quote: null` no character quotes, and nothing keeps an empty field from null."""
        rows = the_rows(kind, tmp_path, 'a,b\n"1,2"\n"",\n', quote=None)

        assert rows == [['"1', '2"'], ['""', None]]

    @pytest.mark.covers("csv:escape")
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            (r"x\,y", "x,y"),
            (r'"x\"y"', 'x"y'),
            (r'"x""y\\"', 'x"y\\'),
            (r"\"x", '"x'),
            ("x\\\ny", "x\ny"),
            ("x\\\ry", "x\ry"),
            ('"x\\\r\ny"', "x\r\ny"),
            (r"\n\é", "né"),
            (r"\N", None),
            (r'"\N"', "N"),
            (r"\\N", "\\N"),
            ("NULL", None),
            (r"N\ULL", "NULL"),
        ],
    )
    def test_when_something_is_escaped_then_it_is_data(
        self, kind: str, field: str, value: str | None, tmp_path: Path
    ) -> None:
        """The next character is itself; a null is an unquoted field as it stands in the file."""
        options: dict[str, Any] = {"escape": "\\", "null_values": [r"\N", "NULL"]}

        rows = the_rows(kind, tmp_path, f"a,b\n{field},z\n", **options)

        assert rows == [[value, "z"]]

    @pytest.mark.covers("csv:escape")
    def test_when_a_carriage_return_is_escaped_then_its_line_feed_is_not(
        self, kind: str, tmp_path: Path
    ) -> None:
        """One escape escapes one character."""
        rows = the_rows(kind, tmp_path, "a,b\nx,y\\\r\n1,2\n", escape="\\")

        assert rows == [["x", "y\r"], ["1", "2"]]

    @pytest.mark.covers("csv:escape")
    def test_when_the_last_record_ends_with_an_escaped_line_end_then_it_is_one(
        self, kind: str, tmp_path: Path
    ) -> None:
        """The end of the file ends a record, whatever it ends with."""
        rows = the_rows(kind, tmp_path, "a,b\nx,\\\n", escape="\\")

        assert rows == [["x", "\n"]]

    @pytest.mark.covers("csv:escape")
    def test_when_the_file_ends_with_an_escape_then_it_is_fatal(
        self, kind: str, tmp_path: Path
    ) -> None:
        """An escape that nothing follows is a file cut short."""
        reading = a_reading(kind, a_file(tmp_path, "a,b\n1,2\nx,y\\"), contract=A_B, escape="\\")

        assert len(reading.rows) == 1
        assert reading.failure is not None
        assert reading.failure[0] == "DecodeError"
        assert reading.failure[2]["line"] == 3
        assert reading.failure[2]["rule"] == "escape"


class TestGivenLinesThatAreNoRecords:
    @pytest.mark.covers("csv:comment")
    @pytest.mark.parametrize("comment", ["#", "é"])
    def test_when_a_line_begins_with_the_comment_then_it_is_no_record(
        self, kind: str, comment: str, tmp_path: Path
    ) -> None:
        """Comments stand before the header, between records and behind them, and nowhere else."""
        data = (
            f'{comment} "made\na,b\n{comment}\n1,{comment}2\n'
            f'"3\n{comment}4",5\n {comment},6\n{comment}'
        )

        rows = the_rows(kind, tmp_path, data, comment=comment)

        assert rows == [["1", f"{comment}2"], [f"3\n{comment}4", "5"], [f" {comment}", "6"]]

    @pytest.mark.covers("csv:comment")
    def test_when_there_are_comments_only_then_there_is_nothing(
        self, kind: str, tmp_path: Path
    ) -> None:
        """A file of comments is as empty as an empty file."""
        path = a_file(tmp_path, "#a,b\n#1,2")

        headed = a_reading(kind, path, contract=A_B, comment="#")
        headless = a_reading(kind, path, comment="#", header=False)

        assert headed.failure is not None
        assert "empty: expected a header" in headed.failure[1]
        assert headless.failure is not None
        assert "is empty" in headless.failure[1]

    @pytest.mark.covers("csv:skip_lines")
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_when_lines_are_skipped_then_places_stay_true(
        self, kind: str, end: str, tmp_path: Path
    ) -> None:
        """Lines are passed over whatever they hold, and count."""
        data = end.join(['Report "of', "", "a,b", "1,2", "3"]).encode()

        reading = a_reading(
            kind, a_file(tmp_path, b"\xef\xbb\xbf\xff" + data), contract=A_B, skip_lines=2
        )

        assert len(reading.rows) == 1
        assert [(e.rule, e.position.line) for e in reading.errors if e.position] == [("columns", 5)]
        (error,) = reading.errors
        assert error.position is not None
        assert error.position.byte_offset == 4 + len(data) - 1

    @pytest.mark.covers("csv:skip_lines")
    def test_when_everything_is_skipped_then_there_is_no_header(
        self, kind: str, tmp_path: Path
    ) -> None:
        """More lines than the file has leave nothing."""
        reading = a_reading(kind, a_file(tmp_path, "a,b\n1,2\n"), contract=A_B, skip_lines=10**12)

        assert reading.failure is not None
        assert "empty: expected a header" in reading.failure[1]

    @pytest.mark.covers("csv:header")
    def test_when_there_is_no_header_then_columns_are_the_contracts(
        self, kind: str, tmp_path: Path
    ) -> None:
        """The first record is data, behind skipped lines and comments."""
        options: dict[str, Any] = {"header": False, "skip_lines": 1, "comment": "#"}

        rows = the_rows(kind, tmp_path, "title\n#\n1,2\n", **options)

        assert rows == [["1", "2"]]


class TestGivenPadding:
    @pytest.mark.covers("csv:trim")
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            (" x\t", "x"),
            ("  ", None),
            (' "x" ', "x"),
            ('\t" x "\t', " x "),
            ('" "', " "),
            (' x"y ', 'x"y'),
            (" NA ", None),
            ('"NA" ', "NA"),
            ("\\ x\\ ", " x "),
            ("\u00a0x", "\u00a0x"),
        ],
    )
    def test_when_trimmed_then_spaces_and_tabs_outside_quotes_go(
        self, kind: str, field: str, value: str | None, tmp_path: Path
    ) -> None:
        """Spaces and tabs around a field go, outside its quotes and unless they are escaped."""
        options: dict[str, Any] = {"trim": True, "escape": "\\", "null_values": ["", "NA"]}

        rows = the_rows(kind, tmp_path, f" a ,b\n{field},y \n", **options)

        assert rows == [[value, "y"]]

    @pytest.mark.covers("csv:trim")
    def test_when_not_trimmed_then_nothing_goes(self, kind: str, tmp_path: Path) -> None:
        """Without the option a space is data, and no quote quotes behind it."""
        rows = the_rows(kind, tmp_path, 'a,b\n x , "y"\n')

        assert rows == [[" x ", ' "y"']]

    @pytest.mark.covers("csv:trim")
    def test_when_a_line_has_padding_only_then_it_is_blank(self, kind: str, tmp_path: Path) -> None:
        """A line of spaces is as blank as an empty one."""
        rows = the_rows(kind, tmp_path, "a,b\n1,2\n \t\n3,4\n  ", trim=True)

        assert rows == [["1", "2"], ["3", "4"]]

    @pytest.mark.covers("csv:trim")
    def test_when_something_follows_the_padding_then_the_record_is_rejected(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Padding behind a closing quote is followed by a delimiter or the record's end."""
        reading = a_reading(
            kind, a_file(tmp_path, 'a,b\n "1" x,2\n'), contract=A_B, trim=True, mode="quarantine"
        )

        assert [error.rule for error in reading.errors] == ["quote"]
        assert [error.record for error in reading.errors] == [' "1" x,2']

    @pytest.mark.covers("csv:null_values")
    def test_when_nulls_are_spelled_then_only_unquoted_ones_are_null(
        self, kind: str, tmp_path: Path
    ) -> None:
        """A quoted field is never null."""
        rows = the_rows(kind, tmp_path, 'a,b\nNA,"NA"\n,-\n', null_values=["NA", "-"])

        assert rows == [[None, "NA"], ["", None]]


class TestGivenOptionsThatCannotBeMeant:
    def test_when_they_clash_then_each_is_named(self, kind: str) -> None:
        """Every clash is a problem at its own key, all at once."""
        options: dict[str, Any] = {
            "delimiter": "\n",
            "quote": "#",
            "escape": " ",
            "comment": "#",
            "trim": True,
            "null_values": ["a#", " x"],
        }

        with pytest.raises(ConfigError) as caught:
            a_source(kind, "x.csv", **options)

        assert {problem.path for problem in caught.value.problems} == {
            "reader.delimiter",
            "reader.comment",
            "reader.escape",
            "reader.null_values",
        }

    @pytest.mark.parametrize("character", ["", "ab", "\ud800"])
    def test_when_it_is_not_one_character_then_the_key_is_named(
        self, kind: str, character: str
    ) -> None:
        """A mark is one character."""
        with pytest.raises(ConfigError) as caught:
            a_source(kind, "x.csv", escape=character)

        assert [problem.path for problem in caught.value.problems] == ["reader.escape"]


class TestGivenWhatPythonWrites:
    @settings(
        max_examples=200,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        rows=st.lists(
            st.tuples(*[st.text(st.sampled_from("ab ,;\"\\'é\t#\r\n"), max_size=6)] * 2),
            max_size=6,
        ),
        delimiter=st.sampled_from(",;\té"),
        quote=st.sampled_from(["'", '"', "€", None]),
        escape=st.sampled_from(["\\", "#", None]),
        doubled=st.booleans(),
    )
    def test_when_read_then_it_round_trips(
        self,
        kind: str,
        tmp_path: Path,
        rows: list[tuple[str, str]],
        delimiter: str,
        quote: str | None,
        escape: str | None,
        *,
        doubled: bool,
    ) -> None:
        """What Python's writer writes in a dialect is read back in it."""
        assume(quote is not None or escape is not None)
        assume(doubled or escape is not None)
        # Python escapes a line end and not its other half, and writes no escape before a comment.
        assume(quote is not None or not any("\r" in field for row in rows for field in row))
        text = io.StringIO(newline="")
        csv.writer(
            text,
            delimiter=delimiter,
            quotechar=quote,
            escapechar=escape,
            doublequote=doubled,
            quoting=csv.QUOTE_NONE if quote is None else csv.QUOTE_ALL,
            lineterminator="\n",
        ).writerows([("a", "b"), *rows])

        options: dict[str, Any] = {"delimiter": delimiter, "quote": quote, "escape": escape}
        read = the_rows(kind, tmp_path, text.getvalue(), null_values=[], **options)

        assert read == [list(row) for row in rows]
