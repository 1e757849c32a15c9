"""The walls of the house: sizes, names, listings, directions, and what an import costs."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.builders import ROOT
from tests.runs import ended, environment, python

MAX_LINES = 400
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
COSTLY = ("pyarrow", "duckdb", "asyncio", "hashlib", "importlib.metadata")

SOURCES = sorted(
    path
    for folder in ("engine", "harness", "rust", "tests", "examples")
    for suffix in ("*.py", "*.pyi", "*.rs", "*.c")
    for path in (ROOT / folder).rglob(suffix)
    if not {"target", "build", ".venv"} & set(path.relative_to(ROOT).parts)
)
PACKAGES = sorted(
    path.parent
    for path in SOURCES
    if path.name == "__init__.py" and path.relative_to(ROOT).parts[0] in ("engine", "harness")
)


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def listed_in(docstring: str) -> set[str]:
    """The modules that a docstring lists: "- `name`: …", or "name: …" below "Modules:"."""
    entries = re.findall(r"^- (`.*?):", docstring, flags=re.MULTILINE)
    listed = {name for entry in entries for name in re.findall(r"`(\w+)`", entry)}
    _, _, section = docstring.partition("Modules:\n")
    return listed | set(re.findall(r"^ {4}(\w+): ", section, flags=re.MULTILINE))


class TestGivenTheSources:
    def test_when_counted_then_none_passes_400_lines(self) -> None:
        """A file that passes 400 lines wants to become a folder."""
        sizes = {short(path): len(path.read_text().splitlines()) for path in SOURCES}

        assert {name: size for name, size in sizes.items() if size > MAX_LINES} == {}
        assert len(sizes) > 60

    def test_when_named_then_each_says_what_it_holds(self) -> None:
        """No drawer for whatever fits nowhere else."""
        named = [short(path) for path in SOURCES if path.stem in FORBIDDEN_NAMES]

        assert named == []

    @pytest.mark.parametrize("package", PACKAGES, ids=short)
    def test_when_listed_then_each_package_names_all_its_modules_and_no_other(
        self, package: Path
    ) -> None:
        """The docstring of a package is its table of contents."""
        docstring = ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""
        modules = {
            path.stem
            for path in package.iterdir()
            if (path.suffix == ".py" and not path.stem.startswith("_"))
            or (path.is_dir() and (path / "__init__.py").exists())
        }

        listed = listed_in(docstring)

        assert listed == modules


class TestGivenAnImport:
    def test_when_it_is_the_base_then_nothing_costly_comes_with_it(self) -> None:
        """What a run does not need is not paid for in its memory."""
        code = f"import sys, headrace; print([m for m in {COSTLY!r} if m in sys.modules])"

        done = ended(python(code))

        assert (done.code, done.out.strip()) == (0, "[]"), done.err

    def test_when_an_engine_module_is_imported_then_the_harness_is_not(self) -> None:
        """The harness knows the engine, never the other way round."""
        mentions = [
            short(path)
            for path in SOURCES
            if path.is_relative_to(ROOT / "engine")
            and re.search(r"^\s*(import|from) headrace_harness", path.read_text(), re.MULTILINE)
        ]

        assert mentions == []

    def test_when_the_layers_are_checked_then_every_contract_is_kept(self) -> None:
        """Imports go down the layers of the architecture and never back."""
        command = shutil.which("lint-imports")
        if command is None:
            pytest.skip("import-linter is not installed; `nox -s lint` runs it")
        if not (ROOT / "harness" / "headrace_harness").exists():
            pytest.skip("the contracts name the harness, which is not in this checkout")
        path = os.pathsep.join([str(ROOT / "engine"), str(ROOT / "harness")])

        done = subprocess.run(
            [command, "--no-cache"],
            cwd=ROOT,
            env=environment() | {"PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 0, done.stdout + done.stderr
