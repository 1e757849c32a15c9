"""Plugins that raise, lie or return nonsense: blamed by name, with nothing visible."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from headrace import HeadraceError, PluginError, execute_job

from tests.builders import a_job, visible
from tests.runs import a_plugin, a_plugin_reader, leftovers, numbers

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
