"""Laws of data sets: exact cuts, one maker, hashes held."""

import csv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from headrace_harness.catalog import Size, load_dataset
from headrace_harness.data import wide
from headrace_harness.data.cache import prepare
from headrace_harness.data.cut import copy_records, count_records, iter_records
from headrace_harness.errors import DataSetError, UsageError
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.builders import quietly, small_dataset


class TestGivenAnyCsv:
    """Any CSV."""

    @given(
        rows=st.lists(st.lists(st.text('a,"\n', max_size=4), min_size=2, max_size=2), max_size=8),
        kept=st.integers(1, 9),
    )
    def test_cut_keeps_whole_records(self, rows: list[list[str]], kept: int) -> None:
        """A cut is the header and the first n records, however many lines they span."""
        with TemporaryDirectory() as folder:
            source, target = Path(folder) / "a.csv", Path(folder) / "b.csv"
            with source.open("w", newline="", encoding="utf-8") as out:
                csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["x", "y"], *rows])

            copied = copy_records(source, target, kept)

            with target.open(newline="", encoding="utf-8") as cut:
                assert list(csv.reader(cut)) == [["x", "y"], *rows[:kept]]
            assert copied == min(kept, len(rows)) == count_records(target)


class TestGivenTheWideSet:
    """The wide set."""

    def test_every_record_has_exactly_its_bytes(self, tmp_path: Path) -> None:
        """A record is 1,000 bytes, and both null and empty notes are among them."""
        dataset = load_dataset("wide")
        target = tmp_path / "wide.csv"

        wide.make(dataset, Size(name="s", rows=200), target)

        records = list(iter_records(target))[1:]
        assert {len(record) for record in records} == {wide.RECORD_BYTES}
        assert any(b',"",' in record for record in records)

    def test_a_smaller_set_is_a_prefix(self, tmp_path: Path) -> None:
        """Sizes differ by their end only."""
        dataset = load_dataset("wide")
        small, large = tmp_path / "s.csv", tmp_path / "l.csv"

        wide.make(dataset, Size(name="s", rows=20), small)
        wide.make(dataset, Size(name="l", rows=40), large)

        assert large.read_bytes().startswith(small.read_bytes())


class TestGivenACache:
    """A cache."""

    def test_when_two_ask_at_once_then_one_makes(self, tmp_path: Path) -> None:
        """A lock and a rename: nobody sees half a data set, nobody makes it twice."""
        dataset = small_dataset()
        said: list[str] = []

        with ThreadPoolExecutor() as pool:
            asked = [
                pool.submit(prepare, dataset, dataset.size("small"), tmp_path, announce=said.append)
                for _ in range(4)
            ]
            made = {entry.result() for entry in asked}

        assert len(made) == 1
        assert sum(text.startswith("making") for text in said) == 1

    def test_when_the_file_was_changed_then_it_is_made_anew(self, tmp_path: Path) -> None:
        """A data set is what its hash says, or it is not used."""
        dataset = small_dataset()
        first = prepare(dataset, dataset.size("small"), tmp_path, announce=quietly)
        first.path.write_bytes(first.path.read_bytes().replace(b"Ada", b"Eve"))

        again = prepare(dataset, dataset.size("small"), tmp_path, announce=quietly)

        assert again == first

    def test_when_the_pinned_hash_differs_then_it_is_refused(self, tmp_path: Path) -> None:
        """A maker whose output is not the pinned one is an error, and leaves nothing."""
        size = Size(name="small", rows=30, sha256="0" * 64)
        dataset = replace(small_dataset(), sizes={"small": size})

        with pytest.raises(DataSetError, match="SHA-256"):
            prepare(dataset, size, tmp_path, announce=quietly)

        assert not list(tmp_path.glob("*.csv"))

    def test_when_more_rows_are_asked_than_there_are_then_usage_error(self, tmp_path: Path) -> None:
        """A cut never promises rows that the data set does not have."""
        dataset = small_dataset(10)

        with pytest.raises(UsageError, match="10 rows"):
            prepare(dataset, dataset.size("small"), tmp_path, rows=11, announce=quietly)
