"""What a table's own properties ask of each commit: merged manifests, old metadata removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace import execute_job

from tests.builders import PEOPLE, people
from tests.iceberg import a_table_job, rows_of, the_table
from tests.runs import a_source

if TYPE_CHECKING:
    from pathlib import Path


class TestGivenATableThatAsksForIt:
    def test_when_manifests_are_many_then_a_commit_merges_them(self, tmp_path: Path) -> None:
        """Readers open few manifests, however many commits there were."""
        a_source(tmp_path, 2)
        properties = {
            "commit.manifest-merge.enabled": "true",
            "commit.manifest.min-count-to-merge": "3",
        }
        job = a_table_job(tmp_path, contract=PEOPLE, properties=properties)

        for _ in range(7):
            execute_job(job)

        table = the_table(tmp_path)
        assert len(table.current_snapshot().manifests(table.io)) < 7
        assert rows_of(table) == sorted(people(2) * 7)

    def test_when_it_asks_for_nothing_then_each_commit_adds_one(self, tmp_path: Path) -> None:
        """A commit writes its own manifest and reads no other."""
        a_source(tmp_path, 2)
        job = a_table_job(tmp_path, contract=PEOPLE)

        for _ in range(4):
            execute_job(job)

        table = the_table(tmp_path)
        assert len(table.current_snapshot().manifests(table.io)) == 4

    def test_when_old_metadata_are_to_go_then_they_go_with_each_commit(
        self, tmp_path: Path
    ) -> None:
        """As many metadata files stay as the table wants, and the present one."""
        a_source(tmp_path, 2)
        properties = {
            "write.metadata.delete-after-commit.enabled": "true",
            "write.metadata.previous-versions-max": "2",
        }
        job = a_table_job(tmp_path, contract=PEOPLE, properties=properties)

        for _ in range(6):
            execute_job(job)

        found = (tmp_path / "warehouse" / "raw" / "people" / "metadata").glob("*.metadata.json")
        assert len(list(found)) == 3
        assert rows_of(the_table(tmp_path)) == sorted(people(2) * 6)
