# noqa: INP001 - a build script, in no package
"""Puts the scenarios into the built distribution; does nothing else."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGED = "headrace_harness/scenarios"


class ScenariosHook(BuildHookInterface[Any]):
    """Adds `../scenarios`; a build from an sdist finds them inside the package already."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the checkout's scenarios to `build_data`, except to an editable wheel.

        Args:
            version: What is built: `standard` or `editable`.
            build_data: Hatch's own mapping, changed in place.
        """
        scenarios = Path(self.root).parent / "scenarios"
        if version != "editable" and scenarios.is_dir():
            build_data["force_include"][str(scenarios)] = PACKAGED
