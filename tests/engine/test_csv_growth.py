"""CSV files over time: new ones, changed ones, and those that only grow."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from headrace import (
    ConfigError,
    DecodeError,
    ReaderError,
    StateManager,
    execute_job,
    resolve_job,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import READERS, a_contract, a_job, a_property, a_reader, landed
from tests.readings import a_file, a_source, columns

if TYPE_CHECKING:
    from pathlib import Path

A_B = columns(a="string", b="string")
APPEND = {"grown_file": "append"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module's folder, because hypothesis shares it."""
    return tmp_path_factory.mktemp("growth")


def a_run(
    kind: str,
    path: object,
    cursors: dict[str, Any],
    **options: Any,  # noqa: ANN401  any key of the reader's section
) -> list[tuple[str, int, int]]:
    """Read what the cursors do not hold; each record, its line and offset; moves the cursors."""
    source = a_source(kind, str(path), schema=A_B.schema, batch_rows=2, **options)
    state = StateManager(cursors)
    found = []
    for batch in source.extract(state):
        state.yielded()
        for row, record in enumerate(batch):
            place = batch.position(row)
            found.append((repr(dict(record)), place.line, place.byte_offset))
        for reject in batch.rejects:
            rules = repr([rule for _, rule, _, _ in reject.violations])
            found.append((rules, reject.position.line, reject.position.byte_offset))
    state.consumed(0, complete=True)
    cursors.update(state.snapshot())
    return sorted(found, key=lambda one: one[2])


class TestGivenAFileThatGrows:
    @pytest.mark.covers("csv:grown_file")
    @settings(max_examples=150, deadline=None)
    @given(data=st.data())
    def test_when_read_at_any_lengths_then_each_record_is_read_once(
        self, folder: Path, data: st.DataObject
    ) -> None:
        """The parts of a growing file are the whole: no record is lost, doubled or moved."""
        kind = data.draw(st.sampled_from(READERS))
        encoding = data.draw(st.sampled_from(["utf-8", "utf-16le"]))
        pieces = st.sampled_from(
            ["x,1\n", '"é\r\n€",2\r\n', "y", ",", "\r", "\n", '"z""",3\n', "1,2,3\n", "😀,4\r\n"]
        )
        text = "a,b\n" + "".join(data.draw(st.lists(pieces, max_size=12)))
        text += '"\n' if text.count('"') % 2 else ""
        codec = encoding.replace("utf-16", "utf-16-")
        whole = text.encode(codec)
        start = len("a,b\n".encode(codec))
        lengths = data.draw(st.lists(st.integers(start, len(whole)), max_size=4, unique=True))
        options = {"encoding": encoding}
        expected = a_run(kind, a_file(folder, whole, name="whole.csv"), {}, **options)

        cursors: dict[str, Any] = {}
        parts = []
        path = a_file(folder, b"", name="part.csv")
        for length in [*sorted(lengths), len(whole)]:
            with path.open("ab") as file:
                file.write(whole[path.stat().st_size : length])
            parts += a_run(kind, path, cursors, **options, **APPEND)
        # What no line end ends is read once the file is said not to grow any more.
        parts += a_run(kind, path, cursors, **options)

        assert parts == expected
        assert a_run(kind, path, cursors, **options) == []

    @pytest.mark.parametrize("kind", READERS)
    def test_when_nothing_says_so_then_it_has_changed(self, kind: str, tmp_path: Path) -> None:
        """By default a grown file is a changed one."""
        cursors: dict[str, Any] = {}
        path = a_file(tmp_path, "a,b\n1,2\n")
        a_run(kind, path, cursors)
        a_file(tmp_path, "a,b\n1,2\n3,4\n")

        with pytest.raises(ReaderError, match="has changed"):
            a_run(kind, path, cursors)

        assert len(a_run(kind, path, cursors, changed_file="reread")) == 2

    @pytest.mark.parametrize("kind", READERS)
    @pytest.mark.parametrize("fault", ["head", "tail", "shorter", "touched"])
    def test_when_the_part_that_was_read_is_another_then_it_has_changed(
        self, kind: str, fault: str, tmp_path: Path
    ) -> None:
        """Only a file that begins with what was read has grown."""
        cursors: dict[str, Any] = {}
        text = "a,b\n" + "".join(f"{n},x\n" for n in range(4000))
        path = a_file(tmp_path, text)
        a_run(kind, path, cursors, **APPEND)
        other = {
            "head": text.replace("0,x", "9,x", 1) + "more,1\n",
            "tail": text[:-2] + "y\nmore,1\n",
            "shorter": text[:-10],
            "touched": text,
        }[fault]
        a_file(tmp_path, other)
        os.utime(path, ns=(1, 1))

        with pytest.raises(ReaderError, match="has changed"):
            a_run(kind, path, cursors, **APPEND)

        reread = a_run(kind, path, cursors, **APPEND, changed_file="reread")
        assert len(reread) == other.count("\n") - 1

    @pytest.mark.parametrize("kind", READERS)
    def test_when_the_state_is_of_an_earlier_version_then_it_is_read(
        self, kind: str, tmp_path: Path
    ) -> None:
        """A state of sizes and times alone holds; from there nobody can tell growth from change."""
        path = a_file(tmp_path, "a,b\n1,2\n")
        status = path.stat()
        entry = {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns}
        cursors = {"test": {"files": {str(path): entry}}}

        assert a_run(kind, path, cursors, **APPEND) == []

        a_file(tmp_path, "a,b\n1,2\n3,4\n")
        with pytest.raises(ReaderError, match="did not keep what tells"):
            a_run(kind, path, cursors, **APPEND)

    @pytest.mark.parametrize("kind", READERS)
    def test_when_the_last_record_is_not_ended_then_the_report_says_so(
        self, kind: str, tmp_path: Path
    ) -> None:
        """What is left is left loudly, with its place."""
        path = a_file(tmp_path, "a,b\n1,2\n3,4")
        state = {"type": "local", "path": str(tmp_path / "state")}

        report = execute_job(
            a_job(tmp_path, reader=a_reader(kind, str(path), **APPEND), state=state)
        )

        assert report.rows.written == 1
        (note,) = report.notes
        assert note == (
            f"{path} does not end with a line end: its last 3 bytes, from byte 8 (line 3) on, are "
            "left for the next run"
        )

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ({}, "grown_file"),
            ({"state": {"type": "local", "path": "state"}, "compression": "gzip"}, "compressed"),
        ],
    )
    def test_when_it_cannot_be_followed_then_the_job_is_refused(
        self, more: dict[str, Any], said: str, tmp_path: Path
    ) -> None:
        """Growth needs a state, and bytes that can be gone on with."""
        more = dict(more)
        sections = {"state": more.pop("state")} if "state" in more else {}
        reader = a_reader("rust", "x.csv", **APPEND, **more)

        with pytest.raises(ConfigError, match=said):
            resolve_job({**a_job(tmp_path), "reader": reader, **sections}).create_reader()


