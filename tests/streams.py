"""Builders of jobs with several streams: a plugin that yields them batch by batch, and resumes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.builders import a_job, landed
from tests.runs import a_plugin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# Numbers of streams, in the order of `batches`; a stream's cursor is how many of them were read.
# `advance` says when it moves: after each batch, after those that make an even number, never;
# `all` is one cursor of them all.
READER = """
import time
from headrace import Batch, Schema, Field

COLUMNS = Schema((Field("n", "int64", nullable=False),))

class Plugin:
    def __init__(self, config):
        self.config = config

    def schemas(self):
        return {name: COLUMNS for name, _ in self.config["batches"]}

    def discover(self):
        return self.schemas()

    def extract(self, state):
        advance = self.config.get("advance", "each")
        start = state.get("@all") if advance == "all" else None
        start = dict(start or {})
        passed = {}
        for name, count in self.config["batches"]:
            first = passed.get(name, 0)
            passed[name] = first + count
            begin = start.get(name, 0) if advance == "all" else (state.get(name) or 0)
            rows = [{"n": n} for n in range(max(first, begin), first + count)]
            if rows:
                yield Batch(rows, schema=COLUMNS, stream=name)
                time.sleep(self.config.get("pause_s", 0))
            if rows and (advance == "each" or (advance == "even" and passed[name] % 2 == 0)):
                state.advance(name, passed[name])
            if advance == "all" and rows:
                start[name] = passed[name]
                state.advance("@all", dict(start))
        if self.config.get("fail"):
            raise OSError("the source broke off")
"""


def a_streams_reader(
    tmp_path: Path, batches: Sequence[tuple[str, int]], **more: object
) -> dict[str, Any]:
    """A reader that yields for each pair of `batches` so many numbers of that stream."""
    kind = a_plugin(tmp_path, READER, name="streams_reader")
    return {"type": kind, "batches": [list(pair) for pair in batches], **more}


def a_streams_job(
    tmp_path: Path,
    batches: Sequence[tuple[str, int]],
    *,
    streams: Mapping[str, Any] | None = None,
    reader: Mapping[str, Any] | None = None,
    **sections: Any,  # noqa: ANN401  as `a_job`
) -> dict[str, Any]:
    """A job whose streams land in `out/<stream>`."""
    names = dict.fromkeys(name for name, _ in batches)
    section = a_streams_reader(tmp_path, batches, **(reader or {}))
    job = a_job(tmp_path, reader=section, **sections)
    job["target"]["path"] = str(tmp_path / "out" / "{stream}")
    job["streams"] = dict(streams if streams is not None else {name: {} for name in names})
    return job


def numbers_of(tmp_path: Path, *names: str) -> dict[str, list[int]]:
    """What landed of each stream, sorted."""
    return {name: [n for (n,) in landed(tmp_path / "out" / name)] for name in names}


def wholes(batches: Sequence[tuple[str, int]]) -> dict[str, list[int]]:
    """What should land of each stream."""
    counts: dict[str, int] = {}
    for name, count in batches:
        counts[name] = counts.get(name, 0) + count
    return {name: list(range(count)) for name, count in counts.items()}
