"""A plain value against a typed struct: every problem at once, with its key path.

msgspec stops at the first problem, so each field is converted on its own and the walk over the
fields is done here.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeAlias, TypeVar, get_args, get_origin

import msgspec

from headrace.errors import ConfigError, Problem
from headrace.job.document import Document, KeyPath
from headrace.job.secret import Secret
from headrace.job.size import ByteSize

_PLACE = re.compile(r" - at `\$([^`]*)`$")

# What a field's metadata says of paths: they resolve against the document's folder, but for the
# `names` that stand for something else.
PATH = msgspec.Meta(extra={"headrace": "path"}, description="Relative to the job file.")
PathText: TypeAlias = Annotated[str, PATH]


T = TypeVar("T")


@dataclass(frozen=True)
class Checked(Generic[T]):
    """A value of the type, or what was wrong."""

    value: T | None
    problems: tuple[Problem, ...]


def check(kind: type[T], value: object, *, document: Document, path: KeyPath) -> Checked[T]:
    """Convert `value` to `kind`, a msgspec struct, resolving the paths in it.

    Args:
        kind: The struct's class.
        value: What the user wrote.
        document: For lines and the folder of relative paths.
        path: Key path of `value` in the document.
    """
    problems: list[Problem] = []
    result = _convert(kind, value, document, path, problems)
    return Checked(None if problems else result, tuple(problems))


def _convert(
    kind: Any,  # noqa: ANN401  any type form
    value: Any,  # noqa: ANN401  any JSON value
    document: Document,
    path: KeyPath,
    problems: list[Problem],
) -> Any:  # noqa: ANN401  a value of `kind`
    bare = _bare(kind)
    if get_origin(bare) in (dict, Mapping) and isinstance(value, dict):
        _, kind_of_item = get_args(bare)
        if _struct_of(kind_of_item) is not None:
            return {
                str(key): _convert(kind_of_item, item, document, (*path, str(key)), problems)
                for key, item in value.items()
            }
    struct = _struct_of(kind)
    if struct is not None and isinstance(value, dict):
        return _convert_struct(struct, value, document, path, problems)
    if struct is not None and value is None and type(None) not in get_args(bare):
        problems.append(document.problem(path, "expected a mapping, found nothing"))
        return None
    try:
        converted = msgspec.convert(value, kind, dec_hook=_decode)
    except msgspec.ValidationError as error:
        message = str(error)
        place = _PLACE.search(message)
        inner = place[1] if place else ""
        message = _PLACE.sub("", message)
        spelled = document.problem(path, message)
        problems.append(
            Problem(
                path=spelled.path + inner,
                message=_humane(message, kind),
                source=spelled.source,
                line=spelled.line,
            )
        )
        return None
    return _with_paths(kind, converted, document.base_dir)


def _convert_struct(
    struct: type[msgspec.Struct],
    value: dict[str, Any],
    document: Document,
    path: KeyPath,
    problems: list[Problem],
) -> msgspec.Struct | None:
    before = len(problems)
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for key in value:
        if key not in fields:
            known = [name for name in fields if name not in value]
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
            problems.append(document.problem((*path, str(key)), f"unknown key; {hint}"))
    arguments: dict[str, Any] = {}
    for name, field in fields.items():
        if name in value:
            arguments[field.name] = _convert(
                field.type, value[name], document, (*path, name), problems
            )
        elif field.required:
            problems.append(document.problem((*path, name), "is required and missing"))
    if len(problems) > before:
        return None
    try:
        return struct(**arguments)
    except ConfigError as error:  # this and the next raised by the struct's own __post_init__
        problems.extend(document.problem((*path, p.path), p.message) for p in error.problems)
        return None
    except ValueError as error:
        problems.append(document.problem(path, str(error)))
        return None


def _struct_of(kind: Any) -> type[msgspec.Struct] | None:  # noqa: ANN401  any type form
    bare = _bare(kind)
    candidates = [bare, *get_args(bare)]
    return next(
        (c for c in candidates if isinstance(c, type) and issubclass(c, msgspec.Struct)), None
    )


def _bare(kind: Any) -> Any:  # noqa: ANN401  any type form
    """A type form without what is said beside it."""
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _decode(kind: type, value: object) -> object:
    if kind is Secret:
        if not isinstance(value, str):
            message = f"Expected `str`, got `{type(value).__name__}`"
            raise ValueError(message)
        return Secret(value)
    if kind is ByteSize:
        if isinstance(value, bool) or not isinstance(value, int | str):
            message = f"Expected a size such as 4MiB, got `{type(value).__name__}`"
            raise ValueError(message)
        return ByteSize(value)
    message = f"Unsupported type {kind!r}"
    raise NotImplementedError(message)


def _humane(message: str, kind: Any) -> str:  # noqa: ANN401  any type form
    """Msgspec's words in the voice of our own messages."""
    whole, kind = kind, _bare(kind)
    if message.startswith("Invalid enum value") and get_origin(kind) is Literal:
        known = ", ".join(map(str, get_args(kind)))
        return f"{message.replace('Invalid enum value', 'unknown value', 1)}; known: {known}"
    if "matching regex" in message:
        # A pattern is for machines; what it is for stands in the field's own words.
        meant = [m.title for m in _metas(whole) if m.title]
        return f"expected {meant[0]}" if meant else message.replace("Expected", "expected", 1)
    return message.replace("Expected", "expected", 1).replace(", got", ", found", 1)


def _metas(kind: Any) -> list[msgspec.Meta]:  # noqa: ANN401  any type form
    """What the annotations of a type say, those of its parts included."""
    parts = get_args(kind)
    own = [part for part in parts if isinstance(part, msgspec.Meta)]
    return own + [meta for part in parts for meta in _metas(part)]


def _with_paths(kind: Any, value: Any, base_dir: Path) -> Any:  # noqa: ANN401  any type form
    """`value` with its paths absolute, where `kind` says that they are paths."""
    if value is None or value is msgspec.UNSET or not is_path(kind):
        return value
    if isinstance(value, str):
        return value if value in _names(kind) else absolute(value, base_dir)
    return [absolute(item, base_dir) for item in value]


def absolute(path: str, base_dir: Path) -> str:
    """`path` against `base_dir`; a URL, `-` and an absolute path stay."""
    if path == "-" or "://" in path:
        return path
    return str(base_dir / Path(path).expanduser())


def _names(kind: Any) -> tuple[str, ...]:  # noqa: ANN401  any type form
    """What a field takes in place of a path."""
    metas = (m.extra or {} for m in get_args(kind)[1:] if isinstance(m, msgspec.Meta))
    return next((meta["names"] for meta in metas if "names" in meta), ())


def is_path(kind: Any) -> bool:  # noqa: ANN401  any type form
    """Whether a type form holds paths, alone, in a list or in a union."""
    if get_origin(kind) is Annotated:
        bare, *metas = get_args(kind)
        return is_path(bare) or any(
            isinstance(m, msgspec.Meta) and (m.extra or {}).get("headrace") == "path" for m in metas
        )
    return any(is_path(argument) for argument in get_args(kind))
