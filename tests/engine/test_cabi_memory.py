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

SETTLED_BYTES = 512 << 10
"""Of 10,000 cycles, a leak of 53 bytes each is more than this; measured is none [bytes]."""

RESIDENT = """
import json, os, sys
from headrace import PluginError
from headrace._native import RecordBatch
from headrace.cabi.arrow import Room
from headrace.cabi.handle import Handle
from headrace.cabi.library import Library

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def grown(work, count):
    # The first third makes what is made once and is kept; the third one must add nothing.
    for n in range(2 * count // 3):
        work()
    before = resident()
    for n in range(count // 3):
        work()
    return resident() - before

path, folder, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
columns = [{"name": "a", "type": "string"}]

def read(config):
    handle = Handle(readers, config)
    assert handle.text_or_end("extract_batch")
    if "extract_batch_arrow" in readers:
        room = Room()
        if handle.filled("extract_batch_arrow", *room.pointers):
            RecordBatch.from_arrow(room)
        room.release()
    handle.free()
"""
WORK = {
    "the built-in writer": """
writers = Library("builtin", part="writer")
config = {"output_path": folder, "schema": columns}
records = json.dumps([{"a": "x" * 2000}]).encode()

def work():
    handle = Handle(writers, config)
    handle.text("write_batch", records)
    handle.free()
""",
    "the built-in reader": """
readers = Library("builtin", part="reader")
source = os.path.join(os.path.dirname(folder), "a.csv")
with open(source, "w") as file:
    file.write("a\\n" + "x\\n" * 4)

def work():
    read({"path": source, "batch_rows": 2})
""",
    "a reader in C": """
readers = Library(path, part="reader")

def work():
    read({"count": 4, "batch_rows": 2})
""",
    "strings": """
writers = Library("builtin", part="writer")
handle = Handle(writers, {"output_path": folder, "schema": columns})
try:
    handle.text("write_batch", b"[7]")
except PluginError:
    pass
else:
    sys.exit("a number was taken as a record")

def work():
    assert writers.last_error(handle._pointer)
""",
}


class TestGivenManyCalls:
    @pytest.mark.parametrize("what", WORK)
    def test_when_everything_is_given_back_then_memory_stays_flat(
        self, what: str, tmp_path: Path
    ) -> None:
        """Readers and writers made, used and freed 30,000 times, and a million strings."""
        source = compiled(EXAMPLES / "c" / "numbers_reader.c", tmp_path / "libnumbers.so")
        count = 1_000_000 if what == "strings" else 30_000
        script = RESIDENT + WORK[what] + "print(grown(work, count))"

        done = ended(python(script, source, tmp_path / "out", count))

        assert done.code == 0, done.err
        assert int(done.out) < SETTLED_BYTES


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
