"""Each policy on each axis, through every kind of reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from headrace import (
    ContractError,
    Drift,
    Field,
    Schema,
    SchemaValidator,
    execute_job,
    resolve_job,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import READERS, a_contract, a_job, a_property, a_reader, visible
from tests.drifting import FIRST, ID, INTS, KINDS, NAME, REQUIRED_NAME, a_run, changes

if TYPE_CHECKING:
    from pathlib import Path


class TestGivenRowsThatAreRejectedFirst:
    TEXT = "m,a\n1,x\n2,y\n3,7\n"

    @pytest.mark.parametrize("kind", READERS)
    @pytest.mark.parametrize("rows", [1, 2, 10])
    def test_when_a_column_is_left_out_then_the_first_record_of_all_is_named(
        self, kind: str, rows: int, tmp_path: Path
    ) -> None:
        """Where the difference begins does not depend on which records fit, nor on batches."""
        path = tmp_path / "f.csv"
        path.write_text(self.TEXT)
        job = a_job(
            tmp_path,
            reader=a_reader(kind, str(path)),
            contract=a_contract(a_property("a", "integer")),
            validation={"mode": "quarantine"},
        )

        report = execute_job(
            job | {"drift": {"new_column": "ignore"}, "batch": {"rows": rows, "prefetch": 0}}
        )

        (change,) = report.drift
        assert (change["column"], change["row"], change["file"]) == ("m", 1, str(path))

    @pytest.mark.parametrize("kind", READERS)
    @pytest.mark.parametrize("rows", [1, 10])
    def test_when_a_column_is_removed_then_it_is_told_once(
        self, kind: str, rows: int, tmp_path: Path
    ) -> None:
        """One difference is one entry, however many batches show it."""
        path = tmp_path / "f.csv"
        path.write_text("a\nx\n1\n2\n")
        contract = a_contract(a_property("a", "integer"), a_property("b", "number", required=True))
        job = a_job(
            tmp_path,
            reader=a_reader(kind, str(path)),
            contract=contract,
            validation={"mode": "quarantine"},
        )

        report = execute_job(job | {"drift": {"removed_column": "evolve"}, "batch": {"rows": rows}})

        (change,) = report.drift
        assert change["detail"] == "is not in the data; null, and no longer required"
        assert (change["row"], change["file"]) == (1, str(path))

    @pytest.mark.parametrize("kind", READERS)
    @pytest.mark.parametrize("rows", [1, 10])
    def test_when_the_run_fails_then_the_file_is_named(
        self, kind: str, rows: int, tmp_path: Path
    ) -> None:
        """A batch of nothing but rejected records has a place, too."""
        path = tmp_path / "f.csv"
        path.write_text("a\nx\n1\n")
        contract = a_contract(a_property("a", "integer"), a_property("b", "number"))
        job = a_job(
            tmp_path,
            reader=a_reader(kind, str(path)),
            contract=contract,
            validation={"mode": "quarantine"},
        )

        with pytest.raises(ContractError) as caught:
            execute_job(job | {"batch": {"rows": rows}})

        assert caught.value.where["file"] == str(path)


class TestGivenANewColumn:
    PARTS = (FIRST, [{"id": 2, "name": "b", "more": "x"}, {"id": 3, "name": "c", "more": "y"}])

    @pytest.mark.covers("drift:new_column:fail")
    @pytest.mark.parametrize("kind", KINDS)
    def test_when_it_must_not_come_then_the_run_fails(self, kind: str, tmp_path: Path) -> None:
        """The default: nothing is visible, and the column is named."""
        with pytest.raises(ContractError) as caught:
            a_run(tmp_path, kind, self.PARTS, properties=[ID, NAME], drift={}, types=[INTS, INTS])

        assert (caught.value.where["field"], caught.value.where["rule"]) == (
            "more",
            "drift.new_column",
        )
        assert visible(tmp_path / "out") == []

    @pytest.mark.covers("drift:new_column:ignore")
    @pytest.mark.parametrize("kind", KINDS)
    def test_when_ignored_then_it_is_left_out_and_named(self, kind: str, tmp_path: Path) -> None:
        """The data are those of the contract, and the report says what was left out."""
        report, rows = a_run(
            tmp_path,
            kind,
            self.PARTS,
            properties=[ID, NAME],
            drift={"new_column": "ignore"},
            types=[INTS, INTS],
        )

        assert rows == [{"id": n, "name": c} for n, c in ((1, "a"), (2, "b"), (3, "c"))]
        assert changes(report) == [("new_column", "ignore", "more", 2)]
        assert report.exit_code == 0

    @pytest.mark.covers("drift:new_column:evolve")
    @pytest.mark.parametrize("kind", KINDS)
    def test_when_evolved_then_it_is_added_and_named(self, kind: str, tmp_path: Path) -> None:
        """Files from then on have the column; before, it is null."""
        report, rows = a_run(
            tmp_path,
            kind,
            self.PARTS,
            properties=[ID, NAME],
            drift={"new_column": "evolve"},
            types=[INTS, INTS],
        )

        assert [row["more"] for row in rows] == [None, "x", "y"]
        assert changes(report) == [("new_column", "evolve", "more", 2)]
        assert report.rows.written == 3

    @pytest.mark.parametrize("kind", KINDS)
    def test_when_it_goes_again_then_it_stays_a_column(self, kind: str, tmp_path: Path) -> None:
        """What was taken up is null where it is missing, and that is no removed column."""
        report, rows = a_run(
            tmp_path,
            kind,
            (*self.PARTS, [{"id": 4, "name": "d"}]),
            properties=[ID, NAME],
            drift={"new_column": "evolve", "removed_column": "evolve"},
            types=[INTS, INTS, INTS],
        )

        assert [row["more"] for row in rows] == [None, "x", "y", None]
        assert changes(report) == [("new_column", "evolve", "more", 2)]

    @pytest.mark.parametrize("policy", ["ignore", "evolve"])
    @pytest.mark.parametrize("kind", ["csv", "rust"])
    def test_when_records_are_ragged_then_the_file_s_width_counts(
        self, kind: str, policy: str, tmp_path: Path
    ) -> None:
        """A record has as many fields as its file, whatever is left out of it."""
        data = tmp_path / "data" / "a.csv"
        data.parent.mkdir()
        data.write_text("more,id,name,last\nx,1,a,y\nx,2,b\n\xff,3,c,y\n", encoding="latin-1")
        job = a_job(tmp_path, reader=None, validation={"mode": "quarantine"})
        job["reader"] = {"type": kind, "path": str(data)} | (
            {"format": "csv"} if kind == "rust" else {}
        )
        schema = Schema((Field("id", "int64"), Field("name", "string")))
        resolved = resolve_job(job)
        reader = resolved.create(
            "reader",
            {"schema": schema.to_list(), "stream": "t", "drift_policy": {"new_column": policy}},
        )
        validator = SchemaValidator(schema, mode="quarantine", drift=Drift(new_column=policy))  # type: ignore[arg-type]

        found = [validator.validate_batch(batch) for batch in reader.extract(None)]

        assert [row["id"] for valid, _ in found for row in valid] == [1]
        assert sorted(e.rule for _, errors in found for e in errors) == ["columns", "utf8"]


class TestGivenARemovedColumn:
    PARTS = (FIRST, [{"id": 2}, {"id": 3}])

    @pytest.mark.covers("drift:removed_column:fail")
    @pytest.mark.parametrize("kind", ["arrow", "csv", "rust"])
    def test_when_it_must_not_go_then_the_run_fails(self, kind: str, tmp_path: Path) -> None:
        """The default, whether or not the column is required."""
        with pytest.raises(ContractError) as caught:
            a_run(tmp_path, kind, self.PARTS, properties=[ID, NAME], drift={}, types=[INTS, INTS])

        assert caught.value.where["rule"] == "drift.removed_column"
        assert visible(tmp_path / "out") == []

    @pytest.mark.covers("drift:removed_column:ignore")
    @pytest.mark.parametrize("kind", KINDS)
    def test_when_ignored_then_it_is_null(self, kind: str, tmp_path: Path) -> None:
        """An optional column is null in those rows."""
        report, rows = a_run(
            tmp_path,
            kind,
            self.PARTS,
            properties=[ID, NAME],
            drift={"removed_column": "ignore"},
            types=[INTS, INTS],
        )

        assert [row["name"] for row in rows] == ["a", None, None]
        expected = [] if kind == "rows" else [("removed_column", "ignore", "name", 2)]
        assert changes(report) == expected  # a key that a row lacks is null, and no drift

    @pytest.mark.parametrize("kind", KINDS)
    def test_when_ignored_and_required_then_its_rows_are_bad(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Passed over, the rule still holds."""
        report, rows = a_run(
            tmp_path,
            kind,
            self.PARTS,
            properties=[ID, REQUIRED_NAME],
            drift={"removed_column": "ignore"},
            types=[INTS, INTS],
            mode="quarantine",
        )

        assert [row["id"] for row in rows] == [1]
        assert report.rows.quarantined == 2

    @pytest.mark.covers("drift:removed_column:evolve")
    @pytest.mark.parametrize("kind", KINDS)
    def test_when_evolved_then_it_is_optional_from_then_on(self, kind: str, tmp_path: Path) -> None:
        """A required column becomes optional with the first row that lacks it."""
        report, rows = a_run(
            tmp_path,
            kind,
            self.PARTS,
            properties=[ID, REQUIRED_NAME],
            drift={"removed_column": "evolve"},
            types=[INTS, INTS],
        )

        assert [row["name"] for row in rows] == ["a", None, None]
        assert changes(report) == [("removed_column", "evolve", "name", 2)]

    def test_when_it_is_a_key_then_it_cannot_become_optional(self, tmp_path: Path) -> None:
        """A key without a value names no row."""
        key = a_property("name", "string", primaryKey=True)

        with pytest.raises(ContractError, match="a key cannot become optional"):
            a_run(
                tmp_path,
                "arrow",
                self.PARTS,
                properties=[ID, key],
                drift={"removed_column": "evolve"},
                types=[INTS, INTS],
            )


