"""What the CSV readers say of sections and of an input that cannot be meant."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from headrace import ConfigError, resolve_job

from tests.builders import a_contract, a_job, a_property

if TYPE_CHECKING:
    from pathlib import Path


class TestGivenAStandardInputThatIsClosed:
    def test_when_run_then_it_is_no_empty_source(self, tmp_path: Path) -> None:
        """Nothing to read from is not nothing to read."""
        job = a_job(
            tmp_path,
            reader={"type": "csv", "path": "-", "header": False},
            contract=a_contract(a_property("a", "integer")),
        )
        path = tmp_path / "job.yaml"
        path.write_text(json.dumps(job))

        command = f'exec "{sys.executable}" -m headrace run "{path}" <&-'
        done = subprocess.run(
            ["/bin/sh", "-c", command], check=False, capture_output=True, text=True
        )

        assert (done.returncode, "standard input is closed" in done.stderr) == (2, True)


class TestGivenAnOptionThatIsNoCharacter:
    @pytest.mark.parametrize("key", ["delimiter", "quote", "escape", "comment", "thousands"])
    def test_when_validated_then_it_is_said_in_words(self, key: str, tmp_path: Path) -> None:
        """Nobody reads a pattern of surrogates."""
        job = a_job(tmp_path, reader={"type": "csv", "path": "a.csv", key: "ab"})

        with pytest.raises(ConfigError, match=f"reader.{key}: expected a text of one character"):
            resolve_job(job)
