"""The documents name all there is, and nothing that there is not."""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import headrace
import msgspec
import pytest
import yaml
from headrace import Field, HeadraceError, RunReport, Schema, errors, load_contract
from headrace._native import KINDS
from headrace.cabi.config import LibraryConfig
from headrace.cli.main import _parser
from headrace.contract.types import TYPES
from headrace.job import (
    Batching,
    ByteSize,
    Checkpointing,
    Drift,
    RawJob,
    StateSection,
    StreamSection,
    Validation,
    parse_job,
)
from headrace.plugins import ENGINE_KEYS
from headrace.readers.rust import RustConfig
from headrace.targets.iceberg.config import CatalogKeys, IcebergConfig
from headrace.targets.local import LocalConfig
from headrace.targets.s3 import S3Config
from headrace.writers.rolling import ParquetConfig

from tests.builders import ROOT
from tests.engine.documents import (
    DOCUMENTS,
    RECORDS,
    blocks_of,
    codes_of,
    crowded_lines,
    missing_links,
    missing_places,
    name_of,
    rows_of,
    sections_of,
    text_of,
)

SECTIONS: dict[str, type[msgspec.Struct]] = {
    "Top level": RawJob,
    "`reader`: `csv` and `rust`": RustConfig,
    "`writer`: `parquet` and `rust`": ParquetConfig,
    "`reader` and `writer`: `cabi`": LibraryConfig,
    "`target`: `local`": LocalConfig,
    "`target`: `s3`": S3Config,
    "`target`: `iceberg`": IcebergConfig,
    "`target.catalog`": CatalogKeys,
    "`validation`": Validation,
    "`drift`": Drift,
    "`streams`": StreamSection,
    "`state`": StateSection,
    "`batch`": Batching,
    "`batch.checkpoint`": Checkpointing,
}
ENGINE = {key for keys in ENGINE_KEYS.values() for key in keys}
CLASSES = [
    cls
    for name in errors.__all__
    if isinstance(cls := getattr(errors, name), type) and issubclass(cls, HeadraceError)
]
HEADINGS = ["Context", "Options", "Decision", "Consequences", "Evidence"]
ONE_PAGE = 70


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands of a parser, and those below them, by their words."""
    found = {}
    for action in parser._actions:  # noqa: SLF001  argparse tells it no other way
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for name, below in action.choices.items():
                deeper = commands_of(below)
                found |= {f"{name} {word}": it for word, it in deeper.items()} or {name: below}
    return found


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    strings = (s for action in parser._actions for s in action.option_strings)  # noqa: SLF001
    return {string for string in strings if string.startswith("--")}


def named_commands(text: str) -> set[str]:
    r"""What the codes of a text call, `headrace state show\|set` spelled out."""
    found = set()
    for code in codes_of(text):
        words = re.sub(r"[\[\]]", "", code.replace("\\|", "|")).split()
        if words[:1] == ["headrace"]:
            for first in (words[1] if len(words) > 1 else "").split("|"):
                found |= {first, *(f"{first} {w}" for w in " ".join(words[2:3]).split("|"))}
    return found


def default_of(field: msgspec.structs.FieldInfo) -> Any:  # noqa: ANN401  any default
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def is_spelled(default: Any, text: str) -> bool:  # noqa: ANN401  any default
    """Whether a cell says this default."""
    if default is msgspec.NODEFAULT:
        return text.startswith("required")
    if isinstance(default, msgspec.Struct):
        return text == "as below"
    if default is None:
        return text == "none"
    value = yaml.safe_load(text.strip("`"))
    if isinstance(default, ByteSize):
        return ByteSize(value) == default
    return bool(value == msgspec.json.decode(msgspec.json.encode(default)))


def shell(tmp_path: Path) -> dict[str, str]:
    """An environment whose `headrace` and `python` are those under test."""
    binaries = tmp_path / "bin"
    binaries.mkdir()
    for name, words in (("headrace", "-m headrace "), ("python", "")):
        script = binaries / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n')
        script.chmod(0o755)
    package = str(Path(headrace.__file__).parents[1])
    path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": package}


def ran(*command: str, cwd: Path, env: dict[str, str]) -> str:
    """What a command prints that must succeed."""
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class TestGivenTheLibrary:
    def test_when_documented_then_every_public_name_is_told(self) -> None:
        """What can be imported is described somewhere."""
        words = {w for path in DOCUMENTS for w in re.findall(r"\w+", path.read_text("utf-8"))}

        assert set(headrace.__all__) - words == set()


class TestGivenTheCommandLine:
    def test_when_documented_then_every_command_and_option_is_named(self) -> None:
        """What can be typed is described, and what is described can be typed."""
        commands = commands_of(_parser([]))
        text = text_of("docs/cli.md")

        options = {option for parser in commands.values() for option in options_of(parser)}

        assert set(commands) <= named_commands(text)
        assert set(commands) <= named_commands(sections_of(text_of("README.md"))["Command line"])
        assert {option for option in options if f"`{option}" not in text} == set()

    def test_when_the_harness_is_there_then_its_commands_are_named_too(self) -> None:
        """The same holds of what the harness adds."""
        reason = "headrace-harness is not installed"
        harness = pytest.importorskip("headrace_harness.cli", reason=reason)
        parser = argparse.ArgumentParser()
        harness.register(parser.add_subparsers())
        text = text_of("docs/cli.md")

        commands = commands_of(parser)
        options = {option for parser in commands.values() for option in options_of(parser)}

        assert set(commands) <= named_commands(text)
        assert {option for option in options if f"`{option}" not in text} == set()


class TestGivenTheScenarios:
    def test_when_documented_then_every_suite_and_data_set_is_named(self) -> None:
        """What can be asked of `bench` is described."""
        scenarios = [*ROOT.glob("scenarios/suites/*.toml"), *ROOT.glob("scenarios/datasets/*.toml")]

        named = codes_of(sections_of(text_of("docs/cli.md"))["`headrace bench`"])

        assert {path.stem for path in scenarios} - set(named) == set()
        assert scenarios


class TestGivenAJobsKeys:
    @pytest.mark.parametrize("heading", SECTIONS)
    def test_when_documented_then_keys_and_defaults_are_the_codes(self, heading: str) -> None:
        """Each section's table has exactly the keys that the code takes, and their defaults."""
        fields = msgspec.structs.fields(SECTIONS[heading])
        added = ENGINE if heading.startswith(("`reader`", "`writer`")) else ()
        defaults = {f.encode_name: default_of(f) for f in fields if f.encode_name not in added}
        section = sections_of(text_of("docs/jobs.md"))[heading]

        rows = {row[0].strip("`"): row[1] for row in rows_of(section)}

        assert set(rows) == set(defaults)
        assert {k: rows[k] for k, d in defaults.items() if not is_spelled(d, rows[k])} == {}

    def test_when_the_engine_sets_a_key_then_plugins_are_told(self) -> None:
        """Whoever writes a plugin reads of every key that is not the user's."""
        config = sections_of(text_of("docs/plugins.md"))["Config"]

        named = {(row[0], key) for row in rows_of(config) for key in codes_of(row[1])}

        assert named == {(kind, key) for kind, keys in ENGINE_KEYS.items() for key in keys}

    def test_when_the_example_is_read_then_nothing_is_wrong_with_it(self) -> None:
        """The job in the documents is one."""
        example = yaml.safe_load(blocks_of(text_of("docs/jobs.md"), "yaml")[0])

        _, _, problems = parse_job(example)

        assert problems == []


