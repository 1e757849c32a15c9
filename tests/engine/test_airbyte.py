"""Airbyte connectors: records, streams, states, and what they are asked."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pytest
from headrace import ConfigError, HeadraceError, SourceNotFoundError, execute_job
from headrace.loop.resolve import resolve_job
from headrace.readers.airbytecatalog import MAX_DEPTH, TYPES, type_of
from headrace.readers.airbytecontainer import docker_command
from headrace.schema import Field, Schema

from tests.builders import a_contract, a_property, landed
from tests.connectors import SECRET, a_connector, an_airbyte_job
from tests.runs import a_job_file, headrace_ends


def landed_bad(tmp_path: Path) -> list[dict[str, Any]]:
    """The quarantined rows."""
    pattern = str(tmp_path / "out" / "_quarantine" / "**" / "*.parquet")
    with duckdb.connect() as connection:
        found = connection.execute("select * from read_parquet(?) order by line", [pattern])
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def a_reader(job: Any) -> Any:  # noqa: ANN401  any plugin
    return resolve_job(job).create_reader()


class TestGivenAConnector:
    def test_when_it_is_run_then_its_records_land_in_the_catalogs_types(
        self, tmp_path: Path
    ) -> None:
        """Records become rows of the stream's columns; what is nested is JSON."""
        read = """
record("people", id=1, name="x", at="2024-01-01T01:00:00+01:00", more={"a": [1, 2.50]})
say("LOG", log={"level": "INFO", "message": "half"})
record("people", id=2)
status("people", "COMPLETE")
"""
        job = an_airbyte_job(tmp_path, read)

        report = execute_job(job)

        assert report.status == "succeeded"
        assert landed(tmp_path / "out") == [
            (1, "x", datetime(2024, 1, 1, tzinfo=UTC), '{"a": [1, 2.5]}'),
            (2, None, None, None),
        ]

    def test_when_it_writes_the_short_form_then_its_records_are_read_too(
        self, tmp_path: Path
    ) -> None:
        """Data may stand directly below `record`."""
        job = an_airbyte_job(tmp_path, 'say("RECORD", record={"id": 1, "name": "x"})')

        execute_job(job)

        assert landed(tmp_path / "out", "id, name") == [(1, "x")]

    def test_when_a_contract_says_other_types_then_it_holds(self, tmp_path: Path) -> None:
        """A contract's columns are read as it says, a struct as a struct."""
        parts = [a_property("a", "integer")]
        contract = a_contract(
            a_property("id", "integer", physicalType="int"),
            a_property("name"),
            a_property("at"),
            a_property("more", "object", properties=parts),
        )
        job = an_airbyte_job(
            tmp_path, 'record("people", id=1, at="soon", more={"a": 1})', contract=contract
        )

        execute_job(job)

        assert landed(tmp_path / "out") == [(1, None, "soon", {"a": 1})]

    def test_when_a_record_does_not_fit_then_it_is_quarantined_with_its_line(
        self, tmp_path: Path
    ) -> None:
        """A record that does not fit its stream is a bad row, and has a place."""
        read = 'print("hello")\nrecord("people", id="one")\nrecord("people", id=2)'
        read += '\nrecord("people", id=3, new=1)'
        job = an_airbyte_job(tmp_path, read, validation={"mode": "quarantine"})

        report = execute_job(job)

        assert (report.rows.read, report.rows.written, report.rows.quarantined) == (3, 1, 2)
        assert any("1 lines of its output were no messages" in note for note in report.notes)
        bad = landed_bad(tmp_path)
        assert [(row["field"], row["line"]) for row in bad] == [("id", 2), ("new", 4)]

    def test_when_new_columns_are_ignored_then_they_are_left_out(self, tmp_path: Path) -> None:
        """`new_column: ignore` passes over what neither contract nor catalog has."""
        contract = a_contract(a_property("id", "integer"))
        job = an_airbyte_job(
            tmp_path, 'record("people", id=1, name="x", other=2)', contract=contract
        )
        job["drift"] = {"new_column": "ignore"}

        execute_job(job)

        assert landed(tmp_path / "out") == [(1,)]

    @pytest.mark.covers("airbyte:environment")
    def test_when_it_has_variables_then_they_are_its_own(self, tmp_path: Path) -> None:
        """A connector has what headrace has, and more; headrace has nothing of that."""
        read = 'record("people", id=1, name=os.environ["ONLY_ITS"] + str("PATH" in os.environ))'
        reader = {"environment": {"ONLY_ITS": "own "}}

        execute_job(an_airbyte_job(tmp_path, read, reader=reader))

        assert landed(tmp_path / "out", "name") == [("own True",)]
        assert "ONLY_ITS" not in os.environ

    def test_when_it_is_checked_then_it_is_asked(self, tmp_path: Path) -> None:
        """`headrace check` says what the connector says; a failed check exits 0."""
        said = '{"status": "FAILED", "message": "no, not with " + asked["config"]["key"]}'
        job = an_airbyte_job(tmp_path, "pass")
        good = a_reader(job).check()
        job["reader"]["command"] = a_connector(
            tmp_path, "pass", check=f'say("CONNECTION_STATUS", connectionStatus={said})'
        )

        with pytest.raises(HeadraceError) as caught:
            a_reader(job).check()

        assert "succeeded" in good
        assert "no, not with ***" in str(caught.value)

    def test_when_its_config_is_wrong_then_every_problem_is_told_without_values(
        self, tmp_path: Path
    ) -> None:
        """The connector's `spec` is held against the config before it is run."""
        job = an_airbyte_job(tmp_path, "pass", reader={"config": {"count": -4711}})

        with pytest.raises(ConfigError) as caught:
            a_reader(job).check()

        places = [problem.path for problem in caught.value.problems]
        assert sorted(places) == ["reader.config", "reader.config.count"]
        assert "4711" not in str(caught.value)

    def test_when_it_is_discovered_then_its_streams_and_types_are_told(
        self, tmp_path: Path
    ) -> None:
        """`headrace discover` lists the catalog."""
        job = an_airbyte_job(tmp_path, "pass", streams=("a", "b"))

        done = headrace_ends("discover", a_job_file(tmp_path, job), "--json")

        assert list(done.report["streams"]) == ["a", "b"]
        kinds = {field["name"]: field["type"] for field in done.report["streams"]["a"]}
        assert kinds == {
            "id": "int64",
            "name": "string",
            "at": "timestamp[us, tz=UTC]",
            "more": "json",
        }

    @pytest.mark.covers("airbyte:command", "airbyte:config")
    def test_when_it_is_read_then_its_files_are_private_and_gone_afterwards(
        self, tmp_path: Path
    ) -> None:
        """Config, catalog and state are for their owner alone, and on no command line."""
        read = """
modes = {key: oct(os.stat(path).st_mode & 0o777) for key, path in options.items()}
modes["folder"] = oct(os.stat(Path(options["config"]).parent).st_mode & 0o777)
seen = {"modes": modes, "argv": sys.argv, "asked": asked}
Path(sys.argv[0]).with_name("seen.json").write_text(json.dumps(seen))
"""
        job = an_airbyte_job(tmp_path, read)

        execute_job(job)

        seen = json.loads((tmp_path / "seen.json").read_text())
        assert seen["modes"] == {"config": "0o600", "catalog": "0o600", "folder": "0o700"}
        assert SECRET not in " ".join(seen["argv"])
        assert seen["asked"]["config"] == {"key": SECRET}
        assert seen["asked"]["catalog"]["streams"][0]["sync_mode"] == "full_refresh"
        files = [arg for arg in seen["argv"] if arg.endswith("config.json")]
        assert files
        assert not any(Path(file).exists() for file in files)


