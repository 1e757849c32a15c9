"""What a connector says of its config: what is wrong with one, and what of it is secret."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from headrace.errors import ConfigError, Problem
from headrace.job import redact, secrets_of
from headrace.job.secret import LEAST_CHARACTERS, PROGRAM_KEYS


def concealing(
    config: Mapping[str, Any], spec: Mapping[str, Any] | None = None
) -> Callable[[str], str]:
    """What takes a config's secrets out of a text: those by the names of their keys, and by `spec`.

    Args:
        config: The connector's config.
        spec: Its JSON schema; None where it is not known, and any value may be a secret.
    """
    marked = _values(config) if spec is None else _marked(config, spec)
    by_manifest = _marked(config, _spec_within(config))
    secrets = frozenset((*secrets_of(dict(config)), *marked, *by_manifest))

    def conceal(text: str) -> str:
        return str(redact(text, secrets))

    return conceal


def _values(value: object) -> Iterator[str]:
    """Every text and number that is long enough to tell something; a program is no secret."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            if key not in PROGRAM_KEYS:
                yield from _values(part)
    elif isinstance(value, list):
        for part in value:
            yield from _values(part)
    elif isinstance(value, bool):
        return  # `True` stands in many a text
    elif isinstance(value, str | int) and len(str(value)) >= LEAST_CHARACTERS:
        yield str(value)


def _spec_within(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a manifest in the config says of the config's other keys; its connector's `spec` cannot.

    Source:
        airbyte-cdk, `declarative_component_schema.yaml`: `Spec`.
    """
    for key in PROGRAM_KEYS:
        part = config.get(key)
        for name in ("spec", "connection_specification"):
            part = part.get(name) if isinstance(part, Mapping) else None
        if isinstance(part, Mapping):
            return part
    return {}


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
