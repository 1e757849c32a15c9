"""`logicalTypeOptions`: the rules of a property's values, as the core takes them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from headrace import _native
from headrace.contract.reading import Reading, text_of
from headrace.contract.types import RANGES
from headrace.job import KeyPath

_NUMBERS = ("integer", "number")
_ORDERED = (*_NUMBERS, "date", "time", "timestamp")
_TIMES = ("time", "timestamp")


MAX_COUNT: Final = 2**63 - 1
"""The greatest count that a rule may have; nothing is so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionLine:
    """A line of the table of options.

    Attributes:
        name: The key, and the name of its rule.
        of: The logical types that have it.
        form: What its value is.
        meaning: What holds of a good value.
        is_rule: Whether values are checked against it; others only name the type.
    """

    name: str
    of: tuple[str, ...]
    form: Literal["count", "bound", "text", "flag", "names"]
    meaning: str
    is_rule: bool = True


OPTIONS: Final = (
    OptionLine(
        name="minLength",
        of=("string",),
        form="count",
        meaning="at least so many characters, of binary data so many bytes",
    ),
    OptionLine(
        name="maxLength",
        of=("string",),
        form="count",
        meaning="at most so many characters, of binary data so many bytes",
    ),
    OptionLine(
        name="pattern",
        of=("string",),
        form="text",
        meaning=(
            "the regular expression matches somewhere in the text; anchor it with `^` and `$`"
        ),
    ),
    OptionLine(
        name="format",
        of=("string", *_ORDERED),
        form="text",
        meaning="of a string: it is spelled so; of a number: its range; of dates: not checked",
    ),
    OptionLine(name="minimum", of=_ORDERED, form="bound", meaning="at least"),
    OptionLine(name="maximum", of=_ORDERED, form="bound", meaning="at most"),
    OptionLine(
        name="exclusiveMinimum",
        of=_ORDERED,
        form="bound",
        meaning="above; `true` (v3.0.x) makes the `minimum` beside it exclusive",
    ),
    OptionLine(
        name="exclusiveMaximum",
        of=_ORDERED,
        form="bound",
        meaning="below; `true` (v3.0.x) makes the `maximum` beside it exclusive",
    ),
    OptionLine(
        name="multipleOf",
        of=_NUMBERS,
        form="bound",
        meaning="a multiple; of floating point within its rounding",
    ),
    OptionLine(name="minItems", of=("array",), form="count", meaning="at least so many items"),
    OptionLine(name="maxItems", of=("array",), form="count", meaning="at most so many items"),
    OptionLine(
        name="uniqueItems", of=("array",), form="flag", meaning="no item twice, null among them"
    ),
    OptionLine(
        name="minProperties",
        of=("object",),
        form="count",
        meaning="at least so many members that are not null; entries of a map, keys of JSON",
    ),
    OptionLine(
        name="maxProperties",
        of=("object",),
        form="count",
        meaning="at most so many members that are not null; entries of a map, keys of JSON",
    ),
    OptionLine(
        name="required",
        of=("object",),
        form="names",
        meaning="these members are not null; a map, or JSON that is an object, has these keys",
    ),
    OptionLine(
        name="timezone", of=_TIMES, form="flag", meaning="the type has a zone", is_rule=False
    ),
    OptionLine(
        name="defaultTimezone",
        of=_TIMES,
        form="text",
        meaning="the type's zone, UTC if absent",
        is_rule=False,
    ),
)
"""Every option of the standard, for the documents."""

_FORMS = {
    "count": "a whole number of at least 0",
    "flag": "true or false",
    "text": "a text",
    "bound": "a value of the column",
    "names": "a list of names",
}
_LINES = {line.name: line for line in OPTIONS}
KNOWN: Final = {
    logical: tuple(line.name for line in OPTIONS if logical in line.of)
    for logical in ("string", *_ORDERED, "object", "array", "boolean")
}

STRING_FORMATS: Final = dict(_native.string_formats())
"""Formats of a string that are checked, and what each asks of a text."""

