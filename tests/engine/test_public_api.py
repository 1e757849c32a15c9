"""The names that users import, and that they do what `tests/typing/api.py` does with them."""

from __future__ import annotations

import importlib
import inspect
import pickle
from typing import TYPE_CHECKING

import headrace
import pytest

from tests.builders import a_contract, a_property
from tests.typing import api

if TYPE_CHECKING:
    from pathlib import Path

PUBLIC = sorted(headrace.__all__)


class TestGivenTheNames:
    def test_when_listed_then_they_are_sorted_and_each_once(self) -> None:
        """`__all__` is what there is, in order."""
        assert headrace.__all__ == PUBLIC
        assert len(set(PUBLIC)) == len(PUBLIC)

    @pytest.mark.parametrize("name", PUBLIC)
    def test_when_imported_then_each_is_there_and_says_what_it_is_for(self, name: str) -> None:
        """Each class and function has a docstring, and so has each of its public methods."""
        value = getattr(importlib.import_module("headrace"), name)

        assert inspect.isclass(value) or inspect.isfunction(value)
        assert inspect.getdoc(value)
        assert value.__module__ == "headrace"
        for method_name, method in vars(value).items() if inspect.isclass(value) else ():
            if inspect.isfunction(method) and not method_name.startswith("_"):
                assert method.__doc__, method_name

    def test_when_an_error_is_raised_anywhere_then_its_class_is_public(self) -> None:
        """Whoever catches by class can name it."""
        errors = importlib.import_module("headrace.errors")

        assert set(errors.__all__) <= set(headrace.__all__)

    @pytest.mark.parametrize(
        "error",
        [
            headrace.DecodeError("what", file="f", line=3),
            headrace.ConfigError(problems=[headrace.Problem(path="a", message="b", line=1)]),
            headrace.RateLimitError("slow", retry_after_s=1.5),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_when_pickled_then_an_error_stays_itself(self, error: headrace.HeadraceError) -> None:
        """Errors cross process borders whole."""
        again = pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes

        assert type(again) is type(error)
        assert again.to_dict() == error.to_dict()
        assert str(again) == str(error)


class TestGivenAStrangersUse:
    def test_when_a_job_of_own_classes_runs_then_its_rows_land(self, tmp_path: Path) -> None:
        """A reader and a writer need import nothing of headrace."""
        assert api.run_it(tmp_path) == 0
        assert sorted(api.rows_of(tmp_path)) == [1, 2, 3]

    def test_when_the_loop_is_written_by_hand_then_it_does_the_same(self, tmp_path: Path) -> None:
        """The parts are public, and make the same loop."""
        assert api.loop_by_hand(tmp_path) == []
        assert sorted(api.rows_of(tmp_path)) == [1, 2, 3]

    def test_when_a_row_is_bad_then_the_error_carries_its_facts(self) -> None:
        """Facts, not prose: row, field and rule are data."""
        found = api.validate_by_hand(a_contract(a_property("n", "integer")))

        assert (found["type"], found["scope"]) == ("ContractError", "record")
        assert found["where"] == {"row": 1, "field": "n", "rule": "type"}

    def test_when_a_job_is_wrong_then_its_problems_are_data(self, tmp_path: Path) -> None:
        """Each problem has its key path."""
        assert api.list_problems({**api.a_job(tmp_path), "typo": 1}) == ["typo"]
