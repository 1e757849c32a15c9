"""Plugins: found by name, held to what they claim, and blamed by name."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from headrace import ConfigError, HeadraceError, PluginError, execute_job, resolve_job

from tests.builders import a_job, landed, visible
from tests.runs import (
    JSONL,
    SQUARES,
    a_job_file,
    a_plugin,
    a_plugin_reader,
    a_source,
    ended,
    leftovers,
    numbers,
    python,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def a_writer(tmp_path: Path, *, write: str = "return []", close: str = "return []") -> Any:  # noqa: ANN401
    """The writer section of a plugin with these bodies; it has `self.path`, a file with 1 byte."""
    body = f"""
import os, sys

class Plugin:
    def __init__(self, config):
        self.root = config["output_path"]
        self.path = os.path.join(self.root, "a.txt")
        self.rows = 0
        with open(self.path, "w") as file:
            file.write("x")

    def write_batch(self, batch, file_counter):
        self.rows += len(batch)
{textwrap.indent(textwrap.dedent(write).strip(), " " * 8)}

    def close(self):
{textwrap.indent(textwrap.dedent(close).strip(), " " * 8)}
"""
    return {"type": a_plugin(tmp_path, body, name="writer")}


HONEST = 'return [{"path": self.path, "rows": self.rows, "bytes": 1}]'


def the_blame(job: Mapping[str, Any], tmp_path: Path, *, plugin: str) -> str:
    """The message of the PluginError that a run ends with; it names `plugin`."""
    with pytest.raises(PluginError) as caught:
        execute_job(job)
    assert caught.value.exit_code == 2
    assert f"{plugin}.py" in str(caught.value)
    assert visible(tmp_path / "out") == []
    assert leftovers(tmp_path / "out") == []
    return str(caught.value)


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


class TestGivenAReaderThatMisbehaves:
    @pytest.mark.parametrize("prefetch", [0, 1])
    @pytest.mark.parametrize(
        ("extract", "said"),
        [
            ("yield None", "yielded NoneType"),
            ("yield 5", "yielded int"),
            ("yield 'text'", "yielded str"),
            ("yield (n for n in [1, 2])", "yielded generator"),
            ("yield {'n': 1}", "yielded dict"),
            ("yield [1, 2]", "a list with int"),
            ("yield [{'n': 1}, None]", "a list with NoneType"),
            ("return None", "not an iterator"),
            ("return 5", "not an iterator"),
            ("yield [{'n': 1}]\nraise RuntimeError('in mid-stream')", "RuntimeError: in mid-"),
            ("yield [{'n': 1}]\nsys.exit(0)", "SystemExit: 0"),
            ("yield [{'n': 1}]\nraise StopIteration", "StopIteration"),
            ("raise KeyError('at once')", "KeyError: 'at once'"),
        ],
    )
    def test_when_run_then_it_is_blamed_and_nothing_is_visible(
        self, extract: str, said: str, prefetch: int, tmp_path: Path
    ) -> None:
        """Whatever a reader does, the error is typed and names it."""
        reader = a_plugin_reader(tmp_path, extract)

        message = the_blame(
            a_job(tmp_path, reader=reader, batch={"prefetch": prefetch}), tmp_path, plugin="reader"
        )

        assert said in message

    @pytest.mark.parametrize("extract", ["return iter(())", "yield []\nyield []"])
    def test_when_it_yields_no_rows_then_the_run_succeeds_with_none(
        self, extract: str, tmp_path: Path
    ) -> None:
        """No rows are no failure."""
        report = execute_job(a_job(tmp_path, reader=a_plugin_reader(tmp_path, extract)))

        assert (report.status, report.rows.read) == ("succeeded", 0)

    def test_when_its_rows_do_not_fit_its_schema_then_the_run_fails_typed(
        self, tmp_path: Path
    ) -> None:
        """A reader is held to the columns that it declares."""
        reader = a_plugin_reader(tmp_path, "yield [{'n': 1}, {'n': 'x'}]")

        with pytest.raises(HeadraceError, match="n"):
            execute_job(a_job(tmp_path, reader=reader))

        assert visible(tmp_path / "out") == []

    @pytest.mark.parametrize(
        "body",
        [
            "    def __init__(self, c): raise OSError('no socket')\n    def extract(self, s): ...",
            "    def __init__(self): ...\n    def extract(self, s): ...",
        ],
        ids=["raises", "takes no config"],
    )
    def test_when_its_constructor_raises_then_it_is_blamed(self, body: str, tmp_path: Path) -> None:
        """A plugin that cannot be made says why."""
        reader = {"type": a_plugin(tmp_path, f"class Plugin:\n{body}\n", name="reader")}

        message = the_blame(a_job(tmp_path, reader=reader), tmp_path, plugin="reader")

        assert "could not be created" in message

    @pytest.mark.parametrize(
        "schema", ["return 5", "return [{'nam': 1}]", "return [1]", "raise OSError('x')"]
    )
    def test_when_its_schema_is_nonsense_then_it_is_blamed(
        self, schema: str, tmp_path: Path
    ) -> None:
        """A declared schema is a schema."""
        body = f"""