# Formats that say nothing of a value, or what its type says already.
_UNCHECKED_FORMATS = ("password", "binary")
_ISO_FORMATS = ("yyyy-MM-dd", "HH:mm:ss", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss")


def rules_of_options(
    reading: Reading, logical: str | None, options: dict[str, Any], place: KeyPath, *, arrow: str
) -> dict[str, Any]:
    """The rules that the options of a property amount to.

    Args:
        reading: Gets what is wrong, and notes.
        logical: The property's `logicalType`.
        options: Its `logicalTypeOptions`.
        place: Where they stand.
        arrow: The property's type.
    """
    rules: dict[str, Any] = {}
    for key, value in options.items():
        fault = _fault(logical, key, value)
        if fault is not None:
            reading.report((*place, key), fault)
        elif key == "format":
            rules |= _format(reading, logical, value, place, arrow=arrow)
        elif _LINES[key].is_rule and not (_LINES[key].form == "bound" and isinstance(value, bool)):
            # The core's own `required` is whether the object itself may be null.
            rule = "requiredProperties" if key == "required" else key
            rules[rule] = text_of(value) if _LINES[key].form == "bound" else value
    _exclude_bounds(reading, rules, options, place)
    if "format" in options and logical == "integer":
        _narrow(rules, str(options["format"]), arrow)
    return rules


def _fault(logical: str | None, key: str, value: object) -> str | None:
    """What is wrong with an option or the form of its value."""
    known = KNOWN.get(logical) if isinstance(logical, str) else None
    if known is not None and key not in known:
        return f"unknown option of a {logical}: {', '.join(known)}"
    if key not in _LINES:
        return "is no option of the standard"
    form = _LINES[key].form
    is_flag = isinstance(value, bool)
    is_of_form = {
        "count": isinstance(value, int) and not is_flag and 0 <= value <= MAX_COUNT,
        "flag": is_flag,
        "text": isinstance(value, str),
        "bound": not is_flag or key.startswith("exclusive"),
        "names": isinstance(value, list) and all(isinstance(name, str) for name in value),
    }
    return None if is_of_form[form] else f"is {_FORMS[form]}, not {value!r}"


def _exclude_bounds(
    reading: Reading, rules: dict[str, Any], options: dict[str, Any], place: KeyPath
) -> None:
    # v3.0.x: exclusiveMinimum and exclusiveMaximum are flags beside minimum and maximum.
    for bound in ("minimum", "maximum"):
        exclusive = "exclusive" + bound.capitalize()
        if options.get(exclusive) is not True:
            continue
        if bound in rules:
            rules[exclusive] = rules.pop(bound)
        elif bound not in options:
            reading.report((*place, exclusive), f"is true and there is no {bound} for it")


def _format(
    reading: Reading, logical: str | None, value: str, place: KeyPath, *, arrow: str
) -> dict[str, Any]:
    if logical == "string" or (logical is None and arrow == "string"):
        if value in STRING_FORMATS and arrow == "string":
            return {"format": value}
        if value not in (*STRING_FORMATS, *_UNCHECKED_FORMATS):
            reading.note((*place, "format"), f"format {value} is not checked by this version")
    elif logical in ("date", "time", "timestamp") and value not in _ISO_FORMATS:
        message = "values have a type, and how a source spells them is its reader's option"
        reading.note((*place, "format"), f"{message}; not checked")
    return {}


def _narrow(rules: dict[str, Any], spelled: str, arrow: str) -> None:
    """Hold a wider type to the range that its `format` says."""
    if spelled not in RANGES:
        return
    least, greatest = RANGES[spelled]
    if arrow.startswith("int"):
        bits = int(arrow.removeprefix("int"))
        type_least, type_greatest = -(1 << bits - 1), (1 << bits - 1) - 1
    else:
        type_least, type_greatest = least - 1, greatest + 1
    for bound, value, is_narrower, tighter in (
        ("minimum", least, least > type_least, max),
        ("maximum", greatest, greatest < type_greatest, min),
    ):
        if is_narrower:
            rules[bound] = _tightest(rules.get(bound), value, tighter)


def _tightest(text: str | None, value: int, tighter: Callable[[int, int], int]) -> str:
    """The bound that holds both; one that is no integer is left for the core to judge."""
    if text is None:
        return str(value)
    try:
        number = int(text)
    except ValueError:
        return text
    return str(tighter(number, value))
