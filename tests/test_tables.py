"""The tables of the documents are the code's, and each of their lines has a test."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import ROOT
from tests.covering import VARIABLE

if TYPE_CHECKING:
    from pathlib import Path


@cache
def generator() -> Any:  # noqa: ANN401  a script, no module of a package
    """`docs/generate.py`."""
    sys.path.insert(0, str(ROOT / "docs"))  # as where it is run
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


DOCUMENTS = generator().documents()


@pytest.fixture(scope="module")
def covered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the tests of the whole checkout say that they cover, and which does."""
    path: Path = tmp_path_factory.mktemp("covering") / "lines.json"
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "tests.covering"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", str(ROOT / "tests")],
        cwd=ROOT,
        env=os.environ | {VARIABLE: str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    found: dict[str, str] = json.loads(path.read_text())
    return found


class TestGivenTheDocuments:
    @pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
    def test_when_generated_then_nothing_changes(self, path: Path) -> None:
        """A table says what the code does; `nox -s docs` writes it."""
        text = path.read_text(encoding="utf-8")

        assert generator().rendered(text) == text

    def test_when_searched_then_every_table_stands_in_one_of_them(self) -> None:
        """What can be generated is read by somebody, once."""
        found = [
            name
            for path in DOCUMENTS
            for name in generator().tables_of(path.read_text(encoding="utf-8"))
        ]

        assert sorted(found) == sorted(generator().TABLES)


class TestGivenATable:
    @pytest.mark.parametrize("name", sorted(generator().TABLES))
    def test_when_read_then_each_line_has_a_test(self, name: str, covered: dict[str, str]) -> None:
        """A line that no test covers is a promise that nobody keeps."""
        table = generator().TABLES[name]()

        assert table.ids - set(covered) == set()
        assert table.ids

    def test_when_tests_name_lines_then_each_is_in_a_table(self, covered: dict[str, str]) -> None:
        """A mark that is misspelled covers nothing; types may be more special than a line."""
        known = {line for make in generator().TABLES.values() for line in make().ids}
        known |= {"rule:type", "rule:enum", "rule:unique", "rule:encoding"}

        strangers = {line for line in covered if not line.startswith("type:")} - known

        assert strangers == set()
