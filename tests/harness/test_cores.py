"""Laws of cores: workers and all else are apart where there are enough of them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from headrace_harness.measure.cores import ENOUGH, divide_cores, pinned, siblings
from headrace_harness.measure.launch import run_worker
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from pathlib import Path

PINS = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="this system pins no process"
)
TELLS = """
import os

class Cores:
    def __init__(self, config): ...

    def extract(self, state):
        raise RuntimeError(f"on {sorted(os.sched_getaffinity(0))}")
        yield
"""


class TestGivenAnyCores:
    @given(usable=st.sets(st.integers(0, 39), max_size=40), threads=st.sampled_from([1, 2]))
    def test_when_divided_then_none_is_idle_and_no_physical_core_is_shared(
        self, usable: set[int], threads: int
    ) -> None:
        """Too few are shared by all, and the description says which it is."""

        # As Linux numbers them on many machines: n and n + 20 are threads of one.
        def siblings(core: int) -> frozenset[int]:
            return frozenset([core] if threads == 1 else [core % 20, core % 20 + 20])

        cores = divide_cores(usable, siblings)

        assert cores.worker | cores.others == usable
        physical = {siblings(core) for core in usable}
        assert cores.are_apart == (len(usable) >= ENOUGH and len(physical) >= 2)
        if cores.are_apart:
            worker = {siblings(core) for core in cores.worker}
            assert worker.isdisjoint({siblings(core) for core in cores.others})
            assert cores.worker
            assert cores.others
        assert ("workers on cores" in cores.describe()) == cores.are_apart

    def test_when_the_kernel_is_asked_then_a_core_is_its_own_sibling(self) -> None:
        """One that it does not know is alone."""
        assert min(os.sched_getaffinity(0)) in siblings(min(os.sched_getaffinity(0)))
        assert siblings(10**6) == {10**6}


@PINS
class TestGivenACoreOfItsOwn:
    def test_when_pinned_then_children_are_there_too_and_it_ends(self) -> None:
        """Servers inherit the cores of whoever starts them."""
        before = os.sched_getaffinity(0)
        tells = [sys.executable, "-c", "import os; print(sorted(os.sched_getaffinity(0)))"]
        first = min(before)

        with pinned([first]):
            told = subprocess.run(tells, capture_output=True, text=True, check=True).stdout

        assert told.strip() == f"[{first}]"
        assert os.sched_getaffinity(0) == before

    def test_when_a_worker_runs_then_all_of_it_is_on_its_cores(self, tmp_path: Path) -> None:
        """Before anything counts them."""
        (tmp_path / "tells.py").write_text(TELLS)
        core = max(os.sched_getaffinity(0))
        job = {
            "version": 1,
            "name": "cores",
            "reader": {"type": "tells.py:Cores"},
            "writer": {"type": "rust"},
            "target": {"type": "local", "path": "out"},
        }

        ending = run_worker(
            {"job": job, "base_dir": str(tmp_path), "imports": [], "cores": [core]},
            logs=tmp_path / "logs",
            name="w",
            timeout_s=300,
        )

        assert ending.reason is not None
        assert f"on [{core}]" in ending.reason
