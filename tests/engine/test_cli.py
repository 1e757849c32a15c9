"""The command line: data on stdout, text on stderr, and an exit code that tells the outcome."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from headrace.cli import main

from tests.builders import a_contract, a_csv, a_job, a_property, landed, people
from tests.runs import a_job_file, a_plugin_reader, a_source, ended, killed, numbers, python

RULES = a_contract(a_property("id", "integer", required=True), a_property("name"))


class Terminal:
    """Runs commands in this process and keeps what they wrote."""

    def __init__(self, captured: pytest.CaptureFixture[str]) -> None:
        self._captured = captured

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of a command."""
        self._captured.readouterr()
        try:
            code = main([str(a) for a in arguments])
        except SystemExit as error:  # argparse
            code = int(error.code or 0)
        out, err = self._captured.readouterr()
        return code, out, err


@pytest.fixture
def headrace(capfd: pytest.CaptureFixture[str]) -> Terminal:
    """The command line."""
    return Terminal(capfd)


def a_good_job(tmp_path: Path) -> Path:
    """A job over 20 people, with contract and state."""
    a_source(tmp_path, 20)
    return a_job_file(tmp_path, contract=RULES, state=True)


# Each command with its arguments behind the job's path; those with data print them either way.
COMMANDS = [
    ("run JOB", False),
    ("check JOB", False),
    ("discover JOB", False),
    ("discover JOB --contract", True),
    ("validate JOB", False),
    ("recover JOB", False),
    ("state show JOB", True),
    ('state set JOB {"files":{}}', False),
    ("state reset JOB", False),
    ("plugins", False),
    ("schema job", True),
    ("schema contract", True),
    ("init job NEW", False),
]


class TestGivenACommand:
    @pytest.mark.parametrize("line", [line for line, _ in COMMANDS])
    def test_when_asked_for_json_then_stdout_is_json_and_nothing_else(
        self, line: str, tmp_path: Path, headrace: Terminal
    ) -> None:
        """Every command has `--json`."""
        job, new = a_good_job(tmp_path), tmp_path / "new"
        line = line.replace("JOB", str(job)).replace("NEW", str(new))

        code, out, _ = headrace(*line.split(), "--json")

        assert code == 0
        assert isinstance(json.loads(out), dict)

    @pytest.mark.parametrize(("line", "has_data"), COMMANDS)
    def test_when_not_then_text_goes_to_stderr_and_only_data_to_stdout(
        self,
        line: str,
        has_data: bool,  # noqa: FBT001  a column of the table
        tmp_path: Path,
        headrace: Terminal,
    ) -> None:
        """What is for people never stands where data are read."""
        job, new = a_good_job(tmp_path), tmp_path / "new"
        line = line.replace("JOB", str(job)).replace("NEW", str(new))

        code, out, err = headrace(*line.split())

        assert code == 0
        assert bool(out) == has_data
        assert bool(err) != line.startswith(("schema", "discover --contract")) or has_data

    @pytest.mark.parametrize(
        "line",
        [line for line, _ in COMMANDS if "JOB" in line],
    )
    def test_when_the_job_is_wrong_then_the_code_is_2_and_the_error_is_told_both_ways(
        self, line: str, tmp_path: Path, headrace: Terminal
    ) -> None:
        """A bad job fails every command alike."""
        job = tmp_path / "job.yaml"
        job.write_text("version: 1\nname: a\ntypo: 1\n")

        code, out, err = headrace(*line.replace("JOB", str(job)).split(), "--json")

        assert code == 2
        error = json.loads(out)["error"]
        assert error["type"] == "ConfigError"
        assert {p["path"] for p in error["where"]["problems"]} == {
            "typo",
            "reader",
            "writer",
            "target",
        }
        assert "job.yaml:3: typo" in err
        assert "Traceback" not in err

    @pytest.mark.parametrize(
        "line", ["", "walk", "run", "run a b", "run JOB --fast", "schema soup", "state", "init all"]
    )
    def test_when_the_line_is_wrong_then_the_code_is_2(self, line: str, headrace: Terminal) -> None:
        """A bad command line is told with its usage."""
        code, out, err = headrace(*line.split())

        assert (code, out) == (2, "")
        assert "usage: headrace" in err

    def test_when_the_harness_is_not_there_then_it_says_what_to_install(self) -> None:
        """`bench` comes with another package."""
        # The harness may be installed here: hide what it registers.
        code = """
import importlib.metadata, sys
whole = importlib.metadata.entry_points
importlib.metadata.entry_points = lambda **k: whole(group="nothing.here")
from headrace.cli import main
sys.exit(main(sys.argv[1:]))
"""
        for line in ("bench", "bench run --suite smoke", "bench --json"):
            done = ended(python(code, *line.split()))

            assert done.code == 2
            assert "pip install headrace-harness" in done.err
        assert done.report["error"]["type"] == "ConfigError"


