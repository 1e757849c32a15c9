"""Jobs that are no jobs: one typed error with everything in it, and nothing touched."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from headrace import ConfigError, execute_job
from headrace.cli import main

from tests.builders import READERS, a_csv, a_job, a_reader, people, visible
from tests.runs import a_job_file, a_source, ended, leftovers, python

if TYPE_CHECKING:
    from collections.abc import Callable

TEN_MISTAKES = """\
version: 2
name: "no spaces please"
reader: {type: csv, path: data.csv, delimeter: ";"}
contract: missing.yaml
validation: {mode: lenient, max_error_ratio: 2}
writer: {type: parquet, compression: brotli, file_bytes: 12 parsecs}
target: {type: local, path: out, mode: merge}
batch: {rows: 0}
typo: 1
"""


def missing(_: Path) -> None:
    """Nothing."""


def a_directory(path: Path) -> None:
    path.mkdir()


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def binary(path: Path) -> None:
    path.write_bytes(b"\x00\xff\xfe\x80" * 50)


def half(path: Path) -> None:
    path.write_text('{"version": 1, "name": ')


def a_list(path: Path) -> None:
    path.write_text("- version: 1\n")


def a_bomb(path: Path) -> None:
    path.write_text("a: &a [1]\nversion: *b\n")


KINDS = [missing, a_directory, nothing, binary, half, a_list, a_bomb]


class TestGivenAFileThatIsNoJob:
    @pytest.mark.parametrize("made", KINDS)
    def test_when_run_then_it_is_a_config_error_that_names_the_file(
        self, made: Callable[[Path], None], tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Whatever stands there, the error is typed and says where."""
        path = tmp_path / "job.yaml"
        made(path)

        code = main(["run", str(path), "--json"])

        out, err = capfd.readouterr()
        error = json.loads(out)["error"]
        assert (code, error["type"]) == (2, "ConfigError")
        assert "job.yaml" in err
        assert "Traceback" not in err
        assert [p["source"] for p in error["where"]["problems"]] == [str(path)]

    @pytest.mark.parametrize("made", KINDS)
    def test_when_it_is_the_contract_then_the_error_names_that_file(
        self, made: Callable[[Path], None], tmp_path: Path
    ) -> None:
        """The same of contracts."""
        path = tmp_path / "contract.yaml"
        made(path)
        job = a_job(tmp_path) | {"contract": str(path)}

        with pytest.raises(ConfigError) as caught:
            execute_job(job)

        assert {p.source for p in caught.value.problems} == {str(path)}
        assert not (tmp_path / "out").exists()

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can try it as somebody else")
    def test_when_it_may_not_be_read_then_it_is_a_config_error(self, tmp_path: Path) -> None:
        """A job without permission is told as such."""
        path = a_job_file(tmp_path)
        path.chmod(0)
        code = """
import os, sys
from headrace import ConfigError, resolve_job
os.chdir(os.path.dirname(sys.argv[1]))  # whose parents only root may pass
os.setuid(65534)
try:
    resolve_job("job.yaml")
except ConfigError as error:
    print(error)
"""

        done = ended(python(code, path))

        assert "job.yaml: cannot be read" in done.out, done.err
        assert "Permission denied" in done.out


class TestGivenTenMistakes:
    def test_when_run_then_one_error_has_them_all_and_nothing_is_made(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """All problems at once, each with its line, before anything happens."""
        path = tmp_path / "job.yaml"
        path.write_text(TEN_MISTAKES)

        code = main(["run", str(path), "--json"])

        out, err = capfd.readouterr()
        problems = json.loads(out)["error"]["where"]["problems"]
        assert code == 2
        assert len(problems) == 11
        assert {p["line"] for p in problems if p["source"] == str(path)} == {1, 2, 3, 5, 6, 7, 8, 9}
        assert all(f"  {path}:{p['line']}: {p['path']}" in err for p in problems if p["line"])
        assert sorted(p.name for p in tmp_path.iterdir()) == ["job.yaml"]


class TestGivenASourceThatIsNone:
    @pytest.mark.parametrize("reader", READERS)
    @pytest.mark.parametrize(
        ("made", "error", "said"),
        [
            (missing, "SourceNotFoundError", "no such file"),
            (a_directory, "SourceNotFoundError", "is a directory"),
            (nothing, "DecodeError", ""),
        ],
    )
    def test_when_run_then_the_error_is_typed_and_names_the_file(
        self,
        made: Callable[[Path], None],
        error: str,
        said: str,
        reader: str,
        tmp_path: Path,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        """Nothing to read is not the same as no rows."""
        path = tmp_path / "a.csv"
        made(path)
        job = a_job_file(tmp_path, reader=a_reader(reader, str(path)))

        code = main(["run", str(job), "--json"])

        report = json.loads(capfd.readouterr().out)
        assert (code, report["error"]["type"]) == (2, error)
        assert said in report["error"]["message"]
        assert report["error"]["where"]["file"] == str(path)
        assert visible(tmp_path / "out") == []
        assert leftovers(tmp_path / "out") == []

    @pytest.mark.parametrize("reader", READERS)
    def test_when_it_vanishes_in_mid_run_then_the_run_fails_whole(
        self, reader: str, tmp_path: Path
    ) -> None:
        """The files of a glob are all read, or none counts."""
        a_source(tmp_path, 50)
        late = a_csv(tmp_path / "data" / "z.csv", people(5), header=["id", "name"])
        section = a_reader(reader, str(tmp_path / "data" / "*.csv"))
        job = a_job(tmp_path, reader=section, batch={"rows": 10, "prefetch": 0})

        def remove(_: object) -> None:
            late.unlink(missing_ok=True)

        with pytest.raises(Exception, match="no such file") as caught:
            execute_job(job, progress=remove)

        assert type(caught.value).__name__ == "SourceNotFoundError"
        assert visible(tmp_path / "out") == []
