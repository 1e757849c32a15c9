"""Expressions of every form, drawn at random: headrace's answer is DuckDB's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from headrace._native import expression_functions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.documents import codes_of, rows_of, sections_of, text_of
from tests.language import oracle
from tests.language.answers import alike, ours
from tests.language.columns import COLUMNS, tables
from tests.language.differences import DIFFERENCES, Difference
from tests.language.form import KINDS
from tests.language.trees import FORMS, Tree, of_form, trees

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAMES = sorted({form.name for form in FORMS})

# A table is drawn for each expression, and both are small.
WITHOUT_HASTE = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def answered(
    tree: Tree, rows: Sequence[Mapping[str, Any]], *, is_exact: bool = True
) -> tuple[bool, str]:
    """Whether both give the same values, or faults in the same rows; and what they gave."""
    names = sorted(tree.columns)
    found = ours(tree.ours, {name: COLUMNS[name].arrow for name in names}, rows)
    expected = oracle.answers(tree.theirs, {name: COLUMNS[name].duckdb for name in names}, rows)
    pairs = zip(found, expected, strict=True)
    is_same = all(alike(*pair, is_exact=is_exact) for pair in pairs)
    return is_same, f"{tree.ours}\n{tree.theirs}\n{rows}\n{found}\n{expected}"


def spelling_of(code: str) -> str:
    """What all forms of an operator have in their text, as the documents spell it."""
    return code.replace("\\|", "|").partition(" (")[0].partition(" …")[0].partition("x")[0]


class TestGivenAnExpression:
    @pytest.mark.parametrize("name", NAMES)
    def test_when_its_root_is_a_form_then_its_answers_are_duckdbs(self, name: str) -> None:
        """The same values, or faults in the same rows, for operands of every type."""
        forms = [form for form in FORMS if form.name == name]

        @settings(WITHOUT_HASTE, max_examples=10 + 2 * len(forms))
        @given(st.data())
        def holds(data: st.DataObject) -> None:
            form = data.draw(st.sampled_from(forms))
            tree = data.draw(of_form(form))
            rows = data.draw(tables(tree.columns))

            is_same, told = answered(tree, rows, is_exact=form.is_exact)

            assert is_same, told

        holds()

    @settings(WITHOUT_HASTE, max_examples=300)
    @given(data=st.data())
    def test_when_it_is_deep_then_its_answers_are_duckdbs(self, data: st.DataObject) -> None:
        """Of every kind."""
        tree = data.draw(st.sampled_from(KINDS).flatmap(lambda kind: trees(kind, depth=3)))
        rows = data.draw(tables(tree.columns))

        is_same, told = answered(tree, rows)

        assert is_same, told


class TestGivenTheForms:
    def test_when_listed_then_every_documented_function_is_drawn(self) -> None:
        """And every kind of operand is compared, chosen and cast."""
        documented = {name for name, _, _ in expression_functions()}

        assert documented <= set(NAMES)
        assert {take for form in FORMS if form.name == "=" for take in form.takes} == set(KINDS)

    def test_when_listed_then_every_documented_operator_is_drawn(self) -> None:
        """As the table of the language has them."""
        section = sections_of(text_of("docs/transforms.md"))["Expressions"]
        told = {row[0]: row[1] for row in rows_of(section) if len(row) == 2}
        codes = [
            code
            for row in ("comparison", "logic", "text", "arithmetic", "choice", "casts")
            for code in codes_of(told[row])
        ]

        drawn = {code: [form for form in FORMS if spelling_of(code) in form.ours] for code in codes}
        assert [code for code, forms in drawn.items() if not forms] == []


class TestGivenADifferenceThatIsMeant:
    @pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: one.here)
    def test_when_duckdb_is_asked_the_same_then_it_answers_otherwise(
        self, difference: Difference
    ) -> None:
        """What is told as a difference is one."""
        (found,) = ours(difference.expression, {"i": "int64"}, [{"i": 1}])
        (expected,) = oracle.answers(difference.expression, {}, [{}])

        assert found == difference.gives
        assert not alike(found, expected)

    def test_when_told_then_the_documents_have_the_same(self) -> None:
        """No difference is met in silence."""
        rows = rows_of(sections_of(text_of("docs/transforms.md"))["Differences from DuckDB"])

        assert [row[0] for row in rows] == [difference.here for difference in DIFFERENCES]
