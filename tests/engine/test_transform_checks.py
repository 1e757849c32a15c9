"""What can be told of steps before a run: `headrace check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import a_contract, a_property
from tests.runs import a_job_file, a_plugin, headrace_ends
from tests.streams import a_streams_job
from tests.transforming import a_transforming_job

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# A writer whose check says for which columns it would be made.
WRITER = """
import msgspec

class Plugin:
    class Config(msgspec.Struct):
        schema: list = msgspec.field(default_factory=list)
        output_path: str = ""

    def __init__(self, config):
        pass

    @staticmethod
    def check_config(config):
        return " ".join(f"{c['name']}:{c['type']}:{c['nullable']}" for c in config.schema)

    def write_batch(self, batch, file_counter):
        return []
"""


def a_writer(tmp_path: Path) -> dict[str, Any]:
    """That writer's section."""
    return {"type": a_plugin(tmp_path, WRITER, name="checked_writer")}


def checked(tmp_path: Path, job: Mapping[str, Any]) -> Any:  # noqa: ANN401  any JSON value
    """What `headrace check` prints of a job."""
    return headrace_ends("check", a_job_file(tmp_path, job), "--json").report


class TestGivenStepsAndNoContract:
    def test_when_checked_then_the_writer_is_told_the_columns_after_the_steps(
        self, tmp_path: Path
    ) -> None:
        """Those that a run would give it."""
        steps = [{"derive": {"twice": "id * 2"}}, {"select": ["twice", "name"]}]
        job = a_transforming_job(tmp_path, steps, writer=a_writer(tmp_path))

        found = checked(tmp_path, job)

        assert found["writer"] == {"ok": True, "detail": "twice:int64:True name:string:True"}
        assert found["transforms"] == {"ok": True, "detail": "they give twice, name"}

    def test_when_a_step_does_not_suit_the_columns_then_the_check_says_so(
        self, tmp_path: Path
    ) -> None:
        """With key path and expression, before anything is read; the writer is not asked."""
        job = a_transforming_job(tmp_path, [{"filter": "nosuch > 0"}], writer=a_writer(tmp_path))

        done = headrace_ends("check", a_job_file(tmp_path, job), "--json")

        assert done.code == 2
        assert done.report["transforms"]["ok"] is False
        message = done.report["transforms"]["error"]["message"]
        assert "transforms[0].filter" in message
        assert 'there is no column "nosuch"' in message
        assert "writer" not in done.report

    def test_when_there_are_streams_then_each_has_its_own_steps_and_columns(
        self, tmp_path: Path
    ) -> None:
        """A stream without steps is told as the reader has it."""
        streams = {"a": {"transforms": [{"rename": {"n": "m"}}]}, "b": {}}
        job = a_streams_job(
            tmp_path, [("a", 1), ("b", 1)], streams=streams, writer=a_writer(tmp_path)
        )

        found = checked(tmp_path, job)

        assert found["writer a"]["detail"] == "m:int64:False"
        assert found["writer b"]["detail"] == "n:int64:False"
        assert found["transforms a"]["detail"] == "they give m"
        assert "transforms b" not in found


class TestGivenStepsAndAContract:
    @pytest.mark.parametrize(("mode", "nullable"), [("strict", False), ("warn", True)])
    def test_when_checked_then_the_writer_is_told_the_contracts_columns(
        self, mode: str, tmp_path: Path, *, nullable: bool
    ) -> None:
        """As in a run: in `warn` mode bad rows are written, and nulls with them."""
        contract = a_contract(a_property("id", "integer", required=True))
        job = a_transforming_job(
            tmp_path,
            [{"select": ["id"]}],
            contract=contract,
            validation={"mode": mode},
            writer=a_writer(tmp_path),
        )

        found = checked(tmp_path, job)

        assert found["writer"]["detail"] == f"id:int64:{nullable}"
        assert found["transforms"]["ok"] is None
