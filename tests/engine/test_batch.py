"""Batches: rows or Arrow data, the same from both sides."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from headrace import Batch, Field, PluginError, Position, Schema
from headrace.batch import RejectedRecord, batches_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import READERS, ROOT, a_csv, people
from tests.strategies import TYPES, rows, schemas

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_HASTE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
N = Schema((Field("n", "int64"),))


@st.composite
def schemas_and_rows(draw: st.DrawFn) -> tuple[Schema, list[dict[str, Any]]]:
    """A schema and rows that fit it."""
    schema = draw(schemas())
    return schema, draw(rows(schema))


def with_rejects(*, arrow: bool) -> Batch:
    """Rows 0 to 4, with rejected records before the first, amid and behind the last."""
    data = [{"n": n} for n in range(5)]
    rejects = [
        RejectedRecord(index, Position("f", 100 + index, 0), [(None, "columns", None, "")], "")
        for index in (0, 3, 4, 8)
    ]
    good = [1, 2, 5, 6, 7]  # the records of the rows
    return Batch(
        Batch(data, schema=N).arrow() if arrow else data,
        schema=N,
        rejects=rejects,
        position=lambda row: Position("f", 100 + good[row], 0),
    )


class TestGivenRows:
    @WITHOUT_HASTE
    @given(case=schemas_and_rows())
    def test_when_turned_to_arrow_and_back_then_they_round_trip(
        self, case: tuple[Schema, list[dict[str, Any]]]
    ) -> None:
        """Every value of every type survives, by the core and by pyarrow."""
        schema, data = case
        batch = Batch(data, schema=schema)

        native = batch.arrow()
        foreign = pa.record_batch(native)
        (again,) = batches_of(foreign, stream="", plugin="")

        # What single precision holds is what a row may hold: the strategy draws no other.
        assert repr(native.to_rows()) == repr(data)
        assert repr([dict(row) for row in again]) == repr(data)
        assert Schema.of(native.schema) == Schema.of(again.arrow().schema) == schema
        assert foreign.num_rows == len(batch) == len(again) == len(data)

    @WITHOUT_HASTE
    @given(case=schemas_and_rows(), data=st.data())
    def test_when_sliced_then_both_forms_are_sliced_alike(
        self, case: tuple[Schema, list[dict[str, Any]]], data: st.DataObject
    ) -> None:
        """A slice is the slice of the rows, whichever form a batch holds."""
        schema, values = case
        offset = data.draw(st.integers(0, len(values)))
        length = data.draw(st.integers(0, len(values) - offset))
        of_rows = Batch(values, schema=schema)
        of_arrow = Batch(of_rows.arrow(), schema=schema)

        for batch in (Batch(values, schema=schema), of_arrow):
            part = batch.slice(offset, length)
            assert repr(part.arrow().to_rows()) == repr(values[offset : offset + length])
            assert repr([dict(row) for row in part]) == repr(values[offset : offset + length])
            assert len(part) == part.num_records == length

    @pytest.mark.parametrize("arrow", [False, True])
    @pytest.mark.parametrize(
        ("offset", "length", "kept"),
        [(1, 9, [1]), (2, 1, []), (5, 1, []), (0, 0, []), (-1, 2, [0])],
    )
    def test_when_sliced_beyond_its_ends_then_what_is_there_is_given(
        self, offset: int, length: int, kept: list[int], *, arrow: bool
    ) -> None:
        """A slice is never more than the batch, and never an error of the core."""
        data = [{"n": 0}, {"n": 1}]
        batch = Batch(Batch(data, schema=N).arrow() if arrow else data, schema=N)

        assert [row["n"] for row in batch.slice(offset, length)] == kept

    def test_when_one_does_not_fit_the_schema_then_the_plugin_is_blamed(self) -> None:
        """A reader that declares a schema must keep it."""
        batch = Batch([{"n": 1}, {"n": "x"}], schema=N, stream="s")

        with pytest.raises(PluginError, match="row 1 of a batch does not fit its schema") as caught:
            batch.arrow()

        assert caught.value.where == {"stream": "s", "field": "n", "rule": "type"}

    def test_when_asked_again_then_nothing_is_converted_twice(self) -> None:
        """Conversion happens on demand, once."""
        batch = Batch([{"n": 1}], schema=N)
        assert not batch.is_arrow
        assert batch.nbytes is None

        first = batch.arrow()

        assert batch.is_arrow
        assert batch.arrow() is first
        assert batch.rows() is batch.rows()
        assert batch.nbytes == first.nbytes

    def test_when_empty_then_it_is_false(self) -> None:
        """An empty batch is false, so that the documents' loop skips it."""
        assert not Batch([], schema=N)
        assert not Batch([], schema=N).arrow()
        assert Batch([{"n": None}], schema=N)


