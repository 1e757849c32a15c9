"""The JSON Schemas for editors."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from headrace.job import ByteSize, RawJob, Secret
from headrace.plugins import BUILT_IN, ENGINE_KEYS, KINDS, Kind, resolve


def _hook(kind: type) -> dict[str, Any]:
    if kind is ByteSize:
        return {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*([kKmMgG]?[iI]?[bB])?\s*$"},
            ],
            "description": "Bytes, or a size such as 4MiB.",
        }
    if kind is Secret:
        return {"type": "string", "description": "A secret; prints as ***."}
    message = f"no JSON Schema for {kind!r}"
    raise NotImplementedError(message)


def job_schema() -> dict[str, Any]:
    """Of job files: built-in plugins with their keys, others with any."""
    (reference,), definitions = msgspec.json.schema_components(
        [RawJob], schema_hook=_hook, ref_template="#/$defs/{name}"
    )
    job = definitions[reference["$ref"].rpartition("/")[2]]
    for kind in KINDS:
        job["properties"][kind] = _section(kind, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "headrace job",
        **reference,
        "$defs": definitions,
    }


def _section(kind: Kind, definitions: dict[str, Any]) -> dict[str, Any]:
    options = []
    for name in BUILT_IN[kind]:
        config = resolve(kind, name, base_dir=Path()).cls.Config  # type: ignore[attr-defined]
        (reference,), found = msgspec.json.schema_components(
            [config], schema_hook=_hook, ref_template="#/$defs/{name}"
        )
        section = found.pop(reference["$ref"].rpartition("/")[2])
        definitions.update(found)
        for key in ENGINE_KEYS[kind]:
            section["properties"].pop(key, None)
        section["properties"] = {"type": {"const": name}, **section["properties"]}
        section["required"] = ["type", *section.get("required", [])]
        options.append({**section, "title": f"{kind} {name}"})
    options.append(
        {
            "title": f"a {kind} plugin",
            "type": "object",
            "properties": {"type": {"type": "string", "not": {"enum": list(BUILT_IN[kind])}}},
            "required": ["type"],
        }
    )
    return {"oneOf": options}


def contract_schema() -> dict[str, Any]:
    """Of contracts: the published schema of ODCS v3.1.0."""
    text = (resources.files("headrace.contract") / "odcs-3.1.0.schema.json").read_text()
    schema: dict[str, Any] = json.loads(text)
    return schema
