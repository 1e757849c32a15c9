"""YAML with the line of every key, and `${VAR}` resolved once, here at the edge."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from headrace.errors import ConfigError, Problem

KeyPath: TypeAlias = tuple[str | int, ...]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")

# libyaml where it is there: the same grammar, less time and memory.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


MAX_DEPTH: Final = 64
"""Values within values; aliases may make a document that contains itself [levels]."""

MAX_VALUES: Final = 200_000
"""Values of a document; aliases of aliases make billions of a few lines [values]."""


def spell(path: KeyPath) -> str:
    """`("schema", 0, "name")` as `schema[0].name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document as plain values, with places for its problems.

    Attributes:
        value: The document's value: mappings, lists and scalars.
        source: The file's name for messages; None where it came as a mapping.
        base_dir: What relative paths resolve against.
        lines: Line of each key path, from 1.
    """

    value: Any
    source: str | None
    base_dir: Path
    lines: Mapping[KeyPath, int] = field(default_factory=dict)

    def problem(self, path: KeyPath, message: str) -> Problem:
        """`message` at `path`, with the line of the nearest key that was written."""
        line = next(
            (self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), None
        )
        return Problem(path=spell(path), message=message, source=self.source, line=line)


def load_document(
    source: str | Path | Mapping[str, Any], *, base_dir: Path | None = None
) -> tuple[Document, list[Problem]]:
    """Read a YAML file, or take a mapping, and resolve `${VAR}` and `${VAR:-default}`.

    Args:
        source: A path, or the document itself.
        base_dir: What relative paths resolve against; the file's folder, or the current one.

    Returns:
        The document, and every duplicate key and missing variable in it.

    Raises:
        ConfigError: The file cannot be read or is not YAML.
    """
    if isinstance(source, Mapping):
        document = Document(value=dict(source), source=None, base_dir=base_dir or Path.cwd())
        problems: list[Problem] = []
        value = _resolve_mapping(document.value, (), document, problems)
        return Document(value=value, source=None, base_dir=document.base_dir), problems
    path = Path(source)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        problem = Problem(path="", message="there is no such file", source=str(path))
        raise ConfigError(problems=[problem]) from error
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(path="", message=f"cannot be read: {error}", source=str(path))
        raise ConfigError(problems=[problem]) from error
    return parse_document(text, source=str(path), base_dir=base_dir or path.resolve().parent)


def parse_document(text: str, *, source: str, base_dir: Path) -> tuple[Document, list[Problem]]:
    """Read YAML text; as `load_document`."""
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            problem = Problem(path="", message="the document is empty", source=source, line=1)
            raise ConfigError(problems=[problem])
        reading = _Reading(loader, source)
        value = reading.value(root, ())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        message = f"not valid YAML: {getattr(error, 'problem', None) or error}"
        problem = Problem(path="", message=message, source=source, line=line)
        raise ConfigError(problems=[problem]) from error
    finally:
        loader.dispose()
    document = Document(value=value, source=source, base_dir=base_dir, lines=reading.lines)
    return document, reading.problems


class _Reading:
    """One pass over the nodes of a YAML document."""

    def __init__(self, loader: Any, source: str) -> None:  # noqa: ANN401  one of yaml's loaders
        self.loader = loader
        self.source = source
        self.lines: dict[KeyPath, int] = {}
        self.problems: list[Problem] = []
        self.values = 0

    def value(self, node: yaml.Node, path: KeyPath) -> Any:  # noqa: ANN401  any YAML value
        self.lines.setdefault(path, node.start_mark.line + 1)
        self.bound(node, path)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, n)) for n, item in enumerate(node.value)]
        text = node.value
        if "${" in text:
            text = self.substituted(text, path, node.start_mark.line + 1)
            # An unquoted ${PORT} is a number where its value is one; a quoted one stays text.
            is_plain = getattr(node, "style", None) in (None, "")
            tag = self.loader.resolve(yaml.ScalarNode, text, (is_plain, not is_plain))
            node = yaml.ScalarNode(tag, text, node.start_mark, node.end_mark)
        try:
            return self.loader.construct_object(node, deep=True)
        except ValueError as error:
            self.report(path, str(error), node.start_mark.line + 1)
        except (LookupError, AttributeError):  # what PyYAML makes of a tag that does not suit
            kind = node.tag.rpartition(":")[2]
            self.report(path, f"{text[:40]!r} is no {kind}", node.start_mark.line + 1)
        return None

    def bound(self, node: yaml.Node, path: KeyPath) -> None:
        """Refuse what has no end, or as good as none."""
        self.values += 1
        if len(path) > MAX_DEPTH:
            message = f"is nested more than {MAX_DEPTH} levels deep; does an alias contain itself?"
        elif self.values > MAX_VALUES:
            message = f"the document has more than {MAX_VALUES:,} values; do aliases multiply?"
        else:
            return
        self.report(path, message, node.start_mark.line + 1)
        raise ConfigError(problems=self.problems)

    def mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        self.loader.flatten_mapping(node)
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            key_path = (*path, key)
            if key in result:
                first = self.lines[key_path]
                self.report(key_path, f"the key stands twice; first on line {first}", line)
                continue
            self.lines[key_path] = line
            result[key] = self.value(value_node, key_path)
        return result

    def substituted(self, text: str, path: KeyPath, line: int) -> str:
        resolved, missing = resolve_variables(text)
        for name in missing:
            self.report(path, missing_variable(name), line)
        return resolved

    def report(self, path: KeyPath, message: str, line: int) -> None:
        problem = Problem(path=spell(path), message=message, source=self.source, line=line)
        self.problems.append(problem)


def missing_variable(name: str) -> str:
    """What to say of an environment variable that is not set."""
    return f"environment variable {name} is not set; set it, or write ${{{name}:-default}}"


def resolve_variables(text: str) -> tuple[str, list[str]]:
    """`text` with its variables' values, and the names of those that are missing."""
    missing: list[str] = []

    def replacement(match: re.Match[str]) -> str:
        name, default = match[1], match[2]
        if name not in os.environ and default is None:
            missing.append(name)
        return os.environ.get(name, default or "")

    return _VARIABLE.sub(replacement, text), missing


def _resolve_mapping(
    value: Any,  # noqa: ANN401  any JSON value
    path: KeyPath,
    document: Document,
    problems: list[Problem],
) -> Any:  # noqa: ANN401  any JSON value
    if isinstance(value, Mapping):
        return {
            str(k): _resolve_mapping(v, (*path, str(k)), document, problems)
            for k, v in value.items()
        }
    if isinstance(value, list | tuple):
        return [_resolve_mapping(v, (*path, n), document, problems) for n, v in enumerate(value)]
    if isinstance(value, str) and "${" in value:
        resolved, missing = resolve_variables(value)
        problems.extend(document.problem(path, missing_variable(name)) for name in missing)
        return resolved
    return value