class TestGivenAFileThatIsEmptyNow:
    @pytest.mark.parametrize("kind", READERS)
    @pytest.mark.parametrize("contract", [None, a_contract(a_property("a"), a_property("b"))])
    @pytest.mark.parametrize("options", [{}, APPEND, {"header": False}])
    def test_when_it_was_read_before_then_it_has_changed(
        self, kind: str, contract: dict[str, Any] | None, options: dict[str, Any], tmp_path: Path
    ) -> None:
        """Who emptied a file hears of that, not of a header that is missing."""
        path = a_file(tmp_path, "a,b\n1,2\n")
        reader = a_reader(kind, str(path), **options)
        job = a_job(tmp_path, reader=reader, contract=contract, state=True)
        execute_job(job)
        before = landed(tmp_path / "out")
        a_file(tmp_path, b"")

        with pytest.raises(ReaderError, match="was read by an earlier run and has changed"):
            execute_job(job)

        assert landed(tmp_path / "out") == before

    @pytest.mark.parametrize("kind", READERS)
    def test_when_it_is_to_be_read_again_then_it_is_as_any_empty_file(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Read again it lacks a header where one is expected, and else is no rows."""
        path = a_file(tmp_path, "a,b\n1,2\n")
        cursors: dict[str, Any] = {}
        a_run(kind, path, cursors)
        a_file(tmp_path, b"")

        with pytest.raises(DecodeError, match="expected a header"):
            a_run(kind, path, cursors, changed_file="reread")

        assert a_run(kind, path, cursors, changed_file="reread", header=False) == []


class TestGivenManyFiles:
    def test_when_there_are_four_times_as_many_then_it_takes_about_four_times_as_long(
        self, tmp_path: Path
    ) -> None:
        """What a file costs does not grow with their number, in time or in the state."""

        def seconds(count: int) -> float:
            place = tmp_path / str(count)
            for n in range(count):
                a_file(place, f"a,b\n{n},x\n", name=f"{n:05}.csv")
            cursors: dict[str, Any] = {}
            start = time.process_time()
            assert len(a_run("rust", place / "*.csv", cursors)) == count
            took = time.process_time() - start
            assert len(cursors["test"]["files"]) == count
            assert a_run("rust", place / "*.csv", cursors) == []
            return took

        few, many = seconds(2_500), seconds(10_000)

        # Twice what is linear; the square would be four times that.
        assert many < 8 * few

    def test_when_they_are_small_then_so_are_their_batches(self, tmp_path: Path) -> None:
        """What waits to be written does not hold the room of large files."""
        path = a_file(tmp_path, "a,b\n1,x\n")
        source = a_source("rust", str(path), schema=A_B.schema)

        (batch,) = source.extract(StateManager())

        assert batch.nbytes < 4096
