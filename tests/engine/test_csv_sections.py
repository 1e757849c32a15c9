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


class TestGivenTheFormatOfTheNativeReader:
    @pytest.mark.covers("csv:format")
    @pytest.mark.parametrize(
        ("section", "said"),
        [
            ({"type": "rust"}, "format: is required and missing"),
            ({"type": "rust", "format": "json"}, "format: unknown value 'json'; known: csv"),
            ({"type": "csv", "format": "csv"}, "format: unknown key"),
        ],
    )
    def test_when_it_is_not_csv_then_the_job_is_refused(
        self, section: dict[str, str], said: str, tmp_path: Path
    ) -> None:
        """Nothing is read as CSV that a job calls by another name."""
        job = a_job(tmp_path, reader={**section, "path": "a.csv"})

        with pytest.raises(ConfigError, match=f"reader.{said}"):
            resolve_job(job)
