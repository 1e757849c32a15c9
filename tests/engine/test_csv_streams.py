"""CSV that comes once: standard input and pipes."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from headrace import ConfigError, resolve_job

from tests.builders import READERS, a_job, a_reader
from tests.readings import a_reading, a_source, columns
from tests.runs import a_job_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

N = columns(n="int64")
COUNT = 50_000
TEXT = b"n\n" + b"".join(b"%d\n" % n for n in range(COUNT))


@pytest.fixture(params=["plain", "gzip"])
def pipe(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A named pipe into which `TEXT` is written once."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    data = TEXT if request.param == "plain" else gzip.compress(TEXT)

    def write() -> None:
        with path.open("wb") as file:
            file.write(data)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    yield path
    thread.join(timeout=10)


@pytest.mark.parametrize("kind", READERS)
class TestGivenAPipe:
    @pytest.mark.parametrize("contract", [N, None])
    def test_when_read_then_it_is_read_whole_and_once(
        self, kind: str, contract: object, pipe: Path
    ) -> None:
        """A sample for the types takes nothing away, whatever the compression."""
        reading = a_reading(kind, pipe, contract=contract)  # type: ignore[arg-type]

        assert reading.failure is None
        assert reading.values("n") == list(range(COUNT))

    def test_when_checked_then_it_is_not_opened(self, kind: str, tmp_path: Path) -> None:
        """A check takes nothing from a pipe, and does not wait for who writes to it."""
        path = tmp_path / "pipe"
        os.mkfifo(path)

        assert a_source(kind, str(path), schema=N.schema).check() == "1 file can be read"

    def test_when_the_job_keeps_a_state_then_standard_input_is_refused(
        self, kind: str, tmp_path: Path
    ) -> None:
        """No cursor can say what of a pipe was read."""
        job = {
            **a_job(tmp_path),
            "reader": a_reader(kind, "-"),
            "state": {"type": "local", "path": "state"},
        }

        with pytest.raises(ConfigError, match="standard input cannot be read again"):
            resolve_job(job).create_reader()

    def test_when_standard_input_is_discovered_then_its_types_are_told(
        self, kind: str, tmp_path: Path
    ) -> None:
        """`discover` reads a sample of standard input, which nobody could read before it."""
        path = a_job_file(tmp_path, {**a_job(tmp_path), "reader": a_reader(kind, "-")})

        done = subprocess.run(
            [sys.executable, "-m", "headrace", "discover", str(path), "--json"],
            input=TEXT,
            capture_output=True,
            check=False,
        )

        assert done.returncode == 0, done.stderr.decode()
        (fields,) = json.loads(done.stdout)["streams"].values()
        assert [(field["name"], field["type"]) for field in fields] == [("n", "int64")]

    def test_when_standard_input_is_the_source_then_its_rows_are_written(
        self, kind: str, tmp_path: Path
    ) -> None:
        """`path: "-"` is standard input, with its types told from its first records."""
        job = a_job(tmp_path)
        job.pop("contract", None)
        path = a_job_file(tmp_path, {**job, "reader": a_reader(kind, "-")})

        done = subprocess.run(
            [sys.executable, "-m", "headrace", "run", str(path), "--json"],
            input=gzip.compress(TEXT),
            capture_output=True,
            check=False,
        )

        assert done.returncode == 0, done.stderr.decode()
        assert json.loads(done.stdout)["rows"]["written"] == COUNT
