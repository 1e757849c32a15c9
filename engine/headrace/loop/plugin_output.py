"""What a Python writer that asks for `output` is given: names to open, not paths."""

from collections.abc import Sequence
from typing import Any, BinaryIO

from headrace.commit import FalseClaimError, Output
from headrace.errors import PluginError
from headrace.plugins import Plugin


class PluginOutput:
    """Opens the files of a commit by name.

    Args:
        output: Where they go.
        plugin: Who writes, for errors.
    """

    def __init__(self, output: Output, plugin: Plugin) -> None:
        self._output = output
        self._plugin = plugin

    @property
    def buffer_bytes(self) -> int:
        """Rows that a writer may hold back while several files are open [bytes]."""
        return self._output.buffer_bytes

    def open(self, name: str) -> BinaryIO:
        """A new file to write bytes to; its name, as given, is the `path` that the writer reports.

        Args:
            name: Relative, with `/` between folders; they are made.

        Raises:
            PluginError: The name leads out of the run's directory.
            FileExistsError: There is such a file already.
        """
        try:
            return self._output.open(name)
        except FalseClaimError as claim:
            raise refused(self._plugin, claim) from claim

    def native(self, name: str) -> Any:  # noqa: ANN401  a path, or a sink of the extension
        """The same for native code: a path, or a sink of the extension."""
        try:
            return self._output.native(name)
        except FalseClaimError as claim:
            raise refused(self._plugin, claim) from claim

    def crowded(self) -> Sequence[str]:
        """Names of open files that must be closed for others to have room in memory."""
        return self._output.crowded()


def refused(plugin: Plugin, claim: FalseClaimError) -> PluginError:
    """The error that names the plugin of a false claim."""
    return PluginError(f"{plugin.label} {claim.message}", plugin=plugin.origin, file=claim.file)
