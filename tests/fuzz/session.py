"""Runs every fuzz target for a time, and writes what it did: `python -m tests.fuzz.session`.

One folder a run: `report.json`, `README.md` rendered from it, and the inputs that broke a law.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
NATIVE = ("airbyte", "csv_reader", "json_records", "postgres_copy", "rules")
SCRIPTS = {
    "contract": "tests.fuzz.atheris_contract",
    "contract_random": "tests.fuzz.random_contract",
}
TARGETS = (*NATIVE, *SCRIPTS)
UNGUIDED = ("contract_random",)
"""Follow no coverage, and have none to report."""

# libFuzzer's options. An input that takes so many seconds, or so much memory, breaks the law that
# costs are bounded.
LIMITS = ("-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1")

_CONTRACT = (
    "a contract whose rules compile and whose types are written and read as they are, or a "
    "ConfigError with a key path for each problem; no other exception"
)

LONGEST = {
    "airbyte": 512,
    "csv_reader": 512,
    "json_records": 512,
    "postgres_copy": 512,
    "rules": 512,
    "contract": 64,
    "contract_random": 64,
}
"""Of an input [bytes]: no law needs a long one, and each byte of a contract may be a property."""

_EXECUTIONS = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)
_PEAK = re.compile(r"^stat::peak_rss_mb:\s*(\d+)", re.MULTILINE)
_COVERAGE = re.compile(r"^#\d+\s.*?cov: (\d+) ft: (\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one target did.

    Attributes:
        target: Its name.
        law: What it holds every input to.
        executions: Inputs tried.
        seconds: Wall time, reading the corpus included [s].
        executions_per_s: The quotient.
        coverage: Edges of the code (native) or of the bytecode (contract) that were reached; None
            where nothing follows them.
        features: Those, with how often, as libFuzzer counts.
        corpus: Inputs of the committed corpus, with which it began.
        peak_rss_mb: Peak memory of the fuzzer [MiB].
        crashes: Names of the inputs that broke a law.
    """

    target: str
    law: str
    executions: int
    seconds: float
    executions_per_s: float
    coverage: int | None
    features: int | None
    corpus: int
    peak_rss_mb: int
    crashes: list[str]


LAWS = {
    "airbyte": (
        "no panic; a typed error, or rows, rejects, places and messages that ignore where the "
        "output is cut, and rows that ignore where batches are"
    ),
    "csv_reader": (
        "no panic; rows, rejects, places and failure ignore where blocks and batches are cut; the "
        "scanner finds the reader's records"
    ),
    "json_records": (
        "no panic; a typed error, or a batch that is read again from what is written of it"
    ),
    "postgres_copy": (
        "no panic; a typed error, or rows, rejects and keys that ignore where the stream is cut"
    ),
    "rules": (
        "no panic; a type is spelled as it is read; rules compile or an error names field and "
        "rule; a verdict ignores where the batch is cut"
    ),
    "contract": _CONTRACT,
    "contract_random": f"that of `contract`, on inputs that follow no coverage: {_CONTRACT}",
}


def corpus_of(target: str) -> Path:
    """The committed inputs of a target."""
    if target in NATIVE:
        return ROOT / "rust/fuzz/corpus" / target
    return ROOT / "tests/fuzz/corpus/contract"


