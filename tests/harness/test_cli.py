"""The command line, as a user runs it: exit codes, JSON, signals."""

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import termios
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from headrace_harness.catalog import load_suite
from headrace_harness.cli import EXIT_USAGE, register
from headrace_harness.cli.display import LiveDisplay
from headrace_harness.cli.selection import plan_with_servers
from headrace_harness.store import read_records
from headrace_harness.suite.plan import Selection, make_plan
from rich.console import Console

from tests.harness.builders import WAITING_BENCH
from tests.harness.owners import owner_of, processes_of
from tests.length import at_length
from tests.waiting import holds

BENCH = (sys.executable, "-m", "headrace", "bench")
SMALL = ("--dataset", "playbook", "--rows", "200", "--samples", "1")
EMBEDDED = ("--services", "embedded")


def bench(*arguments: str, cache: Path, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """Run the command line to its end."""
    return subprocess.run(
        [*BENCH, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=cwd,
        env=os.environ | {"HEADRACE_CACHE": str(cache)},
    )


class TestGivenASmallRun:
    """A small run."""

    def test_when_run_then_report_has_every_cell(self, data: Path, tmp_path: Path) -> None:
        """Standard output is the bench report alone; the page and the records are beside it."""
        done = bench(
            "run", *SMALL, *EMBEDDED, "--reader", "rust", "--json", cache=data, cwd=tmp_path
        )

        assert done.returncode == 0, done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        assert report["verdict"] == "ok"
        plan = make_plan(load_suite("smoke"), Selection(readers=["rust"], datasets=["playbook"]))
        assert {cell["cell"] for cell in report["cells"]} == {cell.id for cell in plan.cells}
        assert {cell.target for cell in plan.cells} > {"local", "s3"}
        run = [cell for cell in report["cells"] if cell["status"] != "unsupported"]
        assert all(cell["rows_per_s"]["median"] > 0 for cell in run)
        assert {"local", "s3"} <= {cell["target"] for cell in run}
        folder = tmp_path / "reports" / report["run_id"]
        assert (folder / "report.html").is_file()

        again = bench("report", report["run_id"], "--json", cache=data, cwd=tmp_path)

        assert json.loads(again.stdout) == report


class TestGivenADataSetThatCannotBeMade:
    """A data set that cannot be made."""

    def test_then_its_cells_fail_and_the_others_are_measured(self, tmp_path: Path) -> None:
        """One broken source never hides the rest, and no cell is missing."""
        cache = tmp_path / "cache"
        (cache / "data" / "wide-100k-v1.lock").mkdir(parents=True)

        done = bench(
            *("run", "--dataset", "playbook,wide", "--rows", "100", "--samples", "1"),
            *("--reader", "rust", "--writer", "rust", "--target", "local", "--json"),
            cache=cache,
            cwd=tmp_path,
        )

        assert done.returncode == 1, done.stderr
        report = json.loads(done.stdout)
        statuses = {cell["dataset"]: cell["status"] for cell in report["cells"]}
        assert statuses == {"playbook": "ok", "wide": "failed"}


class TestGivenAServerThatCannotBeHad:
    """A server that cannot be had."""

    def test_then_its_cells_fail_with_what_is_missing_and_the_others_are_measured(
        self, data: Path, tmp_path: Path
    ) -> None:
        """One clear error, said of each of its cells."""
        filters = ("--reader", "rust", "--writer", "rust", "--target", "local,s3")

        done = bench(
            *("run", *SMALL, *filters, "--provider", "s3=external", "--json"),
            cache=data,
            cwd=tmp_path,
        )

        assert done.returncode == 1, done.stderr
        cells = {cell["target"]: cell for cell in json.loads(done.stdout)["cells"]}
        assert {name: cell["status"] for name, cell in cells.items()} == {
            "local": "ok",
            "s3": "failed",
        }
        assert "HEADRACE_S3_ENDPOINT" in cells["s3"]["reason"]


class TestGivenAMachineWithoutDocker:
    """A machine without Docker."""

    FILTERS = ("--reader", "rust,airbyte-image", "--writer", "rust", "--target", "local")

    @pytest.mark.parametrize(
        ("required", "kind", "status", "code"),
        [
            ("", "auto", "unsupported", 0),
            ("", "embedded", "unsupported", 0),
            ("1", "auto", "failed", 1),
            ("", "docker", "failed", 1),
        ],
    )
    def test_then_cells_of_containers_are_declared_or_fail_where_it_is_required(
        self, required: str, kind: str, status: str, code: int, data: Path, tmp_path: Path
    ) -> None:
        """Never blank, and with the reason; the others are measured."""
        done = subprocess.run(
            [*BENCH, "run", *SMALL, *self.FILTERS, "--services", kind, "--json"],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            cwd=tmp_path,
            env=os.environ
            | {"HEADRACE_CACHE": str(data), "DOCKER_HOST": f"unix://{tmp_path}/nobody"}
            | {"HEADRACE_REQUIRE_DOCKER": required},
        )

        assert done.returncode == code, done.stderr
        cells = {cell["reader"]: cell for cell in json.loads(done.stdout)["cells"]}
        assert (cells["rust"]["status"], cells["airbyte-image"]["status"]) == ("ok", status)
        assert "ocker" in cells["airbyte-image"]["reason"]


class TestGivenBothServersOfTheKindOfS3:
    """Both servers of the kind of S3."""

    ARGUMENTS = ("run", "--reader", "rust", "--writer", "rust", "--dataset", "playbook")

    @pytest.mark.parametrize(
        ("more", "provider", "unsupported"),
        [
            ((), "embedded", 0),
            (("--target", "s3"), "docker", 0),
            (("--provider", "s3=docker"), "docker", 1),
        ],
    )
    def test_when_planned_then_each_target_has_its_own(
        self,
        more: tuple[str, ...],
        provider: str,
        unsupported: int,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Where containers are taken `s3` is MinIO, unless `s3-minio` is measured beside it."""
        monkeypatch.setattr("headrace_harness.services.container.missing_for", lambda _: "")
        parser = argparse.ArgumentParser()
        register(parser.add_subparsers())
        args = parser.parse_args(["bench", *self.ARGUMENTS, "--services", "docker", *more])

        plan, servers = plan_with_servers(args)

        assert servers.providers["s3"] == provider
        assert f"s3: {provider}, " in servers.reasons["s3"]
        targets = [cell.target for cell in plan.cells if cell.unsupported]
        assert targets == ["s3-minio"] * unsupported


class TestGivenATerminal:
    """A terminal."""

    def test_then_a_live_table_is_drawn_and_the_summary_stays(
        self, data: Path, tmp_path: Path
    ) -> None:
        """On a terminal the table is redrawn, however low the window is."""
        ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, (6, 100))
        process = subprocess.Popen(
            [*BENCH, "run", *SMALL, "--reader", "rust", "--target", "local"],
            stderr=theirs,
            cwd=tmp_path,
            env=os.environ | {"HEADRACE_CACHE": str(data), "TERM": "xterm"},
        )
        os.close(theirs)

        shown = read_terminal(ours)

        assert process.wait(300) == 0, shown
        assert "running 1/1" in shown
        assert "documented figure" in shown

    def test_when_a_server_cannot_be_had_then_the_table_says_so_of_its_cell(self) -> None:
        """A cell without a sample is not one that is waited for."""
        plan = make_plan(load_suite("smoke"), Selection(readers=["rust"], writers=["rust"]))
        lost = next(cell for cell in plan.cells if cell.target == "s3")
        display = LiveDisplay(plan)
        before = drawn(display)

        display.give_up(lost, "no service s3: it is away")

        after = drawn(display)
        assert "failed: no service s3: it is away" in after
        assert "failed" not in before
        assert duration_of(after) < duration_of(before)


class TestGivenABadCommandLine:
    """A bad command line."""

    @pytest.mark.parametrize(
        "arguments",
        [
            ("run", "--suite", "none"),
            ("run", "--reader", "none"),
            ("run", "--rows", "0"),
            ("list", "--dataset", "none"),
        ],
    )
    def test_then_it_is_a_usage_error(
        self, arguments: tuple[str, ...], data: Path, tmp_path: Path
    ) -> None:
        """An empty matrix is never a pass."""
        done = bench(*arguments, cache=data, cwd=tmp_path)

        assert done.returncode == EXIT_USAGE, done.stderr
        assert done.stderr.strip()
        assert not done.stdout


class TestGivenARunThatIsInterrupted:
    """A run that is interrupted."""

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_then_what_was_measured_is_kept(
        self, number: signal.Signals, data: Path, tmp_path: Path
    ) -> None:
        """Exit code 128 + n, a record of every cell, and no worker left behind."""
        process = subprocess.Popen(
            [*WAITING_BENCH, "run", *SMALL, *EMBEDDED, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=tmp_path,
            env=os.environ | {"HEADRACE_CACHE": str(data)},
        )
        owner = owner_of(process.pid)
        records = wait_for_sample(tmp_path / "reports")
        is_at_work = holds(lambda: processes_of(owner, running="headrace_harness.worker"))
        process.send_signal(number)

        out, _ = process.communicate(timeout=300)

        assert is_at_work
        assert holds(lambda: not processes_of(owner))
        assert process.returncode == 128 + number
        report = json.loads(out)
        assert report["verdict"] == "incomplete"
        cells = [record["cell"] for record in read_records(records) if record["kind"] == "cell"]
        assert sorted(cells) == sorted(cell["cell"] for cell in report["cells"])
        assert "skipped" in {cell["status"] for cell in report["cells"]}


class TestGivenARunThatWasEndedEarly:
    """A run that was ended early."""

    ROWS = ("--dataset", "playbook", "--rows", "200", "--samples", "2")

    def ended_early(self, number: signal.Signals, cache: Path, cwd: Path) -> Path:
        """The records of a run that a signal ended after its first sample."""
        process = subprocess.Popen(
            [*WAITING_BENCH, "run", *self.ROWS, "--reader", "rust", "--target", "local"],
            stderr=subprocess.DEVNULL,
            cwd=cwd,
            env=os.environ | {"HEADRACE_CACHE": str(cache)},
        )
        records = wait_for_sample(cwd / "reports")
        process.send_signal(number)
        process.wait(300)
        return records

    @pytest.mark.parametrize("number", at_length([signal.SIGKILL, signal.SIGINT]))
    def test_when_resumed_then_each_sample_is_taken_once(
        self, number: signal.Signals, data: Path, tmp_path: Path
    ) -> None:
        """What it has is kept, a torn line is cut, and the report is of the whole plan."""
        records = self.ended_early(number, data, tmp_path)
        before = [record for record in read_records(records) if record["kind"] == "sample"]
        with records.open("a", encoding="utf-8") as file:
            file.write('{"schema_version": 1, "ki')

        done = bench("run", "--resume", "--json", cache=data, cwd=tmp_path)

        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert report["run_id"] == records.parent.name
        assert {cell["samples"] for cell in report["cells"]} == {2}
        samples = [record for record in read_records(records) if record["kind"] == "sample"]
        assert samples[: len(before)] == before
        taken = [(sample["cell"], sample["sample"]) for sample in samples]
        assert len(taken) == len(set(taken)) == 2 * len(report["cells"])

    def test_when_resumed_with_another_plan_then_it_is_a_usage_error(
        self, data: Path, tmp_path: Path
    ) -> None:
        """The plan is the run's own."""
        done = bench("run", "--resume", "--rows", "5", cache=data, cwd=tmp_path)

        assert done.returncode == EXIT_USAGE
        assert "leave out --rows" in done.stderr

    def test_when_it_was_of_other_code_then_it_is_refused(self, data: Path, tmp_path: Path) -> None:
        """Samples of one cell are of one machine and one version."""
        records = self.ended_early(signal.SIGINT, data, tmp_path)
        text = records.read_text(encoding="utf-8")
        records.write_text(re.sub('"code": [^,]+', '"code": "0"', text), encoding="utf-8")

        done = bench("run", "--resume", cache=data, cwd=tmp_path)

        assert done.returncode == EXIT_USAGE
        assert "its code was 0" in done.stderr


class TestGivenDoctorAndList:
    """Doctor and list."""

    @pytest.mark.parametrize("command", ["doctor", "list"])
    def test_json_is_one_object(self, command: str, data: Path, tmp_path: Path) -> None:
        """Every command has `--json`, and standard output holds nothing else."""
        done = bench(command, "--json", cache=data, cwd=tmp_path)

        assert json.loads(done.stdout)["schema_version"] == 1


def drawn(display: LiveDisplay) -> str:
    """The live table, as it is now."""
    console = Console(width=160, height=60, file=StringIO())
    console.print(display.table())
    return console.file.getvalue()


def duration_of(table: str) -> int:
    """How long the table says that the run will take yet [s]."""
    minutes, seconds = re.search(r"about (?:(\d+) min )?(\d+) s left", table).groups()
    return int(minutes or 0) * 60 + int(seconds)


def read_terminal(descriptor: int) -> str:
    """All that is written to a terminal until it is closed."""
    shown = b""
    # Linux reports the other end's closing as EIO.
    with contextlib.suppress(OSError):
        while chunk := os.read(descriptor, 1 << 16):
            shown += chunk
    os.close(descriptor)
    return shown.decode(errors="replace")


def wait_for_sample(reports: Path) -> Path:
    """The records of the run under `reports`, once they hold a sample."""

    def found() -> list[Path]:
        records = reports.glob("*/run.jsonl")
        return [path for path in records if '"kind": "sample"' in path.read_text(encoding="utf-8")]

    assert holds(found, within_s=300), "no sample"
    return found()[0]
