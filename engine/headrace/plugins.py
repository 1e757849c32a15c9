"""Names to classes: built in, installed by entry point, `pkg.module:Class`, `path.py:Class`.

Nothing is imported until a job names it, because an import is paid for in every run's memory.
"""

import importlib
import importlib.util
import inspect
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from headrace._native import release_pages
from headrace.errors import HeadraceError, PluginError, Problem
from headrace.job import Document, KeyPath, check, redact

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Kind: TypeAlias = Literal["reader", "writer", "target", "transform"]

KINDS: tuple[Kind, ...] = ("reader", "writer", "target")
"""Those that have a section of their own in a job."""

LISTED: tuple[Kind, ...] = (*KINDS, "transform")

BUILT_IN: Mapping[Kind, Mapping[str, str]] = {
    "reader": {
        "csv": "headrace.readers.csv:CsvReader",
        "rust": "headrace.readers.rust:RustReader",
        "api": "headrace.readers.api:ApiReader",
        "airbyte": "headrace.readers.airbyte:AirbyteReader",
        "cabi": "headrace.readers.cabi:CabiReader",
        "postgres": "headrace.readers.postgres:PostgresReader",
    },
    "writer": {
        "parquet": "headrace.writers.parquet:ParquetWriter",
        "rust": "headrace.writers.rust:RustWriter",
        "cabi": "headrace.writers.cabi:CabiWriter",
    },
    "target": {
        "local": "headrace.targets.local:LocalTarget",
        "s3": "headrace.targets.s3:S3Target",
        "minio": "headrace.targets.s3:S3Target",
        "iceberg": "headrace.targets.iceberg.target:IcebergTarget",
    },
    "transform": {
        "filter": "headrace.transforms.filter:Filter",
        "derive": "headrace.transforms.derive:Derive",
        "select": "headrace.transforms.columns:Select",
        "rename": "headrace.transforms.columns:Rename",
        "drop": "headrace.transforms.columns:Drop",
        "cast": "headrace.transforms.cast:Cast",
        "deduplicate": "headrace.transforms.deduplicate:Deduplicate",
        "mask": "headrace.transforms.protect:Mask",
        "hash": "headrace.transforms.protect:Hash",
        "python": "headrace.transforms.python:Python",
    },
}

REQUIRED_METHODS: Mapping[Kind, Sequence[str]] = {
    "reader": ("extract",),
    "writer": ("write_batch",),
    "target": ("acquire", "publish"),
    "transform": ("apply",),
}