_VALUES = {"id": st.integers(0, 3), "name": st.sampled_from(["a", None]), "more": st.just("x")}


class TestGivenBatchesCutAnywhere:
    @given(
        rows=st.lists(st.fixed_dictionaries({}, optional=_VALUES), max_size=8),
        cut=st.integers(0, 8),
        drift=st.builds(
            Drift,
            new_column=st.sampled_from(["ignore", "evolve"]),
            removed_column=st.sampled_from(["fail", "ignore", "evolve"]),
            nullability=st.sampled_from(["fail", "evolve"]),
        ),
    )
    def test_when_rows_drift_then_verdicts_and_changes_ignore_the_cut(
        self,
        rows: list[dict[str, Any]],
        cut: int,
        drift: Drift,
    ) -> None:
        """What a row is worth and what is said of it depend on the rows before it alone."""
        schema = Schema(
            (Field("id", "int64", nullable=False), Field("name", "string", nullable=False))
        )

        outcomes = []
        for parts in ([rows], [rows[:cut], rows[cut:]]):
            validator = SchemaValidator(schema, mode="quarantine", drift=drift)
            found = [validator.validate_batch(part) for part in parts if part]
            valid = [(dict(row).get("id"), dict(row).get("name")) for v, _ in found for row in v]
            errors = [(e.row, e.field, e.rule) for _, errors in found for e in errors]
            outcomes.append((valid, errors, list(validator.changes), validator.output_schema))

        assert outcomes[0] == outcomes[1]

    @given(
        values=st.lists(st.tuples(st.integers(-9, 9), st.sampled_from(["a", None])), max_size=8),
        cut=st.integers(0, 8),
    )
    def test_when_arrow_data_drift_then_verdicts_ignore_the_cut(
        self, values: list[tuple[int, str | None]], cut: int
    ) -> None:
        """The same of Arrow data that are wider and have nulls."""
        schema = Schema((Field("id", "int32"), Field("name", "string", nullable=False)))
        batch = pa.record_batch(
            [
                pa.array([v for v, _ in values], pa.int64()),
                pa.array([n for _, n in values], pa.string()),
            ],
            names=["id", "name"],
        )
        drift = Drift(type_change="evolve", nullability="evolve")

        outcomes = []
        for parts in ([batch], [batch.slice(0, cut), batch.slice(cut)]):
            validator = SchemaValidator(schema, mode="quarantine", drift=drift)
            valid = [dict(row) for part in parts for row in validator.validate_batch(part)[0]]
            outcomes.append((valid, list(validator.changes), validator.output_schema))

        assert outcomes[0] == outcomes[1]
