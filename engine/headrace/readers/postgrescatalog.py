"""What the catalog says of a table or query: its columns, how they come, and their keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from headrace import _native
from headrace._native import translated
from headrace.errors import SourceNotFoundError
from headrace.readers.postgressession import Session, literal, quoted
from headrace.schema import Field, Schema

TEXT: Final = "text"
"""How values come that are cast to text."""

# Arrays that begin at 0, for the catalog's own use.
_VECTORS = (22, 30)

ALIAS: Final = "q"
"""The name of what is read within its query."""

INTEGERS: Final = frozenset({"int2", "int4", "int8", "oid"})
MOMENTS: Final = frozenset({"date", "timestamp", "timestamptz"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a source.

    Attributes:
        name: Its name.
        sql_type: Its type as SQL calls it.
        wire: How its values come.
        cast: What the query casts it to; empty where nothing.
        type: The column's type where no contract tells one.
        is_required: Whether the catalog allows no null.
    """

    name: str
    sql_type: str
    wire: str
    cast: str
    type: str
    is_required: bool

    @property
    def note(self) -> str | None:
        """What a run's report says of it."""
        if not self.cast:
            return None
        return f"column {self.name!r}: {self.sql_type} is read as text"

    def typed(self, wanted: str | None) -> str:
        """The type in which it is read: the one wanted where that loses nothing, else its own."""
        if wanted is None or wanted == self.type:
            return self.type
        with translated():
            if not _native.postgres_fits(self.wire, wanted):
                return self.type
            if self.type == "string" or wanted == "string":
                return wanted  # decimals without a scale, one by one; or any digit as text
            mine = _native.Schema([(self.name, self.type, True)])
            is_wide = not _native.Schema([(self.name, wanted, True)]).too_narrow_for(mine)
        return wanted if is_wide else self.type


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A table, view or query.

    Attributes:
        sql: The table's name, or the query in brackets.
        columns: In the source's order.
        primary_key: The columns of a table's primary key, in order.
        unique: Sets of columns that no two rows share, none of them null.
        is_plain: Whether COPY takes it as it is, without a query.
        kind: `table`, `view`, … or `query`.
        estimated_rows: What the planner believes; None where it does not know.
    """

    sql: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    unique: tuple[frozenset[str], ...] = ()
    is_plain: bool = False
    kind: str = "query"
    estimated_rows: int | None = None

    @property
    def from_clause(self) -> str:
        """FROM, and the name by which what stands in it is told from what is selected."""
        return f"FROM {self.sql} AS {ALIAS}"

    def column(self, name: str) -> Column:
        """The column called `name`.

        Raises:
            SourceNotFoundError: There is none.
        """
        found = next((column for column in self.columns if column.name == name), None)
        if found is None:
            known = ", ".join(column.name for column in self.columns)
            message = f"there is no column {name!r}; there are {known}"
            raise SourceNotFoundError(message)
        return found

    def schema(self, wanted: Mapping[str, str] | None = None) -> Schema:
        """Its columns, in the types wanted by name where those lose nothing."""
        types = wanted or {}
        return Schema(
            tuple(
                Field(column.name, column.typed(types.get(column.name)), nullable=True)
                for column in self.columns
            )
        )


_KINDS: Final[Mapping[str, str]] = {
    "r": "table",
    "p": "table",  # partitioned
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
}


def read_table(session: Session, name: str) -> Source:
    """A table or view, as SQL names it.

    Raises:
        SourceNotFoundError: There is none.
        ReaderError: As `Session.query`.
    """
    rows = session.query(
        "SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relkind, "
        "c.reltuples::bigint, c.relhassubclass OR EXISTS (SELECT FROM pg_attribute a "
        "WHERE a.attrelid = c.oid AND a.attgenerated <> '') FROM pg_class c "
        f"JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = {literal(name)}::regclass"
    )
    oid, sql, kind, rows_text, is_more = (cell or "" for cell in rows[0])
    if kind not in _KINDS:
        message = f"{sql} is no table or view"
        raise SourceNotFoundError(message)
    estimated = int(rows_text)
    primary, unique = _keys(session, int(oid))
    return Source(
        sql=sql,
        columns=_columns(session, f"SELECT * FROM {sql}"),
        primary_key=primary,
        unique=unique,
        is_plain=kind == "r" and is_more == "f",
        kind=_KINDS[kind],
        estimated_rows=estimated if estimated >= 0 else None,
    )


def read_query(session: Session, query: str) -> Source:
    """A query, which is not run.

    Raises:
        ReaderError: As `Session.query`.
    """
    text = query.strip().rstrip(";")
    # On lines of its own, for it may end with a comment.
    sql = f"(\n{text}\n)"
    return Source(sql=sql, columns=_columns(session, f"SELECT * FROM {sql} AS {ALIAS}"))


def list_tables(session: Session) -> list[str]:
    """Every table and view that may be read, but for the catalog's own, as SQL names them."""
    rows = session.query(
        "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition "
        "AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' "
        "AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') "
        "ORDER BY n.nspname, c.relname"
    )
    return [row[0] or "" for row in rows]


