"""Large records: a thousand columns, and fields up to 64 MiB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import READERS
from tests.readings import a_file, a_reading, columns

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
