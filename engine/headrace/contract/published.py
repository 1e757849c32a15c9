"""Documents against the standard's own JSON Schema, every problem at its key path.

The schemas are those that Bitol publishes, one for each version of the standard. Keys are looked
for everywhere, whatever else is wrong: a rule misspelled is a rule not checked. jsonschema is
imported here and nowhere else, when a contract is read.
"""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, reduce
from importlib import resources
from operator import getitem
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from headrace.contract.quality import OLD_ARGUMENTS
from headrace.contract.reading import Reading
from headrace.job import KeyPath

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

SCHEMAS: Final = {"v3.0": "odcs-3.0.2.schema.json", "v3.1": "odcs-3.1.0.schema.json"}
"""The published schema of each minor version."""

# A schema and the document that its references are of; a key and what is wrong with it.
_Rooted: TypeAlias = tuple[dict[str, Any], dict[str, Any]]
_Found: TypeAlias = tuple[KeyPath, str]

SHOWN_CHARACTERS: Final = 200
"""Characters of a value in a problem."""

# Keywords that say which keys an object may have: the walk over the keys says it better, and they
# are three quarters of jsonschema's time.
_OF_KEYS = ("additionalProperties", "unevaluatedProperties")
_OLD_KEYS = (*OLD_ARGUMENTS, "arguments")  # v3.0's quality rules, which its schema leaves open
_BRANCHES = ("allOf", "anyOf", "oneOf")


def schema_text(version: str = "v3.1") -> str:
    """The published schema of a minor version, as JSON."""
    return (resources.files(__package__) / SCHEMAS[version]).read_text(encoding="utf-8")


def check_published(reading: Reading) -> None:
    """Report what the standard's schema says against the document, and is not known yet."""
    document = _plain(reading.document.value)
    version = document.get("apiVersion") if isinstance(document, dict) else None
    minor = version[:4] if isinstance(version, str) else ""
    if minor not in SCHEMAS:
        return  # reported: there is no schema to hold it against
    known = {problem.path for problem in reading.problems}
    unknown = [
        (path, message)
        for path, message in _unknown_keys(document, minor)
        if not (minor == "v3.0" and path[-1] in _OLD_KEYS and path[-3:-2] == ("quality",))
    ]
    for path, message in (*unknown, *_faults(document, minor)):
        problem = reading.document.problem(path, message)
        if problem.path not in known:
            known.add(problem.path)
            reading.problems.append(problem)


@cache
def _schema(minor: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(schema_text(minor))
    return schema


@cache
def _validator(minor: str) -> "Validator":
    import jsonschema  # noqa: PLC0415  only where a contract is read

    return jsonschema.Draft201909Validator(_open(_schema(minor)))


def _faults(
    document: Any,  # noqa: ANN401  JSON
    minor: str,
) -> Iterator[tuple[KeyPath, str]]:
    for error in map(_innermost, _validator(minor).iter_errors(document)):
        path = tuple(error.absolute_path)
        if error.validator == "required":
            there: Any = error.instance
            wanted: Any = error.validator_value
            missing = [key for key in wanted if key not in there]
            yield from (((*path, key), "is required and missing") for key in missing)
        else:
            yield path, _told(error)


def _open(schema: Any) -> Any:  # noqa: ANN401  JSON
    """The schema without the keywords that close its objects."""
    if isinstance(schema, list):
        return [_open(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _open(inner) for key, inner in schema.items() if key not in _OF_KEYS}


def _innermost(error: "ValidationError") -> "ValidationError":
    """The one branch that was meant, where the others do not even fit the kind of the value."""
    while error.context:
        inner = [e for e in error.context if str(e.validator) not in ("required", "const")]
        deeper = [e for e in inner if len(e.absolute_path) > len(error.absolute_path)]
        if len(deeper) != 1:
            break
        error = deeper[0]
    return error


def _told(error: "ValidationError") -> str:
    found = repr(error.instance)
    found = found if len(found) <= SHOWN_CHARACTERS else found[:SHOWN_CHARACTERS] + "…"
    wanted: Any = error.validator_value
    if error.validator == "type":
        kinds = " or ".join([wanted] if isinstance(wanted, str) else wanted)
        return f"is {found}, and not of type {kinds}"
    if error.validator == "enum":
        return f"is {found}; known: {', '.join(map(str, wanted))}"
    if error.validator in _BRANCHES:
        forms = sorted({key for form in wanted for key in form.get("required", ())})
        hint = f": exactly one of {', '.join(forms)}" if forms else ""
        return f"has none, or more than one, of the forms that the standard knows{hint}"
    return f"is {found}, against {error.validator} {wanted!r} of the standard"


def _unknown_keys(document: object, minor: str) -> Iterator[tuple[KeyPath, str]]:
    """Every key that the standard does not have in its place.

    v3.0's schema leaves properties open: there v3.1's closes them, with the keys of both.
    """
    versions = SCHEMAS if minor == "v3.0" else (minor,)
    roots = [(_schema(version), _schema(version)) for version in versions]
    yield from _walk(document, (), roots)


def _walk(value: object, path: KeyPath, schemas: Sequence[_Rooted]) -> Iterator[_Found]:
    """Unknown keys below `value`; `schemas` are those that may describe it, with their roots."""
    if isinstance(value, list):
        reached = [found for schema, root in schemas for found in _reached(schema, root, None)]
        items = [(s["items"], root) for s, root in reached if isinstance(s.get("items"), dict)]
        for n, item in enumerate(value):
            yield from _walk(item, (*path, n), items)
    if not isinstance(value, dict):
        return
    reached = [found for schema, root in schemas for found in _reached(schema, root, value)]
    is_closed = any(schema.get(keyword) is False for schema, _ in reached for keyword in _OF_KEYS)
    known: dict[str, list[_Rooted]] = {}
    for schema, root in reached:
        for key, inner in schema.get("properties", {}).items():
            known.setdefault(key, []).append((inner, root))
    for key, inner in value.items():
        if key in known:
            yield from _walk(inner, (*path, key), known[key])
        elif is_closed:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            yield (*path, key), f"is no key of the standard here{hint}"


def _reached(schema: Any, root: dict[str, Any], value: object) -> Iterator[_Rooted]:  # noqa: ANN401  JSON
    """The schema and all that it refers to or branches into, as far as its conditions hold."""
    if not isinstance(schema, dict):
        return
    yield schema, root
    reference = schema.get("$ref")
    if isinstance(reference, str):
        steps = reference.removeprefix("#/").split("/")  # within the document, plain names
        yield from _reached(reduce(getitem, steps, root), root, value)
    for branch in _BRANCHES:
        for inner in schema.get(branch, ()):
            yield from _reached(inner, root, value)
    if "if" in schema:
        branch = "then" if _holds(schema["if"], value) else "else"
        yield from _reached(schema.get(branch), root, value)


def _holds(condition: Mapping[str, Any], value: object) -> bool:
    """Whether a condition of the standard holds: keys that are there, are texts or one value."""
    if not isinstance(value, dict):
        return True
    are_so = all(
        value[key] == wanted["const"] if "const" in wanted else isinstance(value[key], str)
        for key, wanted in condition.get("properties", {}).items()
        if key in value
    )
    are_there = all(key in value for key in condition.get("required", ()))
    any_of = condition.get("anyOf")
    return are_so and are_there and (any_of is None or any(_holds(c, value) for c in any_of))


def _plain(value: Any) -> Any:  # noqa: ANN401  any YAML value
    """The value as JSON has it: what YAML makes dates of are texts."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
