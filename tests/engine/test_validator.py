"""Verdicts: the same for rows and Arrow data, wherever batches are cut, and each mode's own."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from headrace import (
    Batch,
    Contract,
    ContractError,
    DecodeError,
    Field,
    HeadraceError,
    PluginError,
    RowError,
    Schema,
    SchemaValidator,
    load_contract,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import a_contract, a_property
from tests.strategies import contracts, few_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

WITHOUT_HASTE = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
N = Schema((Field("n", "int64", nullable=False),))


def the_verdict(
    contract: Contract | Schema, *batches: object, mode: str = "quarantine"
) -> tuple[list[str], list[RowError], SchemaValidator]:
    """Valid rows as text, errors, and the validator, over all batches."""
    validator = SchemaValidator(contract, mode=mode)  # type: ignore[arg-type]
    valid: list[str] = []
    errors: list[RowError] = []
    for batch in batches:
        rows, found = validator.validate_batch(batch)
        valid += [repr(dict(row)) for row in rows]
        errors += found
    return valid, errors, validator


@st.composite
def contracts_and_rows(draw: st.DrawFn, *, misfits: bool) -> tuple[Contract, list[dict[str, Any]]]:
    """A contract and rows, most of which keep it."""
    contract = draw(contracts())
    return contract, draw(few_rows(contract.schema, misfits=misfits))


class TestGivenRowsAndArrowData:
    @WITHOUT_HASTE
    @given(case=contracts_and_rows(misfits=False))
    def test_when_they_hold_the_same_then_the_verdict_is_the_same(
        self, case: tuple[Contract, list[dict[str, Any]]]
    ) -> None:
        """Rows, native Arrow data and pyarrow's give the same valid rows and errors."""
        import pyarrow as pa  # noqa: PLC0415  only here

        contract, rows = case
        native = Batch(rows, schema=contract.schema.nullable()).arrow()

        verdicts = [
            the_verdict(contract, rows)[:2],
            the_verdict(contract, native)[:2],
            the_verdict(contract, pa.record_batch(native))[:2],
        ]

        assert verdicts[1] == verdicts[0]
        assert verdicts[2] == verdicts[0]

    @WITHOUT_HASTE
    @given(case=contracts_and_rows(misfits=True), data=st.data())
    def test_when_cut_elsewhere_then_the_verdict_is_the_same(
        self, case: tuple[Contract, list[dict[str, Any]]], data: st.DataObject
    ) -> None:
        """The verdict is the stream's, not the batch's, uniqueness included."""
        contract, rows = case
        cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=4)))
        parts = [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]

        whole = the_verdict(contract, rows)[:2]

        assert the_verdict(contract, *parts)[:2] == whole
        assert the_verdict(contract, *([row] for row in rows))[:2] == whole

    @WITHOUT_HASTE
    @given(case=contracts_and_rows(misfits=True))
    def test_when_split_then_no_row_is_lost_or_doubled(
        self, case: tuple[Contract, list[dict[str, Any]]]
    ) -> None:
        """Accepted and rejected rows together are the input, in order."""
        contract, rows = case

        valid, errors, validator = the_verdict(contract, rows)

        bad = sorted({error.row for error in errors})
        assert len(valid) + len(bad) == len(rows) == validator.rows_read
        assert validator.rows_quarantined == len(bad)
        good = [row for number, row in enumerate(rows, 1) if number not in bad]
        assert valid == the_verdict(contract.schema.nullable(), good)[0]
        assert [error.row for error in errors] == sorted(error.row for error in errors)

    @WITHOUT_HASTE
    @given(case=contracts_and_rows(misfits=True))
    def test_when_validated_then_the_input_is_as_it_was(
        self, case: tuple[Contract, list[dict[str, Any]]]
    ) -> None:
        """A validator changes nothing that it is given."""
        contract, rows = case
        before = copy.copy(rows), [dict(row) for row in rows]

        the_verdict(contract, rows)

        assert repr(rows) == repr(before[0])
        assert repr(rows) == repr(before[1])


