"""The page's prose and plain tables: troubles, noise, environment, method."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from headrace_harness.report.summary import CellResult, Summary
from headrace_harness.report.text import repeat_command, services_of

_METHOD = """
Every sample is a fresh, exec'ed worker process; samples of all cells are interleaved round by
round, so that drift of the machine falls on all alike.

Peak memory is the kernel's VmHWM. The worker notes it after imports, resets it, runs the job and
notes it again; the harness polls it from outside at 20 Hz as well, which covers a killed worker.
Where a worker has children, the highest concurrent sum of PSS counts. ru_maxrss is never used: a
child inherits it. Installed libraries are read anew from disk before the run, since freshly
written ones are mapped in large pieces that all count as resident.

Throughput is rows over wall time of the whole job, final commit included, start of Python
excluded. Medians are quoted, lowest and highest shown, outliers kept.

Output is checked before a figure counts: DuckDB, in its own process, compares row count, count of
values and an order-independent checksum of every column and of whole rows with the source, by the
contract's types. Output that differs yields no number.

Files are written to a local directory that nothing else uses and removed after the check. Data
sets are made once; their SHA-256 is checked before every run, which also warms the page cache. 1
MB is 10⁶ bytes.
"""


def render_troubles(summary: Summary) -> str:
    """Cells without a number, each with its reason and what it said last; empty if none."""
    bad = [cell for cell in summary.cells if cell.status in {"failed", "invalid", "skipped"}]
    if not bad:
        return ""
    items = "".join(
        f"<li><b>{escape(cell.cell)}</b> {cell.status}: {escape(cell.reason or '')}"
        f"<br><code>{escape(repeat_command(summary, cell))}</code>{_last_words(cell)}"
        f"{_logs_of(summary, cell)}</li>"
        for cell in bad
    )
    return f"<section class='troubles'><h2>No number</h2><ul>{items}</ul></section>"


def render_noise(summary: Summary) -> str:
    """What the machine did meanwhile, worst sample of each cell."""
    rows = "".join(_noise_row(cell) for cell in summary.cells if cell.samples)
    return (
        "<section><h2>Noise</h2><details><summary>Pressure, steal, switches and load of each "
        "cell's worst sample</summary><div class='scroll'><table class='plain'><thead><tr><th>cell"
        "</th><th class='num'>CPU pressure</th><th class='num'>memory pressure</th>"
        "<th class='num'>I/O pressure</th><th class='num'>steal</th>"
        "<th class='num'>involuntary switches</th><th class='num'>load, 1 min</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div></details></section>"
    )


def render_environment(summary: Summary) -> str:
    """The environment as a table."""
    facts = {
        **summary.environment,
        "cores in this run": summary.cores,
        **{f"service {name}": reason for name, reason in summary.services.items()},
    }
    rows = "".join(
        f"<tr><th scope='row'>{escape(name.replace('_', ' '))}</th>"
        f"<td>{escape(_tell(name, value))}</td></tr>"
        for name, value in facts.items()
    )
    return (
        "<section><h2>Environment</h2><p class='lead'>Two runs compare only where the fingerprint "
        f"is the same.</p><table class='plain pairs'><tbody>{rows}</tbody></table></section>"
    )


def render_method() -> str:
    """How the figures came about."""
    items = "".join(f"<li>{escape(text)}</li>" for text in _METHOD.strip().split("\n\n"))
    return f"<section><h2>Method</h2><ul class='method'>{items}</ul></section>"


def _noise_row(cell: CellResult) -> str:
    noises: list[Mapping[str, Any]] = [sample["noise"] for sample in cell.samples]
    shares = [
        _worst([noise["pressure_share"].get(name) for noise in noises])
        for name in ("cpu", "memory", "io")
    ]
    shares.append(_worst([noise["steal_share"] for noise in noises]))
    switches = _worst([noise["involuntary_switches"] for noise in noises])
    load = _worst([noise["load_1min"] for noise in noises])
    texts = ["\u2013" if share is None else f"{share:.1%}" for share in shares]
    texts.append("\u2013" if switches is None else f"{switches:,.0f}")
    texts.append("\u2013" if load is None else f"{load:.2f}")
    numbers = "".join(f"<td class='num'>{text}</td>" for text in texts)
    return f"<tr><th scope='row'>{escape(cell.cell)}</th>{numbers}</tr>"


def _worst(values: Sequence[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _last_words(cell: CellResult) -> str:
    said = cell.samples[-1]["stderr_tail"].strip() if cell.samples else ""
    if not said:
        return ""
    return f"<details><summary>standard error</summary><pre>{escape(said)}</pre></details>"


def _logs_of(summary: Summary, cell: CellResult) -> str:
    """What the cell's services printed last."""
    return "".join(
        f"<details><summary>log of {escape(name)}</summary><pre>{escape(log)}</pre></details>"
        for name, log in summary.logs.items()
        if any(name == service or name.startswith(f"{service}-") for service in services_of(cell))
    )


def _tell(name: str, value: object) -> str:
    if value is None:
        return "not told"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {entry or 'none'}" for key, entry in value.items())
    if name.endswith("_bytes") and isinstance(value, int):
        return f"{value / 1e9:.1f} GB"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
