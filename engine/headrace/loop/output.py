"""Where a Python writer that asks for `output` writes: names, not paths."""

from pathlib import Path
from typing import BinaryIO

from headrace.errors import PluginError


class Output:
    """Opens the files of a run by name.

    Args:
        directory: The run's private directory.
        plugin: Who writes, for errors.
    """

    def __init__(self, directory: Path, *, plugin: str) -> None:
        self._directory = directory
        self._plugin = plugin

    def open(self, name: str) -> BinaryIO:
        """A new file to write bytes to; its name, as given, is the `path` that the writer reports.

        Args:
            name: Relative, with `/` between folders; they are made.

        Raises:
            PluginError: The name leads out of the run's directory.
            FileExistsError: There is such a file already.
        """
        path = self._directory / name
        if Path(name).is_absolute() or ".." in Path(name).parts:
            message = f"{self._plugin} asks for a file outside of its directory"
            raise PluginError(message, file=name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("xb")
