"""The libraries in `examples/cabi`: built by the lines that their README gives, and run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import headrace
import pytest
from headrace import PluginError

from tests.builders import ROOT, a_job, landed, people, visible
from tests.libraries import EXAMPLES, HEADERS, require
from tests.runs import a_source, headrace_ends

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the examples, with the libraries of every compiler that is there."""
    folder = tmp_path_factory.mktemp("examples") / "examples" / "cabi"
    shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("*.so", "*.h.gch", "out"))
    readme = (folder / "README.md").read_text()
    for line in re.findall(r"^\$ ((?:gcc|go) .*)$", readme, flags=re.MULTILINE):
        program, *words = line.replace("../../rust/capi/include", str(HEADERS)).split()
        compiler = shutil.which(program)
        if compiler is not None:
            strict = ["-Wall", "-Wextra", "-Werror"] if program == "gcc" else []
            subprocess.run([compiler, *words, *strict], cwd=folder, check=True)
    return folder


def lines_below(folder: Path) -> list[dict[str, object]]:
    texts = (path.read_text(encoding="utf-8") for path in visible(folder))
    return [json.loads(line) for text in texts for line in text.split("\n") if line]


class TestGivenTheLibrariesInC:
    def test_when_the_job_of_the_readme_is_run_then_every_number_arrives(self, built: Path) -> None:
        """A reader and a writer in C, from one job file."""
        require("gcc")

        checked = headrace_ends("check", built / "numbers.yaml", "--json")
        done = headrace_ends("run", built / "numbers.yaml")

        assert (checked.code, done.code) == (0, 0), checked.err + done.err
        results = json.loads(checked.out)
        assert "by arrow and json" in results["reader"]["detail"]
        assert "by json" in results["writer"]["detail"]
        rows = lines_below(built / "out")
        assert sorted(row["n"] for row in rows) == list(range(25_000))
        assert all(row["square"] == row["n"] ** 2 for row in rows)

    def test_when_batches_cross_either_way_then_the_rows_are_the_same(
        self, built: Path, tmp_path: Path
    ) -> None:
        """JSON and Arrow data are two ways for one thing."""
        require("gcc")
        found = []
        for transport in ("json", "arrow"):
            reader = {"type": "cabi", "library": str(built / "libnumbers_reader.so")}
            reader |= {"config": {"count": 25_000}, "transport": transport}
            headrace.execute_job(a_job(tmp_path / transport, reader=reader))
            found.append(landed(tmp_path / transport / "out"))

        assert found[0] == found[1] == [(n, n * n) for n in range(25_000)]

    def test_when_it_refuses_its_config_then_its_words_are_heard(
        self, built: Path, tmp_path: Path
    ) -> None:
        """What a library says is what the user reads."""
        require("gcc")
        reader = {"type": "cabi", "library": str(built / "libnumbers_reader.so")}

        with pytest.raises(PluginError, match="create_reader failed: config needs a count"):
            headrace.execute_job(a_job(tmp_path, reader=reader))


class TestGivenTheLibrariesInGo:
    def test_when_words_are_read_then_each_arrives_with_its_line(
        self, built: Path, tmp_path: Path
    ) -> None:
        """A reader in Go gives the words of a file."""
        require("go")
        (tmp_path / "words.txt").write_text("one two\n\nthree ü\n")
        reader = {"type": "cabi", "library": str(built / "libwords_reader.so")}
        job = a_job(tmp_path, reader={**reader, "config": {"path": "words.txt"}})

        headrace.execute_job(job, base_dir=tmp_path)

        assert landed(tmp_path / "out") == [(1, "one"), (1, "two"), (3, "three"), (3, "ü")]

    def test_when_people_are_written_then_each_is_a_line(self, built: Path, tmp_path: Path) -> None:
        """A writer in Go takes what any reader reads."""
        require("go")
        a_source(tmp_path, 25_000)
        writer = {"type": "cabi", "library": str(built / "libgo_jsonl_writer.so")}

        headrace.execute_job(a_job(tmp_path, writer=writer))

        rows = lines_below(tmp_path / "out")
        assert sorted((row["id"], row["name"]) for row in rows) == people(25_000)

    def test_when_a_file_is_missing_then_its_words_are_heard(
        self, built: Path, tmp_path: Path
    ) -> None:
        """An error in Go is the library's last error."""
        require("go")
        reader = {"type": "cabi", "library": str(built / "libwords_reader.so")}
        job = a_job(tmp_path, reader={**reader, "config": {"path": "missing.txt"}})

        with pytest.raises(PluginError, match="no such file") as caught:
            headrace.execute_job(job, base_dir=tmp_path)

        assert caught.value.where["plugin"] == str(built / "libwords_reader.so")


def test_when_the_header_is_compiled_as_cpp_then_it_is_taken(tmp_path: Path) -> None:
    """The header is C and C++."""
    (tmp_path / "a.cpp").write_text('#include "headrace.h"\nint main() { return 0; }\n')
    command = [require("g++"), "-Wall", "-Wextra", "-Werror", f"-I{HEADERS}", "-fsyntax-only"]

    done = subprocess.run([*command, str(tmp_path / "a.cpp")], capture_output=True, check=False)

    assert done.returncode == 0, done.stderr
    assert (ROOT / "rust" / "capi" / "include" / "headrace.h").is_file()
