"""The JSON Schemas for editors."""

import json
from collections.abc import Collection
from functools import reduce
from operator import or_
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from headrace.contract.published import schema_text
from headrace.job import ByteSize, RawJob, Secret
from headrace.plugins import BUILT_IN, ENGINE_KEYS, KINDS, Kind, listed, resolve


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


def _encodable(
    struct: type[msgspec.Struct], *, without: Collection[str] = ()
) -> type[msgspec.Struct]:
    """The same struct with defaults that msgspec can put into a schema: a ByteSize it cannot.

    Args:
        struct: The struct.
        without: Keys that are left out.
    """
    fields: list[Any] = []
    for field in msgspec.structs.fields(struct):
        if field.encode_name in without:
            continue
        kind = _encodable_type(field.type)
        if field.required:
            fields.append((field.encode_name, kind))
        elif field.default is msgspec.NODEFAULT:
            default = msgspec.field(default_factory=field.default_factory)
            fields.append((field.encode_name, kind, default))
        elif isinstance(field.default, msgspec.Struct):  # its own fields say what it is
            default = msgspec.field(default_factory=type(field.default))
            fields.append((field.encode_name, kind, default))
        else:
            default = int(field.default) if isinstance(field.default, ByteSize) else field.default
            fields.append((field.encode_name, kind, default))
    twin = msgspec.defstruct(struct.__name__, fields, kw_only=True, forbid_unknown_fields=True)
    twin.__doc__ = struct.__doc__
    return twin


def _encodable_type(kind: Any) -> Any:  # noqa: ANN401  any type form
    options = get_args(kind) if _is_union(kind) else [kind]
    return reduce(or_, [_encodable(o) if _is_struct(o) else o for o in options])


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _is_union(kind: object) -> bool:
    return get_origin(kind) in (Union, UnionType)


def job_schema() -> dict[str, Any]:
    """Of job files: built-in plugins with their keys, others with any."""
    (reference,), definitions = msgspec.json.schema_components(
        [_encodable(RawJob)], schema_hook=_hook, ref_template="#/$defs/{name}"
    )
    job = definitions[reference["$ref"].rpartition("/")[2]]
    for kind in KINDS:
        job["properties"][kind] = _section(kind, definitions)
    definitions["Step"] = _step(definitions)
    for section in (job, definitions["StreamSection"]):
        _steps_in(section)["items"] = {"$ref": "#/$defs/Step"}
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
            [_encodable(config, without=ENGINE_KEYS[kind])],
            schema_hook=_hook,
            ref_template="#/$defs/{name}",
        )
        section = found.pop(reference["$ref"].rpartition("/")[2])
        definitions.update(found)
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


def _steps_in(section: dict[str, Any]) -> dict[str, Any]:
    """The list of steps of a section, where the section need not have one."""
    steps: dict[str, Any] = section["properties"]["transforms"]
    return next((o for o in steps.get("anyOf", ()) if o.get("type") == "array"), steps)


def _step(definitions: dict[str, Any]) -> dict[str, Any]:
    """A step: one key, that of a built-in or installed step, or a class by its place."""
    properties: dict[str, Any] = {}
    for name in BUILT_IN["transform"]:
        step: Any = resolve("transform", name, base_dir=Path()).cls
        (properties[name],), found = msgspec.json.schema_components(
            [_encodable_type(step.Config)], schema_hook=_hook, ref_template="#/$defs/{name}"
        )
        properties[name]["description"] = f"Takes {step.takes}: {step.meaning}."
        definitions.update(found)
    config = {"type": ["object", "null"], "description": "The config of a plugin."}
    plugins = {row["name"]: config for row in listed() if row["kind"] == "transform"}
    return {
        "title": "step",
        "type": "object",
        "properties": plugins | properties,
        "patternProperties": {".:.": config},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }


def contract_schema() -> dict[str, Any]:
    """Of contracts: the published schema of ODCS v3.1.0."""
    schema: dict[str, Any] = json.loads(schema_text())
    return schema
