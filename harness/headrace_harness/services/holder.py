"""Servers that outlive the command that starts them: `python -m headrace_harness.services.holder`.

It takes `{"providers": {NAME: PROVIDER}}` as a line of standard input, prints lines of JSON, each
`{"says": TEXT}` while it starts them and at last what `Held` is, and holds them until it is asked
to end. What a `SIGKILL` leaves of it is removed as that of any run.
"""

import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

from headrace_harness.catalog import Part
from headrace_harness.paths import scratch_dir
from headrace_harness.services.owner import Owner
from headrace_harness.services.scratch import claim, remove_folder
from headrace_harness.services.service import Services
from headrace_harness.services.variables import (
    ACCESS_KEY,
    BUCKET,
    CREDENTIAL,
    DSN,
    ENDPOINT,
    S3_REGION,
    SECRET_KEY,
    URI,
    WAREHOUSE,
)

HOLDABLE: Final = ("iceberg", "postgres", "s3")
"""Servers that are of use without a run."""

_PREFIX: Final = "services-"
_STATE: Final = "state.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a holder holds.

    Attributes:
        owner: Its process.
        since: When it began.
        providers: Where each server is from, by its name.
        environment: The variables by which they are reached; credentials are among them.
        errors: Why a server could not be started, by its name.
    """

    owner: str
    since: str
    providers: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Of the servers that run."""
        return [name for name in self.providers if name not in self.errors]

    def to_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def all_held() -> list[tuple[Path, Held]]:
    """What is held by the living of this machine, the oldest first, each with its folder."""
    found = []
    for path in scratch_dir().glob(f"{_PREFIX}*/{_STATE}"):
        try:
            held = Held(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            continue  # it ends at this moment
        owner = Owner.parse(held.owner)
        if owner is not None and owner.is_alive():
            found.append((path.parent, held))
    return sorted(found, key=lambda one: one[1].since)


def main() -> None:
    """Start, tell, hold, end."""
    asked: dict[str, dict[str, str]] = json.loads(sys.stdin.readline())
    providers = asked["providers"]
    has_to_end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: has_to_end.set())
    folder = scratch_dir() / f"{_PREFIX}{secrets.token_hex(6)}"
    claim(folder)
    folder.mkdir(mode=0o700)
    try:
        with Services(providers) as services:
            held = _start(services, providers)
            _keep(folder / _STATE, held)
            _say(asdict(held))
            _be_silent()
            if held.names:
                has_to_end.wait()
    finally:
        remove_folder(folder)


def _start(services: Services, providers: Mapping[str, str]) -> Held:
    parts = {name: Part(name=name, title=name, job={}, service=name) for name in providers}
    errors = services.start(parts.values(), announce=lambda text: _say({"says": text}))
    environment: dict[str, str] = {}
    for name, part in parts.items():
        if name not in errors:
            server = services.reach(part, announce=lambda _: None)
            environment |= _variables_of(name, server, scratch_dir())
    return Held(
        owner=str(Owner.here()),
        since=datetime.now(UTC).isoformat(timespec="seconds"),
        providers=dict(providers),
        environment=environment,
        errors={name: str(error) for name, error in errors.items()},
    )


def _variables_of(name: str, server: Any, folder: Path) -> dict[str, str]:  # noqa: ANN401  one of three kinds
    """By which `external` reaches a server."""
    if name == "postgres":
        return {DSN: server.dsn}
    access = server.access
    found = {
        ENDPOINT: access.endpoint,
        BUCKET: access.bucket,
        ACCESS_KEY: access.access_key,
        SECRET_KEY: access.secret_key,
        S3_REGION: access.region,
    }
    if name == "iceberg":
        keys = cast("Mapping[str, str]", server.catalog(folder).keys)
        found |= {URI: keys["uri"], WAREHOUSE: keys["warehouse"], CREDENTIAL: keys["credential"]}
    return found


def _keep(path: Path, held: Held) -> None:
    """Write it for its owner alone, all at once."""
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_text(json.dumps(asdict(held)))
    part.rename(path)


def _say(message: Mapping[str, Any]) -> None:
    print(json.dumps(message), flush=True)  # noqa: T201 - the program's output


def _be_silent() -> None:
    """Whoever started it reads no more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


if __name__ == "__main__":
    main()
