"""One measured sample in a process of its own: `python -m headrace_harness.worker FD`.

Reads a specification (JSON) from standard input, writes one result (JSON) to file descriptor
FD. Imports the standard library and the engine only: what else it loaded would be measured.
Anything that the job prints goes to the process's own standard output and error.
"""

import contextlib
import importlib
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")
# Resets VmHWM to the current resident size; proc(5), /proc/pid/clear_refs.
_RESET_PEAK = "5"


def main() -> int:
    """Run the job of the specification; 0 if a result was delivered, failures included."""
    specification = json.load(sys.stdin)
    if cores := specification.get("cores"):
        os.sched_setaffinity(0, cores)  # before anything counts them
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as results:
        json.dump(_measure(specification), results)
    return 0


def _measure(specification: dict[str, Any]) -> dict[str, Any]:
    import headrace  # noqa: PLC0415 - its cost belongs to the import peak

    # As in a run of the command line: the job's plugins are imported before what they need.
    with contextlib.suppress(headrace.HeadraceError):
        headrace.resolve_job(specification["job"], base_dir=Path(specification["base_dir"]))
    for module in specification["imports"]:
        # What is missing is the job's to report: its error names the package to install.
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    result: dict[str, Any] = {"error": None, "report": None, "import_hwm_bytes": _peak_bytes()}
    is_reset = _reset_peak()
    usage, began = _usage(), time.perf_counter()
    try:
        report = headrace.execute_job(
            specification["job"], base_dir=Path(specification["base_dir"])
        )
        result["report"] = report.to_dict()
    except headrace.HeadraceError as error:
        result["error"] = error.to_dict()
    result["wall_s"] = time.perf_counter() - began
    after = _usage()
    result["cpu_s"] = after[0] - usage[0]
    result["involuntary_switches"] = after[1] - usage[1]
    result["children_cpu_s"] = after[2] - usage[2]
    result["run_hwm_bytes"] = _peak_bytes() if is_reset else None
    result["lifetime_hwm_bytes"] = _lifetime(result)
    result["arrow_pool"] = _arrow_pool()
    return result


def _lifetime(result: dict[str, Any]) -> int | None:
    peaks = [result["import_hwm_bytes"], result["run_hwm_bytes"], _peak_bytes()]
    known = [peak for peak in peaks if peak is not None]
    return max(known) if known else None


def _peak_bytes() -> int | None:
    """VmHWM [bytes]; None where the platform has none. `ru_maxrss` is inherited, so useless."""
    with contextlib.suppress(OSError):
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


def _reset_peak() -> bool:
    try:
        _CLEAR_REFS.write_text(_RESET_PEAK, encoding="ascii")
    except OSError:
        return False
    return True


def _usage() -> tuple[float, int, float]:
    """CPU time with that of children [s], involuntary switches, CPU time of children alone [s]."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    children_s = children.ru_utime + children.ru_stime
    cpu_s = own.ru_utime + own.ru_stime + children_s
    return cpu_s, own.ru_nivcsw + children.ru_nivcsw, children_s


def _arrow_pool() -> dict[str, Any] | None:
    """Peak and allocator of pyarrow's pool, if the job loaded pyarrow."""
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is None:
        return None
    pool = pyarrow.default_memory_pool()
    return {"peak_bytes": pool.max_memory(), "allocator": pool.backend_name}


if __name__ == "__main__":
    sys.exit(main())
