"""Writes the tables of the documents that the code already holds: `nox -s docs`.

A table stands between `<!-- table: NAME -->` and `<!-- end -->`. Each of its lines has an id under
which tests say that they cover it; `tests/test_tables.py` holds documents and tests against this.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

# Beside this file, which is no package.
from faulttables import faults, faults_by_target
from figuretables import documented_figures
from headrace import _native
from headrace.contract.drift import AXES
from headrace.contract.options import OPTIONS, STRING_FORMATS
from headrace.contract.quality import METRICS, OPERATORS
from headrace.contract.types import TYPES
from headrace.job import ByteSize
from headrace.plugins import BUILT_IN, ENGINE_KEYS, resolve
from headrace.readers.airbytecatalog import TYPES as AIRBYTE_TYPES
from headrace.readers.airbyteconfig import AirbyteConfig
from headrace.readers.apiauthconfig import AuthConfig
from headrace.readers.apiconfig import ApiConfig, RateLimitConfig, RetryConfig
from headrace.readers.apiendpointconfig import CursorConfig, EndpointConfig, ParentConfig
from headrace.readers.apipagesconfig import PaginationConfig
from headrace.readers.postgresconfig import PostgresConfig
from headrace.readers.postgresdsn import PARAMETERS
from headrace.readers.rust import RustConfig
from headrace.readers.section import ReaderSection
from headrace.targets.iceberg import types as iceberg
from table import Table, codes

DOCS: Final = Path(__file__).parent

_REGION = re.compile(r"(<!-- table: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def csv_options() -> Table:
    """Every key of both CSV readers, the type of the native one first among them."""
    engine = ENGINE_KEYS["reader"]
    fields = {f.name: f for f in msgspec.structs.fields(RustConfig) if f.name not in engine}
    names = ["path", "format", *(name for name in fields if name not in ("path", "format"))]
    return Table(
        head=("key", "default", "means"),
        lines=tuple(
            ((f"csv:{name}",), (f"`{name}`", _default(fields[name]), _meaning(fields[name])))
            for name in names
        ),
    )


def postgres_options() -> Table:
    """Every key of the Postgres reader."""
    return _options(PostgresConfig, "postgres")


def airbyte_options() -> Table:
    """Every key of the Airbyte reader."""
    return _options(AirbyteConfig, "airbyte")


_API: Final[Mapping[str, type[msgspec.Struct]]] = {
    "api": ApiConfig,
    "api-endpoint": EndpointConfig,
    "api-parent": ParentConfig,
    "api-pagination": PaginationConfig,
    "api-auth": AuthConfig,
    "api-cursor": CursorConfig,
    "api-retry": RetryConfig,
    "api-rate-limit": RateLimitConfig,
}
"""The options of the REST API reader, and of each section within it."""


def _options(config: type[msgspec.Struct], kind: str) -> Table:
    engine = ENGINE_KEYS["reader"] if issubclass(config, ReaderSection) else ()
    fields = [f for f in msgspec.structs.fields(config) if f.name not in engine]
    return Table(
        head=("key", "default", "means"),
        lines=tuple(
            ((f"{kind}:{f.encode_name}",), (f"`{f.encode_name}`", _default(f), _meaning(f)))
            for f in fields
        ),
    )


def airbyte_types() -> Table:
    """Every column type that a catalog's JSON schema tells."""
    return Table(
        head=("`type`", "`format`", "`airbyte_type`", "column"),
        lines=tuple(
            (
                (f"airbyte-type:{' '.join(word for word in key if word)}",),
                tuple(f"`{word}`" if word else "" for word in (*key, column)),
            )
            for key, column in AIRBYTE_TYPES.items()
        ),
    )


def postgres_dsn() -> Table:
    """Every parameter of a dsn."""
    return Table(
        head=("parameter", "means"),
        lines=tuple(
            ((f"postgres-dsn:{name}",), (f"`{name}`", meaning))
            for name, meaning in PARAMETERS.items()
        ),
    )


def postgres_types() -> Table:
    """Every type of Postgres that is decoded."""
    return Table(
        head=("Postgres", "column", "note"),
        lines=tuple(
            (
                (f"postgres-type:{line['sql']}",),
                (f"`{line['sql']}`", f"`{line['arrow']}`", line["note"]),
            )
            for line in _native.postgres_types()
        ),
    )


def column_types() -> Table:
    """Every type that a column may have."""
    return Table(
        head=("Arrow type", "`physicalType`", "`logicalType` written", "alone it means the type"),
        lines=tuple(
            (
                (f"type:{line.covers}",),
                (
                    f"`{line.arrow}`",
                    codes(line.physical),
                    f"`{line.logical}`",
                    f"`{line.alone}`" if line.alone else "",
                ),
            )
            for line in TYPES
        ),
    )


def contract_options() -> Table:
    """Every option of `logicalTypeOptions`."""
    return Table(
        head=("option", "of", "a good value is"),
        lines=tuple(
            ((f"rule:{line.name}",), (f"`{line.name}`", codes(line.of), line.meaning))
            for line in OPTIONS
        ),
    )


def string_formats() -> Table:
    """Every `format` of a string that is checked."""
    return Table(
        head=("`format`", "the text is"),
        lines=tuple(
            ((f"format:{name}",), (f"`{name}`", meaning))
            for name, meaning in STRING_FORMATS.items()
        ),
    )


