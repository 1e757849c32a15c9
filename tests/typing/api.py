"""The public API as a stranger would use it; mypy --strict reads it, and the tests run it."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import headrace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Countdown:
    """A reader that knows nothing of headrace."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._start = int(config["start"])

    def extract(self, state: Any) -> Iterator[list[dict[str, int]]]:  # noqa: ANN401  duck typing
        """Yield `start` rows, one a batch."""
        del state
        for n in range(self._start, 0, -1):
            yield [{"n": n}]


class Lines:
    """A writer that knows nothing of headrace: one JSON file a batch."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._folder = Path(config["output_path"])

    def write_batch(
        self, batch: Iterable[Mapping[str, Any]], file_counter: int
    ) -> list[dict[str, object]]:
        """Write a file and say what it holds."""
        rows = [dict(row) for row in batch]
        path = self._folder / f"{file_counter}-{uuid.uuid4().hex}.json"
        path.write_text(json.dumps(rows))
        return [{"path": str(path), "rows": len(rows), "bytes": path.stat().st_size}]


def a_job(out: Path) -> dict[str, object]:
    """A job of the two classes above."""
    return {
        "version": 1,
        "name": "countdown",
        "reader": {"type": f"{__name__}:Countdown", "start": 3},
        "writer": {"type": f"{__name__}:Lines"},
        "target": {"type": "local", "path": str(out)},
    }


def run_it(out: Path) -> int:
    """Run a job whole, and look at its report."""
    seen: list[headrace.RunReport] = []
    report = headrace.execute_job(a_job(out), on_failure=seen.append)
    files: list[headrace.FileMetadata] = report.files
    assert sum(file.rows for file in files) == report.rows.written
    rate: float = report.rows_per_s
    assert rate > 0
    return report.exit_code


def loop_by_hand(out: Path) -> list[headrace.RowError]:
    """Run the documents' loop over the parts."""
    job = headrace.resolve_job(a_job(out))
    extractor = headrace.create_extractor(job)
    state: headrace.StateManager | None = headrace.create_state_manager(job)
    validator = headrace.SchemaValidator(
        headrace.Schema((headrace.Field("n", "int64", nullable=False),)), mode="quarantine"
    )
    writer = headrace.create_writer(job)
    committer = headrace.create_committer(job, writer)
    files: list[headrace.FileMetadata] = []
    bad: list[headrace.RowError] = []
    for batch in extractor.extract(state):
        valid, errors = validator.validate_batch(batch)
        bad += errors
        if valid:
            files += writer.write_batch(valid, len(files))
    committer.commit_files(files)
    return bad


def rows_of(out: Path) -> list[int]:
    """Read what a target holds, by its manifest."""
    paths: list[str] = headrace.read_manifest(out)
    rows: list[int] = []
    for path in paths:
        rows += [row["n"] for row in json.loads(Path(path).read_text())]
    return rows


def validate_by_hand(contract: Mapping[str, Any]) -> dict[str, object]:
    """Check rows against a contract, and read the facts of an error."""
    loaded: headrace.Contract = headrace.load_contract(contract)
    try:
        headrace.SchemaValidator(loaded).validate_batch([{"n": "x"}])
    except headrace.DataError as error:
        scope: headrace.Scope = error.scope
        retryable: bool = error.retryable
        return {**error.to_dict(), "scope": scope.value, "retryable": retryable}
    return {}


def list_problems(job: Mapping[str, Any]) -> list[str]:
    """Name everything that is wrong with a job."""
    try:
        headrace.resolve_job(job)
    except headrace.ConfigError as error:
        problems: tuple[headrace.Problem, ...] = error.problems
        return [problem.path for problem in problems]
    return []