class TestGivenAnOutcome:
    def test_when_all_rows_are_written_then_the_code_is_0(
        self, tmp_path: Path, headrace: Terminal
    ) -> None:
        """Success."""
        code, out, err = headrace("run", a_good_job(tmp_path), "--json")

        assert (code, json.loads(out)["status"]) == (0, "succeeded")
        assert "20 rows read, 20 written" in err

    @pytest.mark.parametrize("mode", ["quarantine", "warn"])
    def test_when_some_rows_were_bad_then_the_code_is_1(
        self, mode: str, tmp_path: Path, headrace: Terminal
    ) -> None:
        """Finished, and worth a look."""
        a_csv(tmp_path / "data" / "a.csv", [(1, "a"), ("", "b")], header=["id", "name"])
        job = a_job_file(tmp_path, contract=RULES, validation={"mode": mode})

        code, out, _ = headrace("run", job, "--json")

        assert (code, json.loads(out)["status"]) == (1, "partial")

    @pytest.mark.parametrize(
        ("raised", "code", "retryable"),
        [
            ("headrace.SourceNotFoundError('no table')", 2, False),
            ("headrace.ReaderConnectionError('no route')", 3, True),
            ("headrace.RateLimitError('slow down', retry_after_s=7)", 3, True),
            ("RuntimeError('whatever')", 2, False),
        ],
    )
    def test_when_the_reader_fails_then_the_code_says_whether_to_try_again(
        self,
        raised: str,
        code: int,
        retryable: bool,  # noqa: FBT001  a column of the table
        tmp_path: Path,
        headrace: Terminal,
    ) -> None:
        """3 is worth retrying, 2 is not; the report says the same."""
        extract = f"import headrace\nyield [{{'n': 1}}]\nraise {raised}"
        job = a_job_file(tmp_path, reader=a_plugin_reader(tmp_path, extract))

        found, out, _ = headrace("run", job, "--json")

        report = json.loads(out)
        assert (found, report["error"]["retryable"]) == (code, retryable)
        assert report["status"] == "failed"
        assert report["rows"]["read"] == report["rows"]["discarded"]

    def test_when_it_cannot_begin_then_the_report_has_the_shape_of_any_other(
        self, tmp_path: Path, headrace: Terminal
    ) -> None:
        """A run that fails before its first row prints the same object."""
        job = a_good_job(tmp_path)
        _, good, _ = headrace("run", job, "--json")
        (tmp_path / "state" / "test.json").write_text("{")

        code, bad, _ = headrace("run", job, "--json")

        assert code == 2
        assert set(json.loads(bad)) == set(json.loads(good))
        assert json.loads(bad)["error"]["type"] == "StateError"

    def test_when_something_unforeseen_breaks_then_the_code_is_2(
        self, tmp_path: Path, headrace: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A bug of our own is an error of the tree, never the code of rows that were bad."""
        from headrace.loop.writer import JobWriter  # noqa: PLC0415  broken here only

        def broken(*_: object) -> None:
            message = "a bug"
            raise ZeroDivisionError(message)

        monkeypatch.setattr(JobWriter, "close", broken)

        code, out, _ = headrace("run", a_good_job(tmp_path), "--json")

        assert code == 2
        assert json.loads(out)["error"]["type"] == "NativeError"

    def test_when_a_crash_is_recovered_then_what_became_of_it_is_told(
        self, tmp_path: Path, headrace: Terminal
    ) -> None:
        """`recover` names each run and its outcome."""
        job = a_good_job(tmp_path)
        killed("after:journal", "run", job)

        refused, _, err = headrace("state", "reset", job)
        code, out, text = headrace("recover", job, "--json")

        (item,) = json.loads(out)["recovered"]
        assert (refused, code, item["outcome"]) == (2, 0, "committed")
        assert "headrace recover" in err
        assert item["run_id"] in text
        assert len(landed(tmp_path / "out")) == 20


class TestGivenTheState:
    def test_when_set_and_shown_then_it_is_what_was_set(
        self, tmp_path: Path, headrace: Terminal
    ) -> None:
        """The next run goes on from the cursor that was set."""
        reader = {"type": "examples/readers/squares.py:SquaresReader", "count": 450}
        reader["type"] = str(Path(__file__).parents[2] / str(reader["type"]))
        job = a_job_file(tmp_path, reader=reader, state=True)

        assert headrace("state", "set", job, "300", "--stream", "squares")[0] == 0
        _, out, _ = headrace("state", "show", job, "--json")
        headrace("run", job)

        assert json.loads(out) == {"job": "test", "checkpoint": None, "state": {"squares": 300}}
        assert [n for n, _ in landed(tmp_path / "out")] == list(range(300, 450))

    def test_when_the_cursor_is_no_json_then_nothing_is_set(
        self, tmp_path: Path, headrace: Terminal
    ) -> None:
        """A typing mistake is no cursor."""
        job = a_good_job(tmp_path)

        code, _, err = headrace("state", "set", job, "{oops")

        assert code == 2
        assert "not JSON" in err
        assert not (tmp_path / "state").exists()

    def test_when_the_job_keeps_none_then_it_is_said(
        self, tmp_path: Path, headrace: Terminal
    ) -> None:
        """There is nothing to show."""
        code, _, err = headrace("state", "show", a_job_file(tmp_path, reader=numbers(tmp_path)))

        assert code == 2
        assert "keeps no state" in err


class TestGivenAStart:
    def test_when_initialised_then_the_job_runs_and_fits_its_schema(
        self, tmp_path: Path, headrace: Terminal
    ) -> None:
        """The starting job is one that works: 1, because one of its rows is set apart."""
        assert headrace("init", "job", tmp_path)[0] == 0

        code, out, _ = headrace("run", tmp_path / "job.yaml", "--json")
        _, schema, _ = headrace("schema", "job")
        again = headrace("init", "job", tmp_path)

        rows = json.loads(out)["rows"]
        job = yaml.safe_load((tmp_path / "job.yaml").read_text())
        assert (code, rows["quarantined"]) == (1, 1)
        assert rows["written"] == rows["read"] - 1
        jsonschema.Draft202012Validator(json.loads(schema)).validate(job)
        assert again[0] == 2
        assert "is there already" in again[2]

    def test_when_a_job_is_wrong_then_the_schema_refuses_it_too(
        self, tmp_path: Path, headrace: Terminal
    ) -> None:
        """An editor says what `validate` says."""
        _, text, _ = headrace("schema", "job")
        schema = jsonschema.Draft202012Validator(json.loads(text))
        good: dict[str, Any] = a_job(tmp_path)

        assert schema.is_valid(good)
        for section, key, value in (
            ("reader", "delimeter", ";"),
            ("writer", "compression", "brotli"),
            ("target", "mode", "merge"),
        ):
            assert not schema.is_valid({**good, section: {**good[section], key: value}})

    def test_when_a_contract_is_discovered_then_the_job_runs_with_it(
        self, tmp_path: Path, headrace: Terminal
    ) -> None:
        """`discover --contract` writes a contract that its data keep."""
        rows = a_source(tmp_path, 20)
        job = a_job(tmp_path)
        _, contract, _ = headrace("discover", a_job_file(tmp_path, job), "--contract")
        (tmp_path / "contract.yaml").write_text(contract)

        code, _, err = headrace("run", a_job_file(tmp_path, {**job, "contract": "contract.yaml"}))

        assert code == 0, err
        assert landed(tmp_path / "out") == rows


class TestGivenAPluginThatPrints:
    def test_when_asked_for_json_then_stdout_is_the_report_alone(
        self, tmp_path: Path, headrace: Terminal
    ) -> None:
        """What a plugin prints goes to stderr, from Python and from below it."""
        extract = "print('hello')\nos.system('echo from below')\nyield [{'n': 1}]"
        job = a_job_file(tmp_path, reader=a_plugin_reader(tmp_path, extract))

        code, out, err = headrace("run", job, "--json")

        assert (code, json.loads(out)["rows"]["read"]) == (0, 1)
        assert "hello" in err
        assert "from below" in err

    def test_when_nobody_reads_stdout_then_the_run_is_what_it_was(self, tmp_path: Path) -> None:
        """A closed pipe changes no outcome."""
        a_csv(tmp_path / "data" / "a.csv", people(5), header=["id", "name"])
        code = """
import os, sys
reading, writing = os.pipe()
os.close(reading)
os.dup2(writing, 1)
from headrace.cli import main
sys.exit(main(sys.argv[1:]))
"""

        done = ended(python(code, "run", a_job_file(tmp_path), "--json"))

        assert done.code == 0, done.err
