"""The table of faults: what was tried, what fired and what was survived, test by test."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.attempts import Faults
from tests.faults.places import KINDS
from tests.faults.table import PREFIX, FaultTable
from tests.s3 import open_on_disk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.places import Kind

_TABLE = pytest.StashKey[FaultTable]()
_FAULTS = pytest.StashKey[Faults]()
_PASSED = pytest.StashKey[bool]()


# `nox -s tests` is content with the local one.
@pytest.fixture(
    params=[pytest.param(name, marks=() if name == "local" else pytest.mark.long) for name in KINDS]
)
def kind(request: pytest.FixtureRequest) -> Iterator[Kind]:
    """Each kind of place; of what a test did there no upload stays open."""
    found = KINDS[request.param]
    before = open_on_disk() if found.server == "minio" else set()
    yield found
    assert found.server != "minio" or open_on_disk() <= before


@pytest.fixture
def faults(request: pytest.FixtureRequest) -> Iterator[Faults]:
    """The test's part of the table; a test that passes without its fault having fired fails."""
    call = getattr(request.node, "callspec", None)
    params = call.params if call is not None else {}
    found = Faults(str(params.get("kind", params.get("remote", "local"))))
    request.node.stash[_FAULTS] = found
    yield found
    if request.node.stash.get(_PASSED, False):
        assert all(a.fired for a in found.ended(passed=True)), "the fault never fired"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(path)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"mounting a tmpfs is not permitted here: {error}")
    yield path
    subprocess.run(["umount", str(path)], check=True)  # noqa: S607  as `mount`


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the option `--fault-table`."""
    parser.addoption("--fault-table", metavar="FILE", help="put the table into a JSON file")


def pytest_configure(config: pytest.Config) -> None:
    """Begin a table."""
    config.stash[_TABLE] = FaultTable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:  # noqa: ANN401  as the hook
    """Take a test's attempts into the table."""
    report = yield
    faults = item.stash.get(_FAULTS, None)
    if report.when == "call" and faults is not None and not report.skipped:
        names = [
            line.removeprefix(PREFIX)
            for mark in item.iter_markers("covers")
            for line in mark.args
            if line.startswith(PREFIX)
        ]
        test = item.nodeid.partition("[")[0]
        item.stash[_PASSED] = report.passed
        item.config.stash[_TABLE].add(names, test, faults.ended(passed=report.passed))
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table, and write it where it is asked for."""
    table = config.stash[_TABLE]
    if table.lines:
        terminalreporter.section("faults: tried, fired, survived")
        for line in table.text():
            terminalreporter.write_line(line)
    path = config.getoption("--fault-table", default=None)
    if path is not None:
        table.save(Path(path))
