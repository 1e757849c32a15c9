"""Large records: a thousand columns, fields up to 64 MiB, and what they take in memory."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.builders import READERS, a_job, a_reader
from tests.readings import a_file, a_reading, columns
from tests.runs import a_job_file, headrace_ends

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 64 << 20

pytestmark = pytest.mark.parametrize("kind", READERS)


class TestGivenLargeRecords:
    def test_when_there_are_a_thousand_columns_then_all_are_read(
        self, kind: str, tmp_path: Path
    ) -> None:
        """The number of columns has no bound of its own."""
        names = [f"c{n}" for n in range(1000)]
        rows = [",".join(f"{row}-{n}" for n in range(1000)) for row in range(50)]
        path = a_file(tmp_path, "\n".join([",".join(names), *rows]))

        reading = a_reading(
            kind, path, contract=columns(required=(), **dict.fromkeys(names, "string"))
        )

        assert (len(reading.rows), reading.errors, reading.failure) == (50, (), None)
        assert reading.records[49]["c999"] == "49-999"

    @pytest.mark.parametrize("quote", ["", '"'])
    def test_when_a_field_is_as_large_as_can_be_then_it_is_taken(
        self, kind: str, quote: str, tmp_path: Path
    ) -> None:
        """A field of 64 MiB is a field; its quotes do not count."""
        field = "é" * (LIMIT // 2)
        path = a_file(tmp_path, f"a,b\nx,{quote}{field}{quote}\n")

        reading = a_reading(kind, path, contract=columns(a="string", b="string"))

        assert reading.failure is None
        assert reading.records[0]["b"] == field

    @pytest.mark.parametrize(("edge", "pair", "escape"), [('"', '""', None), ("", "\\,", "\\")])
    def test_when_a_field_is_written_twice_as_long_as_it_is_then_that_is_its_size(
        self, kind: str, edge: str, pair: str, escape: str | None, tmp_path: Path
    ) -> None:
        """The limit is of the file's text, before quotes are undoubled and escapes resolved."""
        a_b = columns(a="string", b="string")
        pairs = pair * (LIMIT // 2)
        taken = a_file(tmp_path, f"a,b\nx,{edge}{pairs}{edge}\n")
        refused = a_file(tmp_path, f"a,b\n1,2\nx,{edge}y{pairs}{edge}\n", name="refused.csv")

        reading = a_reading(kind, taken, contract=a_b, escape=escape)
        failed = a_reading(kind, refused, contract=a_b, escape=escape)

        assert reading.failure is None
        assert reading.records[0]["b"] == pair[1] * (LIMIT // 2)
        place = {"file": str(refused), "line": 3, "byte_offset": 10, "field": "b"}
        message = "the field of column 2 is longer than 64 MiB"
        assert failed.failure == ("DecodeError", message, place)
        assert failed.values("a") == ["1"]

    @pytest.mark.parametrize("quote", ["", '"'])
    @pytest.mark.parametrize("length", [LIMIT + 1, 3 * LIMIT])
    def test_when_a_field_is_larger_then_it_is_refused_with_its_place(
        self, kind: str, length: int, quote: str, tmp_path: Path
    ) -> None:
        """A larger field is DecodeError with file, line, offset and column, closed or not."""
        closing = quote if length == LIMIT + 1 else ""
        path = a_file(tmp_path, f'a,b\n1,2\n"x\ny",{quote}{"z" * length}{closing}\n')

        reading = a_reading(kind, path, contract=columns(a="string", b="string"))

        assert reading.failure is not None
        assert reading.failure[0] == "DecodeError"
        assert reading.failure[1] == "the field of column 2 is longer than 64 MiB"
        place = {"file": str(path), "line": 4, "byte_offset": 14, "field": "b"}
        assert reading.failure[2] == place
        assert reading.values("a") == ["1"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's peak")
class TestGivenOneLargeRecord:
    @pytest.mark.parametrize("field", ["x", "😀x"])
    def test_when_it_is_larger_then_so_many_times_more_is_held(
        self, kind: str, field: str, tmp_path: Path
    ) -> None:
        """Memory is the multiple of the largest record that docs/csv.md has."""

        def peak_bytes(length: int) -> int:
            path = a_file(tmp_path, f"a\n{field}{'x' * length}\n")
            job = a_job(tmp_path, reader=a_reader(kind, str(path)), mode="replace")
            done = headrace_ends("run", a_job_file(tmp_path, job), "--json")
            return int(done.report["peak_rss_bytes"])

        held = (peak_bytes(LIMIT // 2) - peak_bytes(LIMIT // 8)) / (LIMIT // 2 - LIMIT // 8)

        assert held < {"rust": 4.5, "csv": 24}[kind]
