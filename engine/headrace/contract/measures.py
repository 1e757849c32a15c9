"""What quality rules count over the rows that enter the data, in one pass and constant memory."""

from collections.abc import Sequence
from typing import Any

from headrace import _native
from headrace._native import translated
from headrace.contract.quality import QualityResult, QualityRule
from headrace.schema import Field, Schema


class Measures:
    """The counts of a run.

    Args:
        rules: What is counted, and what each count must be.
        schema: The columns.
        unique_bytes: Memory for the keys of each `duplicateValues` rule [bytes]; exact within it,
            refused beyond it.

    Raises:
        ConfigError: An argument does not suit its column's type.
    """

    def __init__(self, rules: Sequence[QualityRule], schema: Schema, *, unique_bytes: int) -> None:
        self.rows = 0
        self._rules = rules
        self._counters: dict[str, Counter] = {}
        for rule in rules:
            key = _key(rule)
            if rule.metric != "rowCount" and key not in self._counters:
                self._counters[key] = Counter(rule, schema, unique_bytes=unique_bytes)

    def count(self, rows: _native.RecordBatch, schema: Schema) -> None:
        """Take rows that enter the data; `schema` is what the columns are by now."""
        self.rows += len(rows)
        for counter in self._counters.values():
            counter.count(rows, schema)

    def results(self) -> list[QualityResult]:
        """Each rule's verdict, in the order of the contract."""
        return [rule.judge(self._count_of(rule), self.rows) for rule in self._rules]

    def _count_of(self, rule: QualityRule) -> int:
        return self.rows if rule.metric == "rowCount" else self._counters[_key(rule)].found


class Counter:
    """One count; the core's own rules tell what is counted, so that both mean the same.

    Args:
        rule: What is counted.
        schema: The columns.
        unique_bytes: As for `Measures`.

    Raises:
        ConfigError: As for `Measures`.
    """

    def __init__(self, rule: QualityRule, schema: Schema, *, unique_bytes: int) -> None:
        self._rule = rule
        self.found = 0
        self._columns = _columns(rule, schema)
        with translated():
            self._native = self._columns.native()
            self._validator = _native.Validator(self._given(), unique_bytes=unique_bytes)

    def count(self, rows: _native.RecordBatch, schema: Schema) -> None:
        """Take rows."""
        columns = _columns(self._rule, schema)
        with translated():
            if columns != self._columns:
                self._columns, self._native = columns, columns.native()
                self._validator.evolve(self._given())
            part = rows.project(self._native)
            self.found += self._count(part)

    def _count(self, part: _native.RecordBatch) -> int:
        metric, arguments = self._rule.metric, self._rule.arguments
        nulls = part.null_count(self._rule.columns[0])
        missing = arguments.get("missingValues", [None])
        if metric == "nullValues" or (metric == "missingValues" and missing == [None]):
            return nulls
        violated = self._validator.count(part)
        if len(self._rule.columns) > 1:  # the core refuses a key with a null; here it is none
            violated -= self._incomplete(part)
        if metric == "missingValues":  # those that are not among the values break `enum`
            return len(part) - nulls - violated + (nulls if None in missing else 0)
        return violated

    def _incomplete(self, part: _native.RecordBatch) -> int:
        """Rows with a null in a column."""
        if not part.null_columns():
            return 0
        required = [(f.name, f.type, {"required": True}) for f in self._columns.fields]
        with translated():
            return _native.Validator(required, unique_bytes=1).count(part)

    def _given(self) -> list[tuple[str, str, dict[str, Any]]]:
        return [(f.name, f.type, self._options()) for f in self._columns.fields]

    def _options(self) -> dict[str, Any]:
        rule, arguments = self._rule, self._rule.arguments
        if rule.metric == "duplicateValues":
            return {"unique": True} if len(rule.columns) == 1 else {"primary_key": True}
        options: dict[str, Any] = {}
        values = arguments.get("validValues", arguments.get("missingValues"))
        if values is not None:
            options["enum"] = [value for value in values if value is not None]
        if "pattern" in arguments:
            options["pattern"] = arguments["pattern"]
        return options


def _key(rule: QualityRule) -> str:
    return repr((rule.metric, rule.columns, sorted(rule.arguments.items())))


def _columns(rule: QualityRule, schema: Schema) -> Schema:
    """The rule's columns, nullable."""
    found = {field.name: field.type for field in schema.fields}
    return Schema(tuple(Field(name, found[name]) for name in rule.columns))
