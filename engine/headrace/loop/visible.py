"""What of a target is visible, without a run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headrace.errors import ConfigError
from headrace.job.document import load_document
from headrace.plugins import resolve


def read_manifest(target: str | Path | Mapping[str, Any]) -> list[str]:
    """The visible files of a target, atomically: the old or the new, never a part.

    Args:
        target: The directory of a local target, or a target section as a job has it.

    Returns:
        Absolute paths, or URLs, in the order of the commits.

    Raises:
        ConfigError: The section is wrong, or its kind of target cannot be listed.
        StateError: The manifest is corrupt or of a newer version.
        WriterError: The target cannot be reached.
    """
    section = target if isinstance(target, Mapping) else {"type": "local", "path": str(target)}
    document, problems = load_document({"target": dict(section)})
    config = dict(document.value["target"])
    plugin = resolve("target", str(config.pop("type", "")), base_dir=document.base_dir)
    value, found = plugin.configure(config, document=document)
    visible = getattr(plugin.cls, "visible", None)
    if visible is None and not (problems or found):
        message = f"{plugin.label} does not list its files"
        problems.append(document.problem(("target", "type"), message))
    if problems or found or visible is None:
        raise ConfigError(problems=[*problems, *found])
    return list(visible(value))
