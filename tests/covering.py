"""A pytest plugin that writes what the collected tests say they cover: `-p tests.covering`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

VARIABLE = "HEADRACE_COVERING"


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write the lines of all `covers` marks, as JSON, to the file that the environment names."""
    found = {
        line: item.nodeid
        for item in session.items
        for mark in item.iter_markers("covers")
        for line in mark.args
    }
    Path(os.environ[VARIABLE]).write_text(json.dumps(found), encoding="utf-8")
