"""What each step between reader and contract does."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import pytest
from headrace import execute_job
from headrace.plugins import BUILT_IN

from tests.builders import landed
from tests.runs import a_job_file, ended, python
from tests.transforming import a_transforming_job, quarantined, rows_after

if TYPE_CHECKING:
    from pathlib import Path


class TestGivenAStep:
    @pytest.mark.covers("transform:filter")
    def test_when_it_filters_then_only_what_is_true_is_left(self, tmp_path: Path) -> None:
        """Null is not true."""
        assert rows_after(tmp_path, {"filter": "qty > 1"}, {"select": ["id"]}) == [(1,), (3,)]

    @pytest.mark.covers("transform:derive")
    def test_when_it_derives_then_expressions_see_the_columns_before(self, tmp_path: Path) -> None:
        """Columns of a step do not see each other; an old name keeps its place."""
        found = rows_after(
            tmp_path,
            {"cast": {"price": "decimal(10,2)"}},
            {"derive": {"price": "price * 2", "again": "price"}},
            {"filter": "id = 1"},
        )

        assert [tuple(map(str, row)) for row in found] == [("1", "ann", "3.00", "2", "1.50")]

    @pytest.mark.covers("transform:select")
    def test_when_it_selects_then_the_order_is_the_one_written(self, tmp_path: Path) -> None:
        """As in a query."""
        found = rows_after(tmp_path, {"select": ["name", "id"]}, {"filter": "id = 2"})

        assert found == [("bob", 2)]

    @pytest.mark.covers("transform:rename")
    def test_when_it_renames_then_names_are_given_all_at_once(self, tmp_path: Path) -> None:
        """Two columns may swap their names."""
        steps = [{"rename": {"id": "qty", "qty": "id"}}, {"filter": "qty = 1"}]

        execute_job(a_transforming_job(tmp_path, steps))

        assert landed(tmp_path / "out", "qty, id") == [(1, 2)]

    @pytest.mark.covers("transform:drop")
    def test_when_it_drops_then_the_column_is_gone(self, tmp_path: Path) -> None:
        """And it can be used before."""
        found = rows_after(tmp_path, {"filter": "qty = 4"}, {"drop": ["qty", "price"]})

        assert found == [(3, "cid")]

    @pytest.mark.covers("transform:cast")
    def test_when_it_casts_then_it_is_exact_or_a_bad_row(self, tmp_path: Path) -> None:
        """2.25 is no integer, and nobody rounds it."""
        job = a_transforming_job(
            tmp_path, [{"cast": {"price": "bigint"}}], validation={"mode": "quarantine"}
        )

        execute_job(job)

        assert landed(tmp_path / "out", "id, price") == [(3, 3), (4, 10)]
        columns = "row, field, rule, value, line"
        assert quarantined(tmp_path / "out", columns) == [
            (1, "price", "type", "1.5", 2),
            (2, "price", "type", "2.25", 3),
        ]

    @pytest.mark.covers("transform:deduplicate")
    def test_when_it_deduplicates_then_the_first_row_of_each_key_is_left(
        self, tmp_path: Path
    ) -> None:
        """A null equals a null."""
        rows = [(1, "a"), (2, "b"), (3, "a"), (4, ""), (5, "")]

        found = rows_after(
            tmp_path, {"deduplicate": {"keys": ["name"]}}, rows=rows, header=("id", "name")
        )

        assert found == [(1, "a"), (2, "b"), (4, None)]

    @pytest.mark.covers("transform:mask")
    def test_when_it_masks_then_little_or_nothing_of_the_value_is_left(
        self, tmp_path: Path
    ) -> None:
        """A value that is no longer than what would stay is hidden whole; null stays null."""
        rows = [(1, "4111222233334444"), (2, "123"), (3, "")]

        found = rows_after(
            tmp_path,
            {"mask": {"card": {"keep_last": 4}, "id": "xxx"}},
            rows=[(n, f"c{card}" if card else "") for n, card in rows],
            header=("id", "card"),
        )

        assert found == [("xxx", "****"), ("xxx", "*************4444"), ("xxx", None)]

    @pytest.mark.covers("transform:hash")
    def test_when_it_hashes_then_equal_values_stay_equal(self, tmp_path: Path) -> None:
        """Python's own HMAC gives the same."""
        secret = "pepper and salt"  # noqa: S105
        step = {"hash": {"columns": ["name"], "secret": secret}}

        found = rows_after(tmp_path, step, {"filter": "id = 1"}, {"select": ["name"]})

        assert found == [(hmac.new(secret.encode(), b"ann", "sha256").hexdigest(),)]

    def test_when_it_hashes_without_a_secret_then_it_is_sha256(self, tmp_path: Path) -> None:
        """As everybody else computes it."""
        found = rows_after(
            tmp_path, {"hash": {"columns": ["name"]}}, {"filter": "id = 1"}, {"select": ["name"]}
        )

        assert found == [(hashlib.sha256(b"ann").hexdigest(),)]

    @pytest.mark.covers("transform:python")
    @pytest.mark.parametrize("mode", ["rows", "arrow"])
    def test_when_it_is_python_then_a_callable_makes_the_rows(
        self, mode: str, tmp_path: Path
    ) -> None:
        """On dicts one by one, or on Arrow data."""
        (tmp_path / "steps.py").write_text(
            "import pyarrow as pa\n"
            "def rows(row):\n"
            "    return {**row, 'twice': row['id'] * 2}\n"
            "def arrow(batch):\n"
            "    batch = pa.record_batch(batch)\n"
            "    twice = pa.array([n * 2 for n in batch['id'].to_pylist()])\n"
            "    return batch.append_column('twice', twice)\n"
        )
        step = {"function": str(tmp_path / f"steps.py:{mode}"), "mode": mode}

        found = rows_after(
            tmp_path, {"python": {**step, "columns": {"twice": "bigint"}}}, {"drop": ["price"]}
        )

        assert [row[-1] for row in found] == [2, 4, 6, 8]

    def test_when_a_job_names_one_then_no_other_is_imported(self, tmp_path: Path) -> None:
        """An import is paid for in every run's memory."""
        job = a_job_file(tmp_path, a_transforming_job(tmp_path, [{"filter": "id > 0"}]))
        code = (
            "import sys; from headrace.cli import main; main(['validate', sys.argv[1]]); "
            "print(*(m.rpartition('.')[2] for m in sys.modules if 'headrace.transforms.' in m))"
        )

        found = set(ended(python(code, job)).out.split())

        kinds = {target.partition(":")[0] for target in BUILT_IN["transform"].values()}
        assert found & {kind.rpartition(".")[2] for kind in kinds} == {"filter"}
