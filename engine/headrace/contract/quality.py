"""The standard's quality rules: those that a stream decides at its end, with what they measured.

Allowed values (`invalidValues` must be 0) hold for each row; the other library metrics are counted
over the rows that enter the data and judged before the commit.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal, TypeGuard

from headrace.contract.reading import Reading, text_of
from headrace.errors import Problem
from headrace.job import KeyPath

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricLine:
    """A line of the table of metrics.

    Attributes:
        name: The metric.
        level: Where its rules may stand.
        arguments: What they may say beside.
        meaning: What is counted.
    """

    name: str
    level: tuple[Literal["schema", "property"], ...]
    arguments: tuple[str, ...]
    meaning: str


METRICS: Final = (
    MetricLine(
        name="nullValues", level=("property",), arguments=(), meaning="values that are null"
    ),
    MetricLine(
        name="missingValues",
        level=("property",),
        arguments=("missingValues",),
        meaning="values that are among `missingValues`, null alone where there are none",
    ),
    MetricLine(
        name="invalidValues",
        level=("property",),
        arguments=("validValues", "pattern"),
        meaning="values that are not null and not among `validValues`, or do not match `pattern`",
    ),
    MetricLine(
        name="duplicateValues",
        level=("schema", "property"),
        arguments=("properties",),
        meaning=(
            "rows whose value, or `properties` together, is in a row before; a null is no value"
        ),
    ),
    MetricLine(name="rowCount", level=("schema", "property"), arguments=(), meaning="rows"),
)
"""Every metric of the standard, for the documents."""

OLD_ARGUMENTS: Final = ("validValues", "missingValues", "pattern")
"""Arguments that v3.0 has beside the rule's name."""

# v3.0's names of the same.
_OLD_NAMES = {"duplicateCount": "duplicateValues", "validValues": "invalidValues"}

OPERATORS: Final = {
    "mustBe": "equal to",
    "mustNotBe": "not equal to",
    "mustBeGreaterThan": "above",
    "mustBeGreaterOrEqualTo": "at least",
    "mustBeLessThan": "below",
    "mustBeLessOrEqualTo": "at most",
    "mustBeBetween": "within both, which are allowed",
    "mustNotBeBetween": "outside of both, which are not allowed",
}
"""Every operator and what the measured value then is, compared with the threshold."""

Threshold = int | float | tuple[int | float, int | float]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRule:
    """One comparison of a metric with a threshold.

    Attributes:
        where: Where it stands in the document.
        metric: What is counted, a name of `METRICS`.
        columns: Of which columns; none for `rowCount`.
        arguments: `missingValues` and `validValues` as texts of the column's type (None is null),
            `pattern`.
        operator: A name of `OPERATORS`.
        threshold: One number, or two.
        unit: Whether the count or its part of all rows is compared.
        severity: `error` fails the run; `warning` and `info` do not.
    """

    where: Problem
    metric: str
    columns: tuple[str, ...]
    arguments: Mapping[str, Any]
    operator: str
    threshold: Threshold
    unit: Literal["rows", "percent"]
    severity: Severity

    @property
    def rule(self) -> str:
        """The rule's name in errors."""
        return f"quality.{self.metric}"

    @property
    def field(self) -> str | None:
        """The column's name; several are joined by commas."""
        return ",".join(self.columns) or None

    def judge(self, count: int, rows: int) -> "QualityResult":
        """Compare `count` of `rows` with the threshold, exactly; of no rows it is 0 percent."""
        measured = Fraction(count)
        if self.unit == "percent":
            measured = Fraction(100 * count, rows) if rows else Fraction(0)
        passed = _holds(measured, self.operator, self.threshold)
        value = int(measured) if self.unit == "rows" else float(measured)
        return QualityResult(rule=self, measured=value, passed=passed)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityResult:
    """What a quality rule measured over a run."""

    rule: QualityRule
    measured: int | float
    passed: bool

    @property
    def message(self) -> str:
        """What was measured and what it had to be."""
        rule = self.rule
        threshold = rule.threshold
        bounds = " and ".join(map(str, threshold if isinstance(threshold, tuple) else [threshold]))
        unit = " percent" if rule.unit == "percent" else ""
        return f"{rule.metric} is {self.measured}{unit}: {rule.operator} {bounds}"

    def to_dict(self) -> dict[str, Any]:
        """The result as the run report has it."""
        rule = self.rule
        threshold = rule.threshold
        return {
            "rule": rule.rule,
            "place": rule.where.path,
            "field": rule.field,
            "metric": rule.metric,
            "measured": self.measured,
            "operator": rule.operator,
            "threshold": list(threshold) if isinstance(threshold, tuple) else threshold,
            "unit": rule.unit,
            "severity": rule.severity,
            "passed": self.passed,
        }


def _holds(measured: Fraction, operator: str, threshold: Threshold) -> bool:
    if isinstance(threshold, tuple):
        low, high = (Fraction(str(bound)) for bound in threshold)
        return (low <= measured <= high) is (operator == "mustBeBetween")
    bound = Fraction(str(threshold))
    return {
        "mustBe": measured == bound,
        "mustNotBe": measured != bound,
        "mustBeGreaterThan": measured > bound,
        "mustBeGreaterOrEqualTo": measured >= bound,
        "mustBeLessThan": measured < bound,
        "mustBeLessOrEqualTo": measured <= bound,
    }[operator]


