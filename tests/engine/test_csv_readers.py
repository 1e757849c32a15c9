"""The two CSV readers against one another: same bytes, same rows, same errors."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from tests.builders import READERS
from tests.csv_strategies import CsvCase, csv_cases, raw_csv_cases
from tests.readings import Reading, a_reading

if TYPE_CHECKING:
    from pathlib import Path

# Bounds of a batch: one record, seven, few bytes, all.
BATCHES = ((1, 4 << 20), (7, 4 << 20), (10_000, 16), (10_000, 4 << 20))

WITHOUT_HASTE = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place for one file; the module's folder, because hypothesis shares it."""
    return tmp_path_factory.mktemp("csv") / "data.csv"


def the_readings(path: Path, case: CsvCase, *, mode: str = "quarantine") -> list[Reading]:
    """One reading for each reader and size of batches."""
    path.write_bytes(case.data)
    return [
        a_reading(
            kind,
            path,
            contract=case.contract,
            mode=mode,
            batch_rows=batch_rows,
            batch_bytes=batch_bytes,
            **case.options,
        )
        for kind, (batch_rows, batch_bytes) in product(READERS, BATCHES)
    ]


class TestGivenTheSameBytes:
    @WITHOUT_HASTE
    @given(case=csv_cases())
    def test_when_read_then_rows_and_errors_agree_and_ignore_batch_size(
        self, path: Path, case: CsvCase
    ) -> None:
        """Rows, errors with their places, and failures are those of the bytes alone."""
        first, *others = the_readings(path, case)

        assert all(other == first for other in others)

    @WITHOUT_HASTE
    @given(case=raw_csv_cases())
    def test_when_they_are_noise_then_both_readers_still_agree(
        self, path: Path, case: CsvCase
    ) -> None:
        """No byte sequence tells the readers apart."""
        first, *others = the_readings(path, case)

        assert all(other == first for other in others)

    @settings(WITHOUT_HASTE, max_examples=100)
    @given(case=csv_cases())
    def test_when_strict_then_the_same_first_fault_is_raised(
        self, path: Path, case: CsvCase
    ) -> None:
        """A strict run raises the first error that a quarantine run would keep."""
        kept = the_readings(path, case)[0]

        failures = [reading.failure for reading in the_readings(path, case, mode="strict")]

        assert all(failure == failures[0] for failure in failures)
        if kept.errors:
            assert failures[0] is not None
            assert failures[0][2] == {
                key: value for key, value in kept.errors[0].where.items() if value is not None
            }
        else:
            assert failures[0] == kept.failure

    @settings(WITHOUT_HASTE, max_examples=100)
    @given(case=csv_cases())
    def test_when_there_is_no_contract_then_the_types_told_are_the_same(
        self, path: Path, case: CsvCase
    ) -> None:
        """Both readers tell the same types from the sample and find the same misfits."""
        path.write_bytes(case.data)

        readings = [a_reading(kind, path, sample_rows=2, **case.options) for kind in READERS]

        assert readings[0] == readings[1]