class TestGivenOptions:
    @pytest.mark.covers("airbyte:source_stream")
    @pytest.mark.covers("airbyte:cursor")
    def test_when_a_stream_and_a_cursor_are_named_then_the_connector_is_asked_for_them(
        self, tmp_path: Path
    ) -> None:
        """One of several streams, and the field that tells what is new."""
        read = 'record("b", id=1)\nPath(sys.argv[0]).with_name("asked.json").write_text('
        read += 'json.dumps(asked["catalog"]))'
        job = an_airbyte_job(tmp_path, read, streams=("a", "b"), state=True)
        del job["streams"]
        job["target"]["path"] = str(tmp_path / "out")
        job["reader"] |= {"source_stream": "b", "cursor": ["deep", "at"]}

        execute_job(job)

        (stream,) = json.loads((tmp_path / "asked.json").read_text())["streams"]
        assert stream["stream"]["name"] == "b"
        assert stream["cursor_field"] == ["deep", "at"]
        assert stream["sync_mode"] == "incremental"
        assert landed(tmp_path / "out", "id") == [(1,)]

    def test_when_no_stream_is_named_of_several_then_those_there_are_are_told(
        self, tmp_path: Path
    ) -> None:
        """A choice that nobody made is not made for them."""
        job = an_airbyte_job(tmp_path, "pass", streams=("a", "b"))
        del job["streams"]

        with pytest.raises(SourceNotFoundError, match="a, b"):
            a_reader(job).schema()

    @pytest.mark.covers("airbyte:catalog")
    def test_when_a_catalog_is_given_then_the_connector_is_not_asked_for_it(
        self, tmp_path: Path
    ) -> None:
        """What `discover` printed saves a run its two starts."""
        job = an_airbyte_job(tmp_path, 'record("people", id=1)')
        command = job["reader"]["command"]
        printed = subprocess.run([*command, "discover"], capture_output=True, check=True).stdout
        (tmp_path / "catalog.jsonl").write_bytes(printed)
        script = Path(command[1])
        script.write_text(script.read_text().replace('verb == "discover"', "False"))
        script.write_text(script.read_text().replace("verb == 'discover'", "False"))
        job["reader"]["catalog"] = str(tmp_path / "catalog.jsonl")

        execute_job(job)

        assert landed(tmp_path / "out", "id") == [(1,)]

    @pytest.mark.parametrize("section", [{}, {"command": "x", "image": "y"}, {"command": []}])
    def test_when_it_is_not_said_what_to_run_then_the_job_is_refused(
        self, tmp_path: Path, section: dict[str, Any]
    ) -> None:
        """One of `command` and `image`, before anything is run."""
        job = an_airbyte_job(tmp_path, "pass")
        job["reader"] = {"type": "airbyte", **section}

        with pytest.raises(ConfigError, match="command"):
            execute_job(job)


