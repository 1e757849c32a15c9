"""Pages of libraries that are given back: fewer are resident, and nothing else is different."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from headrace._native import release_pages

from tests.builders import PEOPLE
from tests.growth import peak_of
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


# The libraries of the run below, loaded and not used.
ONLY_LOADS = """
import re
from pathlib import Path
import headrace
import pyarrow.parquet
import headrace.writers.parquet
import headrace.targets.iceberg.sqlcatalog
import headrace.targets.iceberg.target
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) << 10)
"""


@ONLY_LINUX
class TestGivenARunThatLoadsMuch:
    def test_when_it_lands_in_a_table_then_it_holds_less_than_who_only_loads_the_same(
        self, tmp_path: Path
    ) -> None:
        """Two large libraries, one for the files and one for the table, are never whole at once.

        How much of a library is resident that was just installed is the system's to choose.
        """
        a_source(tmp_path, 2000)
        job = a_table_job(tmp_path, contract=PEOPLE, writer={"type": "parquet"})
        loads = [sys.executable, "-c", ONLY_LOADS]

        _, peak = peak_of(a_job_file(tmp_path, job))

        told = subprocess.run(loads, capture_output=True, text=True, check=True).stdout
        assert peak < int(told)
