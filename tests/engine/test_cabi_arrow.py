"""Arrow data of a library that breaks the interface: typed errors that name it, nothing read."""

from __future__ import annotations

import ctypes
import shutil
from pathlib import Path

import headrace
import pytest

from tests.builders import ROOT, a_contract, a_job, a_property, landed, visible
from tests.libraries import a_cabi, compiled

COLUMNS = a_contract(
    a_property("id", "integer"),
    a_property("name"),
    a_property("tags", "array", items={"logicalType": "integer"}),
)
MISSHAPEN = {
    "fewer arrays": "the batch has 2 children where its type has 3",
    "fewer columns": "the batch has 3 children where its type has 2",
    "columns below zero": "the batch has -1 children",
    "no children": "the children of the batch are NULL",
    "a child that is null": "child 1 of the batch is NULL",
    "a child that is released": "the array of name is released",
    "no format": "id has no format",
    "a format of bytes": "the format of id is not UTF-8",
    "an unknown format": "zzz",
    "a name of bytes": "the name of child 0 of the batch is not UTF-8",
    "a list of nothing": "tags has 0 children where format +l has 1",
    "a map of integers": "tags is a map without entries of a key and a value",
    "within itself": "more than 64 types within one another",
    "fewer buffers": "id has 1 buffers where its type has 2",
    "more buffers": "id has 3 buffers where its type has 2",
    "no buffers": "the buffers of id are NULL",
    "a buffer that is null": "buffer at position 1 is null",
    "a length below zero": "the batch has length -1 and offset 0",
    "a column's length below zero": "id has length -1 and offset 0",
    "an item's length below zero": "tags.item has length -1 and offset 0",
    "an offset below zero": "id has length 3 and offset -1",
    "a length beyond memory": "id has length 9223372036854775807",
    "a short column": "length",
    "a short list": "offset",
    "bad offsets": "offset",
    "a last offset below zero": "offset",
    "bad utf-8": "UTF",
    "more nulls than rows": "id has a null count of 4",
    "nulls below zero": "id has a null count of -2",
    "nulls without a mask": "id has a null count of 1 and no mask",
    "a mask without nulls": "id has a null count of 0 and nulls",
    "wrong nulls": "null_count",
    "no struct": "not columns",
}


@pytest.fixture(scope="session")
def misshapen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library."""
    folder = tmp_path_factory.mktemp("misshapen")
    return compiled(ROOT / "tests" / "native" / "misshapen.c", folder / "lib.so")


@pytest.fixture
def library(misshapen: Path, tmp_path: Path) -> Path:
    """A copy for each test: a library gives its batch once in a process."""
    return Path(shutil.copy(misshapen, tmp_path / "libmisshapen.so"))


class TestGivenArrowDataThatBreakTheInterface:
    @pytest.mark.parametrize("do", MISSHAPEN)
    def test_when_read_then_the_library_and_the_place_are_named(
        self, do: str, library: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Counts, signs, pointers and texts are checked before anything follows them."""
        job = a_job(tmp_path, reader=a_cabi(library, do), contract=COLUMNS)

        with pytest.raises(headrace.PluginError) as caught:
            headrace.execute_job(job, base_dir=tmp_path)

        assert caught.value.where["plugin"] == str(library)
        assert "extract_batch_arrow gave what is no batch: " in caught.value.message
        assert MISSHAPEN[do] in caught.value.message
        assert "panicked" not in capfd.readouterr().err
        assert ctypes.CDLL(str(library)).releases_seen() == 2  # of the schema and of the array
        assert visible(tmp_path / "out") == []

    @pytest.mark.parametrize("do", ["", "uncounted nulls"])
    def test_when_nothing_is_wrong_then_the_rows_are_read(
        self, do: str, library: Path, tmp_path: Path
    ) -> None:
        """A null count of -1 is one that nobody has counted."""
        job = a_job(tmp_path, reader=a_cabi(library, do), contract=COLUMNS)

        headrace.execute_job(job, base_dir=tmp_path)

        second = None if do else 2
        rows = [("a", 1, [1]), ("b", second, []), ("c", 3, [2])]
        assert landed(tmp_path / "out", "name, id, tags") == rows

    def test_when_headrace_has_no_such_column_then_it_is_named(
        self, library: Path, tmp_path: Path
    ) -> None:
        """Without a contract a column's type is the library's, and has to be one of headrace's."""
        job = a_job(tmp_path, reader=a_cabi(library, "unsigned"))

        with pytest.raises(headrace.PluginError, match="column 'id' of type UInt64") as caught:
            headrace.execute_job(job, base_dir=tmp_path)

        assert caught.value.where["plugin"] == str(library)

    def test_when_the_contract_has_a_type_for_it_then_its_values_are_converted(
        self, library: Path, tmp_path: Path
    ) -> None:
        """As those of any Arrow data."""
        reader = a_cabi(library, "unsigned")
        job = a_job(tmp_path, reader=reader, contract=COLUMNS)
        job["drift"] = {"type_change": "ignore"}

        headrace.execute_job(job, base_dir=tmp_path)

        assert landed(tmp_path / "out", "id") == [(1,), (2,), (3,)]
