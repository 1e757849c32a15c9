"""The table of faults itself."""

from __future__ import annotations

import re

from tests.builders import ROOT
from tests.faults.table import FAULTS, PREFIX


class TestGivenTheTable:
    def test_when_a_fault_is_named_then_a_test_tries_it(self) -> None:
        """A fault that nobody tries is a line that never comes, and nobody misses it."""
        sources = (ROOT / "tests" / "faults").glob("test_*.py")
        marks = {
            name
            for path in sources
            for name in re.findall(rf'mark\.covers\("{PREFIX}([\w-]+)"\)', path.read_text())
        }

        assert marks == set(FAULTS)