class TestGivenContracts:
    def test_when_types_are_listed_then_they_are_the_codes(self) -> None:
        """The table of types is the code's, whole."""
        rows = rows_of(sections_of(text_of("docs/contracts.md"))["Types"])

        listed = {codes_of(row[0])[0]: tuple(codes_of(row[1])) for row in rows}

        assert listed == {line.arrow: line.physical for line in TYPES}

    def test_when_plugins_spell_types_then_each_kind_is_there_and_is_read(self) -> None:
        """Who writes a schema finds every type that a column may have."""
        section = sections_of(text_of("docs/plugins.md"))["Types"]
        spellings = [code for row in rows_of(section) for code in codes_of(row[0])]

        kinds = {re.split(r"[(<]", line.arrow)[0] for line in TYPES}
        Schema(tuple(Field(name, name) for name in spellings)).native()

        assert kinds <= {re.split(r"[(<]", spelling)[0] for spelling in spellings} | {
            f"timestamp[{unit}{zone}]" for unit in ("s", "ms", "ns") for zone in ("", ", tz=UTC")
        }

    def test_when_the_example_is_read_then_nothing_is_wrong_with_it(self) -> None:
        """The contract in the documents is one."""
        example = yaml.safe_load(blocks_of(text_of("docs/contracts.md"), "yaml")[0])

        contract = load_contract(example)

        assert contract.schema.names == ("id", "email", "balance")


class TestGivenErrors:
    def test_when_documented_then_the_table_is_the_tree(self) -> None:
        """Every class stands with its parent, exit code, retry and scope."""
        tree = {
            cls.__name__: (
                cls.__bases__[0].__name__,
                str(cls.exit_code),
                "yes" if cls.retryable else "no",
                cls.scope.value,
            )
            for cls in CLASSES
        }
        prose = text_of("docs/errors.md").partition("\n## ")[0]

        rows = {row[0].strip("`"): (row[1].strip("`"), *row[2:5]) for row in rows_of(prose)}

        assert rows == tree

    def test_when_the_core_fails_then_the_class_is_documented(self) -> None:
        """Every kind of the core stands with its class."""
        section = sections_of(text_of("docs/errors.md"))["Kinds of the native core"]

        rows = {codes_of(row[0])[0]: row[1].strip("`") for row in rows_of(section)}

        assert rows == {kind: cls.__name__ for kind, cls in KINDS.items()}