def fuzz(target: str, binaries: Path, work: Path, report: Path, limits: Sequence[str]) -> Outcome:
    """Run one target until a limit is reached or a law is broken.

    Args:
        target: One of `TARGETS`.
        binaries: Where the native targets are built.
        work: Inputs found by earlier runs are kept here; new ones are added.
        report: Inputs that break a law are left here.
        limits: libFuzzer's options that end the run.
    """
    found = work / target
    found.mkdir(parents=True, exist_ok=True)
    script = SCRIPTS.get(target)
    command = [sys.executable, "-m", script] if script else [str(binaries / target)]
    prefix = report / f"{target}-"
    arguments = [
        *(() if target in UNGUIDED else LIMITS),
        f"-max_len={LONGEST[target]}",
        *limits,
        f"-artifact_prefix={prefix}",
        str(found),
        str(corpus_of(target)),
    ]
    # A file for each input: in memory where there is such a place.
    memory = Path("/dev/shm")  # noqa: S108  a name of its own process
    environment = os.environ | ({"TMPDIR": str(memory)} if memory.is_dir() else {})
    start = time.monotonic()
    done = subprocess.run(
        [*command, *arguments], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    seconds = time.monotonic() - start
    log = done.stderr.decode("utf-8", "replace")
    crashes = sorted(path.name for path in report.glob(f"{target}-*"))
    counted = _EXECUTIONS.search(log)
    reached = _COVERAGE.findall(log)
    has_run = counted is not None and (reached or target in UNGUIDED)
    if counted is None or not has_run or (done.returncode != 0 and not crashes):
        sys.stderr.write(log)
        message = f"{target} has not run: exit code {done.returncode}"
        raise SystemExit(message)
    if crashes:
        sys.stderr.write(log)
    executions = int(counted[1])
    sys.stderr.write(f"{target}: {executions:,} executions in {seconds:,.0f} s\n")
    coverage, features = reached[-1] if reached else (None, None)
    peak = _PEAK.search(log)
    return Outcome(
        target=target,
        law=LAWS[target],
        executions=executions,
        seconds=round(seconds, 1),
        executions_per_s=round(executions / seconds, 1),
        coverage=int(coverage) if coverage else None,
        features=int(features) if features else None,
        corpus=sum(1 for _ in corpus_of(target).iterdir()),
        peak_rss_mb=int(peak[1]) if peak else 0,
        crashes=crashes,
    )


def said(*command: str) -> str:
    """The first line of what a command prints."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    return done.stdout.splitlines()[0] if done.stdout else ""


def rendered(report: dict[str, object], outcomes: Sequence[Outcome]) -> str:
    """The report as Markdown."""
    commit = f"`{report['commit']}`{' with changes' if report['is_dirty'] else ''}"
    columns = ("target", "executions", "seconds", "executions/s", "edges", "peak MiB", "crashes")
    lines = [
        "# Fuzzing",
        "",
        f"`{report['command']}` on {report['began_at']}, commit {commit}.",
        "",
        f"{report['versions']}.",
        "",
        f"| {' | '.join(columns)} |",
        f"|---|{'---:|' * (len(columns) - 1)}",
    ]
    lines += [
        f"| {o.target} | {o.executions:,} | {o.seconds:,.0f} | {o.executions_per_s:,.0f} "
        f"| {'' if o.coverage is None else f'{o.coverage:,}'} | {o.peak_rss_mb:,} "
        f"| {len(o.crashes)} |"
        for o in outcomes
    ]
    lines += ["", "The law of each target:", ""]
    lines += [f"- `{o.target}`: {o.law}." for o in outcomes]
    lines += ["", *(f"- Broken by `{name}`." for o in outcomes for name in o.crashes)]
    return "\n".join(lines).rstrip() + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the targets that are asked for; 1 where a law was broken."""
    parser = argparse.ArgumentParser(prog="fuzz", description=main.__doc__)
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(TARGETS)}; all where none")
    parser.add_argument("--seconds", type=int, help="for each target (60 where nothing is given)")
    parser.add_argument("--executions", type=int, help="of each target")
    parser.add_argument("--jobs", type=int, default=1, help="targets at a time (1)")
    parser.add_argument("--binaries", type=Path, required=True, help="the native targets, built")
    parser.add_argument("--work", type=Path, required=True, help="inputs found by earlier runs")
    parser.add_argument(
        "--out", type=Path, help="the report's folder; made from the time if absent"
    )
    asked = parser.parse_args(arguments)
    seconds = asked.seconds or (None if asked.executions else 60)
    limits = [f"-max_total_time={seconds}"] if seconds else []
    limits += [f"-runs={asked.executions}"] if asked.executions else []
    began = datetime.now(UTC)
    out = asked.out or ROOT / "reports" / f"fuzz-{began:%Y%m%dT%H%M%SZ}"
    out.mkdir(parents=True)
    chosen = asked.targets or TARGETS
    with ThreadPoolExecutor(asked.jobs) as pool:
        outcomes = list(
            pool.map(lambda target: fuzz(target, asked.binaries, asked.work, out, limits), chosen)
        )
    given = [f"--seconds {asked.seconds}"] if asked.seconds else []
    given += [f"--executions {asked.executions}"] if asked.executions else []
    given += [f"--jobs {asked.jobs}"] if asked.jobs > 1 else []
    report: dict[str, object] = {
        "schema_version": 1,
        "command": " ".join(["nox -s fuzz --", *asked.targets, *given]),
        "began_at": f"{began:%Y-%m-%dT%H:%M:%SZ}",
        "commit": said("git", "rev-parse", "HEAD"),
        "is_dirty": bool(said("git", "status", "--porcelain", "--untracked-files=no")),
        "versions": ", ".join(
            [
                said("cargo-fuzz", "--version"),
                said("rustc", "+nightly", "--version"),
                f"atheris {version('atheris')}",
                f"Python {platform.python_version()}",
                platform.platform(),
            ]
        ),
        "targets": [asdict(outcome) for outcome in outcomes],
    }
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    (out / "README.md").write_text(rendered(report, outcomes), encoding="utf-8")
    sys.stdout.write(f"{out}\n")
    return 1 if any(outcome.crashes for outcome in outcomes) else 0


if __name__ == "__main__":
    raise SystemExit(main())
