"""Where a run begins and ends in the order of a cursor, and what the state keeps of it.

Rows are read in the order of the cursor and of the columns that break its ties, so that a place in
that order says all of what was read. Where no two rows share a place, each batch may be the last of
a run; where rows may, only such batches that do not end between them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from headrace.errors import ReaderError, StateError
from headrace.readers.postgrescatalog import ALIAS, MOMENTS, Source
from headrace.readers.postgressession import Session, literal, quoted

AFTER: Final = "after"
"""Key of the state's entry: the place of the last row read, as text by column."""

_NOW: Final[Mapping[str, str]] = {
    "timestamptz": "now() - {lag}",
    "timestamp": "(now() - {lag}) AT TIME ZONE {zone}",
    "date": "((now() - {lag}) AT TIME ZONE {zone})::date",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order of a cursor.

    Attributes:
        columns: The cursor, and what breaks its ties.
        is_total: Whether no two rows share a place.
    """

    columns: tuple[str, ...]
    is_total: bool

    @classmethod
    def of(cls, source: Source, cursor: str, tie_breaker: Sequence[str] | None) -> "Order":
        """The order of a source by a cursor.

        Raises:
            SourceNotFoundError: There is no such column.
        """
        breakers = source.primary_key if tie_breaker is None else tie_breaker
        names = (cursor, *(name for name in breakers if name != cursor))
        for name in names:
            source.column(name)
        return cls(columns=names, is_total=any(one <= frozenset(names) for one in source.unique))

    def condition(self, after: Mapping[str, str]) -> str:
        """That a row stands behind a place."""
        columns = ", ".join(map(quoted, self.columns))
        values = ", ".join(literal(after[name]) for name in self.columns)
        # Texts without a type take that of the column that they are compared with.
        return f"({columns}) > ({values})"

    def clause(self) -> str:
        """ORDER BY."""
        # By the source's column: a name alone would be that of what is selected, such as its text.
        return "ORDER BY " + ", ".join(f"{ALIAS}.{quoted(name)}" for name in self.columns)

    def after(self, stored: object) -> Mapping[str, str] | None:
        """The place that a state has; None where it has none yet.

        Raises:
            StateError: It is another order's.
        """
        if stored is None:
            return None
        after = stored.get(AFTER) if isinstance(stored, dict) else None
        place = after if isinstance(after, dict) else {}
        is_text = all(isinstance(one, str) for one in place.values())
        if not is_text or set(place) != set(self.columns):
            message = (
                f"the state is of another cursor than {', '.join(self.columns)}: "
                "have it again, or reset the state"
            )
            raise StateError(message)
        return dict(place)

    def entry(self, key: Sequence[str | None], names: Sequence[str]) -> dict[str, Any]:
        """What the state keeps of the place `key`, whose columns are `names`."""
        values = dict(zip(names, key, strict=True))
        return {AFTER: {name: values[name] for name in self.columns}}


def not_young(source: Source, cursor: str, *, lag_s: float, time_zone: str) -> str:
    """The condition that a row is as old as the lag.

    Raises:
        ReaderError: The cursor is no date or time.
    """
    wire = source.column(cursor).wire
    if wire not in MOMENTS:
        message = f"lag_s needs a cursor that is a date or time; {cursor!r} comes as {wire}"
        raise ReaderError(message)
    now = _NOW[wire].format(lag=f"interval '{lag_s} seconds'", zone=literal(time_zone))
    return f"{quoted(cursor)} <= {now}"


def count_nulls(session: Session, source: Source, names: Sequence[str]) -> int:
    """Rows that no order finds, because a column of it is null."""
    nullable = [quoted(name) for name in names if not source.column(name).is_required]
    if not nullable:
        return 0
    condition = " OR ".join(f"{name} IS NULL" for name in nullable)
    rows = session.query(f"SELECT count(*) {source.from_clause} WHERE {condition}")
    return int(rows[0][0] or 0)
