"""The parts of a job with several streams: its reader, a loop by hand, the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from headrace import (
    Batch,
    ConfigError,
    PluginError,
    SchemaValidator,
    create_committer,
    create_extractor,
    create_state_manager,
    create_writer,
    execute_job,
    resolve_job,
)

from tests.builders import a_contract, a_job, a_property, landed
from tests.runs import a_job_file, a_plugin, headrace_ends
from tests.streams import a_streams_job, numbers_of, wholes

INTERLEAVED = [("a", 3), ("b", 2), ("a", 4), ("c", 1), ("b", 5), ("a", 2)]


# Yields one row a stream that says what the reader was told of it.
TOLD = """
from collections.abc import Mapping
import msgspec
from headrace import Batch, StreamOptions

class Config(msgspec.Struct, forbid_unknown_fields=True):
    streams: Mapping[str, StreamOptions] = {}
    stream: str = ""

class Plugin:
    Config = Config

    def __init__(self, config):
        self.config = config

    def extract(self, state):
        yield Batch([{"n": self.config.stream}], stream="of all")
        for name, options in self.config.streams.items():
            columns = options.schema.names if options.schema else None
            yield Batch([{"n": f"{columns} {options.cursor}"}], stream=name)
"""


class TestGivenAReaderThatIsToldItsStreams:
    def test_when_the_job_has_streams_then_it_gets_their_columns_and_cursors(
        self, tmp_path: Path
    ) -> None:
        """A reader's `Config` has the streams that it is to read, in the job's order."""
        (tmp_path / "a.json").write_text(json.dumps(a_contract(a_property("n"))))
        streams = {
            "b": {"cursor": ["x", "y"]},
            "a": {"contract": str(tmp_path / "a.json"), "cursor": "n"},
            "of all": {},
        }
        job = a_streams_job(tmp_path, [], streams=streams)
        job["reader"] = {"type": a_plugin(tmp_path, TOLD, name="told")}

        execute_job(job)

        assert landed(tmp_path / "out" / "a") == [("('n',) n",)]
        assert landed(tmp_path / "out" / "b") == [("None ['x', 'y']",)]
        assert ("test",) in landed(tmp_path / "out" / "of all")

    def test_when_the_job_has_none_then_it_is_told_of_none(self, tmp_path: Path) -> None:
        """Without the section a reader has the one stream of the job."""
        job = a_job(tmp_path, reader={"type": a_plugin(tmp_path, TOLD, name="told")})

        execute_job(job)

        assert landed(tmp_path / "out") == [("test",)]

    def test_when_the_user_sets_the_engines_key_then_it_is_refused(self, tmp_path: Path) -> None:
        """What a reader is told is the job's to say."""
        reader = {"type": a_plugin(tmp_path, TOLD, name="told"), "streams": {}}

        with pytest.raises(ConfigError, match="is set by headrace"):
            resolve_job(a_job(tmp_path, reader=reader))


