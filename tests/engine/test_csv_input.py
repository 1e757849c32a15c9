"""What CSV files may hold, and what the readers say of those that are not as they should be."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from tests.builders import READERS, ROOT
from tests.readings import a_file, a_reading, a_source, columns

pytestmark = pytest.mark.parametrize("kind", READERS)

A_B = columns(a="string", b="string")
N = columns(n="int64")


class TestGivenASourceThatIsNotThere:
    def test_when_the_file_is_missing_then_it_is_named(self, kind: str, tmp_path: Path) -> None:
        """A missing file is SourceNotFoundError with its path."""
        path = tmp_path / "missing.csv"

        reading = a_reading(kind, path, contract=N)

        assert reading.failure == (
            "SourceNotFoundError",
            "there is no such file",
            {"file": str(path)},
        )

    def test_when_it_is_a_directory_then_a_glob_is_suggested(
        self, kind: str, tmp_path: Path
    ) -> None:
        """A directory is SourceNotFoundError that says what to write."""
        reading = a_reading(kind, tmp_path, contract=N)

        assert reading.failure is not None
        assert reading.failure[0] == "SourceNotFoundError"
        assert "data/*.csv" in reading.failure[1]
        assert reading.failure[2] == {"file": str(tmp_path)}

    def test_when_a_glob_matches_nothing_then_it_is_an_error(
        self, kind: str, tmp_path: Path
    ) -> None:
        """A glob without a match never means no rows."""
        reading = a_reading(kind, tmp_path / "*.csv", contract=N)

        assert reading.failure == (
            "SourceNotFoundError",
            "no file matches the pattern",
            {"file": str(tmp_path / "*.csv")},
        )

    def test_when_the_list_is_empty_then_it_is_an_error(self, kind: str) -> None:
        """No path at all never means no rows."""
        reading = a_reading(kind, [], contract=N)

        assert reading.failure is not None
        assert reading.failure[0] == "SourceNotFoundError"

    @pytest.mark.parametrize("closed", ["file", "folder"])
    @pytest.mark.parametrize("contract", ["with", "without"])
    def test_when_nobody_may_read_it_then_it_is_an_auth_error(
        self, kind: str, contract: str, closed: str, tmp_path: Path
    ) -> None:
        """A file or folder without permission is AuthError with the path, whoever meets it."""
        with tempfile.TemporaryDirectory() as open_to_all:
            Path(open_to_all).chmod(0o755)
            path = a_file(Path(open_to_all) / "folder", "n\n1\n")
            shut = path if closed == "file" else path.parent
            shut.chmod(0)
            readable = a_file(tmp_path, "n\n1\n")
            # Everything is imported by reading a file that may be read, then root is given up.
            script = f"""
                import os
                from tests.readings import a_reading, columns
                contract = columns(n="int64") if {contract == "with"} else None
                assert a_reading({kind!r}, {str(readable)!r}).rows
                if os.getuid() == 0:
                    os.setuid(65534)
                reading = a_reading({kind!r}, {str(path)!r}, contract=contract)
                assert reading.rows == ()
                print(reading.failure[0], reading.failure[2]["file"])
            """
            environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}

            answer = subprocess.run(
                [sys.executable, "-c", textwrap.dedent(script)],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                env=environment,
                cwd=ROOT,
            ).stdout
            shut.chmod(0o755)

        assert answer.split() == ["AuthError", str(path)]


class TestGivenAlmostNothing:
    def test_when_the_file_has_zero_bytes_then_a_header_is_missed(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Zero bytes are an error where a header is expected."""
        path = a_file(tmp_path, b"")

        reading = a_reading(kind, path, contract=N)

        assert reading.failure is not None
        assert reading.failure[0] == "DecodeError"
        assert "expected a header" in reading.failure[1]
        assert reading.failure[2]["file"] == str(path)

    def test_when_no_header_is_expected_then_zero_bytes_are_no_rows(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Zero bytes are no rows where nothing promised any."""
        reading = a_reading(kind, a_file(tmp_path, b""), contract=N, header=False)

        assert (reading.rows, reading.failure) == ((), None)

    def test_when_neither_header_nor_contract_names_columns_then_it_is_an_error(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Zero bytes without a contract have no columns that anyone could write."""
        path = a_file(tmp_path, b"")

        reading = a_reading(kind, path, header=False)

        assert reading.failure is not None
        assert reading.failure[0] == "DecodeError"
        assert "columns cannot be told" in reading.failure[1]
        assert reading.failure[2] == {"file": str(path)}

    @pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
    def test_when_there_is_a_header_alone_then_there_are_no_rows_and_a_schema(
        self, kind: str, end: str, tmp_path: Path
    ) -> None:
        """A header alone is no rows, and columns of text."""
        path = a_file(tmp_path, "a,b" + end)

        reading = a_reading(kind, path)

        assert (reading.rows, reading.errors, reading.failure) == ((), (), None)
        assert a_source(kind, str(path)).schema().names == ("a", "b")


class TestGivenWhatCsvAllows:
    def rows(self, kind: str, tmp_path: Path, data: bytes | str, **options: object) -> list[str]:
        """The rows of a file that has no fault."""
        reading = a_reading(kind, a_file(tmp_path, data), contract=A_B, **options)
        assert (reading.errors, reading.failure) == ((), None)
        return list(reading.rows)

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_when_quotes_hold_line_ends_and_quotes_then_they_are_data(
        self, kind: str, end: str, tmp_path: Path
    ) -> None:
        """RFC 4180: within quotes, line ends and doubled quotes are data."""
        data = f'a,b{end}"1{end}2","say ""no"""{end}x,y{end}'

        rows = self.rows(kind, tmp_path, data)

        assert rows == [repr({"a": f"1{end}2", "b": 'say "no"'}), repr({"a": "x", "b": "y"})]

    def test_when_a_field_is_empty_then_it_is_null_unless_quoted(
        self, kind: str, tmp_path: Path
    ) -> None:
        """A quoted empty is an empty string, an unquoted one is null."""
        rows = self.rows(kind, tmp_path, 'a,b\n,""\n"",\n')

        assert rows == [repr({"a": None, "b": ""}), repr({"a": "", "b": None})]

    def test_when_null_has_another_spelling_then_only_that_unquoted_is_null(
        self, kind: str, tmp_path: Path
    ) -> None:
        """`null_values` says which unquoted texts are null, and no other is."""
        rows = self.rows(kind, tmp_path, 'a,b\nNULL,"NULL"\n\\N,\n', null_values=["NULL", "\\N"])

        assert rows == [repr({"a": None, "b": "NULL"}), repr({"a": None, "b": ""})]

    def test_when_there_is_a_byte_order_mark_then_it_is_no_data(
        self, kind: str, tmp_path: Path
    ) -> None:
        """A byte order mark belongs to no column's name; later ones are data."""
        rows = self.rows(kind, tmp_path, b"\xef\xbb\xbfa,b\n\xef\xbb\xbf1,2\n")

        assert rows == [repr({"a": "\ufeff1", "b": "2"})]

    def test_when_columns_stand_in_another_order_then_names_decide(
        self, kind: str, tmp_path: Path
    ) -> None:
        """The header's names place the columns, not their order."""
        rows = self.rows(kind, tmp_path, "b,a\n1,2\n")

        assert rows == [repr({"a": "2", "b": "1"})]

    def test_when_there_is_no_header_then_the_order_decides(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Without a header the first record is data and the columns are the contract's."""
        rows = self.rows(kind, tmp_path, "1,2\n3,4\n", header=False)

        assert rows == [repr({"a": "1", "b": "2"}), repr({"a": "3", "b": "4"})]

    def test_when_delimiter_and_quote_are_others_then_the_usual_ones_are_data(
        self, kind: str, tmp_path: Path
    ) -> None:
        """`delimiter` and `quote` replace comma and double quote wholly."""
        rows = self.rows(kind, tmp_path, "a;b\n'x;''y';\",\"\n", delimiter=";", quote="'")

        assert rows == [repr({"a": "x;'y", "b": '","'})]

    def test_when_lines_are_blank_then_they_are_no_records(self, kind: str, tmp_path: Path) -> None:
        """A blank line is nothing in a file of several columns."""
        rows = self.rows(kind, tmp_path, "\n\na,b\n\n1,2\n\n\r\n3,4\n\n")

        assert rows == [repr({"a": "1", "b": "2"}), repr({"a": "3", "b": "4"})]

    def test_when_a_file_of_one_column_has_a_blank_line_then_it_is_a_null(
        self, kind: str, tmp_path: Path
    ) -> None:
        """In a file of one column a blank line is a record with an empty field."""
        path = a_file(tmp_path, 'n\n1\n\n""\n2')

        reading = a_reading(kind, path, contract=columns(n="string"))

        assert reading.values("n") == ["1", None, "", "2"]

    def test_when_there_is_a_nul_then_it_is_data(self, kind: str, tmp_path: Path) -> None:
        """NUL is a character like any other."""
        rows = self.rows(kind, tmp_path, b'a,b\n\0,"x\0y"\n')

        assert rows == [repr({"a": "\0", "b": "x\0y"})]

    def test_when_a_field_is_beyond_pythons_own_limit_then_it_is_whole(
        self, kind: str, tmp_path: Path
    ) -> None:
        """A field of 1 MiB is a field."""
        long = "é" * (1 << 19)

        rows = self.rows(kind, tmp_path, f'a,b\n{long},"{long}"\n')

        assert rows == [repr({"a": long, "b": long})]

    def test_when_digits_begin_with_zeros_then_a_text_keeps_them(
        self, kind: str, tmp_path: Path
    ) -> None:
        """`00123` in a text column stays `00123`."""
        rows = self.rows(kind, tmp_path, "a,b\n00123,1.50\n")

        assert rows == [repr({"a": "00123", "b": "1.50"})]


class TestGivenSeveralFiles:
    @pytest.mark.covers("csv:path")
    def test_when_a_glob_names_them_then_they_come_sorted_and_once(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Globs are expanded in sorted order; a file named twice is read once."""
        for name in ("b", "c", "a"):
            a_file(tmp_path, f"n\n{ord(name)}\n", name=f"{name}.csv")

        paths = [str(tmp_path / "c.csv"), str(tmp_path / "*.csv")]
        reading = a_reading(kind, paths, contract=N)

        assert reading.values("n") == [99, 97, 98]

    def test_when_one_of_them_is_at_fault_then_it_is_named_with_its_own_line(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Rows are counted over the stream, lines in each file."""
        a_file(tmp_path, "n\n1\n2\n", name="a.csv")
        b = a_file(tmp_path, "n\n3\nx\n", name="b.csv")

        reading = a_reading(kind, tmp_path / "*.csv", contract=N)

        (error,) = reading.errors
        assert error.position is not None
        assert (error.position.path, error.position.line, error.row) == (str(b), 3, 4)

    def test_when_a_folder_matches_the_glob_then_it_is_passed_over(
        self, kind: str, tmp_path: Path
    ) -> None:
        """A glob means files."""
        a_file(tmp_path, "n\n1\n", name="a.csv")
        (tmp_path / "z.csv").mkdir()

        reading = a_reading(kind, tmp_path / "*.csv", contract=N)

        assert (len(reading.rows), reading.failure) == (1, None)

    def test_when_a_path_holds_glob_characters_and_exists_then_it_is_that_file(
        self, kind: str, tmp_path: Path
    ) -> None:
        """A file whose name looks like a pattern can be read."""
        path = a_file(tmp_path, "n\n1\n", name="a[1].csv")

        assert len(a_reading(kind, path, contract=N).rows) == 1


class TestGivenGzip:
    def test_when_it_has_members_then_all_are_read(self, kind: str, tmp_path: Path) -> None:
        """A file of several members is their contents in a row, wherever they are cut."""
        data = gzip.compress(b"n\n1\n2") + gzip.compress(b"3\n") + gzip.compress(b"4\n")

        reading = a_reading(kind, a_file(tmp_path, data, name="x"), contract=N)

        assert reading.values("n") == [1, 23, 4]

    @pytest.mark.parametrize("fault", ["truncated", "corrupt", "trailing"])
    def test_when_it_is_damaged_then_it_is_never_the_end(
        self, kind: str, fault: str, tmp_path: Path
    ) -> None:
        """Truncated or corrupt gzip is DecodeError with the file, never fewer rows."""
        whole = gzip.compress(b"n\n" + b"".join(b"%d\n" % n for n in range(5000)))
        data = {
            "truncated": whole[:-100],
            "corrupt": whole[:500] + b"\xff\xff\xff\xff" + whole[504:],
            "trailing": whole[:-8] + b"\0" * 8,  # checksum and length
        }[fault]
        path = a_file(tmp_path, data)

        reading = a_reading(kind, path, contract=N)

        assert reading.failure is not None
        assert reading.failure[0] == "DecodeError"
        assert "gzip" in reading.failure[1]
        assert reading.failure[2]["file"] == str(path)

    def test_when_compression_is_none_then_its_bytes_are_data(
        self, kind: str, tmp_path: Path
    ) -> None:
        """`compression: none` takes bytes as they are."""
        path = a_file(tmp_path, gzip.compress(b"n\n1\n"))

        reading = a_reading(kind, path, contract=N, compression="none")

        assert reading.failure is not None

    def test_when_it_should_be_gzip_and_is_not_then_it_is_an_error(
        self, kind: str, tmp_path: Path
    ) -> None:
        """`compression: gzip` of a plain file is DecodeError."""
        reading = a_reading(kind, a_file(tmp_path, "n\n1\n"), contract=N, compression="gzip")

        assert reading.failure is not None
        assert reading.failure[0] == "DecodeError"
