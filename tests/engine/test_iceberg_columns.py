"""Tables that are made from a job's columns, checked against them, and changed by its drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from headrace import WriteError, execute_job
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField

from tests.builders import PEOPLE, a_contract, a_csv, a_property, a_reader
from tests.iceberg import a_table_job, pyiceberg, rows_of, summaries, the_table
from tests.runs import a_source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def ran(
    tmp_path: Path,
    contract: Mapping[str, Any],
    rows: list[tuple[Any, ...]],
    **job: Any,  # noqa: ANN401
) -> None:
    """Bring these rows by a job of that contract."""
    names = [p["name"] for p in contract["schema"][0]["properties"]]
    path = a_csv(tmp_path / "rows.csv", rows, header=names)
    drift = job.pop("drift", {})
    made = a_table_job(tmp_path, contract=contract, reader=a_reader("rust", str(path)), **job)
    execute_job({**made, "drift": drift})


def types_of(tmp_path: Path) -> dict[str, str]:
    """The table's columns, their types and whether they are required."""
    fields = the_table(tmp_path).schema().fields
    return {f.name: f"{f.field_type}{' required' if f.required else ''}" for f in fields}


def ids_of(tmp_path: Path) -> dict[str, int]:
    """The ids of the table's columns."""
    return {f.name: f.field_id for f in the_table(tmp_path).schema().fields}


class TestGivenNoTable:
    def test_when_a_job_runs_then_it_is_made_as_the_contract_says(self, tmp_path: Path) -> None:
        """Types, required columns, descriptions and the key are the contract's."""
        contract = a_contract(
            a_property("id", "integer", primaryKey=True, description="who"),
            a_property("name", "string"),
            a_property("price", "number", physicalType="decimal(15,2)"),
            a_property("at", "timestamp", physicalType="timestamptz"),
        )

        ran(tmp_path, contract, [(1, "a", "1.50", "2026-01-02T03:04:05Z")])

        table = the_table(tmp_path)
        assert types_of(tmp_path) == {
            "id": "long required",
            "name": "string",
            "price": "decimal(15, 2)",
            "at": "timestamptz",
        }
        assert table.schema().identifier_field_names() == {"id"}
        assert table.schema().find_field("id").doc == "who"
        assert rows_of(table)[0][:2] == (1, "a")

    def test_when_a_column_is_of_no_type_of_iceberg_then_the_run_says_what_to_do(
        self, tmp_path: Path
    ) -> None:
        """Nothing is rounded to fit."""
        contract = a_contract(a_property("at", "timestamp", physicalType="timestamp(9)"))

        with pytest.raises(WriteError, match=r"'at' is timestamp\[ns\].*in microseconds"):
            ran(tmp_path, contract, [("2026-01-02T03:04:05.123456789",)])

    def test_when_partitions_are_asked_for_then_the_table_has_the_spec(
        self, tmp_path: Path
    ) -> None:
        """Each kind of term is a field of the spec."""
        a_source(tmp_path, 0)
        terms = ["bucket(4, id)", "truncate(2, name)", "id"]

        job = a_table_job(tmp_path, contract=PEOPLE, partition_by=terms)
        execute_job(job)

        spec = the_table(tmp_path).spec()
        assert [(f.name, str(f.transform)) for f in spec.fields] == [
            ("id_bucket_4", "bucket[4]"),
            ("name_trunc_2", "truncate[2]"),
            ("id", "identity"),
        ]