class TestGivenStrictMode:
    @WITHOUT_HASTE
    @given(case=contracts_and_rows(misfits=True))
    def test_when_a_row_is_bad_then_the_first_in_order_is_raised(
        self, case: tuple[Contract, list[dict[str, Any]]]
    ) -> None:
        """A strict validator raises what a quarantining one lists first, and only then."""
        contract, rows = case
        _, errors, _ = the_verdict(contract, rows)
        validator = SchemaValidator(contract)

        if not errors:
            valid, found = validator.validate_batch(rows)
            assert (len(valid), found, validator.failure) == (len(rows), [], None)
            return

        with pytest.raises((ContractError, DecodeError)) as caught:
            validator.validate_batch(rows)
        place = {key: value for key, value in errors[0].where.items() if value is not None}
        assert caught.value.where == place
        assert validator.failure is caught.value

    def test_when_raised_then_the_message_holds_value_and_expectation(self) -> None:
        """The message says which column holds what, and what was expected."""
        with pytest.raises(ContractError) as caught:
            SchemaValidator(N).validate_batch([{"n": 1}, {"n": "x"}])

        assert (
            str(caught.value) == "column 'n': \"'x'\" is not an int64 (row 2, field n, rule type)"
        )


class TestGivenWarnMode:
    def the_contract(self) -> Contract:
        """Required and bounded."""
        return load_contract(
            a_contract(a_property("n", "integer", required=True, logicalTypeOptions={"maximum": 9}))
        )

    def test_when_rows_break_rules_then_they_pass_and_are_counted(self) -> None:
        """Bad rows pass where their column can hold them, else they are quarantined."""
        kept: list[RowError] = []
        validator = SchemaValidator(self.the_contract(), mode="warn", on_errors=kept.extend)

        rows: Sequence[dict[str, object]] = [{"n": 1}, {"n": 10}, {"n": None}, {"n": "x"}]
        valid, errors = validator.validate_batch(rows)

        assert [row["n"] for row in valid] == [1, 10, None]
        assert [(error.row, error.rule) for error in errors] == [
            (2, "maximum"),
            (3, "required"),
            (4, "type"),
        ]
        assert [error.row for error in kept] == [4]
        counts = (validator.rows_read, validator.rows_warned, validator.rows_quarantined)
        assert counts == (4, 2, 1)

    def test_when_nulls_pass_then_the_schema_says_so(self) -> None:
        """What passes can be written: every column is nullable."""
        validator = SchemaValidator(self.the_contract(), mode="warn")

        valid, _ = validator.validate_batch([{"n": None}])

        assert validator.output_schema == Schema((Field("n", "int64"),))
        assert valid.arrow().schema.fields == [("n", "int64", True)]


class TestGivenQuarantineMode:
    def test_when_rows_are_bad_then_they_are_set_apart_with_their_text(self) -> None:
        """Good rows pass, bad ones go to `on_errors`, and required columns stay required."""
        kept: list[RowError] = []
        validator = SchemaValidator(N, mode="quarantine", on_errors=kept.extend)

        valid, errors = validator.validate_batch([{"n": 1}, {"n": None}, {"n": 3.9}])

        assert [dict(row) for row in valid] == [{"n": 1}]
        assert valid.arrow().schema.fields == [("n", "int64", False)]
        assert kept == errors
        assert [(e.row, e.rule, e.value, e.record) for e in errors] == [
            (2, "required", None, '{"n":null}'),
            (3, "type", "3.9", '{"n":3.9}'),
        ]

    def test_when_a_row_lacks_a_key_then_it_is_a_null(self) -> None:
        """Keys are columns: one too few is a null, and breaks what a null breaks."""
        schema = Schema((Field("a", "int64"), Field("b", "string", nullable=False)))

        valid, errors, _ = the_verdict(schema, [{"b": "y"}, {"a": 1}])

        assert valid == [repr({"a": None, "b": "y"})]
        assert [(e.row, e.field, e.rule) for e in errors] == [(2, "b", "required")]

    @pytest.mark.parametrize("key", ["c", 5])
    def test_when_a_row_has_an_unknown_key_then_it_is_a_new_column(self, key: object) -> None:
        """One key too many is drift in every mode, as a column too many is in Arrow data."""
        schema = Schema((Field("a", "int64"),))

        with pytest.raises(ContractError) as caught:
            the_verdict(schema, [{"a": 1}, {"a": 1, key: 0}])

        assert caught.value.where["row"] == 2
        assert caught.value.where["field"] == str(key)
        assert caught.value.where["rule"] == "drift.new_column"

    def test_when_a_row_holds_what_no_text_can_then_its_error_is_still_made(self) -> None:
        """Whatever object a plugin puts into a row, it is an error of that row."""
        loop: list[object] = []
        loop.append(loop)

        for value in ("\ud800", loop, object(), {1, 2}, {"a": "\ud800"}):
            _, errors, _ = the_verdict(N.nullable(), [{"n": value}])
            assert [(error.row, error.rule) for error in errors] == [(1, "type")]

    def test_when_a_row_is_no_mapping_then_the_plugin_is_blamed(self) -> None:
        """A list of something else is no batch."""
        with pytest.raises(PluginError, match="a list with int in it"):
            the_verdict(N, [{"n": 1}, 5])

    def test_when_errors_are_many_then_only_some_are_retained(self) -> None:
        """`errors` are examples, bounded; all went to `on_errors`."""
        kept: list[RowError] = []
        validator = SchemaValidator(N, mode="quarantine", on_errors=kept.extend)

        for _ in range(3):
            validator.validate_batch([{"n": None}] * 60)

        assert (len(validator.errors), len(kept)) == (100, 180)


