"""One thing that `bench doctor` looked at."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["good", "disturbs", "absent", "missing"]
"""What is `absent` can be done without, what is `missing` cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; `mend` is empty where nothing is wrong."""

    subject: str
    state: State
    found: str
    mend: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)
