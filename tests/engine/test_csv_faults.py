"""Records and values that CSV readers must not take: each with its rule and place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import READERS
from tests.readings import a_file, a_reading, a_source, columns

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("kind", READERS)

A_B = columns(a="string", b="string")


class TestGivenRecordsThatAreNone:
    @pytest.mark.parametrize(
        ("record", "field", "rule", "value", "message"),
        [
            (b"x", None, "columns", None, "expected 2 fields, found 1"),
            (b"x,y,z", None, "columns", None, "expected 2 fields, found 3"),
            (b"x,\xff", "b", "utf8", "\ufffd", "is not valid UTF-8"),
            (b'x,"\xff"""', "b", "utf8", '\ufffd"', "is not valid UTF-8"),
            (b"\xff", None, "utf8", None, "is not valid UTF-8"),
            (
                b'"x"y,z',
                None,
                "quote",
                None,
                "expected a delimiter or the end of the record after a closing quote",
            ),
        ],
    )
    def test_when_quarantined_then_each_has_its_rule_place_and_text(
        self,
        kind: str,
        record: bytes,
        field: str | None,
        rule: str,
        value: str | None,
        message: str,
        tmp_path: Path,
    ) -> None:
        """A bad record is set apart whole, its neighbours are rows."""
        path = a_file(tmp_path, b'a,b\n1,"\n"\n' + record + b"\n2,y\n")

        reading = a_reading(kind, path, contract=A_B)

        (error,) = reading.errors
        assert len(reading.rows) == 2
        assert (error.field, error.rule, error.value, error.message) == (
            field,
            rule,
            value,
            message,
        )
        assert error.record == record.decode(errors="replace")
        assert error.where == {
            "file": str(path),
            "line": 4,
            "byte_offset": 10,
            "stream": "test",
            "row": 2,
            "field": field,
            "rule": rule,
        }

    def test_when_strict_then_the_first_in_the_order_of_rows_is_raised(
        self, kind: str, tmp_path: Path
    ) -> None:
        """A strict run names the first bad record, whichever way it is bad."""
        path = a_file(tmp_path, b"a,n\nx,1\nx,abc\nx\n\xff,3\n")

        reading = a_reading(
            kind, path, contract=columns(a="string", n="int64"), mode="strict", batch_rows=2
        )

        assert reading.failure is not None
        name, message, where = reading.failure
        assert (name, message) == ("ContractError", "column 'n': 'abc' is not an int64")
        assert (where["line"], where["row"], where["field"]) == (3, 2, "n")

    @pytest.mark.parametrize("record", [b"x", b"x,y,z", b"x,\xff", b'"x"y,z'])
    def test_when_strict_then_bytes_that_do_not_parse_are_a_decode_error(
        self, kind: str, record: bytes, tmp_path: Path
    ) -> None:
        """What bytes break is DecodeError with file, line and byte offset."""
        path = a_file(tmp_path, b"a,b\n" + record)

        reading = a_reading(kind, path, contract=A_B, mode="strict")

        assert reading.failure is not None
        assert reading.failure[0] == "DecodeError"
        assert reading.failure[2]["line"] == 2
        assert reading.failure[2]["byte_offset"] == 4
        assert reading.failure[2]["file"] == str(path)

    @pytest.mark.parametrize("start", ["", "x"])
    def test_when_a_record_is_long_then_its_text_is_cut_alike(
        self, kind: str, start: str, tmp_path: Path
    ) -> None:
        """A quarantined record keeps 64 KiB of text, cut between characters."""
        record = start + "é" * 40_000
        path = a_file(tmp_path, f"a,b\n{record}\n")

        (error,) = a_reading(kind, path, contract=A_B).errors

        assert error.record == start + "é" * ((65_536 - len(start)) // 2)

    @pytest.mark.parametrize(
        ("start", "rules"), [(b'"x"y\n\n', [(1, None, "quote")]), (b"\n\r\n\n", [])]
    )
    def test_when_the_first_record_tells_no_width_then_blank_lines_are_still_none(
        self, kind: str, start: bytes, rules: list[object], tmp_path: Path
    ) -> None:
        """Without a header the contract says how many columns there are, not the first record."""
        path = a_file(tmp_path, start + b"1,2\n\n3,4\n")

        reading = a_reading(kind, path, contract=A_B, header=False)

        assert reading.failure is None
        assert reading.rules == rules
        assert reading.values("a") == ["1", "3"]

    @pytest.mark.parametrize("lines", [b"\n", b"\n\n\r\n"])
    def test_when_all_lines_are_blank_then_several_columns_have_no_rows(
        self, kind: str, lines: bytes, tmp_path: Path
    ) -> None:
        """Blank lines alone are no records of several columns."""
        reading = a_reading(kind, a_file(tmp_path, lines), contract=A_B, header=False)

        assert (reading.rows, reading.errors, reading.failure) == ((), (), None)

    def test_when_a_quote_is_never_closed_then_the_line_where_it_opens_is_named(
        self, kind: str, tmp_path: Path
    ) -> None:
        """An unclosed quote ends the run, after the rows before it."""
        path = a_file(tmp_path, 'a,b\n1,2\n3,"x\n4,5\n6,7\n')

        reading = a_reading(kind, path, contract=A_B)

        assert len(reading.rows) == 1
        assert reading.failure == (
            "DecodeError",
            "the quote opened at line 3 is never closed",
            {"file": str(path), "line": 3, "byte_offset": 8, "rule": "quote"},
        )


class TestGivenColumnsThatAreNotTheContracts:
    @pytest.mark.parametrize(
        ("header", "field", "rule"),
        [
            ("a,b,c", "c", "drift.new_column"),
            ("a", "b", "drift.removed_column"),
            ("a,B", "B", "drift.new_column"),
        ],
    )
    def test_when_read_then_the_column_is_named(
        self, kind: str, header: str, field: str, rule: str, tmp_path: Path
    ) -> None:
        """A column too many or too few is ContractError, before any row."""
        path = a_file(tmp_path, f"{header}\n1,2\n")

        reading = a_reading(kind, path, contract=A_B)

        assert reading.rows == ()
        assert reading.failure is not None
        assert reading.failure[0] == "ContractError"
        assert repr(field).replace("'", '"') in reading.failure[1]
        assert reading.failure[2] == {"file": str(path), "field": field, "rule": rule}

    @pytest.mark.parametrize("with_contract", [True, False])
    def test_when_a_name_stands_twice_then_it_is_a_decode_error(
        self, kind: str, *, with_contract: bool, tmp_path: Path
    ) -> None:
        """Duplicate names cannot be told apart."""
        path = a_file(tmp_path, "a,b,a\n1,2,3\n")

        reading = a_reading(kind, path, contract=A_B if with_contract else None)

        assert reading.failure is not None
        assert reading.failure[:2] == ("DecodeError", 'the header names column "a" twice')
        assert reading.failure[2]["file"] == str(path)
        assert reading.failure[2]["field"] == "a"

    def test_when_there_is_no_header_and_another_width_then_it_is_said(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Without names, the number of fields must be the contract's."""
        path = a_file(tmp_path, "1,2,3\n")

        reading = a_reading(kind, path, contract=A_B, header=False)

        assert reading.failure is not None
        assert reading.failure[0] == "ContractError"
        assert reading.failure[2] == {
            "file": str(path),
            "line": 1,
            "byte_offset": 0,
            "rule": "columns",
        }


class TestGivenValuesThatDoNotFit:
    @pytest.mark.parametrize(
        ("column_type", "good", "bad"),
        [
            ("int8", ["-128", "127", "+7", "007"], ["-129", "128", "3.9", "abc", "1e2", " 1"]),
            ("int16", ["-32768", "32767"], ["-32769", "32768", "3.9"]),
            ("int32", ["-2147483648", "2147483647"], ["-2147483649", "2147483648", "3.0"]),
            (
                "int64",
                ["-9223372036854775808", "9223372036854775807"],
                ["-9223372036854775809", "9223372036854775808", "1_000"],
            ),
            ("float", ["3.4028234e38", "-inf", "nan"], ["3.5e38", "abc", "1,5"]),
            ("double", ["1.7976931348623157e308", "Infinity"], ["1e309", "0x1p3", "1f"]),
            ("decimal128(5, 2)", ["999.99", "-0.10", "1.500"], ["1000.00", "0.001", "1e2", "NaN"]),
            ("bool", ["true", "FALSE"], ["yes", "2", "tru"]),
            ("date32[day]", ["2000-02-29"], ["1900-02-29", "2000-1-1", "2000-01-01T00:00"]),
            ("timestamp[us]", ["2000-01-01T00:00:00.123456"], ["2000-01-01T00:00:00Z", "2000"]),
            ("timestamp[us, tz=UTC]", ["2000-01-01 00:00:00+01:00"], ["2000-01-01T00:00:00"]),
        ],
    )
    def test_when_read_then_each_is_an_error_and_never_a_null(
        self, kind: str, column_type: str, good: list[str], bad: list[str], tmp_path: Path
    ) -> None:
        """A value that its column cannot hold exactly is an error with field, value and line."""
        values = [*good, *bad]
        path = a_file(tmp_path, "n\n" + "".join(f'"{value}"\n' for value in values))

        reading = a_reading(kind, path, contract=columns(n=column_type))

        assert len(reading.rows) == len(good)
        assert "None" not in "".join(reading.rows)
        assert [error.value for error in reading.errors] == bad
        assert reading.rules == [
            (line, "n", "type") for line in range(len(good) + 2, len(values) + 2)
        ]

    def test_when_a_required_field_is_null_then_it_is_an_error(
        self, kind: str, tmp_path: Path
    ) -> None:
        """A null in a required column breaks rule `required`, whatever its type."""
        contract = columns(required=("s", "n"), s="string", n="int64")
        path = a_file(tmp_path, 's,n\nx,1\n,2\n"",3\ny,\n')

        reading = a_reading(kind, path, contract=contract)

        assert reading.rules == [(3, "s", "required"), (5, "n", "required")]
        assert [error.value for error in reading.errors] == [None, None]
        assert len(reading.rows) == 2

    def test_when_one_record_breaks_several_rules_then_all_are_told(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Every field of a bad record that does not fit is reported."""
        path = a_file(tmp_path, "n,d,s\nx,y,z\n")

        reading = a_reading(kind, path, contract=columns(s="string", d="date32[day]", n="int8"))

        assert reading.rules == [(2, "d", "type"), (2, "n", "type")]


class TestGivenNoContract:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            (["1", "-2", "9223372036854775807"], "int64"),
            (["1", "2.5"], "double"),
            (["9007199254740993", "2.5"], "string"),
            (["00123", "1"], "string"),
            (["true", "False"], "bool"),
            (["2000-01-01", ""], "date32[day]"),
            (["2000-01-01T00:00", ""], "timestamp[us]"),
            (["2000-01-01T00:00Z"], "timestamp[us, tz=UTC]"),
            (["2000-01-01T00:00Z", "2000-01-01T00:00"], "string"),
            (["", ""], "string"),
            (["1", "x"], "string"),
        ],
    )
    def test_when_types_are_told_then_no_value_of_the_sample_loses_anything(
        self, kind: str, values: list[str], expected: str, tmp_path: Path
    ) -> None:
        """Types come from the sample, exactly as narrow as it allows."""
        path = a_file(tmp_path, "k,n\n" + "".join(f"k,{value}\n" for value in values))

        reading = a_reading(kind, path)
        schema = a_source(kind, str(path)).schema()
        assert [field.type for field in schema.fields] == ["string", expected]
        assert (len(reading.rows), reading.errors) == (len(values), ())

    @pytest.mark.covers("csv:sample_rows")
    def test_when_a_later_value_does_not_fit_then_it_is_an_error_with_its_line(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Behind the sample a misfit is an error, never a null and never another type."""
        path = a_file(tmp_path, "n\n1\n2\n3.5\n4\n")

        reading = a_reading(kind, path, sample_rows=2)

        assert reading.rules == [(4, "n", "type")]
        assert len(reading.rows) == 3

    def test_when_the_sample_holds_a_bad_record_then_it_is_a_decode_error(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Types are not told from a file that does not parse."""
        path = a_file(tmp_path, "a,b\n1\n")

        reading = a_reading(kind, path)

        assert reading.failure is not None
        assert reading.failure[0] == "DecodeError"
        assert reading.failure[2] == {
            "file": str(path),
            "line": 2,
            "byte_offset": 4,
            "rule": "columns",
        }