def _keys(session: Session, oid: int) -> tuple[tuple[str, ...], tuple[frozenset[str], ...]]:
    """The primary key, and every set of columns, none of them null, that no two rows share."""
    rows = session.query(
        "SELECT i.indexrelid, i.indisprimary, a.attname, a.attnotnull FROM pg_index i "
        "CROSS JOIN LATERAL generate_series(0, i.indnkeyatts - 1) AS k "
        "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k] "
        f"WHERE i.indrelid = {oid} AND i.indisunique AND i.indisvalid AND i.indimmediate "
        "AND i.indpred IS NULL AND i.indexprs IS NULL ORDER BY i.indexrelid, k"
    )
    sets: dict[str | None, list[str]] = {}
    nullable = {index for index, _, _, is_required in rows if is_required == "f"}
    primary: list[str] = []
    for index, is_primary, name, _ in rows:
        sets.setdefault(index, []).append(name or "")
        if is_primary == "t":
            primary.append(name or "")
    unique = [frozenset(names) for index, names in sets.items() if index not in nullable]
    return tuple(primary), tuple(unique)


def _columns(session: Session, sql: str) -> tuple[Column, ...]:
    described = session.describe(sql)
    known = _known()
    strange = {oid for _, oid, _, _, _ in described if oid not in known}
    types = _types(session, strange)
    required = _required(session, {table for _, _, _, table, _ in described if table})
    columns = []
    for name, oid, modifier, table, number in described:
        wire, cast, sql_type = known[oid] if oid in known else types[oid]
        with translated():
            arrow = _native.postgres_spelling(wire, modifier)
        columns.append(
            Column(
                name=name,
                sql_type=sql_type,
                wire=wire,
                cast=cast,
                type=arrow,
                is_required=(table, number) in required,
            )
        )
    return tuple(columns)


@cache
def _known() -> dict[int, tuple[str, str, str]]:
    """How each type comes, by its number: wire, cast, SQL's name."""
    found: dict[int, tuple[str, str, str]] = {}
    with translated():
        entries: list[dict[str, Any]] = _native.postgres_types()
    for entry in entries:
        found[entry["oid"]] = (entry["wire"], "", entry["sql"])
        found[entry["array_oid"]] = (f"{entry['wire']}[]", "", f"{entry['sql']}[]")
    return found


def _types(session: Session, oids: set[int]) -> dict[int, tuple[str, str, str]]:
    """The same of types that are not the server's own: enums as they are, others cast to text."""
    if not oids:
        return {}
    rows = session.query(
        "SELECT t.oid, format_type(t.oid, -1), t.typtype = 'e', "
        "t.typcategory = 'A' AND t.typlen = -1, e.typtype = 'e' "
        "FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem "
        f"WHERE t.oid IN ({', '.join(map(str, sorted(oids)))})"
    )
    found = {}
    for oid, name, is_enum, is_array, is_enum_array in rows:
        sql_type = name or ""
        if is_array == "t" and int(oid or 0) not in _VECTORS:
            cast = "" if is_enum_array == "t" else "text[]"
            found[int(oid or 0)] = (f"{TEXT}[]", cast, sql_type)
        else:
            found[int(oid or 0)] = (TEXT, "" if is_enum == "t" else "text", sql_type)
    return found


def _required(session: Session, tables: set[int]) -> set[tuple[int, int]]:
    if not tables:
        return set()
    rows = session.query(
        "SELECT attrelid, attnum FROM pg_attribute WHERE attnotnull AND attnum > 0 "
        f"AND attrelid IN ({', '.join(map(str, sorted(tables)))})"
    )
    return {(int(table or 0), int(number or 0)) for table, number in rows}


def selected(column: Column) -> str:
    """The column as a query names it."""
    return f"{quoted(column.name)}::{column.cast}" if column.cast else quoted(column.name)
