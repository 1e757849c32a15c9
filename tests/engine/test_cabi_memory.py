"""What a library is given and gives is let go of: memory stays flat, and valgrind finds nothing."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from headrace.cabi.config import place_of

from tests.builders import ROOT
from tests.libraries import EXAMPLES, HEADERS, compiled, require
from tests.runs import ended, python

if TYPE_CHECKING:
    from pathlib import Path

GENEROUS_BYTES = 16 << 20
"""A leak of one string of a million, or of one writer of ten thousand, is more than this."""

RESIDENT = """
import ctypes, json, os, sys
from headrace.cabi.handle import Handle
from headrace.cabi.library import Library

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def grown(work, count):
    for n in range(count // 10):
        work(n)
    before = resident()
    for n in range(count):
        work(n)
    return resident() - before

folder = sys.argv[1]
config = {"output_path": folder, "schema": [{"name": "a", "type": "string"}]}
writers = Library("builtin", part="writer")
"""
CYCLES = """
records = json.dumps([{"a": "x" * 2000}]).encode()

def work(n):
    handle = Handle(writers, config)
    handle.text("write_batch", records)
    handle.free()

print(grown(work, 10_000))
"""
STRINGS = """
handle = Handle(writers, config)
try:
    handle.text("write_batch", b"[7]")
except Exception:
    pass

def work(n):
    assert writers.last_error(handle._pointer)

print(grown(work, 1_000_000))
"""


class TestGivenManyCalls:
    @pytest.mark.parametrize("work", [CYCLES, STRINGS], ids=["cycles", "strings"])
    def test_when_everything_is_given_back_then_memory_stays_flat(
        self, work: str, tmp_path: Path
    ) -> None:
        """10,000 writers made, used and freed, and a million strings."""
        done = ended(python(RESIDENT + work, tmp_path / "out"))

        assert done.code == 0, done.err
        assert int(done.out) < GENEROUS_BYTES
        assert list((tmp_path / "out").iterdir()) == []


class TestGivenValgrind:
    @pytest.mark.parametrize(
        ("reader", "writer"), [("builtin", "builtin"), ("c", "c"), ("c", "builtin")]
    )
    def test_when_batches_cross_both_ways_then_nothing_is_lost_or_misread(
        self, reader: str, writer: str, tmp_path: Path
    ) -> None:
        """Strings, arrays, schemas, readers and writers are released, once."""
        valgrind = require("valgrind")
        drive = tmp_path / "drive"
        command = [require("gcc"), "-std=c99", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"]
        command += [f"-I{HEADERS}", "-o", str(drive)]
        source = ROOT / "tests" / "native" / "drive.c"
        subprocess.run([*command, str(source), "-ldl"], check=True)
        (tmp_path / "out").mkdir()
        (tmp_path / "a.csv").write_text("n,square\n" + "1,1\n" * 3000)
        columns = [{"name": name, "type": "int64"} for name in ("n", "square")]
        source_config: dict[str, Any] = {"path": str(tmp_path / "a.csv"), "count": 3000}
        if reader == "builtin":
            del source_config["count"]
        target_config: dict[str, Any] = {"output_path": str(tmp_path / "out"), "schema": columns}

        done = ended(
            [
                valgrind,
                "--quiet",
                "--error-exitcode=9",
                "--leak-check=full",
                "--show-leak-kinds=definite",
                "--errors-for-leak-kinds=definite",
                str(drive),
                str(library(reader, "reader", tmp_path)),
                json.dumps({**source_config, "batch_rows": 1000}),
                str(library(writer, "writer", tmp_path)),
                json.dumps(target_config),
            ]
        )

        assert done.code == 0, done.err
        assert done.out == "json: 3 batches\narrow: 3 batches\n"


def library(kind: str, part: Any, folder: Path) -> Path:  # noqa: ANN401  a literal
    """A built-in library, or the example in C."""
    if kind == "builtin":
        return place_of("builtin", part)
    name = {"reader": "numbers_reader", "writer": "jsonl_writer"}[part]
    return compiled(EXAMPLES / "c" / f"{name}.c", folder / f"lib{name}.so")
