"""Public CSV test files: both readers give what their authors or Python's csv expect."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from tests.builders import READERS, ROOT
from tests.readings import a_reading, columns

DATA = ROOT / "tests" / "data" / "csv"

pytestmark = pytest.mark.parametrize("kind", READERS)

# Of each file, the options that its authors read it with.
OTHERS: dict[str, dict[str, Any]] = {
    "rust-csv/smallpop.csv": {},
    "rust-csv/smallpop-colon.csv": {"delimiter": ":"},
    "rust-csv/smallpop-no-headers.csv": {"header": False},
    "rust-csv/strange.csv": {"delimiter": ";", "escape": "\\", "comment": "#", "header": False},
    "rust-csv/uspop.csv": {},
    "rust-csv/uspop-latin1.csv": {"encoding": "latin-1"},
    "rust-csv/uspop-null.csv": {},
    "papaparse/long-sample.csv": {},
    "papaparse/sample.csv": {"header": False},
    "papaparse/sample-header.csv": {},
    "papaparse/slow-sample.csv": {"header": False},
    "papaparse/utf-8-bom-sample.csv": {},
}


def names_of(width: int) -> list[str]:
    """Names of columns that have none."""
    return [f"column_{number}" for number in range(1, width + 1)]


class TestGivenPublicFiles:
    @pytest.mark.parametrize(
        "name", sorted(path.stem for path in (DATA / "csv-spectrum" / "csvs").glob("*.csv"))
    )
    def test_when_the_expected_rows_are_published_then_they_are_read(
        self, kind: str, name: str
    ) -> None:
        """csv-spectrum: the rows are those of the JSON beside the file."""
        expected = json.loads((DATA / "csv-spectrum" / "json" / f"{name}.json").read_text("utf-8"))
        contract = columns(required=(), **dict.fromkeys(expected[0], "string"))

        path = DATA / "csv-spectrum" / "csvs" / f"{name}.csv"
        reading = a_reading(kind, path, contract=contract, null_values=[])

        assert (reading.errors, reading.failure) == ((), None)
        assert [dict(record) for record in reading.records] == expected

    @pytest.mark.parametrize("name", sorted(OTHERS))
    def test_when_they_are_not_then_pythons_own_parser_agrees(self, kind: str, name: str) -> None:
        """Good rows are those of csv.reader; records of another width are rejected."""
        options = OTHERS[name]
        text = (DATA / name).read_bytes().decode(options.get("encoding", "utf-8-sig"))
        comment = options.get("comment")
        lines = [line for line in io.StringIO(text, newline="") if line[:1] != comment]
        parsed = csv.reader(
            lines,
            delimiter=options.get("delimiter", ","),
            escapechar=options.get("escape"),
            strict=True,
        )
        rows = [row for row in parsed if row]
        names = rows.pop(0) if options.get("header", True) else names_of(len(rows[0]))
        contract = columns(required=(), **dict.fromkeys(names, "string"))

        reading = a_reading(kind, DATA / name, contract=contract, null_values=[], **options)

        assert reading.failure is None
        good = [row for row in rows if len(row) == len(names)]
        assert [list(record.values()) for record in reading.records] == good
        assert [error.rule for error in reading.errors] == ["columns"] * (len(rows) - len(good))