class TestGivenATable:
    def test_when_the_job_has_a_new_column_then_the_policy_decides(self, tmp_path: Path) -> None:
        """`evolve` adds it under a new id and leaves the others theirs; `fail` changes nothing."""
        ran(tmp_path, a_contract(a_property("id", "integer")), [(1,)])
        wider = a_contract(a_property("id", "integer"), a_property("name", required=True))
        before = ids_of(tmp_path)

        with pytest.raises(WriteError, match=r"'name' is not in the table; set drift\.new_column"):
            ran(tmp_path, wider, [(2, "b")])
        unchanged = types_of(tmp_path)
        ran(tmp_path, wider, [(2, "b")], drift={"new_column": "evolve"})

        assert unchanged == {"id": "long"}
        assert types_of(tmp_path) == {"id": "long", "name": "string"}
        assert ids_of(tmp_path) == {**before, "name": 2}
        assert rows_of(the_table(tmp_path)) == [(1, None), (2, "b")]

    def test_when_a_type_is_wider_in_the_job_then_the_policy_decides(self, tmp_path: Path) -> None:
        """`evolve` widens the column under its id, and old files are read as before."""
        narrow = a_contract(a_property("n", "integer", physicalType="int"))
        ran(tmp_path, narrow, [(1,)])
        wide = a_contract(a_property("n", "integer"))

        with pytest.raises(WriteError, match="is int in the table and long in the job; set drift"):
            ran(tmp_path, wide, [(2,)])
        ran(tmp_path, wide, [(5_000_000_000,)], drift={"type_change": "evolve"})

        assert types_of(tmp_path) == {"n": "long"}
        assert ids_of(tmp_path) == {"n": 1}
        assert rows_of(the_table(tmp_path)) == [(1,), (5_000_000_000,)]

    def test_when_a_type_is_narrower_in_the_job_then_its_files_are_taken(
        self, tmp_path: Path
    ) -> None:
        """What a column holds entirely needs no change."""
        ran(tmp_path, a_contract(a_property("n", "integer")), [(5_000_000_000,)])
        narrow = a_contract(a_property("n", "integer", physicalType="int"))

        ran(tmp_path, narrow, [(1,)])

        assert types_of(tmp_path) == {"n": "long"}
        assert rows_of(the_table(tmp_path)) == [(1,), (5_000_000_000,)]

    def test_when_types_do_not_hold_each_other_then_no_policy_helps(self, tmp_path: Path) -> None:
        """A text is no number, however much may change."""
        ran(tmp_path, a_contract(a_property("n", "integer")), [(1,)])
        other = a_contract(a_property("n", "string"))

        with pytest.raises(WriteError, match="neither holds the other"):
            ran(tmp_path, other, [("x",)], drift={"type_change": "evolve"})

        assert rows_of(the_table(tmp_path)) == [(1,)]

    def test_when_a_required_column_may_be_null_in_the_job_then_the_policy_decides(
        self, tmp_path: Path
    ) -> None:
        """`evolve` makes it optional; a key stays required."""
        strict = a_contract(
            a_property("id", "integer", primaryKey=True), a_property("n", "integer", required=True)
        )
        ran(tmp_path, strict, [(1, 1)])
        lax = a_contract(a_property("id", "integer", primaryKey=True), a_property("n", "integer"))
        laxer = a_contract(a_property("id", "integer"), a_property("n", "integer"))

        with pytest.raises(WriteError, match=r"'n' is required in the table.*drift.nullability"):
            ran(tmp_path, lax, [(2, "")])
        ran(tmp_path, lax, [(2, "")], drift={"nullability": "evolve"})
        with pytest.raises(WriteError, match=r"'id' is required.*a key stays required"):
            ran(tmp_path, laxer, [(3, 3)], drift={"nullability": "evolve"})

        assert types_of(tmp_path) == {"id": "long required", "n": "long"}
        assert rows_of(the_table(tmp_path)) == [(1, 1), (2, None)]

    def test_when_the_job_lacks_a_column_then_it_is_null_where_it_may_be(
        self, tmp_path: Path
    ) -> None:
        """An optional column of the table needs nothing; a required one the policy."""
        both = a_contract(a_property("id", "integer"), a_property("n", "integer", required=True))
        ran(tmp_path, both, [(1, 1)])
        one = a_contract(a_property("id", "integer"))

        with pytest.raises(WriteError, match="'n' is required in the table and not in the job"):
            ran(tmp_path, one, [(2,)])
        ran(tmp_path, one, [(2,)], drift={"removed_column": "evolve"})
        ran(tmp_path, one, [(3,)])

        assert rows_of(the_table(tmp_path)) == [(1, 1), (2, None), (3, None)]

    def test_when_columns_are_taken_up_in_mid_run_then_the_table_has_them(
        self, tmp_path: Path
    ) -> None:
        """What drift adds to the output it adds to the table, before the files that hold it."""
        ran(tmp_path, a_contract(a_property("id", "integer")), [(1,)])
        path = a_csv(tmp_path / "more.csv", [(2, "b")], header=["id", "extra"])
        contract = a_contract(a_property("id", "integer"))
        job = a_table_job(tmp_path, contract=contract, reader=a_reader("rust", str(path)))

        execute_job({**job, "drift": {"new_column": "evolve"}})

        assert types_of(tmp_path) == {"id": "long", "extra": "string"}
        assert rows_of(the_table(tmp_path)) == [(1, None), (2, "b")]
        assert len(summaries(the_table(tmp_path))) == 2

    def test_when_it_is_of_another_format_then_it_is_left_alone(self, tmp_path: Path) -> None:
        """What headrace does not write it does not touch."""
        schema = Schema(NestedField(1, "id", LongType(), required=False))
        with pyiceberg(tmp_path) as catalog:
            catalog.create_namespace("raw")
            catalog.create_table("raw.people", schema, properties={"format-version": "1"})

        with pytest.raises(WriteError, match="is of format 1, and headrace writes format 2"):
            ran(tmp_path, a_contract(a_property("id", "integer")), [(1,)])

        assert summaries(the_table(tmp_path)) == []

    def test_when_partitions_are_not_the_tables_then_the_job_is_refused(
        self, tmp_path: Path
    ) -> None:
        """A job does not change how a table is partitioned."""
        ran(tmp_path, a_contract(a_property("id", "integer")), [(1,)])

        with pytest.raises(Exception, match="partitioned by nothing"):
            ran(tmp_path, a_contract(a_property("id", "integer")), [(1,)], partition_by=["id"])

        assert rows_of(the_table(tmp_path)) == [(1,)]