class TestGivenJsonSchemas:
    @pytest.mark.parametrize(
        "key",
        [
            pytest.param(
                key,
                marks=pytest.mark.covers(f"airbyte-type:{' '.join(word for word in key if word)}"),
            )
            for key in TYPES
        ],
    )
    def test_when_a_property_is_declared_then_it_has_the_type_of_the_table(
        self, key: tuple[str, str | None, str | None]
    ) -> None:
        """A null beside a type changes nothing."""
        kind, shape, more = key
        schema = {"type": ["null", kind], "format": shape, "airbyte_type": more}

        assert type_of(schema) == TYPES[key]

    @pytest.mark.parametrize(
        ("schema", "expected"),
        [
            ({"type": ["string", "integer"]}, "json"),
            ({"type": "array", "items": {"type": "string"}}, "json"),
            ({}, "json"),
            ({"oneOf": [{"type": "null"}, {"type": "integer"}]}, "int64"),
            ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "json"),
            ({"type": "string", "format": "email"}, "string"),
        ],
    )
    def test_when_it_may_be_several_things_then_it_is_json(
        self, schema: dict[str, Any], expected: str
    ) -> None:
        """What no one column type holds is kept as it comes."""
        assert type_of(schema) == expected


class TestGivenNestedData:
    COLUMNS: ClassVar = {
        "id": {"type": "integer"},
        "tags": {"type": ["null", "array"], "items": {"type": "string"}},
        "where": {
            "type": "object",
            "properties": {
                "city name": {"type": "string"},
                "at": {"type": "string", "format": "date"},
                "stops": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"n": {"type": "integer"}}},
                },
                "any": {"type": "object"},
            },
        },
        "free": {"type": "object", "additionalProperties": True},
        "bare": {"type": "array"},
    }
    RECORD = """record("people", id=1, tags=["a", None], bare=[1, "x"], free={"k": [True]},
where={"city name": "Köln", "at": "2024-02-29", "stops": [{"n": 1}, {}], "any": {"z": 1}})
record("people", id=2)"""

    @pytest.mark.covers("airbyte:nested")
    def test_when_structs_are_asked_for_then_objects_and_arrays_are_structs_and_lists(
        self, tmp_path: Path
    ) -> None:
        """What the catalog says is in them has types; what it does not say stays JSON."""
        job = an_airbyte_job(
            tmp_path, self.RECORD, columns=self.COLUMNS, reader={"nested": "struct"}
        )

        report = execute_job(job)

        assert report.status == "succeeded"
        stops = [{"n": 1}, {"n": None}]
        assert landed(tmp_path / "out", 'id, tags, "where", free, bare') == [
            (
                1,
                ["a", None],
                {"city name": "Köln", "at": date(2024, 2, 29), "stops": stops, "any": '{"z": 1}'},
                '{"k": [true]}',
                '[1, "x"]',
            ),
            (2, None, None, None, None),
        ]

    def test_when_they_are_not_asked_for_then_they_are_json_texts(self, tmp_path: Path) -> None:
        """By default what is nested comes through as the connector gave it."""
        job = an_airbyte_job(tmp_path, self.RECORD, columns=self.COLUMNS)

        execute_job(job)

        (first, _) = landed(
            tmp_path / "out", "tags, json_extract_string(\"where\", '$.stops[0].n')"
        )
        assert first == ('["a", null]', "1")

    @pytest.mark.parametrize(
        "where", ['"Köln"', '{"stops": 1}', '{"stops": [{"n": "x"}]}', '{"at": "soon"}', '{"k": 1}']
    )
    def test_when_a_record_does_not_fit_the_struct_then_it_is_quarantined(
        self, tmp_path: Path, where: str
    ) -> None:
        """A struct holds no other than its fields, of no other type."""
        job = an_airbyte_job(
            tmp_path,
            f'record("people", id=1, where={where})\nrecord("people", id=2)',
            columns=self.COLUMNS,
            reader={"nested": "struct"},
            validation={"mode": "quarantine"},
        )

        report = execute_job(job)

        assert (report.rows.written, report.rows.quarantined) == (1, 1)
        (bad,) = landed_bad(tmp_path)
        assert bad["line"] == 1
        assert bad["field"].startswith("where")

    def test_when_it_is_nested_without_end_then_what_is_too_deep_is_json(self) -> None:
        """A schema has as many levels as its author likes, a column as many as types can have."""
        schema: dict[str, Any] = {"type": "string"}
        for _ in range(2 * MAX_DEPTH):
            schema = {"type": "array", "items": schema}

        found = type_of(schema, has_structs=True)

        assert found.count("list<") == MAX_DEPTH
        assert Schema((Field("x", found),)).native().fields


class TestGivenAnImage:
    def test_when_it_is_called_then_its_files_are_mounted_and_it_can_be_found(self) -> None:
        """Read-only, by an init, removed afterwards, under a name and a label."""
        command = docker_command(
            "airbyte/source-faker",
            ["read", "--config", "/headrace/config.json"],
            files="/tmp/x",  # noqa: S108  nothing is there
            name="headrace-1",
            user="7:8",
        )

        text = " ".join(command)
        assert text.startswith("docker run -i --rm --init --name headrace-1 --label ")
        assert "--volume /tmp/x:/headrace:ro --user 7:8 airbyte/source-faker read" in text