class TestGivenTheCommandLine:
    def test_when_checked_and_validated_then_each_stream_is_told(self, tmp_path: Path) -> None:
        """Each stream has a target to be reached."""
        job = a_job_file(tmp_path, a_streams_job(tmp_path, INTERLEAVED))

        checked = headrace_ends("check", job, "--json")
        validated = headrace_ends("validate", job, "--json")

        assert set(checked.report) == {"reader", "target a", "target b", "target c"}
        assert validated.report["streams"] == ["a", "b", "c"]

    def test_when_run_then_people_are_told_of_each_stream(self, tmp_path: Path) -> None:
        """The summary has the counts of every stream."""
        job = a_job_file(tmp_path, a_streams_job(tmp_path, INTERLEAVED))

        done = headrace_ends("run", job)

        assert done.code == 0
        assert [f"{name}: " in done.err for name in "abc"] == [True] * 3
        assert "a: 9 read, 9 written" in done.err

    def test_when_one_cursor_is_reset_then_that_stream_is_read_anew(self, tmp_path: Path) -> None:
        """The cursors of streams are set and reset one by one."""
        job = a_job_file(tmp_path, a_streams_job(tmp_path, INTERLEAVED, state=True))
        execute_job(job)

        reset = headrace_ends("state", "reset", job, "--stream", "b", "--json")
        set_ = headrace_ends("state", "set", job, "7", "--stream", "a", "--json")
        report = execute_job(job)

        assert reset.report["state"] == {"a": 9, "c": 1}
        assert set_.report["state"] == {"a": 7, "c": 1}
        assert {name: s["read"] for name, s in report.streams.items()} == {"a": 2, "b": 7, "c": 0}

    @pytest.mark.parametrize(
        ("words", "said"),
        [(["set", "5"], "which of a, b, c"), (["set", "5", "--stream", "z"], "no 'z'")],
    )
    def test_when_the_stream_is_not_told_then_it_is_asked_for(
        self, words: list[str], said: str, tmp_path: Path
    ) -> None:
        """A cursor that no stream would read is not stored."""
        job = a_job_file(tmp_path, a_streams_job(tmp_path, INTERLEAVED, state=True))

        done = headrace_ends("state", words[0], job, *words[1:])

        assert done.code == 2
        assert said in done.err

    def test_when_the_schema_is_printed_then_streams_and_checkpoints_are_in_it(self) -> None:
        """Editors know the sections of several streams."""
        sections = headrace_ends("schema", "job").report["$defs"]

        streams = sections["StreamSection"]["properties"]
        checkpoint = sections["Checkpointing"]["properties"]
        job = sections["RawJob"]["properties"]

        assert set(streams) == {"contract", "cursor", "target", "transforms"}
        assert set(checkpoint) == {"rows", "seconds"}
        assert "StreamSection" in json.dumps(job["streams"])
        assert "StreamOptions" not in sections


class TestGivenALoopByHand:
    def test_when_each_stream_has_a_validator_then_all_land(self, tmp_path: Path) -> None:
        """The parts of a loop find the stream of a batch by themselves."""
        job = a_streams_job(tmp_path, INTERLEAVED, state=True)
        extractor, writer = create_extractor(job), create_writer(job)
        validators = {name: SchemaValidator(None, stream=name) for name in "abc"}
        files: list[Any] = []

        for batch in extractor.extract(create_state_manager(job)):
            valid, _ = validators[batch.stream].validate_batch(batch)
            files += writer.write_batch(valid, len(files))
        create_committer(job, writer).commit_files(files)

        assert numbers_of(tmp_path, "a", "b", "c") == wholes(INTERLEAVED)

    def test_when_one_validator_is_given_several_then_it_is_refused(self, tmp_path: Path) -> None:
        """Counts of one stream are never taken for another's."""
        job = a_streams_job(tmp_path, INTERLEAVED)
        batches = create_extractor(job).extract(None)
        validator = SchemaValidator(None)
        validator.validate_batch(next(batches))
        of_another = next(batches)

        with pytest.raises(PluginError, match="a validator checks one stream"):
            validator.validate_batch(of_another)

    def test_when_rows_come_without_a_stream_then_they_are_refused(self, tmp_path: Path) -> None:
        """A list of dicts does not say where it belongs."""
        job = a_streams_job(tmp_path, INTERLEAVED)
        create_extractor(job)
        writer = create_writer(job)

        with pytest.raises(PluginError, match="the job has 'a', 'b', 'c'"):
            writer.write_batch([{"n": 1}], 0)


class TestGivenAJobWithoutStreams:
    def test_when_its_reader_names_streams_then_all_is_one(self, tmp_path: Path) -> None:
        """Without the section, what a reader calls its batches decides nothing."""
        job = a_streams_job(tmp_path, INTERLEAVED)
        job = a_job(tmp_path, reader=job["reader"])

        report = execute_job(job)

        assert report.rows.written == 17
        assert report.streams == {"test": {"read": 17, "written": 17}}
        assert Batch([{"n": 1}], stream="x").stream == "x"
