"""Quality rules over the whole of a run, before its commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from headrace import ConfigError, ContractError, SchemaValidator, execute_job, load_contract
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import a_contract, a_csv, a_job, a_property, a_reader, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from headrace import RunReport

VALUES = ["a", "b", "a", None, "", "a", None, "c"]


def a_rule(metric: str, *, must_be: object = 0, **more: object) -> dict[str, Any]:
    """A library rule."""
    return {"metric": metric, "mustBe": must_be, **more}


def a_document(
    *rules: Mapping[str, Any], schema: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """A contract of columns `v` and `w`; the rules are of `v` and of the whole."""
    document = a_contract(a_property("v", quality=list(rules)), a_property("w", "integer"))
    document["schema"][0]["quality"] = list(schema)
    return document


def the_measures(
    document: dict[str, Any], values: Sequence[object] = VALUES
) -> list[tuple[float, bool]]:
    """What each rule measured, and whether it holds."""
    validator = SchemaValidator(document, mode="quarantine")
    validator.validate_batch([{"v": value, "w": 1} for value in values])
    return [(result.measured, result.passed) for result in validator.quality()]


class TestGivenMetrics:
    @pytest.mark.parametrize(
        ("rule", "count"),
        [
            pytest.param(a_rule("nullValues"), 2, marks=pytest.mark.covers("quality:nullValues")),
            pytest.param(
                a_rule("missingValues", arguments={"missingValues": [None, "", "c"]}),
                4,
                marks=pytest.mark.covers("quality:missingValues"),
            ),
            (a_rule("missingValues"), 2),
            (a_rule("missingValues", arguments={"missingValues": [""]}), 1),
            pytest.param(
                a_rule("invalidValues", must_be=1, arguments={"validValues": ["a", "b", ""]}),
                1,
                marks=pytest.mark.covers("quality:invalidValues"),
            ),
            (a_rule("invalidValues", arguments={"pattern": "^[ab]$"}), 2),
            pytest.param(
                a_rule("duplicateValues"), 2, marks=pytest.mark.covers("quality:duplicateValues")
            ),
            pytest.param(a_rule("rowCount"), 8, marks=pytest.mark.covers("quality:rowCount")),
        ],
    )
    def test_when_counted_then_the_measure_is_the_metric_s(
        self, rule: dict[str, Any], count: int
    ) -> None:
        """Each metric of the standard, over nulls, empty texts and repeated values."""
        assert the_measures(a_document(rule)) == [(count, rule["mustBe"] == count)]

    def test_when_columns_are_taken_together_then_whole_keys_are_counted(self) -> None:
        """`duplicateValues` of the object counts rows that repeat all its properties."""
        rule = a_rule("duplicateValues", arguments={"properties": ["v", "w"]})

        assert the_measures(a_document(schema=[rule])) == [(2, False)]

    def test_when_in_percent_then_it_is_of_all_rows(self) -> None:
        """A quarter of the values is null."""
        rule = a_rule("nullValues", must_be=25, unit="percent")

        assert the_measures(a_document(rule)) == [(25.0, True)]

    def test_when_there_are_no_rows_then_no_part_of_them_is_anything(self) -> None:
        """Nothing of nothing is 0 percent."""
        validator = SchemaValidator(a_document(a_rule("nullValues", unit="percent")))

        assert [(r.measured, r.passed) for r in validator.quality()] == [(0.0, True)]

    def test_when_v3_0_spells_it_then_it_is_the_same(self) -> None:
        """`rule` in place of `metric`, values beside it, and the older names."""
        rules = [
            {"type": "library", "rule": "duplicateCount", "mustBeLessThan": 2},
            {"rule": "invalidValues", "validValues": ["a"], "mustBeLessThan": 9},
        ]
        document = {**a_document(*rules), "apiVersion": "v3.0.2"}

        assert the_measures(document) == [(2, False), (3, True)]

    @given(
        values=st.lists(st.sampled_from(["a", "b", "", None]), max_size=12), cut=st.integers(0, 12)
    )
    def test_when_batches_are_cut_anywhere_then_the_measures_are_the_same(
        self, values: list[str | None], cut: int
    ) -> None:
        """What is counted are rows, and not batches."""
        rules = [
            a_rule("nullValues"),
            a_rule("duplicateValues"),
            a_rule("missingValues", arguments={"missingValues": ["", None]}),
            a_rule("invalidValues", arguments={"pattern": "^a"}),
        ]
        contract = load_contract(a_document(*rules, schema=[a_rule("rowCount")]))

        measured = []
        for parts in ([values], [values[:cut], values[cut:]]):
            validator = SchemaValidator(contract)
            for part in parts:
                validator.validate_batch([{"v": value, "w": 1} for value in part])
            measured.append([result.measured for result in validator.quality()])

        assert measured[0] == measured[1]
        assert measured[0][0] == values.count(None)


class TestGivenOperators:
    @pytest.mark.parametrize(
        ("operator", "good", "bad"),
        [
            pytest.param(operator, good, bad, marks=pytest.mark.covers(f"quality:{operator}"))
            for operator, good, bad in [
                ("mustBe", 2, 3),
                ("mustNotBe", 3, 2),
                ("mustBeGreaterThan", 1, 2),
                ("mustBeGreaterOrEqualTo", 2, 2.5),
                ("mustBeLessThan", 2.5, 2),
                ("mustBeLessOrEqualTo", 2, 1),
                ("mustBeBetween", [2, 3], [3, 4]),
                ("mustNotBeBetween", [3, 4], [0, 2]),
            ]
        ],
    )
    def test_when_compared_then_each_holds_at_its_bounds(
        self, operator: str, good: object, bad: object
    ) -> None:
        """Two nulls: every operator of the standard, bounds within."""
        rules = [{"metric": "nullValues", operator: threshold} for threshold in (good, bad)]

        assert [passed for _, passed in the_measures(a_document(*rules))] == [True, False]

    def test_when_a_percentage_is_no_binary_fraction_then_it_is_compared_exactly(self) -> None:
        """One in a thousand is 0.1 percent, whatever floating point makes of it."""
        rule = a_rule("nullValues", must_be=0.1, unit="percent")

        assert the_measures(a_document(rule), [None, *["a"] * 999]) == [(0.1, True)]

    @pytest.mark.parametrize(
        ("rule", "path"),
        [
            ({"metric": "nullValues"}, ""),
            (a_rule("nullValues", must_be="none"), ".mustBe"),
            (a_rule("nullValues", must_be=float("inf")), ".mustBe"),
            ({"metric": "nullValues", "mustBeBetween": [3, 1]}, ".mustBeBetween"),
            ({"metric": "nullValues", "mustBeBetween": [1]}, ".mustBeBetween"),
            (a_rule("invalidValues", must_be=5), ""),
            (a_rule("invalidValues", must_be=5, arguments={"pattern": "(a"}), ""),
            (a_rule("rowCount", unit="percent"), ".unit"),
        ],
    )
    def test_when_a_rule_cannot_be_meant_then_it_is_a_problem(
        self, rule: dict[str, Any], path: str
    ) -> None:
        """A rule that is never checked is never taken."""
        with pytest.raises(ConfigError) as caught:
            load_contract(a_document(rule))

        found = [problem.path for problem in caught.value.problems]
        assert f"schema[0].properties[0].quality[0]{path}" in found

    def test_when_a_rule_of_the_whole_names_no_column_of_it_then_it_is_a_problem(self) -> None:
        """Properties are those of the object."""
        rule = a_rule("duplicateValues", arguments={"properties": ["x"]})

        with pytest.raises(ConfigError, match="no column 'x'"):
            load_contract(a_document(schema=[rule]))


def the_run(tmp_path: Path, mode: str, kind: str, *rules: Mapping[str, Any]) -> RunReport:
    """A run over a file of three rows: a null and a value of another type among them."""
    a_csv(tmp_path / "data" / "a.csv", [("a", 1), ("", 2), ("b", "x")], header=("v", "w"))
    job = a_job(
        tmp_path,
        reader=a_reader(kind, str(tmp_path / "data" / "*.csv")),
        contract=a_document(*rules),
        validation={"mode": mode},
    )
    return execute_job(job)


@pytest.mark.parametrize("kind", ["csv", "rust"])
class TestGivenARun:
    def test_when_a_rule_does_not_hold_then_nothing_is_visible(
        self, kind: str, tmp_path: Path
    ) -> None:
        """The error names field, rule and what was measured, over the rows that would enter."""
        with pytest.raises(ContractError) as caught:
            the_run(tmp_path, "quarantine", kind, a_rule("nullValues"))

        assert caught.value.where["rule"] == "quality.nullValues"
        assert caught.value.where["field"] == "v"
        assert caught.value.message == "nullValues is 1: mustBe 0"
        assert visible(tmp_path / "out") == []

    @pytest.mark.parametrize("severity", ["warning", "info"])
    def test_when_it_only_warns_then_the_run_is_partial(
        self, severity: str, kind: str, tmp_path: Path
    ) -> None:
        """The rows are committed, the note says what is wrong, and the exit code is 1."""
        report = the_run(tmp_path, "quarantine", kind, a_rule("nullValues", severity=severity))

        assert (report.exit_code, report.rows.written) == (1, 2)
        assert any(severity in note and "nullValues is 1" in note for note in report.notes)

    def test_when_the_mode_is_warn_then_nothing_fails(self, kind: str, tmp_path: Path) -> None:
        """`warn` warns of the whole as it warns of rows."""
        report = the_run(tmp_path, "warn", kind, a_rule("nullValues"))

        assert (report.status, report.rows.written) == ("partial", 2)
        assert [result["passed"] for result in report.quality] == [False]

    def test_when_all_hold_then_the_report_has_every_measure(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Rows that were quarantined are not counted."""
        rule = {"metric": "rowCount", "mustBeBetween": [1, 2]}
        report = the_run(tmp_path, "quarantine", kind, rule)

        assert report.to_dict()["quality"] == [
            {
                "rule": "quality.rowCount",
                "place": "schema[0].properties[0].quality[0]",
                "field": None,
                "metric": "rowCount",
                "measured": 2,
                "operator": "mustBeBetween",
                "threshold": [1, 2],
                "unit": "rows",
                "severity": "error",
                "passed": True,
            }
        ]
