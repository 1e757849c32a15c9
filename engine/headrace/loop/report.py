"""The run report: what `run --json` prints."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from headrace.commit import FileMetadata
from headrace.errors import HeadraceError
from headrace.job.secret import redact

VERSION: Final = 1
STAGES: Final = ("read", "transform", "validate", "write", "commit", "wait")


@dataclass(slots=True)
class RowCounts:
    """Rows of a run: `read = written + quarantined + filtered + discarded`, always.

    `warned` rows are among the written ones; `discarded` rows were in flight or staged when a run
    failed.
    """

    read: int = 0
    written: int = 0
    quarantined: int = 0
    filtered: int = 0
    discarded: int = 0
    warned: int = 0


@dataclass(kw_only=True)
class RunReport:
    """What a run did.

    Attributes:
        run_id: The run.
        job: Its job's name.
        status: `succeeded`; `partial` where rows were quarantined or warned about, or a quality
            rule does not hold; `failed`.
        rows: Counts of rows.
        streams: Rows read and written of each stream.
        transforms: Rows that went into each step, and that came out of it.
        files: Committed data files, paths relative to the target.
        quarantine_files: Committed files of quarantined rows.
        wall_s: From the start of the run to its end [s].
        peak_rss_bytes: Most resident memory of the process so far; None where the platform does
            not tell (never taken from `ru_maxrss`) [bytes].
        stages_s: Busy time of each stage; may add up to more than the wall [s].
        source_wait_s: How long the reader waited for its source; None where it does not tell [s].
        commit: The commit's id and the one before it; None where nothing was committed.
        state: The cursors after the run.
        error: What a failed run raised.
        drift: What of the data was not the contract's and what became of it: axis, policy, column,
            detail, the first record and its file.
        quality: What each quality rule of the contract measured over the run, and whether it holds.
        recovered: What an earlier run had left: run id and what became of it.
        notes: What the user should know, such as rules that were not checked.
    """

    run_id: str
    job: str
    status: Literal["succeeded", "partial", "failed"] = "succeeded"
    rows: RowCounts = field(default_factory=RowCounts)
    streams: dict[str, dict[str, int]] = field(default_factory=dict)
    transforms: list[dict[str, Any]] = field(default_factory=list)
    files: list[FileMetadata] = field(default_factory=list)
    quarantine_files: list[FileMetadata] = field(default_factory=list)
    wall_s: float = 0.0
    peak_rss_bytes: int | None = None
    stages_s: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    source_wait_s: float | None = None
    commit: dict[str, str | None] | None = None
    state: dict[str, Any] = field(default_factory=dict)
    error: HeadraceError | None = None
    drift: list[dict[str, Any]] = field(default_factory=list)
    quality: list[dict[str, Any]] = field(default_factory=list)
    recovered: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    secrets: frozenset[str] = frozenset()

    @property
    def rows_per_s(self) -> float:
        """Rows read a second of wall time [rows/s]."""
        return self.rows.read / self.wall_s if self.wall_s else 0.0

    @property
    def exit_code(self) -> int:
        """0 all rows written, 1 some were not or a quality rule does not hold, else the error's."""
        if self.error is not None:
            return self.error.exit_code
        return 1 if self.status == "partial" else 0

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values, without any secret."""
        value = {
            "schema_version": VERSION,
            "run_id": self.run_id,
            "job": self.job,
            "status": self.status,
            "rows": asdict(self.rows),
            "streams": self.streams,
            "transforms": self.transforms,
            "files": [_file(file) for file in self.files],
            "quarantine_files": [_file(file) for file in self.quarantine_files],
            "wall_s": round(self.wall_s, 6),
            "rows_per_s": round(self.rows_per_s, 1),
            "peak_rss_bytes": self.peak_rss_bytes,
            "stages_s": {stage: round(s, 6) for stage, s in self.stages_s.items()},
            "source_wait_s": None if self.source_wait_s is None else round(self.source_wait_s, 6),
            "commit": self.commit,
            "state": self.state,
            "error": self.error.to_dict() if self.error else None,
            "drift": self.drift,
            "quality": self.quality,
            "recovered": self.recovered,
            "notes": self.notes,
        }
        redacted: dict[str, Any] = redact(value, self.secrets)
        return redacted


def _file(file: FileMetadata) -> Mapping[str, Any]:
    return {
        "path": file.path,
        "stream": file.stream,
        "rows": file.rows,
        "bytes": file.bytes,
        "partition": dict(file.partition),
        "atomic": file.atomic,
    }
