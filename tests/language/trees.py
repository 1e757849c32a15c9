"""Strategies of expressions: columns and literals, and forms over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

from tests.language.casts import CASTS
from tests.language.columns import COLUMNS, Column
from tests.language.form import (
    ATOM,
    DATE,
    DBL,
    DEC,
    INT,
    KINDS,
    NS,
    SMALL,
    STORED,
    TSZ,
    WIDE,
    Form,
)
from tests.language.functions import OF_MOMENTS, OF_NUMBERS, OF_TEXTS
from tests.language.literals import LITERALS
from tests.language.operators import ARITHMETIC, CHOICES, COMPARISONS, LOGIC

FORMS: Final = (
    *COMPARISONS,
    *LOGIC,
    *ARITHMETIC,
    *CHOICES,
    *OF_TEXTS,
    *OF_NUMBERS,
    *OF_MOMENTS,
    *CASTS,
)
"""All of them."""

# Null by itself is of whatever type the operator takes first.
_TYPED_NULLS: Final = {
    INT: "cast(null as bigint)",
    DEC: "cast(null as decimal(9, 2))",
    DATE: "cast(null as date)",
    TSZ: "cast(null as timestamptz)",
    NS: "cast(null as timestamp(9))",
}

_BY_KIND: Final = {kind: [form for form in FORMS if form.gives == kind] for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Tree:
    """An expression: what headrace is asked, and what DuckDB is, and of which columns."""

    ours: str
    theirs: str
    columns: frozenset[str] = frozenset()


@st.composite
def trees(draw: st.DrawFn, kind: str, *, depth: int = 2) -> Tree:
    """Expressions of a kind: columns, literals, null, and forms over others."""
    if depth > 0 and draw(st.integers(0, 2)):
        forms = [form for form in _BY_KIND[kind] if form.is_exact]
        return draw(of_form(draw(st.sampled_from(forms)), depth=depth - 1))
    return draw(_atoms(kind))


@st.composite
def of_form(draw: st.DrawFn, form: Form, *, depth: int = 1) -> Tree:
    """Expressions of a form."""
    operands = [draw(_operand(take, depth)) for take in form.takes]
    ours = form.ours.format(*(operand.ours for operand in operands))
    theirs = form.theirs.format(*(operand.theirs for operand in operands))
    return Tree(ours, f"({theirs})", frozenset().union(*(operand.columns for operand in operands)))


def _operand(take: str, depth: int) -> st.SearchStrategy[Tree]:
    if take in _BY_KIND:
        return trees(take, depth=depth)
    if take == ATOM:
        return _atoms(DEC)
    if take == WIDE:
        return st.sampled_from([_tree("x", COLUMNS["x"]), *(Tree(*p) for p in LITERALS[DBL])])
    if take == SMALL:
        return st.sampled_from([_tree(name, COLUMNS[name]) for name in ("i8", "i16")])
    return st.sampled_from([Tree(*pair) for pair in LITERALS[take]])


def _atoms(kind: str) -> st.SearchStrategy[Tree]:
    columns = [_tree(name, column) for name, column in COLUMNS.items() if column.kind == kind]
    literals = [Tree(*pair) for pair in LITERALS[kind]]
    null = Tree(_TYPED_NULLS.get(kind, "null"), f"cast(nothing as {STORED[kind]})")
    return st.sampled_from(columns) | st.sampled_from([*columns, *literals, null])


def _tree(name: str, column: Column) -> Tree:
    return Tree(name, f"({column.theirs})" if column.theirs else name, frozenset([name]))
