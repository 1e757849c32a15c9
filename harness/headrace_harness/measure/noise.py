"""What else the machine did while a sample ran: witnesses, no judgement."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PRESSURES = ("cpu", "memory", "io")
_STEAL_FIELD = 8  # proc(5), /proc/stat: user nice system idle iowait irq softirq steal


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseReading:
    """Counters at one moment [s]; None where the platform has none."""

    at_s: float
    pressure_s: dict[str, float | None]
    steal_s: float | None
    load_1min: float

    def until_now(self) -> dict[str, Any]:
        """What was added since, as shares of the time that passed."""
        now = read_noise()
        passed = max(now.at_s - self.at_s, 1e-9)
        pressure = {
            name: _share(before, now.pressure_s[name], passed)
            for name, before in self.pressure_s.items()
        }
        return {
            "pressure_share": pressure,
            "steal_share": _share(self.steal_s, now.steal_s, passed * (os.cpu_count() or 1)),
            "load_1min": now.load_1min,
        }


def read_noise() -> NoiseReading:
    """Counters now."""
    return NoiseReading(
        at_s=time.monotonic(),
        pressure_s={name: read_pressure_s(name) for name in _PRESSURES},
        steal_s=_read_steal_s(),
        load_1min=os.getloadavg()[0],
    )


def read_pressure_s(resource: str) -> float | None:
    """Time in which some task waited for `resource` since boot [s]."""
    try:
        line = Path(f"/proc/pressure/{resource}").read_text(encoding="ascii").splitlines()[0]
    except (OSError, IndexError):
        return None
    return int(line.rsplit("total=", 1)[1]) / 1e6


def _read_steal_s() -> float | None:
    try:
        fields = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()
        return int(fields[_STEAL_FIELD]) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError):
        return None


def _share(before: float | None, after: float | None, passed_s: float) -> float | None:
    if before is None or after is None:
        return None
    return round((after - before) / passed_s, 4)
