"""Laws of the independent check."""

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from headrace_harness.verify.checksum import (
    Checksum,
    TableSpec,
    compute_checksum,
    difference,
)
from hypothesis import given, settings
from hypothesis import strategies as st

CONNECTION = duckdb.connect(":memory:")  # one for all examples: each would cost 50 ms
COLUMNS = (("k", "BIGINT"), ("t", "VARCHAR"))
ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-9, 9)),
        st.one_of(st.none(), st.text('ab\n",', max_size=3)),
    ),
    max_size=12,
)


def checksum_of(rows: list[tuple[int | None, str | None]]) -> Checksum:
    """The checksum of rows, by way of a CSV file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        lines = [f"{'' if k is None else k},{_text(t)}\n" for k, t in rows]
        path.write_text("k,t\n" + "".join(lines), encoding="utf-8", newline="")
        table = TableSpec(format="csv", paths=[str(path)], columns=COLUMNS, null_values=[""])
        return compute_checksum(CONNECTION, table)


def _text(text: str | None) -> str:
    return "" if text is None else '"' + text.replace('"', '""') + '"'


class TestGivenAnyRows:
    """Any rows."""

    @settings(max_examples=30, deadline=None)
    @given(rows=ROWS, data=st.data())
    def test_checksum_ignores_order(
        self, rows: list[tuple[int | None, str | None]], data: st.DataObject
    ) -> None:
        """Any order of the rows has the same checksum."""
        shuffled = data.draw(st.permutations(rows))

        assert difference(checksum_of(rows), checksum_of(shuffled)) is None

    @settings(max_examples=30, deadline=None)
    @given(left=ROWS, right=ROWS)
    def test_checksum_tells_multisets_apart(
        self, left: list[tuple[int | None, str | None]], right: list[tuple[int | None, str | None]]
    ) -> None:
        """Equal checksums mean the same rows, each as often; quoted empty is not null."""
        same = sorted(map(repr, left)) == sorted(map(repr, right))

        assert (difference(checksum_of(left), checksum_of(right)) is None) == same


class TestGivenParquetOfAnotherType:
    """Parquet of another type."""

    def test_when_checked_then_the_column_is_named(self, tmp_path: Path) -> None:
        """Text that casts to the contract's number is not the contract's number."""
        path = tmp_path / "x.parquet"
        duckdb.sql(f"COPY (SELECT '1' AS k, 'a' AS t) TO '{path}'")
        table = TableSpec(format="parquet", paths=[str(path)], columns=COLUMNS)

        message = ""
        try:
            compute_checksum(duckdb.connect(":memory:"), table)
        except Exception as error:  # noqa: BLE001 - its type is asserted with its words
            message = f"{type(error).__name__}: {error}"

        assert message == "VerifyError: column k is VARCHAR in the output, BIGINT in the contract"