def quality_metrics() -> Table:
    """Every metric of the standard's library."""
    return Table(
        head=("metric", "of", "`arguments`", "counts"),
        lines=tuple(
            (
                (f"quality:{line.name}",),
                (
                    f"`{line.name}`",
                    ", ".join(line.level),
                    ", ".join(f"`{name}`" for name in line.arguments),
                    line.meaning,
                ),
            )
            for line in METRICS
        ),
    )


def quality_operators() -> Table:
    """Every comparison with a threshold."""
    return Table(
        head=("operator", "the measure is"),
        lines=tuple(
            ((f"quality:{name}",), (f"`{name}`", meaning)) for name, meaning in OPERATORS.items()
        ),
    )


def drift_policies() -> Table:
    """What each policy of each axis does."""
    policies = ("fail", "ignore", "evolve")
    return Table(
        head=("axis", "`fail`, the default", "`ignore`", "`evolve`"),
        lines=tuple(
            (
                tuple(f"drift:{axis}:{policy}" for policy in policies if policy in known),
                (
                    f"`{axis}`",
                    *(known.get(policy, "refused by name") for policy in policies),
                ),
            )
            for axis, known in AXES.items()
        ),
    )


def transform_steps() -> Table:
    """Every step of `transforms`."""
    kinds: dict[str, Any] = {
        name: resolve("transform", name, base_dir=DOCS).cls for name in BUILT_IN["transform"]
    }
    return Table(
        head=("step", "takes", "does"),
        lines=tuple(
            ((f"transform:{name}",), (f"`{name}`", step.takes, step.meaning))
            for name, step in kinds.items()
        ),
    )


def functions() -> Table:
    """Every function of expressions."""
    return Table(
        head=("function", "gives"),
        lines=tuple(
            ((f"function:{name}",), (f"`{name}({arguments})`", meaning))
            for name, arguments, meaning in _native.expression_functions()
        ),
    )


def iceberg_types() -> Table:
    """Every Arrow type that a table of Iceberg holds."""
    return Table(
        head=("Arrow", "Iceberg"),
        lines=tuple(
            ((f"iceberg-type:{arrow}",), (f"`{arrow}`", f"`{kind}`"))
            for arrow, kind in iceberg.TYPES
        ),
    )


def iceberg_refused() -> Table:
    """Every Arrow type that none holds."""
    return Table(
        head=("Arrow", "because", "instead"),
        lines=tuple(
            ((f"iceberg-refused:{line.name}",), (line.arrow, line.reason, line.advice))
            for line in iceberg.REFUSED
        ),
    )


TABLES: Final[Mapping[str, Callable[[], Table]]] = {
    "csv-options": csv_options,
    "airbyte-options": airbyte_options,
    "airbyte-types": airbyte_types,
    **{f"{kind}-options": partial(_options, config, kind) for kind, config in _API.items()},
    "postgres-options": postgres_options,
    "postgres-dsn": postgres_dsn,
    "postgres-types": postgres_types,
    "column-types": column_types,
    "contract-options": contract_options,
    "string-formats": string_formats,
    "quality-metrics": quality_metrics,
    "quality-operators": quality_operators,
    "drift-policies": drift_policies,
    "transform-steps": transform_steps,
    "functions": functions,
    "iceberg-types": iceberg_types,
    "iceberg-refused": iceberg_refused,
    "documented-figures": documented_figures,
    "faults": faults,
    "faults-by-target": faults_by_target,
}


def rendered(text: str) -> str:
    """A document with its tables as the code has them.

    Raises:
        KeyError: It asks for a table that there is not.
    """
    return _REGION.sub(lambda m: m[1] + TABLES[m[2]]().markdown() + m[3], text)


def tables_of(text: str) -> list[str]:
    """The names of the tables of a document, in order."""
    return [match[2] for match in _REGION.finditer(text)]


def documents() -> list[Path]:
    """Every document that may have a table."""
    return [DOCS.parent / "README.md", *sorted(DOCS.rglob("*.md"))]


def main() -> int:
    """Write every document whose tables are not as the code has them; say which."""
    for path in documents():
        text = path.read_text(encoding="utf-8")
        if (new := rendered(text)) != text:
            path.write_text(new, encoding="utf-8")
            print(f"written: {path}")  # noqa: T201 - the command's voice
    return 0


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.name == "format":
        return "required for `rust`"
    if field.required:
        return "required"
    if field.default is None:
        return "none"
    has_default = field.default is not msgspec.NODEFAULT
    value: Any = field.default if has_default else field.default_factory()
    if isinstance(value, msgspec.Struct):
        return "as below"
    if isinstance(value, ByteSize):
        mebibytes, odd = divmod(value, 1 << 20)
        return f"`{value}`" if odd else f"`{mebibytes}MiB`"
    # As YAML has it: a text that is no plain word stands in quotes.
    is_word = isinstance(value, str) and value[:1].isalpha()
    return f"`{value if is_word else msgspec.json.encode(value).decode()}`"


def _meaning(field: msgspec.structs.FieldInfo) -> str:
    metas: Iterable[Any] = getattr(field.type, "__metadata__", ())
    return next(meta.description for meta in metas if getattr(meta, "description", None))


if __name__ == "__main__":
    sys.exit(main())
