"""`python`: a callable on rows or on Arrow data."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal, Self

import msgspec

from headrace import _native
from headrace._native import translated
from headrace.batch import Violation, batches_of
from headrace.errors import DataError, PluginError
from headrace.job import Document, secrets_of
from headrace.job.struct import Struct
from headrace.plugins import Plugin, callable_of
from headrace.schema import Field, Schema
from headrace.transforms.cast import types_of
from headrace.transforms.step import Outcome


class PythonConfig(Struct, frozen=True, kw_only=True):
    """The callable, what it takes, and the columns that it adds or changes."""

    function: str
    mode: Literal["rows", "arrow"] = "rows"
    columns: dict[str, str] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse types that there are not."""
        types_of(self.columns)


class Python:
    """Gives each row, or each batch, to a callable.

    Args:
        plugin: Who is blamed.
        function: The callable.
        mode: What it takes.
        columns: Arrow types of the columns that it adds or changes.
    """

    Config = str | PythonConfig
    takes: ClassVar[str] = "`pkg.module:function`, or `{function, mode: rows, columns: {}}`"
    meaning: ClassVar[str] = (
        "gives each row as a dict to the callable, which returns the row to write or `None` to "
        "leave it out; with `mode: arrow` each batch, of which it returns as many rows; `columns` "
        "are the types of those that it adds or changes"
    )
    keeps_columns: ClassVar[bool] = False

    def __init__(
        self,
        plugin: Plugin,
        function: Any,  # noqa: ANN401  any callable
        *,
        mode: str,
        columns: Mapping[str, str],
    ) -> None:
        self._plugin = plugin
        self._function = function
        self._mode = mode
        self._columns = columns
        self._schema = Schema(())

    @classmethod
    def of(cls, config: str | PythonConfig, document: Document) -> Self:
        """As `Step.of`: finds the callable.

        Raises:
            PluginError: There is none, or it cannot be imported.
        """
        given = PythonConfig(function=config) if isinstance(config, str) else config
        plugin, function = callable_of(given.function, base_dir=document.base_dir)
        plugin = replace(plugin, secrets=secrets_of(document.value))
        return cls(plugin, function, mode=given.mode, columns=types_of(given.columns))

    @classmethod
    def of_plugin(cls, plugin: Plugin, made: Any) -> Self:  # noqa: ANN401  any class of a user
        """A step of somebody else: an instance whose `apply` is the callable."""
        columns = types_of(dict(getattr(made, "columns", {})))
        return cls(plugin, made.apply, mode=getattr(made, "mode", "rows"), columns=columns)

    def compile(self, schema: Schema) -> Schema:
        """As `Step.compile`."""
        fields = [
            Field(f.name, self._columns[f.name]) if f.name in self._columns else f
            for f in schema.nullable().fields
        ]
        known = schema.names
        fields += [Field(name, kind) for name, kind in self._columns.items() if name not in known]
        self._schema = Schema(tuple(fields))
        return self._schema

    def apply(self, batch: _native.RecordBatch) -> Outcome:
        """As `Step.apply`."""
        return self._rows(batch) if self._mode == "rows" else self._arrow(batch)

    def source(self, column: str) -> str | None:
        """As `Step.source`."""
        return None if column in self._columns else column

    def _rows(self, batch: _native.RecordBatch) -> Outcome:
        with translated():
            rows = batch.to_rows()
        made: list[Mapping[str, Any]] = []
        origin: list[int] = []
        violations: list[tuple[int, list[Violation]]] = []
        for index, row in enumerate(rows):
            try:
                with self._plugin.blamed(f"failed at row {index} of a batch"):
                    found = self._function(row)
            except DataError as error:
                field = error.where.get("field")
                violations.append((index, [(field, "python", None, error.message)]))
                continue
            if found is None:
                continue
            if not isinstance(found, Mapping):
                message = f"{self._plugin.label} returned {type(found).__name__}, not a dict"
                raise PluginError(message, plugin=self._plugin.origin)
            made.append(found)
            origin.append(index)
        with translated():
            arrow, kept, broken = _native.RecordBatch.from_rows(made, self._schema.native())
        violations += [(origin[index], list(found)) for index, found in broken]
        return Outcome(arrow, [origin[index] for index in kept], sorted(violations))

    def _arrow(self, batch: _native.RecordBatch) -> Outcome:
        with self._plugin.blamed("failed"):
            found = batches_of(self._function(batch), stream="", plugin=self._plugin.label)
        if len(found) != 1 or len(found[0]) != len(batch):
            rows = sum(map(len, found))
            message = f"{self._plugin.label} returned {rows} rows of {len(batch)}"
            raise PluginError(message, plugin=self._plugin.origin)
        with translated():
            arrow = found[0].arrow().project(self._schema.native())
        for field, (name, kind, _) in zip(self._schema.fields, arrow.schema.fields, strict=True):
            if field.type != kind:
                message = f"{self._plugin.label} returned {kind}, not {field.type}"
                raise PluginError(message, plugin=self._plugin.origin, field=name)
        with translated():
            return Outcome(arrow.with_schema(self._schema.native()), None, ())
