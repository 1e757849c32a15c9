"""Job files: typed, complete in their complaints, and silent about secrets."""

from __future__ import annotations

from pathlib import Path

import pytest
from headrace import ConfigError, resolve_job

from tests.builders import a_job

TEN_MISTAKES = """\
version: 2
name: "no spaces please"
reader: {type: csv, path: data.csv, delimeter: ";"}
contract: missing.yaml
validation: {mode: lenient, max_error_ratio: 2}
writer: {type: parquet, compression: brotli, file_bytes: 12 parsecs}
target: {type: local, mode: merge}
state: {type: redis, path: x}
batch: {rows: 0}
typo: 1
"""


def the_problems(text: str, tmp_path: Path) -> dict[str, int | None]:
    path = tmp_path / "job.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        resolve_job(path)
    return {problem.path: problem.line for problem in caught.value.problems}


class TestGivenAJobWithMistakes:
    def test_when_resolved_then_all_are_reported_at_once_with_their_lines(
        self, tmp_path: Path
    ) -> None:
        """Every problem is named with its key path and line, in one error."""
        problems = the_problems(TEN_MISTAKES, tmp_path)

        assert problems == {
            "version": 1,
            "name": 2,
            "reader.delimeter": 3,
            "": None,  # the contract's own file
            "validation.mode": 5,
            "validation.max_error_ratio": 5,
            "writer.compression": 6,
            "writer.file_bytes": 6,
            "target.mode": 7,
            "target.path": 7,
            "state.type": 8,
            "batch.rows": 9,
            "typo": 10,
        }

    def test_when_a_key_is_misspelled_then_the_right_one_is_suggested(self, tmp_path: Path) -> None:
        """An unknown key is refused with the nearest known one."""
        path = tmp_path / "job.yaml"
        path.write_text(TEN_MISTAKES)

        with pytest.raises(ConfigError, match="did you mean 'delimiter'"):
            resolve_job(path)

    def test_when_a_key_stands_twice_then_it_is_an_error(self, tmp_path: Path) -> None:
        """YAML would silently keep the last one."""
        text = "version: 1\nname: a\nname: b\n"

        assert the_problems(text, tmp_path)["name"] == 3

    @pytest.mark.parametrize("text", ["", "- a list", "just text", "a: [1", "\t- x"])
    def test_when_it_is_no_mapping_then_it_is_a_config_error(
        self, text: str, tmp_path: Path
    ) -> None:
        """Whatever the file holds, the error is typed."""
        assert the_problems(text, tmp_path)


class TestGivenVariables:
    def test_when_set_then_they_are_resolved(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """${VAR} takes the environment's value and ${VAR:-default} its default."""
        monkeypatch.setenv("SOURCE", "from-env.csv")
        job = a_job(tmp_path, reader={"type": "csv", "path": "${SOURCE}"})
        job["name"] = "${UNSET_NAME:-fallback}"

        resolved = resolve_job(job, base_dir=tmp_path)

        assert resolved.job.name == "fallback"
        assert resolved.job.reader.config["path"] == "from-env.csv"

    def test_when_unquoted_then_a_number_stays_a_number(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A variable that stands unquoted for a number is one."""
        monkeypatch.setenv("ROWS", "123")
        path = tmp_path / "job.yaml"
        path.write_text(
            "version: 1\nname: a\nreader: {type: csv, path: x}\nwriter: {type: rust}\n"
            "target: {type: local, path: out}\nbatch:\n  rows: ${ROWS}\n"
        )

        assert resolve_job(path).job.batch.rows == 123

    def test_when_missing_then_the_error_names_it(self, tmp_path: Path) -> None:
        """A missing variable is an error with its name, key path and line."""
        text = "version: 1\nname: ${NOT_SET_ANYWHERE}\n"
        path = tmp_path / "job.yaml"
        path.write_text(text)

        with pytest.raises(ConfigError, match=r"job.yaml:2: name: .*NOT_SET_ANYWHERE"):
            resolve_job(path)


class TestGivenPaths:
    def test_when_relative_then_they_resolve_against_the_job_file(self, tmp_path: Path) -> None:
        """A job means the same from wherever it is run."""
        folder = tmp_path / "jobs"
        folder.mkdir()
        path = folder / "job.yaml"
        path.write_text(
            "version: 1\nname: a\nreader: {type: csv, path: data/*.csv}\nwriter: {type: rust}\n"
            "target: {type: local, path: out}\nstate: {type: local, path: .state}\n"
        )

        resolved = resolve_job(path)
        reader = resolved.create("reader", {"schema": None})
        target = resolved.create("target", {})

        assert reader._config.path == str(folder / "data/*.csv")  # noqa: SLF001
        assert target.root == folder / "out"
        assert resolved.job.state is not None
        assert resolved.job.state.path == str(folder / ".state")
