"""What a connector says of its config: what is wrong with one, and what of it is secret."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from headrace.errors import ConfigError, Problem
from headrace.job import redact, secrets_of
from headrace.job.secret import LEAST_CHARACTERS


def concealing(
    config: Mapping[str, Any], spec: Mapping[str, Any] | None = None
) -> Callable[[str], str]:
    """What takes a config's secrets out of a text: those by the names of their keys, and by `spec`.

    Args:
        config: The connector's config.
        spec: Its JSON schema; None where it is not known, and any text may be a secret.
    """
    marked = _texts(config) if spec is None else _marked(config, spec)
    secrets = frozenset(secrets_of(dict(config))) | frozenset(marked)

    def conceal(text: str) -> str:
        return str(redact(text, secrets))

    return conceal


def _texts(value: object) -> Iterator[str]:
    """Every text that is long enough to tell something."""
    if isinstance(value, str) and len(value) >= LEAST_CHARACTERS:
        yield value
    elif isinstance(value, Mapping):
        yield from (text for part in value.values() for text in _texts(part))
    elif isinstance(value, list):
        yield from (text for part in value for text in _texts(part))


def _marked(value: object, schema: Mapping[str, Any]) -> Iterator[str]:
    """The texts of what a schema marks as secret."""
    if schema.get("airbyte_secret") and isinstance(value, str | int):
        if len(str(value)) >= LEAST_CHARACTERS:
            yield str(value)
        return
    for key in ("oneOf", "anyOf", "allOf"):
        for choice in schema.get(key) or ():
            yield from _marked(value, choice)
    if isinstance(value, Mapping):
        properties = schema.get("properties") or {}
        for name, part in value.items():
            yield from _marked(part, properties.get(name) or {})
    elif isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        for part in value:
            yield from _marked(part, schema["items"])


def check_config(config: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
    """Refuse a config that its connector's `spec` does not allow.

    Raises:
        ConfigError: Lists every problem; values of the config are not repeated.
    """
    import jsonschema  # noqa: PLC0415  11 MB, for runs that ask a connector only

    cls = jsonschema.validators.validator_for(dict(spec), default=jsonschema.Draft7Validator)
    problems = []
    for error in cls(dict(spec)).iter_errors(dict(config)):
        path = ".".join(["reader", "config", *map(str, error.absolute_path)])
        problems.append(Problem(path=path, message=_what(error)))
    if problems:
        raise ConfigError(problems=problems)


def _what(error: Any) -> str:  # noqa: ANN401  jsonschema has no types
    """What is wrong, without the value, which may be a secret."""
    rule, wanted = error.validator, error.validator_value
    if rule == "required":
        missing = [key for key in wanted if key not in error.instance]
        return f"lacks {', '.join(map(repr, missing))}, which the connector requires"
    if rule == "additionalProperties":
        return "has a key that the connector does not know"
    return f"is not what the connector takes: {rule} {wanted!r:.200}"


__all__ = ["check_config", "concealing"]