class TestGivenRejectedRecords:
    @pytest.mark.parametrize("arrow", [False, True])
    @pytest.mark.parametrize("cuts", [[1], [2], [3], [1, 2, 3, 4], [4]])
    def test_when_sliced_then_each_record_keeps_its_number_and_place(
        self, cuts: list[int], *, arrow: bool
    ) -> None:
        """Parts hold all records once, each with the number and place that it had."""
        whole = with_rejects(arrow=arrow)
        whole.first_row = 10
        edges = [0, *cuts, 5]

        parts = [whole.slice(a, b - a) for a, b in pairwise(edges)]

        found = []
        for part in parts:
            found += [(part.first_row + r.index, r.position.line) for r in part.rejects]
            for row in range(len(part)):
                assert part.position is not None
                number = part.first_row + part.record_index(row)
                found.append((number, part.position(row).line))
        assert sorted(found) == [(10 + n, 100 + n) for n in range(9)]
        assert sum(part.num_records for part in parts) == whole.num_records == 9
        assert [row["n"] for part in parts for row in part] == [0, 1, 2, 3, 4]


class TestGivenWhatReadersYield:
    @pytest.mark.parametrize(
        "value",
        [
            [{"n": 1}, {"n": 2}],
            ({"n": 1}, {"n": 2}),
            pa.record_batch({"n": [1, 2]}),
            pa.table({"n": [1, 2]}),
            pa.RecordBatchReader.from_batches(
                pa.schema({"n": pa.int64()}), [pa.record_batch({"n": [1, 2]})]
            ),
            Batch([{"n": 1}, {"n": 2}]),
        ],
        ids=["list", "tuple", "record batch", "table", "stream", "batch"],
    )
    def test_when_taken_then_it_is_batches_of_the_stream(self, value: object) -> None:
        """Lists, Arrow data by either PyCapsule interface, and batches are all taken."""
        found = batches_of(value, stream="s", plugin="p")

        assert [dict(row) for batch in found for row in batch] == [{"n": 1}, {"n": 2}]
        assert {batch.stream for batch in found} == {"s"}

    @pytest.mark.parametrize("value", ["text", 5, None, {"n": 1}, object()])
    def test_when_it_is_nonsense_then_the_plugin_is_blamed(self, value: object) -> None:
        """Anything else is PluginError with the plugin's name and what it yielded."""
        with pytest.raises(PluginError, match=type(value).__name__) as caught:
            batches_of(value, stream="s", plugin="reader x")

        assert caught.value.where["plugin"] == "reader x"


class TestGivenSchemas:
    @given(schema=schemas())
    def test_when_handed_to_pyarrow_and_back_then_they_round_trip(self, schema: Schema) -> None:
        """Names, types and nullability, in pyarrow's own spelling."""
        foreign = pa.schema(schema)

        assert Schema.wrap(foreign) == schema
        assert Schema.wrap(schema.to_list()) == schema
        assert Schema.of(schema.native()) == schema
        for field, column in zip(foreign, schema.fields, strict=True):
            if column.type in TYPES:  # its spelling of nested ones leaves out quotes
                assert str(field.type) == column.type

    @pytest.mark.parametrize("value", [5, "text", [1], None])
    def test_when_a_plugin_declares_nonsense_then_it_is_a_type_error(self, value: object) -> None:
        """What is no schema is said to be none."""
        with pytest.raises(TypeError, match="is not a schema"):
            Schema.wrap(value)


class TestGivenANativeRun:
    @pytest.mark.parametrize("reader", READERS)
    def test_when_it_has_ended_then_pyarrow_was_never_imported(
        self, reader: str, tmp_path: Path
    ) -> None:
        """The native path does not pay for pyarrow."""
        a_csv(tmp_path / "data" / "a.csv", people(100), header=("id", "name"))
        script = f"""
import sys
from pathlib import Path
sys.path[:0] = {sys.path!r}
from headrace import execute_job
report = execute_job({{
    "version": 1, "name": "test",
    "reader": {{"type": {reader!r}, "path": "data/*.csv"
        {', "format": "csv"' if reader == "rust" else ""}}},
    "writer": {{"type": "rust"}},
    "target": {{"type": "local", "path": "out"}},
}}, base_dir=Path({str(tmp_path)!r}))
assert report.rows.written == 100
print("pyarrow" in sys.modules)
"""

        done = subprocess.run(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT
        )

        assert done.stdout.strip() == "False"
