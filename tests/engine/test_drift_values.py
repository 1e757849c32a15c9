"""Types that change and nulls that come: each policy, through every kind of reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from headrace import (
    ConfigError,
    ContractError,
    resolve_job,
)

from tests.builders import a_job, a_property, visible
from tests.drifting import FIRST, ID, INTS, KINDS, NAME, REQUIRED_NAME, a_run, changes

if TYPE_CHECKING:
    from pathlib import Path


class TestGivenATypeChange:
    PARTS = (FIRST, [{"id": 2, "name": "b"}, {"id": 2**40, "name": "c"}])
    TYPES = (INTS, {"id": "int64"})

    @pytest.mark.covers("drift:type_change:fail")
    def test_when_it_must_not_be_then_the_run_fails(self, tmp_path: Path) -> None:
        """A type that the contract's does not hold entirely fails, whatever the values."""
        with pytest.raises(ContractError) as caught:
            a_run(tmp_path, "arrow", self.PARTS, properties=[ID, NAME], drift={}, types=self.TYPES)

        assert caught.value.where["rule"] == "drift.type_change"
        assert "int64" in caught.value.message

    @pytest.mark.parametrize("narrow", ["int8", "int16", "uint16"])
    def test_when_the_source_s_type_is_narrower_then_it_is_none(
        self, narrow: str, tmp_path: Path
    ) -> None:
        """A narrower type is held entirely, and nothing is to be said."""
        report, rows = a_run(
            tmp_path,
            "arrow",
            (FIRST, FIRST),
            properties=[ID, NAME],
            drift={},
            types=[INTS, {"id": narrow}],
        )

        assert (len(rows), changes(report)) == (2, [])

    @pytest.mark.covers("drift:type_change:ignore")
    def test_when_ignored_then_values_are_judged_one_by_one(self, tmp_path: Path) -> None:
        """What fits passes, what does not is a bad row."""
        report, rows = a_run(
            tmp_path,
            "arrow",
            self.PARTS,
            properties=[ID, NAME],
            drift={"type_change": "ignore"},
            types=self.TYPES,
            mode="quarantine",
        )

        assert [row["id"] for row in rows] == [1, 2]
        assert report.rows.quarantined == 1
        assert changes(report) == [("type_change", "ignore", "id", 2)]

    @pytest.mark.covers("drift:type_change:evolve")
    def test_when_evolved_then_the_column_is_wider_from_then_on(self, tmp_path: Path) -> None:
        """Files from then on have the source's type; later narrower data stay in it."""
        parts = (*self.PARTS, [{"id": 5, "name": "d"}])
        report, rows = a_run(
            tmp_path,
            "arrow",
            parts,
            properties=[ID, NAME],
            drift={"type_change": "evolve"},
            types=(*self.TYPES, INTS),
        )

        assert [row["id"] for row in rows] == [1, 2, 5, 2**40]
        assert changes(report) == [("type_change", "evolve", "id", 2)]
        kinds = [str(pq.read_schema(path).field("id").type) for path in visible(tmp_path / "out")]
        assert sorted(kinds) == ["int32", "int64"]

    def test_when_the_source_s_is_not_wider_then_evolving_fails(self, tmp_path: Path) -> None:
        """Nothing is lost on either side, or the run fails."""
        with pytest.raises(ContractError, match="nor is it wider") as caught:
            a_run(
                tmp_path,
                "arrow",
                (FIRST, FIRST),
                properties=[ID, NAME],
                drift={"type_change": "evolve"},
                types=(INTS, {"id": "float"}),
            )

        assert caught.value.where["rule"] == "drift.type_change"

    def test_when_a_key_s_values_are_known_then_its_type_stays(self, tmp_path: Path) -> None:
        """Keys of two types could not be compared."""
        key = a_property("id", "integer", physicalType="int", primaryKey=True)

        with pytest.raises(ContractError, match="type of a key") as caught:
            a_run(
                tmp_path,
                "arrow",
                self.PARTS,
                properties=[key, NAME],
                drift={"type_change": "evolve"},
                types=self.TYPES,
            )

        assert caught.value.where["field"] == "id"

    @pytest.mark.parametrize("kind", ["rows", "csv", "rust"])
    @pytest.mark.parametrize("policy", ["fail", "ignore", "evolve"])
    def test_when_a_source_declares_no_types_then_values_are_judged_one_by_one(
        self, policy: str, kind: str, tmp_path: Path
    ) -> None:
        """Texts and dicts have no type that could change."""
        report, rows = a_run(
            tmp_path,
            kind,
            self.PARTS,
            properties=[ID, NAME],
            drift={"type_change": policy},
            mode="quarantine",
        )

        assert ([row["id"] for row in rows], report.rows.quarantined) == ([1, 2], 1)
        assert changes(report) == []


class TestGivenNulls:
    PARTS = (FIRST, [{"id": 2, "name": "b"}, {"id": 3, "name": None}])

    @pytest.mark.covers("drift:nullability:fail")
    @pytest.mark.parametrize("kind", KINDS)
    def test_when_they_must_not_be_then_they_break_required(
        self, kind: str, tmp_path: Path
    ) -> None:
        """The default: as the mode says."""
        report, rows = a_run(
            tmp_path,
            kind,
            self.PARTS,
            properties=[ID, REQUIRED_NAME],
            drift={},
            types=[INTS, INTS],
            mode="quarantine",
        )

        assert ([row["id"] for row in rows], report.rows.quarantined) == ([1, 2], 1)

    @pytest.mark.covers("drift:nullability:evolve")
    @pytest.mark.parametrize("mode", ["strict", "warn", "quarantine"])
    @pytest.mark.parametrize("kind", KINDS)
    def test_when_evolved_then_the_column_is_nullable_from_then_on(
        self, kind: str, mode: str, tmp_path: Path
    ) -> None:
        """The first null is named by its row, and nothing is bad about it."""
        report, rows = a_run(
            tmp_path,
            kind,
            self.PARTS,
            properties=[ID, REQUIRED_NAME],
            drift={"nullability": "evolve"},
            types=[INTS, INTS],
            mode=mode,
        )

        assert [row["name"] for row in rows] == ["a", "b", None]
        assert changes(report) == [("nullability", "evolve", "name", 3)]
        assert report.exit_code == 0

    def test_when_they_never_come_then_the_column_stays_required(self, tmp_path: Path) -> None:
        """A column evolves when it must, not because it may."""
        a_run(
            tmp_path,
            "rust",
            (FIRST,),
            properties=[ID, REQUIRED_NAME],
            drift={"nullability": "evolve"},
        )

        (path,) = visible(tmp_path / "out")
        assert not pq.read_schema(path).field("name").nullable

    def test_when_it_is_a_key_then_it_never_becomes_nullable(self, tmp_path: Path) -> None:
        """A key without a value names no row."""
        key = a_property("name", "string", primaryKey=True)

        with pytest.raises(ContractError) as caught:
            a_run(
                tmp_path, "rust", self.PARTS, properties=[ID, key], drift={"nullability": "evolve"}
            )

        assert caught.value.where["rule"] == "required"

    def test_when_they_should_be_passed_over_then_that_is_refused_by_name(
        self, tmp_path: Path
    ) -> None:
        """A column cannot hold a null that is not there."""
        job = a_job(tmp_path) | {"drift": {"nullability": "ignore"}}

        with pytest.raises(ConfigError, match=r"drift\.nullability.*ignore"):
            resolve_job(job)
