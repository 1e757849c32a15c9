"""Plugins: found by name, configured with types, missing with the command that installs them."""

from __future__ import annotations

from pathlib import Path

import pytest
from headrace import ConfigError, execute_job, resolve_job

from tests.builders import a_job, landed, visible
from tests.runs import (
    JSONL,
    SQUARES,
    a_job_file,
    a_plugin,
    a_source,
    ended,
    numbers,
    python,
)


class TestGivenAName:
    def test_when_a_distribution_offers_it_then_it_is_found_and_listed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An installed package brings plugins by entry points, without any import of ours."""
        site = tmp_path / "site"
        info = site / "counting-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: counting\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[headrace.readers]\ncount = counting:Plugin\n")
        numbers(site, [5], name="x")
        (site / "reader.py").rename(site / "counting.py")
        monkeypatch.syspath_prepend(str(site))

        job = a_job(tmp_path, reader={"type": "count"})
        execute_job(job)

        assert landed(tmp_path / "out") == [(n,) for n in range(5)]
        assert resolve_job(job).plugins["reader"].origin == "counting"

    def test_when_it_is_module_and_class_then_it_is_imported(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """`pkg.module:Class` needs no registration."""
        monkeypatch.syspath_prepend(str(tmp_path))
        package = tmp_path / "stranger"
        package.mkdir()
        (package / "__init__.py").write_text("")
        numbers(package, [4])

        execute_job(a_job(tmp_path, reader={"type": "stranger.reader:Plugin"}))

        assert landed(tmp_path / "out") == [(n,) for n in range(4)]

    def test_when_it_is_a_file_then_it_is_taken_from_beside_the_job(self, tmp_path: Path) -> None:
        """`path.py:Class` resolves against the job file."""
        numbers(tmp_path, [6])
        job = a_job_file(tmp_path, reader={"type": "reader.py:Plugin"})

        execute_job(str(job))

        assert landed(tmp_path / "out") == [(n,) for n in range(6)]

    def test_when_the_examples_are_used_then_they_work_as_documented(self, tmp_path: Path) -> None:
        """The two complete examples run without an import of headrace."""
        job = a_job(
            tmp_path,
            reader={"type": f"{SQUARES}:SquaresReader", "count": 250},
            writer={"type": f"{JSONL}:JsonlWriter", "file_bytes": 1000},
        )

        report = execute_job(job)

        files = visible(tmp_path / "out")
        assert report.rows.written == 250
        assert len(files) > 1
        assert sum(len(path.read_text().splitlines()) for path in files) == 250

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("nothing", "known: csv, rust"),
            ("no.such.module:Plugin", "cannot be imported: ModuleNotFoundError"),
            ("missing.py:Plugin", "there is no file"),
            ("reader.py:Other", "has no class 'Other'"),
            ("broken.py:Plugin", "cannot be imported: SyntaxError"),
            ("raising.py:Plugin", "cannot be imported: RuntimeError: no luck"),
            ("exiting.py:Plugin", "cannot be imported: SystemExit"),
            ("methodless.py:Plugin", "has no method extract"),
        ],
    )
    def test_when_it_leads_nowhere_then_the_job_is_refused_at_its_line(
        self, name: str, said: str, tmp_path: Path
    ) -> None:
        """What cannot be loaded is a problem of the job, with key path and reason."""
        numbers(tmp_path)
        (tmp_path / "broken.py").write_text("class Plugin(:\n")
        (tmp_path / "raising.py").write_text("raise RuntimeError('no luck')\n")
        (tmp_path / "exiting.py").write_text("raise SystemExit(0)\n")
        (tmp_path / "methodless.py").write_text("class Plugin:\n    pass\n")
        job = a_job_file(tmp_path, reader={"type": name})

        with pytest.raises(ConfigError) as caught:
            resolve_job(job)

        (problem,) = caught.value.problems
        assert problem.path == "reader.type"
        assert said in problem.message


class TestGivenATypedConfig:
    BODY = """
import msgspec

class Plugin:
    class Config(msgspec.Struct, forbid_unknown_fields=True):
        count: int
        label: str = "n"

    def __init__(self, config):
        self.config = config

    def schema(self):
        return [{"name": self.config.label, "type": "int64", "nullable": False}]

    def extract(self, state):
        yield [{self.config.label: n} for n in range(self.config.count)]
"""

    def test_when_it_is_right_then_the_class_gets_it_typed(self, tmp_path: Path) -> None:
        """Defaults are filled in, and values have their types."""
        reader = {"type": a_plugin(tmp_path, self.BODY, name="typed"), "count": 3}

        execute_job(a_job(tmp_path, reader=reader))

        assert landed(tmp_path / "out") == [(0,), (1,), (2,)]

    def test_when_it_is_wrong_then_all_problems_are_told_at_once(self, tmp_path: Path) -> None:
        """A plugin's keys are checked as the engine's own are."""
        name = a_plugin(tmp_path, self.BODY, name="typed")
        reader = {"type": name, "count": "three", "label": 3, "colour": "red"}

        with pytest.raises(ConfigError) as caught:
            resolve_job(a_job(tmp_path, reader=reader))

        assert {p.path for p in caught.value.problems} == {
            "reader.count",
            "reader.label",
            "reader.colour",
        }


class TestGivenAMissingExtra:
    def test_when_pyarrow_is_not_there_then_the_error_has_the_install_command(
        self, tmp_path: Path
    ) -> None:
        """The base install says what to install, and works without it."""
        a_source(tmp_path, 5)
        parquet = a_job_file(tmp_path, writer={"type": "parquet"})
        hidden = "import sys; sys.modules['pyarrow'] = None\n"
        code = hidden + "from headrace.cli import main; sys.exit(main(sys.argv[1:]))"

        refused = ended(python(code, "run", parquet))
        rust = a_job_file(tmp_path, writer={"type": "rust"})
        accepted = ended(python(code, "run", rust))

        assert refused.code == 2
        assert "pip install 'headrace[arrow]'" in refused.err
        assert accepted.code == 0, accepted.err