def allowed_values(rule: Mapping[str, Any]) -> list[Any] | None:
    """The allowed values, where a quality rule says just that: no invalid value at all."""
    metric = rule.get("metric") or rule.get("rule")
    arguments = rule.get("arguments")
    arguments = arguments if isinstance(arguments, dict) else {}
    values = arguments.get("validValues", rule.get("validValues"))
    if metric not in ("invalidValues", "validValues") or not isinstance(values, list):
        return None
    operators = {key: rule[key] for key in OPERATORS if key in rule}
    is_plain = operators == {"mustBe": 0} or (metric == "validValues" and not operators)
    is_error = _severity(rule) == "error"
    return values if is_plain and is_error and set(arguments) <= {"validValues"} else None


def quality_rules(
    reading: Reading, rule: dict[str, Any], place: KeyPath, *, column: str | None
) -> list[QualityRule]:
    """The comparisons that a quality rule of the document asks for.

    Args:
        reading: Gets what is wrong, and notes on what a stream cannot decide.
        rule: The rule as written.
        place: Where it stands.
        column: The column whose rule it is; None for one of the whole object.
    """
    kind = rule.get("type")
    if kind == "text":
        return []  # prose: nothing to check, nothing to promise
    name = rule.get("metric") or rule.get("rule")
    metric = _OLD_NAMES.get(name, name) if isinstance(name, str) else None
    line = next((line for line in METRICS if line.name == metric), None)
    if kind not in (None, "library") or line is None:
        reading.note(place, f"{name or kind or 'quality rule'} is not checked by this version")
        return []
    arguments = _arguments(rule)
    unknown = [key for key in arguments if key not in line.arguments]
    unit = _unit(rule)
    if unknown or unit is None:
        what = f"{name} with {unknown[0]}" if unknown else f"{name} in {rule.get('unit')}"
        reading.note(place, f"{what} is not checked by this version")
        return []
    columns = _columns(reading, line, arguments, place, column)
    operators = [key for key in OPERATORS if key in rule]
    if not operators:
        reading.report(place, f"{name} needs one of {', '.join(OPERATORS)}")
    if unit == "percent" and metric == "rowCount":
        reading.report((*place, "unit"), "the rows are no part of themselves: rowCount is in rows")
        return []
    if columns is None:
        return []
    native = _native_arguments(reading, line, arguments, place)
    thresholds = [(key, _threshold(reading, key, rule[key], place)) for key in operators]
    return [
        QualityRule(
            where=reading.document.problem(place, ""),
            metric=line.name,
            columns=columns,
            arguments=native,
            operator=operator,
            threshold=threshold,
            unit=unit,
            severity=_severity(rule),
        )
        for operator, threshold in thresholds
        if threshold is not None
    ]


def _arguments(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments; v3.0 has them beside the rule's name."""
    arguments = rule.get("arguments")
    found = dict(arguments) if isinstance(arguments, dict) else {}
    for key in OLD_ARGUMENTS:
        if key in rule and "metric" not in rule:
            found.setdefault(key, rule[key])
    return found


def _unit(rule: Mapping[str, Any]) -> Literal["rows", "percent"] | None:
    """The unit; None where it is another."""
    spelled = rule.get("unit") or "rows"
    if spelled in ("percent", "%", "percentage"):
        return "percent"
    return "rows" if spelled == "rows" else None


def _severity(rule: Mapping[str, Any]) -> Severity:
    """`warning` and `info` as the standard has them; anything else is an error."""
    spelled = str(rule.get("severity", "error")).lower()
    if spelled in ("warning", "warn"):
        return "warning"
    return "info" if spelled == "info" else "error"


def _columns(
    reading: Reading,
    line: MetricLine,
    arguments: dict[str, Any],
    place: KeyPath,
    column: str | None,
) -> tuple[str, ...] | None:
    if line.name == "rowCount":
        return ()
    named = arguments.get("properties")
    if column is not None and named is None:
        return (column,)
    if column is None and "schema" not in line.level:
        reading.report(place, f"{line.name} is a rule of a property, not of the whole object")
        return None
    if not isinstance(named, list) or not named or not all(isinstance(n, str) for n in named):
        reading.report((*place, "arguments", "properties"), "needs a list of properties")
        return None
    return tuple(named)


def _native_arguments(
    reading: Reading, line: MetricLine, arguments: dict[str, Any], place: KeyPath
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in ("missingValues", "validValues"):
        values = arguments.get(key)
        if isinstance(values, list):
            found[key] = [None if value is None else text_of(value) for value in values]
        elif values is not None:
            reading.report((*place, "arguments", key), "is a list of values")
    pattern = arguments.get("pattern")
    if isinstance(pattern, str):
        found["pattern"] = pattern
    elif pattern is not None:
        reading.report((*place, "arguments", "pattern"), "is a regular expression")
    if line.name == "invalidValues" and not arguments:
        reading.report(place, "invalidValues needs validValues or pattern among its arguments")
    return found


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _threshold(reading: Reading, operator: str, value: object, place: KeyPath) -> Threshold | None:
    is_pair = operator in ("mustBeBetween", "mustNotBeBetween")
    values: Sequence[object] = value if is_pair and isinstance(value, list) else [value]
    numbers = [v for v in values if _is_number(v)]
    if len(numbers) != len(values) or len(numbers) != (2 if is_pair else 1):
        expected = "two numbers" if is_pair else "a number"
        reading.report((*place, operator), f"is {expected}, not {value!r}")
        return None
    if not is_pair:
        return numbers[0]
    low, high = numbers
    if low > high:
        reading.report((*place, operator), f"has the smallest number first, not {value!r}")
        return None
    return low, high
