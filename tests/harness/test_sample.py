"""One sample: what the check finds, and how a worker may end."""

from dataclasses import replace
from pathlib import Path

import pytest
from headrace_harness.catalog import load_parts
from headrace_harness.services.owner import Owner
from headrace_harness.suite.destination import LocalDestination
from headrace_harness.suite.sample import Bench, take_sample

from tests.harness.builders import (
    ROWS,
    bad_parts,
    one_cell,
    planted_sample,
    small_source,
)
from tests.harness.owners import processes_of
from tests.libraries import a_cabi, faulty


class TestGivenAWriterThatSpoilsItsRows:
    """A writer that spoils its rows."""

    @pytest.mark.parametrize(
        ("writer", "clue"),
        [
            ("ChangedValueWriter", "column email: values differ"),
            ("NulledValueWriter", f"column name: {ROWS - 1} values"),
            ("DroppedRowWriter", f"{ROWS - 1} rows in the output"),
            ("DuplicatedRowWriter", f"{ROWS + 1} rows in the output"),
            ("MixedRowsWriter", "rows mix"),
        ],
    )
    def test_when_sampled_then_it_is_invalid_and_has_no_number(
        self, writer: str, clue: str, data: Path, tmp_path: Path
    ) -> None:
        """Output that is not the source's rows yields no number, and the reason says where."""
        sample = planted_sample(writer, data, tmp_path)

        assert sample["status"] == "invalid", sample
        assert clue in sample["reason"]
        assert sample["rows_per_s"] is None


class TestGivenAWriterThatReordersItsRows:
    """A writer that reorders its rows."""

    def test_when_sampled_then_it_is_valid(self, data: Path, tmp_path: Path) -> None:
        """The check is blind to order."""
        sample = planted_sample("ShuffledWriter", data, tmp_path)

        assert sample["status"] == "ok", sample
        assert sample["rows_per_s"] > 0


class TestGivenAWorkerThatDiesOrHangs:
    """A worker that dies or hangs."""

    @pytest.mark.parametrize(
        ("writer", "clue"),
        [
            ("KilledWriter", "SIGKILL"),
            ("SegfaultingWriter", "SIGSEGV"),
            ("RaisingWriter", "the mill stands still"),
            ("ExitingWriter", "MillError: no water"),
        ],
    )
    def test_when_sampled_then_the_reason_names_how(
        self, writer: str, clue: str, data: Path, tmp_path: Path
    ) -> None:
        """A worker's death is a failed sample with its reason, never an exception here."""
        sample = planted_sample(writer, data, tmp_path)

        assert sample["status"] == "failed", sample
        assert clue in sample["reason"]
        assert sample["rows_per_s"] is None

    def test_when_killed_then_its_peak_is_known_from_outside(
        self, data: Path, tmp_path: Path
    ) -> None:
        """The harness polls a worker's peak, which covers one that cannot report it."""
        sample = planted_sample("KilledWriter", data, tmp_path)

        assert sample["peak_rss_bytes"]["run"] is None
        assert sample["peak_rss_bytes"]["lifetime"] > 0

    def test_when_hung_then_it_is_ended_and_nothing_of_it_lives_on(
        self, data: Path, tmp_path: Path
    ) -> None:
        """A worker that ignores SIGTERM is ended all the same."""
        sample = planted_sample("HangingWriter", data, tmp_path, timeout_s=3)

        assert sample["status"] == "failed"
        assert "no end within 3 s" in sample["reason"]
        assert not processes_of(str(Owner.here()), running="headrace_harness.worker")


class TestGivenAServerThatIsGoneBeforeTheCheck:
    """A server that is gone before the check."""

    @pytest.mark.parametrize(
        ("gone", "clue"),
        [
            ("collect", "its output cannot be looked at: ConnectionError: no bucket any more"),
            ("remove", "its output cannot be removed: ConnectionError: no bucket any more"),
        ],
    )
    def test_when_sampled_then_it_is_the_end_of_that_sample_alone(
        self, gone: str, clue: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whatever the client raises: a number of output that nobody saw does not count."""

        def fails(_: LocalDestination) -> None:
            message = "no bucket\nany more"
            raise ConnectionError(message)

        monkeypatch.setattr(LocalDestination, gone, fails)
        bench = Bench(
            parts=load_parts(),
            scratch=tmp_path / "scratch",
            logs=tmp_path / "logs",
            timeout_s=300,
        )

        sample = take_sample(bench, one_cell(writer="rust"), small_source(data), 1)

        assert sample["status"] == "failed"
        assert sample["reason"] == clue
        assert sample["rows_per_s"] is None
        assert not list(bench.scratch.iterdir())


class TestGivenTheBuiltInLibraries:
    """The shared libraries that come with the engine."""

    @pytest.mark.parametrize("writer", ["cabi", "cabi-json"])
    def test_when_sampled_then_the_cell_is_valid(
        self, writer: str, data: Path, tmp_path: Path
    ) -> None:
        """They read what they are to read, and what they write is the source's rows."""
        bench = Bench(
            parts=load_parts(),
            scratch=tmp_path / "scratch",
            logs=tmp_path / "logs",
            timeout_s=300,
        )

        sample = take_sample(bench, one_cell(reader="cabi", writer=writer), small_source(data), 1)

        assert sample["status"] == "ok", sample
        assert sample["rows_per_s"] > 0


class TestGivenALibraryThatCrashes:
    """A shared library that crashes."""

    def test_when_sampled_then_the_reason_names_it(self, data: Path, tmp_path: Path) -> None:
        """Who started the worker says in which library, and in which function, it died."""
        library = faulty(tmp_path)
        parts = load_parts()
        writer = replace(parts.writers["custom"], job=a_cabi(library, "segv"))
        bench = Bench(
            parts=replace(parts, writers={"planted": writer}),
            scratch=tmp_path / "scratch",
            logs=tmp_path / "logs",
            timeout_s=300,
        )

        sample = take_sample(bench, one_cell(), small_source(data), 1)

        assert sample["status"] == "failed"
        place = f"write_batch of the writer's library {library}"
        assert sample["reason"] == f"the worker died of SIGSEGV in {place}"


class TestGivenAPluginThatPrints:
    """A plugin that prints."""

    def test_when_sampled_then_the_result_is_whole_and_the_words_are_kept(
        self, data: Path, tmp_path: Path
    ) -> None:
        """A plugin's standard output never mixes with the result."""
        sample = planted_sample("PrintingWriter", data, tmp_path)

        assert sample["status"] == "ok", sample
        assert "grist" in sample["stdout_tail"] + sample["stderr_tail"]


class TestGivenEveryWriterOfTheSuite:
    """Every writer of the suite."""

    @pytest.mark.parametrize("reader", ["csv", "rust"])
    @pytest.mark.parametrize("writer", ["parquet", "rust", "custom"])
    def test_when_sampled_then_peaks_are_ordered(
        self, reader: str, writer: str, data: Path, tmp_path: Path
    ) -> None:
        """The lifetime's peak is never below the import's or the run's."""
        bench = Bench(
            parts=bad_parts("ShuffledWriter"),
            scratch=tmp_path / "scratch",
            logs=tmp_path / "logs",
            timeout_s=300,
        )

        sample = take_sample(bench, one_cell(reader=reader, writer=writer), small_source(data), 1)

        assert sample["status"] == "ok", sample
        peaks = sample["peak_rss_bytes"]
        assert peaks["lifetime"] >= max(peaks["import"], peaks["run"])
        assert not list((tmp_path / "scratch").iterdir())
