"""What is declared unsupported is refused when it is tried, and is no cell that is run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from headrace_harness.catalog import load_parts, load_suite, suite_names
from headrace_harness.suite.plan import Selection, make_plan
from headrace_harness.suite.sample import Bench, take_sample

from tests.harness.builders import one_cell, small_source

if TYPE_CHECKING:
    from pathlib import Path

PARTS = load_parts()
DECLARED = [
    (writer, target)
    for rule in PARTS.unsupported
    for writer in rule.names["writer"]
    for target in rule.names["target"]
]


class TestGivenAPairThatIsDeclared:
    @pytest.mark.parametrize("writer", sorted({writer for writer, _ in DECLARED}))
    def test_when_tried_all_the_same_then_it_is_refused_and_nothing_is_visible(
        self, writer: str, data: Path, tmp_path: Path
    ) -> None:
        """Where a table is known makes no difference to what it takes: in SQLite, for all."""
        bench = Bench(
            parts=PARTS,
            scratch=tmp_path / "scratch",
            logs=tmp_path / "logs",
            timeout_s=300,
            keeps_output=True,
        )
        cell = replace(one_cell(writer=writer), target="iceberg-sql")

        sample = take_sample(bench, cell, small_source(data), 1)

        assert sample["status"] == "failed"
        assert sample["error"]["type"] == "PluginError"
        assert not list(bench.scratch.rglob("*.jsonl"))

    @pytest.mark.parametrize("name", suite_names())
    def test_when_planned_then_it_is_told_with_its_reason_and_not_run(self, name: str) -> None:
        """It is shown, never left out."""
        plan = make_plan(load_suite(name), Selection())

        declared = {cell.id for cell in plan.cells if (cell.writer, cell.target) in DECLARED}

        assert declared == {cell.id for cell in plan.cells if cell.unsupported}
        assert not declared & {cell.id for cell in plan.runnable}
        assert sum(plan.unsupported.values()) == len(declared)


class TestGivenAServiceThatIsLacking:
    def test_when_planned_then_its_cells_are_told_with_the_reason(self) -> None:
        """The others are run."""
        lacking = {"postgres": "there is no Postgres on the moon"}

        plan = make_plan(load_suite("smoke"), Selection(lacking=lacking))

        told = {cell.reader for cell in plan.cells if cell.unsupported == lacking["postgres"]}
        assert told == {"postgres"}
        assert "postgres" not in {cell.reader for cell in plan.runnable}
        assert {"csv", "api"} < {cell.reader for cell in plan.runnable}
