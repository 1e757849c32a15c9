"""Arrays of JSON records as batches, whatever some of them are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from headrace import Batch, ContractError, Field, Position, Schema
from headrace.readers.jsonrecords import JsonRecords
from hypothesis import given, settings
from hypothesis import strategies as st

ID = Field("id", "int64", nullable=False)
COLUMNS = Schema((ID, Field("d", "decimal128(10, 2)")))

VALUES = st.one_of(
    st.none(), st.integers(-9, 9), st.text("ab", max_size=2), st.lists(st.booleans())
)
RECORDS = st.lists(st.dictionaries(st.sampled_from(["id", "d", "x", "y"]), VALUES), max_size=6)


def made(records: object, *, new_column: str = "fail", schema: Schema | None = COLUMNS) -> Batch:
    """The batch of an array."""
    maker = JsonRecords(schema, stream="s", plain=False, new_column=new_column)
    batch = maker.batch(json.dumps(records).encode())
    assert batch is not None
    return batch


def broken(batch: Batch) -> dict[int, list[tuple[str | None, str | None, str]]]:
    """What each rejected record broke, by its index."""
    return {
        reject.index: [(field, value, text) for field, _, value, text in reject.violations]
        for reject in batch.rejects
    }


class TestGivenARecordThatDoesNotFit:
    def test_when_made_then_it_alone_is_rejected_with_all_its_faults(self) -> None:
        """Every rule that a record broke is told, with the value, and the others stay."""
        batch = made([{"id": 1}, {"id": "x", "d": 1.555}, {"id": 3}])

        assert [row["id"] for row in batch] == [1, 3]
        assert broken(batch) == {
            1: [
                ("id", '"x"', "the string is not an int64"),
                ("d", "1.555", "the number is not a decimal128(10, 2)"),
            ]
        }

    def test_when_asked_then_each_record_knows_its_place(self) -> None:
        """Places count rejected records, too, and are bytes of the document."""
        document = b'{"data": [{"id": 1}, {"id": "x"}, {"id": 3}]}'
        records = JsonRecords(COLUMNS, stream="s", plain=False)

        batch = records.batch(
            document, (9, 44), place=lambda index, byte: Position("p", index + 1, byte)
        )

        assert batch is not None
        assert batch.position is not None
        assert [batch.position(row) for row in range(2)] == [
            Position("p", 1, 10),
            Position("p", 3, 34),
        ]
        assert batch.rejects[0].position == Position("p", 2, 21)


class TestGivenKeysThatAreNoColumn:
    @pytest.mark.parametrize(
        "records",
        [
            [{"id": 1, "extra": 7}, {"id": "x"}],
            [{"id": 1, "d": "1.5"}, {"id": 2, "d": 1.5, "extra": 7}],
            [{"id": 1}, {"id": 2, "extra": None}, {"id": 3, "extra": 7}],
        ],
    )
    def test_when_made_then_they_are_columns_whatever_else_the_batch_holds(
        self, records: list[dict[str, Any]]
    ) -> None:
        """Drift is decided by the job, not by what stands beside a record in its batch."""
        batch = made(records)

        assert batch.schema is not None
        assert batch.schema.fields[-1] == Field("extra", "int64")

    def test_when_the_kinds_differ_then_the_first_value_decides(self) -> None:
        """As with rows: the column has the type of its first value, and others break it."""
        batch = made([{"id": 1, "x": None}, {"id": 2, "x": 7}, {"id": 3, "x": "y"}])

        assert list(batch) == [{"id": 1, "d": None, "x": None}, {"id": 2, "d": None, "x": 7}]
        assert broken(batch) == {2: [("x", '"y"', "the string is not an int64")]}

    def test_when_ignored_then_they_are_left_out_and_named(self) -> None:
        """No value of a column that nobody wants keeps a record out."""
        batch = made([{"id": 1, "x": 7}, {"id": 2, "x": "y", "z": {}}], new_column="ignore")

        assert [row["id"] for row in batch] == [1, 2]
        assert (list(batch.left_out), batch.rejects) == (["x", "z"], [])


class TestGivenNoColumns:
    def test_when_an_array_is_empty_then_there_is_no_batch_and_the_next_decides(self) -> None:
        """An empty array is not the end, and says nothing of columns."""
        records = JsonRecords(None, stream="s", plain=False)

        assert records.batch(b" [ ] ") is None
        batch = records.batch(b'[{"id": 1}]')

        assert batch is not None
        assert list(batch) == [{"id": 1}]
        assert records.schema == Schema((Field("id", "int64"),))

    def test_when_records_have_no_keys_then_it_is_refused(self) -> None:
        """Rows without a column cannot be written, and are not passed over in silence."""
        with pytest.raises(ContractError, match="the first records have no keys"):
            made([{}], schema=None)


class TestGivenAnyRecords:
    @settings(max_examples=200)
    @given(records=RECORDS, data=st.data())
    def test_when_cut_anywhere_then_the_same_records_fit(
        self, records: list[dict[str, Any]], data: st.DataObject
    ) -> None:
        """Whether a record of declared columns fits does not depend on its neighbours."""
        at = data.draw(st.integers(0, len(records)))

        def fit(part: list[dict[str, Any]]) -> list[Any]:
            maker = JsonRecords(COLUMNS, stream="s", plain=True, new_column="ignore")
            batch = maker.batch(json.dumps(part).encode())
            return [] if batch is None else [(r["id"], r["d"]) for r in batch]

        assert fit(records) == fit(records[:at]) + fit(records[at:])
