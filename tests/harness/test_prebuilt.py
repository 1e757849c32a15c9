"""Laws of readers that cost nothing: they tell what the file holds, and were made before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from headrace import Batch
from headrace_harness.catalog import Size, load_dataset
from headrace_harness.contract import read_columns
from headrace_harness.data import repeated
from headrace_harness.plugins.prebuilt import BLOCK_ROWS, PrebuiltArrow, PrebuiltRows
from headrace_harness.plugins.rows import RowsConfig, RowsReader

if TYPE_CHECKING:
    from pathlib import Path

TYPES = {"id": "int64", "name": "string", "email": "string", "value": "double"}
SCHEMA: list[dict[str, Any]] = [
    {
        "name": column.name,
        "type": TYPES.get(column.name, "timestamp[us, tz=UTC]"),
        "nullable": column.name == "value",
    }
    for column in read_columns(load_dataset("repeated").contract)
]


def a_config(folder: Path, rows: int) -> RowsConfig:
    """A file of so many records."""
    path = folder / "a.csv"
    repeated.make(load_dataset("repeated"), Size(name="s", rows=rows), path)
    return RowsConfig(path=str(path), schema=SCHEMA)


def told(batches: list[Any]) -> list[dict[str, Any]]:
    """The rows of batches."""
    return [row for batch in batches for row in Batch(batch)]


class TestGivenAFileThatRepeatsItself:
    @pytest.mark.parametrize("reader", [PrebuiltRows, PrebuiltArrow])
    @pytest.mark.parametrize("rows", [1, BLOCK_ROWS, BLOCK_ROWS + 1, 2 * BLOCK_ROWS + 9])
    def test_when_read_then_its_rows_are_told_in_their_order(
        self, reader: type[PrebuiltRows], rows: int, tmp_path: Path
    ) -> None:
        """As by a reader that reads all of it."""
        config = a_config(tmp_path, rows)

        batches = list(reader(config).extract(None))

        assert told(batches) == told(list(RowsReader(config).extract(None)))
        assert len(told(batches)) == rows
        assert isinstance(told(batches)[0]["created_at"], datetime)
        assert told(batches)[0]["created_at"].tzinfo == UTC

    @pytest.mark.parametrize("reader", [PrebuiltRows, PrebuiltArrow])
    def test_when_told_then_nothing_is_made_anew(
        self, reader: type[PrebuiltRows], tmp_path: Path
    ) -> None:
        """The batches of a run are one and the same."""
        one, two, *_ = reader(a_config(tmp_path, 3 * BLOCK_ROWS)).extract(None)

        assert one is two


class TestGivenAFileThatDoesNot:
    def test_when_read_then_it_is_refused(self, tmp_path: Path) -> None:
        """Rows that are not in the file would be told otherwise."""
        config = a_config(tmp_path, 2 * BLOCK_ROWS)
        with (tmp_path / "a.csv").open("a") as file:
            file.write("0,another,a@b.c,2024-01-01T00:00:00Z,\n")

        with pytest.raises(ValueError, match="does not repeat"):
            PrebuiltRows(config)
