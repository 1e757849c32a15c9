"""The JSON Schema of jobs: an editor says what `headrace validate` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from headrace import ConfigError, resolve_job
from headrace.cli.schemas import job_schema
from headrace.plugins import BUILT_IN
from jsonschema import Draft202012Validator

from tests.builders import ROOT, a_job
from tests.engine.documents import blocks_of
from tests.streams import a_streams_job

if TYPE_CHECKING:
    from pathlib import Path

# Of each built-in step a config that is right, and some that are wrong whatever the columns are.
STEPS: dict[str, tuple[list[Any], list[Any]]] = {
    "filter": (["x > 0"], [1, ["x"], None]),
    "derive": ([{"y": "x + 1"}], ["x", {"y": 1}]),
    "select": ([["x"]], ["x", [], [1]]),
    "rename": ([{"x": "y"}], [["x"], {"x": 1}]),
    "drop": ([["x"]], ["x", []]),
    "cast": ([{"x": "bigint"}], [["x"], {"x": 1}]),
    "deduplicate": (
        [{"keys": ["x"]}, {"keys": ["x"], "bytes": "1MiB"}, {"keys": ["x"], "bytes": 1024}],
        [["x"], {"keys": []}, {"bytes": 1}, {"keys": ["x"], "memory": 1}],
    ),
    "mask": (
        [{"x": "hidden"}, {"x": {"keep_last": 4}}],
        [["x"], {"x": {"keep_last": -1}}, {"x": {"keep_first": 1}}],
    ),
    "hash": ([{"columns": ["x"]}, {"columns": ["x"], "secret": "s"}], [["x"], {"columns": []}]),
    "python": (
        ["os.path:basename", {"function": "os.path:basename", "mode": "arrow"}],
        [{}, {"function": "os.path:basename", "mode": "batches"}, ["os.path:basename"]],
    ),
}

GOOD = [{name: config} for name, (good, _) in STEPS.items() for config in good]
WRONG: list[Any] = [{name: config} for name, (_, wrong) in STEPS.items() for config in wrong]
NO_STEPS: list[Any] = ["filter", {}, {"filter": "x > 0", "drop": ["x"]}, {"fliter": "x > 0"}]


def examples() -> list[Any]:
    """Every YAML block of the documents that is a job, or sections of one."""
    sections = set(job_schema()["$defs"]["RawJob"]["properties"])
    return [
        pytest.param(example, id=f"{path.name}: {', '.join(example)}")
        for path in sorted((*ROOT.glob("docs/*.md"), ROOT / "README.md"))
        for example in map(yaml.safe_load, blocks_of(path.read_text(), "yaml"))
        if set(example) <= sections
    ]


def is_resolved(job: dict[str, Any]) -> bool:
    """Whether headrace itself finds nothing wrong with a job."""
    try:
        resolve_job(job)
    except ConfigError:
        return False
    return True


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    """The schema that `headrace schema job` prints."""
    found = job_schema()
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


class TestGivenAStep:
    def test_when_steps_are_built_in_then_all_are_tried(self) -> None:
        """The cases below leave none out."""
        names = list(STEPS)

        assert names == list(BUILT_IN["transform"])

    @pytest.mark.parametrize("step", GOOD, ids=str)
    def test_when_it_is_right_then_an_editor_takes_it(
        self,
        step: object,
        schema: Draft202012Validator,
        tmp_path: Path,
    ) -> None:
        """And so does headrace."""
        job = {**a_job(tmp_path), "transforms": [step]}

        assert [error.message for error in schema.iter_errors(job)] == []
        assert is_resolved(job)

    @pytest.mark.parametrize("step", [*WRONG, *NO_STEPS], ids=str)
    def test_when_it_is_wrong_then_an_editor_refuses_it(
        self,
        step: object,
        schema: Draft202012Validator,
        tmp_path: Path,
    ) -> None:
        """And so does headrace: keys, types, and what is no step."""
        job = {**a_job(tmp_path), "transforms": [step]}

        assert not schema.is_valid(job)
        assert not is_resolved(job)

    @pytest.mark.parametrize("name", ["pkg.module:Class", "steps.py:Class"])
    def test_when_it_is_a_plugin_by_its_place_then_an_editor_takes_it(
        self, name: str, schema: Draft202012Validator, tmp_path: Path
    ) -> None:
        """Its config is a mapping of its own keys, or nothing."""
        job = a_job(tmp_path)

        assert schema.is_valid({**job, "transforms": [{name: {"any": "key"}}, {name: None}]})
        assert not schema.is_valid({**job, "transforms": [{name: "a text"}]})

    def test_when_a_stream_has_steps_of_its_own_then_they_are_held_alike(
        self, schema: Draft202012Validator, tmp_path: Path
    ) -> None:
        """Its list is the job's list."""
        good = a_streams_job(tmp_path, [("a", 1)], streams={"a": {"transforms": GOOD}})
        wrong = a_streams_job(tmp_path, [("a", 1)], streams={"a": {"transforms": NO_STEPS}})

        assert schema.is_valid(good)
        assert not schema.is_valid(wrong)


class TestGivenTheDocuments:
    @pytest.mark.parametrize("example", examples())
    def test_when_they_show_a_job_then_an_editor_takes_it(
        self, example: dict[str, Any], schema: Draft202012Validator, tmp_path: Path
    ) -> None:
        """Examples are copied; sections that one leaves out are those of any job."""
        job = {**a_job(tmp_path), **example}

        assert [error.message for error in schema.iter_errors(job)] == []