class TestGivenAnErrorRatio:
    def the_validator(self, ratio: float) -> SchemaValidator:
        """In quarantine."""
        return SchemaValidator(N, mode="quarantine", max_error_ratio=ratio)

    def test_when_early_then_a_few_bad_rows_do_not_stop_a_run(self) -> None:
        """The ratio is not judged on a handful of rows, but at the end it is."""
        validator = self.the_validator(0.5)
        validator.validate_batch([{"n": None}, {"n": None}, {"n": 1}])

        with pytest.raises(ContractError, match=r"2 of 3 records are bad.*0\.5") as caught:
            validator.check_ratio()

        assert caught.value.where == {"rule": "max_error_ratio"}
        assert validator.failure is caught.value

    def test_when_exactly_met_then_it_is_kept(self) -> None:
        """`max_error_ratio` is what is allowed."""
        validator = self.the_validator(0.5)

        validator.validate_batch([{"n": None}, {"n": 1}])

        validator.check_ratio()

    def test_when_many_rows_are_bad_then_the_run_stops_before_its_end(self) -> None:
        """A run that quarantines everything does not go on for hours."""
        validator = self.the_validator(0.1)
        batch = [{"n": None}] * 1000
        for _ in range(9):
            validator.validate_batch(batch)

        with pytest.raises(ContractError, match="max_error_ratio"):
            validator.validate_batch(batch)

        assert validator.rows_read == 10_000


class TestGivenUniqueFields:
    def test_when_a_value_comes_again_then_the_later_row_is_bad(self) -> None:
        """Exact over the whole stream, nulls apart; a row that is bad anyway leaves no key."""
        contract = Contract(
            schema=Schema((Field("k", "string"), Field("n", "int64"))),
            rules={"k": {"unique": True}, "n": {"maximum": "9"}},
        )
        keys = [("a", 1), (None, 1), ("b", 10), (None, 1), ("b", 1), ("a", 1), ("c", 1)]
        rows = [{"k": key, "n": n} for key, n in keys]

        _, errors, _ = the_verdict(contract, rows[:4], rows[4:])

        assert [(e.row, e.rule, e.value) for e in errors] == [
            (3, "maximum", "10"),
            (6, "unique", "a"),
        ]

    def test_when_many_come_then_each_is_found(self) -> None:
        """Ten thousand keys, and the one that comes twice."""
        schema = Schema((Field("k", "int64"),))
        contract = Contract(schema=schema, rules={"k": {"unique": True}})
        batches = [[{"k": n} for n in range(a, a + 1000)] for a in range(0, 10_000, 1000)]

        _, errors, _ = the_verdict(contract, *batches, [{"k": 10_000}, {"k": 1234}])

        assert [(error.row, error.value) for error in errors] == [(10_002, "1234")]

    def test_when_keys_outgrow_the_memory_then_the_run_is_refused(self) -> None:
        """Never approximate: beyond the budget is a typed error that says so."""
        schema = Schema((Field("k", "int64"),))
        contract = Contract(schema=schema, rules={"k": {"unique": True}})
        validator = SchemaValidator(contract, mode="quarantine", unique_bytes=1000)

        with pytest.raises(HeadraceError, match="unique") as caught:
            validator.validate_batch([{"k": n} for n in range(1000)])

        assert isinstance(caught.value, ContractError)
        assert "unique_bytes" in caught.value.message
        assert validator.failure is caught.value


class TestGivenNoContract:
    def test_when_rows_come_then_the_first_batch_declares_the_schema(self) -> None:
        """Without a contract, later rows are held to the first batch."""
        validator = SchemaValidator(None, mode="quarantine")

        validator.validate_batch([{"a": 1}, {"a": None}])
        _, errors = validator.validate_batch([{"a": 2}, {"a": "x"}])

        assert validator.output_schema == Schema((Field("a", "int64"),))
        assert [(error.row, error.rule) for error in errors] == [(4, "type")]
