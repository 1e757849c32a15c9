"""Programs in environments of their own: installed once, and never a wrong one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from headrace_harness.errors import ServiceError
from headrace_harness.services.apart import apart

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for the module: making an environment takes seconds."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def cached(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is kept there."""
    monkeypatch.setenv("HEADRACE_CACHE", str(cache))


@pytest.mark.long
class TestGivenAProgramOfAPackage:
    def test_when_wanted_twice_then_it_is_installed_once(self, cache: Path) -> None:
        """The first use tells of the installation, the next has nothing to tell."""
        said: list[list[str]] = [[], []]

        # Every environment has pip, so that no index is asked.
        first = apart("small", "pip", "pip", announce=said[0].append)
        second = apart("small", "pip", "pip", announce=said[1].append)

        assert first == second == cache / "small-venv" / "bin" / "pip"
        assert first.exists()
        assert said[0][0] == "installing pip into an environment of its own, once"
        assert said[1] == []

    def test_when_it_has_no_such_program_then_it_is_an_error(self) -> None:
        """What is installed is not taken for what was wanted."""
        with pytest.raises(ServiceError, match="pip has no program pipe"):
            apart("small", "pip", "pipe", announce=lambda _: None)

    def test_when_it_cannot_be_installed_then_pips_words_are_told_and_it_is_tried_again(
        self, tmp_path: Path
    ) -> None:
        """Half an environment is none."""
        missing = str(tmp_path / "nothing.whl")

        for _ in range(2):
            with pytest.raises(ServiceError, match=r"installing .*nothing\.whl fails: \S"):
                apart("broken", missing, "any", announce=lambda _: None)
