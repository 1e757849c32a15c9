"""`max_error_ratio` and `warn`: judged by rows, never by where batches are cut."""

from __future__ import annotations

from typing import Any

import pytest
from headrace import Contract, ContractError, Field, Schema, SchemaValidator

ROWS = 20_000
SCHEMA = Schema((Field("n", "int64", nullable=False),))


def the_outcome(bad: range, *, batch_rows: int, ratio: float) -> str:
    """What comes of `ROWS` rows of which `bad` are null, in batches of so many."""
    validator = SchemaValidator(SCHEMA, mode="quarantine", max_error_ratio=ratio)
    rows: list[dict[str, Any]] = [{"n": None if n in bad else n} for n in range(ROWS)]
    try:
        for first in range(0, ROWS, batch_rows):
            validator.validate_batch(rows[first : first + batch_rows])
        validator.check_ratio()
    except ContractError as error:
        return error.message
    return "passed"


class TestGivenABurstOfBadRows:
    @pytest.mark.parametrize("bad", [range(150), range(9_900, 10_050), range(19_900, 20_000)])
    def test_when_cut_elsewhere_then_the_outcome_is_the_same(self, bad: range) -> None:
        """The ratio is judged at fixed rows and at the end."""
        outcomes = {
            the_outcome(bad, batch_rows=rows, ratio=0.01) for rows in (ROWS, 10_000, 5000, 3333, 7)
        }

        assert len(outcomes) == 1

    def test_when_it_comes_first_then_the_run_stops_at_the_first_mark(self) -> None:
        """A run that quarantines too much ends early, though later rows would mend the ratio."""
        assert "150 of 10000 records are bad" in the_outcome(range(150), batch_rows=700, ratio=0.01)


class TestGivenWarnMode:
    def test_when_a_bad_row_passes_then_its_key_counts(self) -> None:
        """What enters the data is what `unique` is about."""
        schema = Schema((Field("id", "int64", nullable=False), Field("name", "string")))
        contract = Contract(schema=schema, rules={"id": {"unique": True}, "name": {"maxLength": 2}})
        rows = [{"id": 1, "name": "long"}, {"id": 1, "name": "ok"}]

        valid, errors = SchemaValidator(contract, mode="warn").validate_batch(rows)

        assert len(valid) == 2
        assert [(e.row, e.rule) for e in errors] == [(1, "maxLength"), (2, "unique")]

    def test_when_rows_are_quarantined_then_their_keys_do_not(self) -> None:
        """A row that does not enter the data blocks no other."""
        schema = Schema((Field("id", "int64", nullable=False), Field("name", "string")))
        contract = Contract(schema=schema, rules={"id": {"unique": True}, "name": {"maxLength": 2}})
        rows = [{"id": 1, "name": "long"}, {"id": 1, "name": "ok"}]

        valid, _ = SchemaValidator(contract, mode="quarantine").validate_batch(rows)

        assert [dict(row) for row in valid] == [{"id": 1, "name": "ok"}]
