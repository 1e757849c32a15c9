"""The bench report, rendered from records alone.

The plan is in the run's first record; a planned cell without a record is a failed cell, never
a missing one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from headrace_harness.errors import StoreError
from headrace_harness.report.figures import (
    FigureResult,
    Judgement,
    collect_figures,
)
from headrace_harness.report.judging import judge_cells
from headrace_harness.report.shares import share_dict
from headrace_harness.stats import Interval, summarize
from headrace_harness.store import SCHEMA_VERSION

Status = Literal["ok", "invalid", "failed", "unsupported", "skipped"]
PEAKS = ("import", "run", "lifetime")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """One cell: what was planned and what came of it.

    Attributes:
        samples: Records of all samples, failed ones included.
        rate: Of valid samples [rows/s]; None unless all are valid.
        lifetime: Of valid samples, the peak of the process [bytes]; None where none tells.
        peaks: Highest of valid samples [bytes], by `import`, `run`, `lifetime`.
        writer_share: Of valid samples, the time in the writer over the wall time, 0 to 1; None
            where none tells.
    """

    cell: str
    reader: str
    writer: str
    target: str
    dataset: str
    size: str
    rows: int
    status: Status
    reason: str | None
    samples: tuple[Mapping[str, Any], ...]
    rate: Interval | None
    lifetime: Interval | None
    peaks: Mapping[str, int | None]
    writer_share: Interval | None
    judgements: tuple[Judgement, ...]

    def to_dict(self) -> dict[str, Any]:
        """As in the bench report."""
        return {
            "cell": self.cell,
            "reader": self.reader,
            "writer": self.writer,
            "target": self.target,
            "dataset": self.dataset,
            "rows": self.rows,
            "status": self.status,
            "reason": self.reason,
            "samples": len(self.samples),
            "rows_per_s": self.rate.to_dict() if self.rate else None,
            "peak_rss_bytes": dict(self.peaks),
            "writer_share": self.writer_share.to_dict() if self.writer_share else None,
            "shares": share_dict(self),
            "targets": [judgement.to_dict() for judgement in self.judgements],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A whole run.

    Attributes:
        rows: What every data set was cut to; None where none was.
        providers: Of services, by their names.
        services: Why these, likewise.
        logs: What services printed last, by their names.
        cores: Which cores workers had, and all else.
    """

    run_id: str
    suite: str
    at_s: float
    rows: int | None
    providers: Mapping[str, str]
    services: Mapping[str, str]
    cores: str
    environment: Mapping[str, Any]
    cells: tuple[CellResult, ...]
    figures: tuple[FigureResult, ...]
    logs: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> Literal["ok", "failed", "incomplete"]:
        """Failed if a cell failed, else incomplete if one was skipped."""
        statuses = {cell.status for cell in self.cells}
        if statuses & {"failed", "invalid"} or not statuses:
            return "failed"
        return "incomplete" if "skipped" in statuses else "ok"

    def to_dict(self) -> dict[str, Any]:
        """The bench report."""
        return {
            "schema_version": SCHEMA_VERSION,
            "run_id": self.run_id,
            "suite": self.suite,
            "environment": dict(self.environment),
            "verdict": self.verdict,
            "cells": [cell.to_dict() for cell in self.cells],
        }


def summarize_records(records: Iterable[Mapping[str, Any]]) -> Summary:
    """The summary of a run's records.

    Raises:
        StoreError: The first record, which holds the plan, is not there.
    """
    by_kind: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        by_kind.setdefault(record["kind"], []).append(record)
    if "run" not in by_kind:
        message = "no record of kind run: nothing was planned"
        raise StoreError(message)
    run = by_kind["run"][0]
    samples: dict[str, list[Mapping[str, Any]]] = {}
    for sample in by_kind.get("sample", ()):
        samples.setdefault(sample["cell"], []).append(sample)
    recorded = {record["cell"]: record for record in by_kind.get("cell", ())}
    cells = judge_cells(
        [
            _summarize_cell(planned, recorded.get(planned["cell"]), samples)
            for planned in run["plan"]
        ],
        run["figures"],
    )
    environment = by_kind["env"][0]["environment"] if "env" in by_kind else {}
    judgements = [judgement for cell in cells for judgement in cell.judgements]
    return Summary(
        run_id=run["run_id"],
        suite=run["suite"],
        at_s=run["at_s"],
        rows=run["rows"],
        providers=run.get("providers", {}),
        services=run.get("services", {}),
        cores=run.get("cores", "not recorded"),
        environment=environment,
        cells=cells,
        figures=tuple(collect_figures(run["figures"], judgements)),
    )


def _summarize_cell(
    planned: Mapping[str, Any],
    recorded: Mapping[str, Any] | None,
    samples: Mapping[str, list[Mapping[str, Any]]],
) -> CellResult:
    name = planned["cell"]
    taken = tuple(samples.get(name, ()))
    status, reason = _status(planned, recorded, taken)
    valid = taken if status == "ok" else ()
    return CellResult(
        cell=name,
        reader=planned["reader"],
        writer=planned["writer"],
        target=planned["target"],
        dataset=planned["dataset"],
        size=planned["size"],
        rows=planned["rows"],
        status=status,
        reason=reason,
        samples=taken,
        rate=summarize(sample["rows_per_s"] for sample in valid),
        lifetime=summarize(
            sample["peak_rss_bytes"]["lifetime"]
            for sample in valid
            if sample["peak_rss_bytes"]["lifetime"] is not None
        ),
        peaks={peak: _highest(valid, peak) for peak in PEAKS},
        writer_share=summarize(
            sample["stages_s"]["write"] / sample["wall_s"]
            for sample in valid
            if sample["stages_s"] and sample["wall_s"]
        ),
        judgements=(),
    )


def _status(
    planned: Mapping[str, Any],
    recorded: Mapping[str, Any] | None,
    samples: tuple[Mapping[str, Any], ...],
) -> tuple[Status, str | None]:
    """The cell's status: a bad sample's before anything that the cell's record says."""
    for sample in samples:
        if sample["status"] != "ok":
            return sample["status"], f"sample {sample['sample']}: {sample['reason']}"
    if recorded is None:
        return "failed", "missing: planned, but the run left no record of it"
    status: Status = recorded["status"]
    if status == "ok" and not samples:
        return "failed", "missing: recorded as ok without a sample"
    if status == "ok" and len(samples) < planned["samples"]:
        return "skipped", f"only {len(samples)} of {planned['samples']} samples were taken"
    return status, recorded["reason"]


def _highest(samples: Iterable[Mapping[str, Any]], peak: str) -> int | None:
    known = [
        sample["peak_rss_bytes"][peak]
        for sample in samples
        if sample["peak_rss_bytes"][peak] is not None
    ]
    return max(known, default=None)
