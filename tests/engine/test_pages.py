"""Pages of libraries that are given back: fewer are resident, and nothing else is different."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from headrace._native import release_pages

from tests.builders import PEOPLE, WRITERS
from tests.growth import MOST_BYTES, peak_of
from tests.iceberg import a_table_job
from tests.runs import a_job_file, a_source

if TYPE_CHECKING:
    from pathlib import Path

ONLY_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells its mappings")

# Loads a large library, gives its pages back, and uses it.
LOADS = """
import re
from pathlib import Path
from headrace._native import release_pages
import pyarrow

def resident():
    return int(re.search(r"RssFile:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) << 10

before = resident()
released = release_pages()
after = resident()
assert pyarrow.array([1, 2, 3]).to_pylist() == [1, 2, 3]
print(before, released, after)
"""


@ONLY_LINUX
class TestGivenALargeLibrary:
    def test_when_its_pages_are_given_back_then_most_of_them_are_not_resident(self) -> None:
        """What was read while it was loaded is let go of, and it works as before."""
        done = subprocess.run(
            [sys.executable, "-c", LOADS], capture_output=True, text=True, check=True
        )

        before, released, after = map(int, done.stdout.split())
        assert before - after > released * 0.8
        assert after < before / 2

    def test_when_others_are_within_it_then_they_go_on(self) -> None:
        """Code that runs while its page goes is read again."""
        wanted = sum(hash(str(n)) for n in range(20_000))
        found: list[int] = []

        def work() -> None:
            found.extend(sum(hash(str(n)) for n in range(20_000)) for _ in range(20))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            release_pages()

        assert found == [wanted] * 80


@ONLY_LINUX
class TestGivenARunThatLoadsMuch:
    @pytest.mark.parametrize("writer", WRITERS)
    def test_when_it_lands_in_a_table_then_it_is_within_what_a_run_may_hold(
        self, writer: str, tmp_path: Path
    ) -> None:
        """Two large libraries, one for the files and one for the table, are never whole at once."""
        a_source(tmp_path, 2000)
        job = a_table_job(tmp_path, contract=PEOPLE, writer={"type": writer})

        _, peak = peak_of(a_job_file(tmp_path, job))

        assert peak < MOST_BYTES
