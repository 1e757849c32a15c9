"""An Airbyte connector that plays back what a data set's records would look like."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from headrace_harness.catalog import DataSet
from headrace_harness.data.cache import Prepared
from headrace_harness.services.recording import record
from headrace_harness.services.scratch import new_folder

REPLAY: Final = (sys.executable, "-I", "-S", str(Path(__file__).with_name("replay.py")))
"""The command of the connector."""


class Replay:
    """The connector's recordings; the connector itself is started by whoever reads it.

    Args:
        records_per_s: How fast the connector prints; None for as fast as it is read.
    """

    def __init__(self, *, records_per_s: float | None = None) -> None:
        self._records_per_s = records_per_s
        self._folder: Path | None = None

    def start(self) -> None:
        """Make room for recordings."""
        self._folder = new_folder("replay")

    def stop(self) -> None:
        """Remove them."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def serve(self, dataset: DataSet, prepared: Prepared) -> Mapping[str, Any]:
        """Record a data set, once, and say how it is read.

        Raises:
            ServiceError: It cannot be recorded.
        """
        folder = self._folder or Path()
        target = folder / f"{dataset.name}-{prepared.sha256[:16]}.jsonl"
        record(dataset, prepared, target)
        config: dict[str, Any] = {"recording": str(target)}
        if self._records_per_s is not None:
            config["records_per_s"] = self._records_per_s
        return {"command": list(REPLAY), "config": config}
