"""Both ways across: the same values, exactly, for every type, and the same files."""

from __future__ import annotations

import json
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import headrace
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from headrace import Batch, Schema
from headrace._native import RecordBatch
from headrace.readers.cabi import CabiReader, CabiReaderConfig
from headrace.writers.cabi import CabiWriter, CabiWriterConfig
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import ROOT, a_contract, a_job, a_property, landed, people, visible
from tests.engine.test_json import batch_of, columns
from tests.libraries import compiled
from tests.runs import a_source

if TYPE_CHECKING:
    from pathlib import Path

    from headrace.cabi.config import Transport

TRANSPORTS: tuple[Transport, ...] = ("json", "arrow")


@pytest.fixture(scope="session")
def echo(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A library that gives back what it is given."""
    library = tmp_path_factory.mktemp("echo") / "libecho.so"
    return str(compiled(ROOT / "tests" / "native" / "echo.c", library))


def a_drifting(folder: Path, transport: Transport, path: str, **drift: str) -> dict[str, object]:
    """A job of the built-in reader with a contract of one column."""
    config = {"path": path}
    reader = {"type": "cabi", "library": "builtin", "transport": transport, "config": config}
    job = a_job(folder, reader=reader, contract=a_contract(a_property("a", "integer")))
    return {**job, "drift": drift}


def columns_of(batch: pa.RecordBatch) -> list[dict[str, object]]:
    return Schema.wrap(batch.schema).to_list()


def crossed(library: str, batch: pa.RecordBatch, transport: Transport) -> list[pa.RecordBatch]:
    """The batch as a library's writer was given it and its reader gave it back."""
    columns = columns_of(batch)
    writer = CabiWriter(
        CabiWriterConfig(library=library, transport=transport, schema=tuple(columns))
    )
    reader = CabiReader(CabiReaderConfig(library=library, transport=transport, schema=columns))
    writer.write_batch(Batch(RecordBatch.from_arrow(batch)), 0)
    writer.close()
    return [pa.record_batch(found.arrow()) for found in reader.extract(None)]


class TestGivenALibraryThatEchoes:
    @settings(deadline=None, max_examples=200)
    @given(batch=columns(), transport=st.sampled_from(TRANSPORTS))
    def test_when_a_batch_crosses_then_every_value_is_as_it_was(
        self, echo: str, batch: pa.RecordBatch, transport: Transport
    ) -> None:
        """Neither way loses a digit, a unit, a zone, a null or a type, in or out."""
        assert crossed(echo, batch, transport) == [batch]

    @pytest.mark.parametrize("transport", TRANSPORTS)
    def test_when_a_value_is_at_an_edge_then_it_is_as_it_was(
        self, echo: str, transport: Transport
    ) -> None:
        """Edges of int64, NaN, infinities and the negative zero."""
        edges = batch_of("int64", [2**63 - 1, -(2**63), 2**53 + 1, None])
        floats = batch_of("double", [float("nan"), float("inf"), float("-inf"), -0.0, 5e-324])

        (ints,) = crossed(echo, edges, transport)
        (back,) = crossed(echo, floats, transport)

        assert ints == edges
        assert [str(v) for v in back["a"].to_pylist()] == ["nan", "inf", "-inf", "-0.0", "5e-324"]


def stored(batch: pa.RecordBatch, transport: Transport) -> list[pa.Table] | str:
    """The files that the built-in writer makes of a batch, or why it makes none."""
    with TemporaryDirectory(prefix="headrace-files-") as folder:
        config = CabiWriterConfig(
            library="builtin",
            transport=transport,
            output_path=folder,
            schema=tuple(columns_of(batch)),
        )
        writer = CabiWriter(config)
        try:
            files = list(writer.write_batch(Batch(RecordBatch.from_arrow(batch)), 0))
        except headrace.PluginError as error:
            return error.message.partition(" failed: ")[2]  # by which function is not compared
        paths = [file["path"] for file in [*files, *writer.close()]]
        tables = [pq.read_table(path, memory_map=False) for path in paths]
    assert sum(table.num_rows for table in tables) == len(batch)
    return tables


class TestGivenTheBuiltInLibraries:
    @settings(deadline=None, max_examples=25)
    @given(batch=columns())
    def test_when_a_batch_is_written_either_way_then_the_files_are_the_same(
        self, batch: pa.RecordBatch
    ) -> None:
        """A file does not tell by which way its rows came: values, columns and metadata.

        Seconds beyond a file's milliseconds are refused either way, in the same words.
        """
        one, other = (stored(batch, transport) for transport in TRANSPORTS)

        if isinstance(one, str) or isinstance(other, str):
            assert one == other
            assert one == 'column "a" holds more seconds than Parquet\'s milliseconds'
        else:
            pairs = list(zip(one, other, strict=True))
            assert all(a.equals(b, check_metadata=True) for a, b in pairs)

    @pytest.mark.parametrize("transport", TRANSPORTS)
    def test_when_they_stand_in_for_the_native_ones_then_the_rows_are_the_same(
        self, transport: Transport, tmp_path: Path
    ) -> None:
        """A job reads and writes the same through the boundary, twice crossed."""
        rows = a_source(tmp_path, 25_000)
        assert rows == people(25_000)
        cabi = {"type": "cabi", "library": "builtin", "transport": transport}
        reader = {**cabi, "config": {"path": "data/part-0.csv"}}
        writer = {**cabi, "config": {"compression": "snappy", "file_bytes": 1}}
        contract = a_contract(a_property("id", "integer", required=True), a_property("name"))
        job = a_job(tmp_path, reader=reader, writer=writer, contract=contract)

        report = headrace.execute_job(job, base_dir=tmp_path)

        assert report.notes == []
        assert len(visible(tmp_path / "out")) > 1
        assert landed(tmp_path / "out", "id, name") == rows

    @pytest.mark.parametrize("transport", TRANSPORTS)
    @pytest.mark.parametrize("policy", ["fail", "ignore", "evolve"])
    def test_when_a_column_is_new_then_the_jobs_policy_decides(
        self, policy: str, transport: Transport, tmp_path: Path
    ) -> None:
        """The library gives what the file has where the policy is not `fail`."""
        (tmp_path / "a.csv").write_text("m,a\n1,2\n")
        job = a_drifting(tmp_path, transport, "a.csv", new_column=policy)

        if policy == "fail":
            with pytest.raises(headrace.PluginError, match=r"rule drift\.new_column"):
                headrace.execute_job(job, base_dir=tmp_path)
            return
        report = headrace.execute_job(job, base_dir=tmp_path)

        assert [(change["axis"], change["column"]) for change in report.drift] == [
            ("new_column", "m")
        ]
        columns = pq.read_schema(visible(tmp_path / "out")[0]).names
        assert columns == (["a"] if policy == "ignore" else ["a", "m"])

    @pytest.mark.parametrize("policy", ["fail", "ignore", "evolve"])
    def test_when_a_column_is_gone_then_the_jobs_policy_decides(
        self, policy: str, tmp_path: Path
    ) -> None:
        """Arrow data tell that it is missing."""
        (tmp_path / "a.csv").write_text("a\n2\n")
        job = a_drifting(tmp_path, "arrow", "a.csv", removed_column=policy)
        job["contract"] = str(tmp_path / "both.json")
        both = a_contract(a_property("a", "integer"), a_property("b"))
        (tmp_path / "both.json").write_text(json.dumps(both))

        if policy == "fail":
            with pytest.raises(headrace.PluginError, match=r"rule drift\.removed_column"):
                headrace.execute_job(job, base_dir=tmp_path)
            return
        report = headrace.execute_job(job, base_dir=tmp_path)

        assert [change["axis"] for change in report.drift] == ["removed_column"]
        assert landed(tmp_path / "out", "a, b") == [(2, None)]

    def test_when_a_record_is_no_row_then_its_place_is_named(self, tmp_path: Path) -> None:
        """The built-in reader says file, line and field of what it cannot take."""
        (tmp_path / "a.csv").write_text("id\n1\nx\n")
        reader = {"type": "cabi", "library": "builtin", "config": {"path": "a.csv"}}
        contract = a_contract(a_property("id", "integer"))
        job = a_job(tmp_path, reader=reader, contract=contract)

        with pytest.raises(headrace.PluginError) as caught:
            headrace.execute_job(job, base_dir=tmp_path)

        for fact in (f"file {tmp_path / 'a.csv'}", "line 3", "field id", "rule type"):
            assert fact in caught.value.message