ENGINE_KEYS: Mapping[Kind, Mapping[str, object]] = {
    "reader": {
        "schema": None,
        "base_dir": ".",
        "keeps_state": None,
        "stream": "",
        "streams": {},
        "drift_policy": {},
        "batch_rows": 1,
        "batch_bytes": 1,
    },
    "writer": {"output_path": "", "schema": [], "field_ids": {}, "partition_spec": []},
    "target": {},
    "transform": {},
}
"""Keys that the engine adds to a config, with the values that stand in until a run has them.

A writer gets its keys always; a class that declares a `Config` gets those that it declares.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A plugin's class and where it comes from.

    Attributes:
        kind: What it is.
        name: How the job names it.
        origin: `built in`, the distribution's name, or the module or file.
        cls: The class.
        secrets: Texts of the job that no message of ours repeats.
    """

    kind: Kind
    name: str
    origin: str
    cls: type
    secrets: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """How errors name it."""
        return f"{self.kind} {self.name}"

    def configure(
        self,
        config: Mapping[str, Any],
        *,
        document: Document,
        engine: Mapping[str, Any] | None = None,
        path: KeyPath | None = None,
    ) -> tuple[Any, tuple[Problem, ...]]:
        """The config as the class takes it: its own typed `Config`, or a mapping.

        Args:
            config: All keys of the job's section but `type`.
            document: The job, for lines and the folder of relative paths.
            engine: Values of `ENGINE_KEYS`; stand-ins where absent.
            path: Where the config stands in the job; the kind's own section where absent.
        """
        reserved = ENGINE_KEYS[self.kind]
        path = (self.kind,) if path is None else path
        problems = [
            document.problem((*path, key), "is set by headrace and cannot be given")
            for key in config
            if key in reserved and (self.kind == "writer" or self.declares(key))
        ]
        added = dict(reserved) | dict(engine or {})
        config_class = getattr(self.cls, "Config", None)
        if config_class is None:
            value = dict(config) | (added if self.kind == "writer" else {})
            return value, tuple(problems)
        if not (isinstance(config_class, type) and issubclass(config_class, msgspec.Struct)):
            message = f"{self.label}: its Config must be a msgspec.Struct"
            return None, (document.problem(path, message),)
        declared = {key: value for key, value in added.items() if self.declares(key)}
        checked = check(config_class, dict(config) | declared, document=document, path=path)
        return checked.value, (*problems, *checked.problems)

    def declares(self, key: str) -> bool:
        """Whether the class's `Config` has a key."""
        return key in getattr(getattr(self.cls, "Config", None), "__struct_fields__", ())

    def create(self, config: Any, **asked: object) -> Any:  # noqa: ANN401  any plugin
        """An instance, given what its constructor asks for beside its config.

        Raises:
            PluginError: The class raised something else than a `HeadraceError`.
        """
        with self.blamed("could not be created"):
            return self.cls(config, **asked)

    @contextmanager
    def blamed(self, what: str) -> Iterator[None]:
        """Turn whatever the plugin raises into a `PluginError` that names it.

        An exit is an error too, and so is the cancellation of an asynchronous task: a plugin does
        not decide how the process ends.
        """
        try:
            yield
        except (HeadraceError, KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            text = redact(f"{type(error).__name__}: {error}", self.secrets)
            message = f"{self.label} {what}: {text}"
            raise PluginError(message, plugin=self.origin) from error


def resolve(kind: Kind, name: str, *, base_dir: Path) -> Plugin:
    """The plugin that a job's `type` names.

    Args:
        kind: Which section.
        name: A built-in or installed name, `pkg.module:Class` or `path.py:Class`.
        base_dir: What a relative `path.py` resolves against.

    Raises:
        PluginError: There is none, it cannot be imported, or it is not such a plugin.
    """
    if name in BUILT_IN[kind]:
        module, _, attribute = BUILT_IN[kind][name].partition(":")
        return _checked(kind, name, "built in", importlib.import_module(module), attribute)
    if ":" in name:
        module_name, _, attribute = name.rpartition(":")
        if module_name.endswith(".py"):
            path = base_dir / Path(module_name).expanduser()
            return _checked(kind, name, str(path), _import_file(path, name), attribute)
        return _checked(kind, name, module_name, _import(module_name, name), attribute)
    installed = _installed(kind)
    for entry in installed:
        if entry.name != name:
            continue
        module_name, _, attribute = entry.value.partition(":")
        origin = entry.dist.name if entry.dist else module_name
        return _checked(kind, name, origin, _import(module_name, name), attribute)
    known = ", ".join([*BUILT_IN[kind], *(entry.name for entry in installed)])
    message = f"there is no {kind} {name!r}; known: {known}, or pkg.module:Class, or path.py:Class"
    raise PluginError(message)


def callable_of(name: str, *, base_dir: Path) -> tuple[Plugin, Any]:
    """A function that a job names, and who is to be blamed for what it does.

    Args:
        name: `pkg.module:function` or `path.py:function`.
        base_dir: What a relative `path.py` resolves against.

    Raises:
        PluginError: There is none, or it cannot be imported.
    """
    module_name, _, attribute = name.rpartition(":")
    if not module_name:
        message = f"{name!r} names no function: pkg.module:function, or path.py:function"
        raise PluginError(message)
    if module_name.endswith(".py"):
        path = base_dir / Path(module_name).expanduser()
        origin, module = str(path), _import_file(path, name)
    else:
        origin, module = module_name, _import(module_name, name)
    function = getattr(module, attribute, None)
    if not callable(function):
        message = f"plugin {name!r}: {origin} has no function {attribute!r}"
        raise PluginError(message)
    plugin = Plugin(kind="transform", name=name, origin=origin, cls=type(function))
    return plugin, function


def listed() -> list[dict[str, str]]:
    """Every plugin that a job can name: built in and installed."""
    rows = [
        {"kind": kind, "name": name, "class": target, "origin": "built in"}
        for kind in LISTED
        for name, target in BUILT_IN[kind].items()
    ]
    for kind in LISTED:
        rows += [
            {
                "kind": kind,
                "name": entry.name,
                "class": entry.value,
                "origin": entry.dist.name if entry.dist else "",
            }
            for entry in _installed(kind)
        ]
    return rows


def _installed(kind: Kind) -> "Iterable[EntryPoint]":
    from importlib.metadata import entry_points  # noqa: PLC0415  3 MB: only where it is asked

    return entry_points(group=f"headrace.{kind}s")


def require(module: str, *, extra: str, needed_by: str) -> ModuleType:
    """Import an optional dependency.

    Raises:
        PluginError: It is not installed; says the command that installs it.
    """
    if module not in sys.modules:
        release_pages()  # what is loaded now may be large: before it, what came before it
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        message = f"{needed_by} needs {package}: pip install 'headrace[{extra}]'"
        raise PluginError(message) from error


def _import(module_name: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        message = f"plugin {name!r} cannot be imported: {type(error).__name__}: {error}"
        raise PluginError(message) from error


def _import_file(path: Path, name: str) -> ModuleType:
    if not path.is_file():
        message = f"plugin {name!r}: there is no file {path}"
        raise PluginError(message)
    # A name of its own for each file, so that two plugin.py never are one module.
    # zlib, because hashlib brings OpenSSL, 4 MB in every run.
    place = str(path.resolve()).encode()
    module_name = f"headrace_plugin_{path.stem}_{zlib.crc32(place):08x}_{zlib.adler32(place):08x}"
    if module_name in sys.modules:
        return sys.modules[module_name]
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        message = f"plugin {name!r}: {path} is not a Python file"
        raise PluginError(message)
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[module_name]
        message = f"plugin {name!r} cannot be imported: {type(error).__name__}: {error}"
        raise PluginError(message, file=str(path)) from error
    return module


def _checked(kind: Kind, name: str, origin: str, module: ModuleType, attribute: str) -> Plugin:
    cls = getattr(module, attribute, None)
    if not inspect.isclass(cls):
        message = f"plugin {name!r}: {origin} has no class {attribute!r}"
        raise PluginError(message)
    missing = [m for m in REQUIRED_METHODS[kind] if not callable(getattr(cls, m, None))]
    if missing:
        message = f"plugin {name!r}: class {attribute} has no method {', '.join(missing)}"
        raise PluginError(message, plugin=origin)
    return Plugin(kind=kind, name=name, origin=origin, cls=cls)