class Plugin:
    def __init__(self, config): ...
    def schema(self): {schema}
    def extract(self, state): return iter(())
"""
        reader = {"type": a_plugin(tmp_path, body, name="reader")}

        message = the_blame(a_job(tmp_path, reader=reader), tmp_path, plugin="reader")

        assert "schema" in message


class TestGivenAWriterThatMisbehaves:
    @pytest.mark.parametrize(
        ("write", "close", "said"),
        [
            ("return None", HONEST, "returned NoneType"),
            ("return 'a.txt'", HONEST, "returned str"),
            ("return ['a.txt']", HONEST, "returned str for a file"),
            ("return [{'path': self.path}]", "return []", "needed are path, rows, bytes"),
            ("return [{'path': self.path, 'rows': True, 'bytes': 1}]", "return []", "needed are"),
            ("return [{'path': self.path, 'rows': -1, 'bytes': 1}]", "return []", "needed are"),
            (
                "return [{'path': self.path, 'rows': 3, 'bytes': 1, 'partition': 5}]",
                "return []",
                "for a partition",
            ),
            ("return []", "return []", "was given 6 rows and reports 0"),
            ("return []", "return None", "was given 6 rows and reports 0"),
            (
                "return []",
                'return [{"path": self.path, "rows": 7, "bytes": 1}]',
                "was given 6 rows and reports 7",
            ),
            (
                "return []",
                'return [{"path": self.path, "rows": 6, "bytes": 2}]',
                "reports 2 bytes of a file that has 1",
            ),
            (
                "return []",
                'return [{"path": self.path + "x", "rows": 6, "bytes": 1}]',
                "a file that is not there",
            ),
            (
                "return []",
                'return [{"path": self.path, "rows": 3, "bytes": 1}] * 2',
                "reports a file twice",
            ),
            (
                "return []",
                f'open(self.root + "/b.txt", "w").close()\n{HONEST}',
                "left a file that it does not report",
            ),
            ("raise OSError('broken pen')", HONEST, "failed to write: OSError: broken pen"),
            ("return []", "raise OSError('stuck cap')", "failed to close: OSError: stuck cap"),
            ("sys.exit(0)", HONEST, "SystemExit: 0"),
        ],
    )
    def test_when_run_then_it_is_blamed_and_nothing_is_visible(
        self, write: str, close: str, said: str, tmp_path: Path
    ) -> None:
        """A writer's claims are checked against its files and the rows that it was given."""
        job = a_job(
            tmp_path, reader=numbers(tmp_path), writer=a_writer(tmp_path, write=write, close=close)
        )

        message = the_blame(job, tmp_path, plugin="writer")

        assert said in message

    def test_when_its_abort_raises_too_then_the_first_error_stands(self, tmp_path: Path) -> None:
        """Trouble in giving up never hides why, and never keeps the staged files."""
        body = """
class Plugin:
    def __init__(self, config):
        open(config["output_path"] + "/half.txt", "w").close()
    def write_batch(self, batch, file_counter): raise RuntimeError("the reason")
    def abort(self): raise RuntimeError("and another")
"""
        writer = {"type": a_plugin(tmp_path, body, name="writer")}
        job = a_job(tmp_path, reader=numbers(tmp_path), writer=writer)

        message = the_blame(job, tmp_path, plugin="writer")

        assert "the reason" in message

    def test_when_it_has_no_close_then_what_it_wrote_is_committed(self, tmp_path: Path) -> None:
        """Only `write_batch` is needed of a writer."""
        body = """
class Plugin:
    def __init__(self, config): self.root = config["output_path"]
    def write_batch(self, batch, file_counter):
        path = f"{self.root}/{file_counter}.txt"
        with open(path, "w") as file:
            file.writelines(f"{row['n']}\\n" for row in batch)
        return [{"path": path, "rows": len(batch), "bytes": 2 * len(batch)}]
"""
        writer = {"type": a_plugin(tmp_path, body, name="writer")}

        execute_job(a_job(tmp_path, reader=numbers(tmp_path), writer=writer))

        texts = [path.read_text() for path in visible(tmp_path / "out")]
        assert texts == ["0\n1\n2\n", "3\n4\n5\n"]

    def test_when_it_writes_elsewhere_then_the_file_is_recorded_as_not_atomic(
        self, tmp_path: Path
    ) -> None:
        """A file that a writer put in place itself is committed where it is, and said to be so."""
        close = f"""
        import os
        os.remove(self.path)
        path = {str(tmp_path / "elsewhere.txt")!r}
        with open(path, "w") as file:
            file.write("x")
        return [{{"path": path, "rows": 6, "bytes": 1}}]
        """
        job = a_job(tmp_path, reader=numbers(tmp_path), writer=a_writer(tmp_path, close=close))

        report = execute_job(job)

        assert [(f.path, f.atomic) for f in report.files] == [
            (str(tmp_path / "elsewhere.txt"), False)
        ]


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