class TestGivenTheRunReport:
    def test_when_documented_then_its_keys_are_the_reports(self) -> None:
        """The example has the keys that a run prints, in their order."""
        example = json.loads(blocks_of(text_of("docs/reports.md"), "json")[0])
        report = RunReport(run_id="", job="").to_dict()

        assert list(example) == list(report)
        for key in ("rows", "stages_s"):
            assert list(example[key]) == list(report[key])


class TestGivenTheSessions:
    def test_when_contributing_then_every_session_is_named(self) -> None:
        """The table of sessions is the noxfile's."""
        tree = ast.parse(text_of("noxfile.py"))
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        sessions = {f.name for f in functions if f.decorator_list}

        rows = rows_of(sections_of(text_of("CONTRIBUTING.md"))["Sessions"])

        assert {row[0].strip("`").removeprefix("nox -s ") for row in rows} == sessions


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
class TestGivenADocument:
    def test_when_it_names_a_path_then_something_is_there(self, path: Path) -> None:
        """Links and paths lead somewhere."""
        text = path.read_text(encoding="utf-8")

        assert [*missing_links(path), *missing_places(text)] == []

    def test_when_it_is_read_then_a_line_is_a_sentence(self, path: Path) -> None:
        """One sentence a line, so that a change shows what it changed."""
        assert list(crowded_lines(path.read_text(encoding="utf-8"))) == []

    def test_when_it_is_published_then_every_number_is_measured(self, path: Path) -> None:
        """No figure waits to be filled in."""
        assert re.findall(r"\{\{measure[^}]*\}\}", path.read_text(encoding="utf-8")) == []


class TestGivenTheCode:
    def test_when_it_names_a_document_then_it_is_there(self) -> None:
        """A reason that a comment points to can be read."""
        sources = [*(ROOT / "engine").rglob("*.py"), *(ROOT / "rust").rglob("src/**/*.rs")]

        named = {
            name
            for path in sources
            for name in re.findall(r"(?<![\w/])docs/[\w/-]+(?:\.md)?", path.read_text("utf-8"))
        }

        assert {name for name in named if not list(ROOT.glob(f"{name}*"))} == set()
        assert named


class TestGivenTheRecordsOfDecisions:
    def test_when_listed_then_none_is_left_out(self) -> None:
        """The index has every record, in order and each number once, under its own title."""
        rows = rows_of(text_of("docs/adr/README.md"))

        titles = [path.read_text(encoding="utf-8").splitlines()[0] for path in RECORDS]

        assert len({path.name[:4] for path in RECORDS}) == len(rows)
        assert [f"[{path.name[:4]}]({path.name})" for path in RECORDS] == [r[0] for r in rows]
        assert titles == [f"# {r[0][1:5]}: {r[1]}" for r in rows]

    @pytest.mark.parametrize("path", RECORDS, ids=name_of)
    def test_when_read_then_it_is_one_page_of_the_template(self, path: Path) -> None:
        """Status, date, context, options, decision, consequences, evidence; one page."""
        text = path.read_text(encoding="utf-8")

        assert list(sections_of(text)) == HEADINGS
        assert re.search(r"^- Status: \w+", text, re.MULTILINE)
        assert re.search(r"^- Date: \d{4}-\d\d-\d\d$", text, re.MULTILINE)
        assert len(text.splitlines()) <= ONE_PAGE


class TestGivenTheReadme:
    def test_when_its_first_lines_are_typed_then_they_run(self, tmp_path: Path) -> None:
        """The ten lines at the top run as they stand, and print what is visible."""
        lines = blocks_of(text_of("README.md"), "bash")[0]

        printed = ran("bash", "-euc", lines, cwd=tmp_path, env=shell(tmp_path))

        (visible,) = ast.literal_eval(printed)
        assert Path(visible).is_relative_to(tmp_path / "demo" / "out")

    def test_when_its_python_is_run_then_rows_arrive(self, tmp_path: Path) -> None:
        """Both loops run as they stand."""
        shutil.copytree(
            ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("out")
        )
        env = shell(tmp_path)
        whole, by_hand, _ = blocks_of(text_of("README.md"), "python")

        printed = ran("python", "-c", whole, cwd=tmp_path, env=env)
        ran("python", "-c", by_hand, cwd=tmp_path, env=env)

        assert printed == "succeeded 3\n"
        assert len(headrace.read_manifest(tmp_path / "examples" / "out" / "people")) == 1

    def test_when_its_plugins_are_saved_then_its_job_runs_them(self, tmp_path: Path) -> None:
        """A reader and a writer are a dozen lines, and those lines work."""
        readme = text_of("README.md")
        (tmp_path / "own.py").write_text(blocks_of(readme, "python")[2])
        (tmp_path / "job.yaml").write_text(blocks_of(readme, "yaml")[0])

        ran("headrace", "run", "job.yaml", cwd=tmp_path, env=shell(tmp_path))

        (path,) = headrace.read_manifest(tmp_path / "out")
        assert Path(path).read_text() == "3\n2\n1\n"
